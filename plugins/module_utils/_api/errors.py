# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exception family, and the one table from an error code to a sentence that helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class RocketChatError(Exception):
    """Anything that a user is told about.

    ``code`` is the server's ``errorType`` where it gave one, else one of ours. ``details`` holds no secret.
    ``ends_run`` says that every other target would fail alike. ``outcome`` is ``unknown`` when a write was sent
    and its effect is not known, else ``not-done``.
    """

    ends_run = True

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details: dict[str, Any] = dict(details or {})
        self.attempts = 0

    def mark_unknown(self) -> None:
        """Note that the write may have taken effect although no answer vouches for it."""
        self.details["outcome"] = "unknown"

    def as_dict(self) -> dict[str, Any]:
        """Return ``{"code": str, "message": str, "details": dict}``, the shape of every `error` in a result."""
        return {"code": self.code, "message": self.message, "details": self.details}


class InputError(RocketChatError):
    """The task asks for something that cannot be right; nothing was sent."""

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__("invalid-input", message, details)


class ConnectionFailed(RocketChatError):
    """No whole answer came back.

    ``retryable``: worth another try. ``sent``: the request may have reached the server.
    """

    def __init__(self, code: str, message: str, *, retryable: bool, sent: bool) -> None:
        super().__init__(code, message)
        self.retryable = retryable
        self.sent = sent


class UnexpectedAnswer(RocketChatError):
    """Something answered, but not as Rocket.Chat's API does."""

    def __init__(self, code: str, message: str, *, retryable: bool = False, status: int | None = None) -> None:
        super().__init__(code, message, {} if status is None else {"status": status})
        self.retryable = retryable


class TargetError(RocketChatError):
    """One target cannot be served; the others can."""

    ends_run = False


class Refused(RocketChatError):
    """The server understood the request and said no."""

    def __init__(self, code: str, message: str, details: Mapping[str, Any], *, ends_run: bool, words: str) -> None:
        super().__init__(code, message, details)
        self.ends_run = ends_run
        self.words = words

    @property
    def hides(self) -> bool:
        """Tell whether this caller may not see what was asked for; the next request may well succeed."""
        return self.code not in ("not-authenticated", "error-too-many-requests")


class TwoFactorChallenge(Refused):
    """The server asks for a second factor, or did not accept the one it got."""


@dataclass(frozen=True)
class Advice:
    """What to tell about one error code: what is wrong and what to do next."""

    sentence: str
    ends_run: bool = True


