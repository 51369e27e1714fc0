# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one sentence that a helpdesk can read to the caller: what is done, what to do then, which mails come where."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.addresses import masked
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.locks import Surroundings
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import EMAIL_VERIFICATION
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.cures import Cures
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.profile import addresses_after

_DONE = ("done", "would_be_done")
_ADMIN = "admin"


def phone_sentence(cures: Cures, user: User, results: Mapping[str, str], around: Surroundings) -> str:
    """Return the sentence.

    :arg around: what is known of the workspace, which in a run that writes may be nothing
    :arg results: what became of each step, by its name; a step that was not needed is not in the sentence, and there is
        none where one failed: what the caller would meet is not known then
    """
    taken = {name for name, result in results.items() if result in _DONE}
    if not taken or {"failed", "not_attempted"} & set(results.values()):
        return ""
    rehearsed = "would_be_done" in results.values()
    deeds = _deeds(cures, taken, "is to be" if rehearsed else "has been", "are to be" if rehearsed else "have been")
    parts = [_joined(deeds), f"then {_joined(_duties(cures, user, taken))}"]
    parts += _hindrances(cures, user, taken, around)
    mails = _mails(cures, user, taken)
    parts.append(f"mail goes to you: {_joined(mails)}" if mails else "no mail goes to you")
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."


def _deeds(cures: Cures, taken: set[str], one: str, many: str) -> list[str]:
    wish, deeds = cures.wish, []
    if "status" in taken:
        deeds.append(f"your account {one} activated")
    if taken & {"password", "email"}:
        if wish.email:
            deeds.append(f"your e-mail address {one} replaced by {masked(wish.email)}")
        elif wish.verified is not None:
            deeds.append(f"your e-mail address {one} {'confirmed' if wish.verified else 'taken out of signing in'}")
        if wish.password:
            deeds.append(f"your password {one} replaced")
    if "e2ekey" in taken:
        deeds.append(f"your key for encrypted messages {one} reset, and old ones are lost")
    if "totp" in taken:
        deeds.append(f"your authenticator app {one} removed")
    if "sessions" in taken:
        deeds.append(f"you {many} signed out everywhere")
    return deeds


def _duties(cures: Cures, user: User, taken: set[str]) -> list[str]:
    wish = cures.wish
    if "password" in taken:
        source = "from the mail" if wish.mail_password else "that you are told now"
        duties = [f"sign in in the browser with the password {source}"]
    else:
        duties = ["sign in with your password"]
    address = _code_address(cures, user, taken)
    if user.emails is None and not address:
        duties.append("enter the code that may be mailed to an address that is not shown here")
    if address:
        duties.append(f"enter the code that may be mailed to {masked(address)} (ask for another if none comes)")
    if "password" in taken:
        duties.append("choose a password of your own")
    if "totp" in taken:
        duties.append("set up your authenticator app again")
    return duties


def _hindrances(cures: Cures, user: User, taken: set[str], around: Surroundings) -> list[str]:
    """Say what may keep the caller out all the same; what was not looked at is not taken for harmless."""
    if user.kind == "app":
        return ["and yet nobody can sign in to this account, which belongs to an app"]
    if user.full_view and user.roles is None:
        return ["and yet you are let in only once the account has been given a role"]
    demanded = around.on(EMAIL_VERIFICATION)
    after = addresses_after(user, cures.wish) if taken & {"password", "email"} else user.emails
    if demanded is False or _ADMIN in (user.roles or ()) or any(verified for _address, verified in after or ()):
        return []
    if after is None:
        return ["if you are still refused, call again, since your e-mail address is not shown here"]
    missing = "your e-mail address has to be confirmed" if after else "your account has to be given an e-mail address"
    return [f"but before you are let in, {missing}" if demanded else f"if you are still refused, {missing}: call again"]


def _code_address(cures: Cures, user: User, taken: set[str]) -> str:
    """Return where a code for signing in may go."""
    wish, emails = cures.wish, user.emails or ()
    if taken & {"password", "email"} and wish.verified is not None:
        first = wish.email or (emails[0][0] if emails else "")
        return first if wish.verified else ""
    return next((address for address, verified in emails if verified), "")


def _mails(cures: Cures, user: User, taken: set[str]) -> list[str]:
    wish, emails = cures.wish, user.emails or ()
    first = emails[0][0] if emails else ""
    # Codes by e-mail are switched off after the reset; all else about an address comes before it.
    profile = bool(taken & {"password", "email"}) and not cures.codes_off
    at_reset = addresses_after(user, wish) if profile else emails
    changed = bool(taken & {"password", "email"}) and wish.email is not None and wish.email != first
    mails = []
    if changed and first:
        mails.append(f"a notice of the change to {masked(first)}")
    if "password" in taken and wish.mail_password:
        mails.append(f"the password to {masked(wish.email or first)}")
    if taken & {"totp", "e2ekey"}:
        mails += [f"a notice of the reset to {masked(address)}" for address, verified in at_reset if verified]
        if user.emails is None and not wish.email:
            mails.append("perhaps a notice of the reset, to an address that is not shown here")
    if "status" in taken:
        addresses = [wish.email] if wish.email else [address for address, _verified in emails]
        mails += [f"a notice of the activation to {masked(address)}" for address in addresses]
    return mails


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