# Codes and their meaning: Rocket.Chat's `errorType`, measured on 6.5 and 8.6; `{permission}` and `{deed}` are
# those of the endpoint that refused.
ADVICE: Mapping[str, Advice] = {
    "not-authenticated": Advice(
        "The server does not accept the credentials. Check that api_user_id and api_token belong to the same"
        " account and that the token was not revoked; a TOTP reset or a password change of that account revokes it."
    ),
    "login-failed": Advice(
        "The server does not accept this user name and password. Check api_username and api_password."
    ),
    "error-user-is-not-activated": Advice(
        "The account that signs in is deactivated. Have it activated, or use another service account."
    ),
    "error-login-blocked-for-user": Advice(
        "Signing in is blocked for this account after too many wrong passwords. Wait until the block ends"
        " (setting Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes), then use the right password."
    ),
    "error-login-blocked-for-ip": Advice(
        "Signing in is blocked for this controller's address after too many wrong passwords. Wait until the block"
        " ends (setting Block_Multiple_Failed_Logins_Time_To_Unblock_By_Ip_In_Minutes)."
    ),
    "error-not-allowed": Advice(
        "The calling account may not {deed}. Give the permission {permission} to a role of its own"
        " (Administration > Workspace > Permissions), neither to user, which everybody has, nor to bot, which webhooks"
        " give.{note}"
    ),
    "unauthorized": Advice(
        "The calling account may not {deed}. Give the permission {permission} to a role of its own"
        " (Administration > Workspace > Permissions), neither to user, which everybody has, nor to bot, which webhooks"
        " give."
    ),
    "error-action-not-allowed": Advice(
        "The calling account may not {deed}. Give the permission {permission} to a role of its own"
        " (Administration > Workspace > Permissions), neither to user, which everybody has, nor to bot, which webhooks"
        " give."
    ),
    # What 6.x answers from permissions.update.
    "error-edit-permissions-not-allowed": Advice(
        "The calling account may not {deed}. That takes the permission {permission}: sign in as an administrator."
    ),
    "error-token-already-exists": Advice(
        "The account has a personal access token of this name already, and the server shows no token twice. Make a new"
        " one (token: renew), or give another name in token_name."
    ),
    "profile-not-visible": Advice(
        "The calling account does not see the whole profile of other users. What it does not see it would erase with"
        " any change, so nothing was sent. Give the permission {permission} to a role of its own (Administration >"
        " Workspace > Permissions), neither to user, which everybody has, nor to bot, which webhooks give."
    ),
    "last-admin": Advice(
        "The account has the role admin, and the workspace has only one active administrator: the server deactivates"
        " neither that one nor a former one. Make somebody else an administrator first, or take the role admin away.",
        ends_run=False,
    ),
    "error-bio-size-exceeded": Advice(
        "The account's bio is longer than the 260 characters that the server takes, so that no change of the account"
        " can send it back. Shorten it (Administration > Workspace > Users), then run again.",
        ends_run=False,
    ),
    "error-nickname-size-exceeded": Advice(
        "The account's nickname is longer than the 120 characters that the server takes, so that no change of the"
        " account can send it back. Shorten it (Administration > Workspace > Users), then run again.",
        ends_run=False,
    ),
    "federated-user": Advice(
        "This is a federated user: Rocket.Chat 6.0 and later refuse to touch the second factor of an account that"
        " another server owns. Ask the administrators of that server.",
        ends_run=False,
    ),
    "error-two-factor-not-enabled": Advice(
        "Two-factor authentication is switched off in this workspace, so the server refuses to reset it."
        " Switch on the setting Accounts_TwoFactorAuthentication_Enabled (Administration > Workspace > Settings >"
        " Accounts > Two Factor Authentication), or leave the task out."
    ),
    "error-invalid-user": Advice(
        "The account does not exist any more. Check that nobody deleted it in the meantime.", ends_run=False
    ),
    "error-user-not-found": Advice(
        "The account does not exist any more. Check that nobody deleted it in the meantime.", ends_run=False
    ),
    "error-user-param-not-provided": Advice(
        "The server found no user id in the request. This should not happen: something between this controller and"
        " the server (a proxy, a gateway) may have removed the body of the request."
    ),
    "invalid-params": Advice(
        "The server does not accept the form of the request. This collection may be too old for this version of"
        " Rocket.Chat; look for an update, and report it with the server's words."
    ),
    "totp-required": Advice("The server asks the calling account for a second factor."),
    "totp-invalid": Advice("The server did not accept the second factor of the calling account."),
    "single-use-code": Advice(
        "Signing in with a password asks for a second factor, and the code that was given works only once: used to"
        " sign in, it would be missing for what the task is about. It was not used. Sign in with api_user_id and"
        " api_token, or give a TOTP seed (two_factor_secret)."
    ),
    "totp-max-attempts": Advice(
        "The server has seen too many wrong e-mail codes of the calling account and takes no more tries for the code"
        " it sent. Wait until that code has expired (one hour), or use a TOTP seed (two_factor_secret) or a"
        " personal access token that bypasses two-factor authentication."
    ),
    "error-password-policy-not-met": Advice(
        "The password does not meet the password policy of the workspace (Administration > Workspace > Settings >"
        " Accounts > Password Policy). Give a stronger one, or leave password out for a random one."
    ),
    "error-field-unavailable": Advice(
        "The user name or e-mail address belongs to an account already, perhaps to the same one as another address or"
        " in other letters. Give another one.",
        ends_run=False,
    ),
    "error-invalid-email": Advice(
        "The server does not take the e-mail address; at a sign-in, the workspace demands a verified address that the"
        " account does not have. Check the address, or verify it (Administration > Workspace > Users).",
        ends_run=False,
    ),
    "error-invalid-domain": Advice(
        "The domain of the e-mail address does not exist, as far as the server can see, or the workspace does not allow"
        " it. Check the address.",
        ends_run=False,
    ),
    "error-email-domain-blacklisted": Advice(
        "The workspace does not allow the domain of the e-mail address. Give another address.", ends_run=False
    ),
    "error-license-user-limit-reached": Advice(
        "The licence has no seat left, so nobody can be activated. Deactivate an account that nobody needs, or extend"
        " the licence."
    ),
    "error-email-send-failed": Advice(
        "The server could not send its mail. The change itself may have been made. Check the workspace's SMTP settings,"
        " then run again."
    ),
    "error-too-many-requests": Advice(
        "The server's rate limit was reached and rate_limit_wait does not allow to wait long enough. Raise"
        " rate_limit_wait, or give the permission api-bypass-rate-limit to a role of the calling account's own."
    ),
}

UNKNOWN = Advice("The server refused the request with an error that this collection does not know.", ends_run=False)


def refusal(
    code: str, words: str, details: Mapping[str, Any], *, permission: str = "", deed: str = "", note: str = ""
) -> Refused:
    """Turn an error of the server into one of ours, its own words kept.

    :arg code: the server's ``errorType`` (or ours for answers without one)
    :arg words: what the server wrote
    :arg permission: the permission that the endpoint demands
    :arg deed: what the endpoint does, as in "may not ..."
    :arg note: what else the refusal may mean, with a leading blank
    """
    advice = ADVICE.get(code, UNKNOWN)
    sentence = advice.sentence.format(
        permission=permission or "that the endpoint demands", deed=deed or "do this", note=note
    )
    message = f"{sentence} The server said: {words}" if words else sentence
    kind = TwoFactorChallenge if code.startswith("totp-") else Refused
    return kind(code, message, details, ends_run=advice.ends_run, words=words)
