# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery is asked to do, and which wishes contradict each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.profile import Wish
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.secret_file import SecretFile

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Cures:
    """The options of a recovery, checked."""

    totp: bool
    e2e_key: bool
    activate: bool
    wish: Wish

    @property
    def profile(self) -> bool:
        """Whether anything of the profile becomes another."""
        return self.wish != Wish()

    @property
    def codes_off(self) -> bool:
        """Whether no code is mailed from now on."""
        return self.wish.verified is False

    @property
    def signs_out(self) -> bool:
        """Whether sessions have to end: from one of them the lock could be closed again, or what is gone be used."""
        return self.totp or self.e2e_key or self.wish.password or self.wish.email is not None


def read_cures(params: Mapping[str, Any]) -> Cures:
    """Check the options.

    :arg params: ``AnsibleModule.params``
    :raises InputError: naming what would work instead; nothing was sent
    """
    new_email = (params["new_email"] or "").strip() or None
    _check_sense(params, new_email)
    _check_for_one(params, new_email)
    off = params["email_factor"] == "switch_off"
    verified = True if new_email or params["verify_email"] or params["email_factor"] == "restore" else None
    cures = Cures(
        totp=params["reset_totp"],
        e2e_key=params["reset_e2ekey"],
        activate=params["activate"],
        wish=Wish(
            new_email,
            False if off else verified,
            mail_password=params["reset_password"],
            vouched=params["verify_email"],
            password_file=SecretFile(params["password_file"]) if params["password"] else None,
        ),
    )
    if not (cures.totp or cures.e2e_key or cures.activate or cures.profile):
        raise InputError("reset_totp is false, and nothing else is asked for. Say what the recovery is to do.")
    return cures


def _check_sense(params: Mapping[str, Any], new_email: str | None) -> None:
    off, once = params["email_factor"] == "switch_off", bool(params["password"])
    if new_email and not _ADDRESS.fullmatch(new_email):
        raise InputError(f"new_email is {new_email!r}, which is no e-mail address.")
    if params["reset_password"] and once:
        raise InputError(
            "reset_password mails a password, and password: print_once shows one in a file. Choose one of them."
        )
    if once != bool(params["password_file"]):
        raise InputError("password: print_once and password_file go together. Give both, or neither.")
    if not off:
        return
    if new_email:
        raise InputError(
            "email_factor: switch_off makes an address unverified, and new_email gives a verified one, to which codes"
            " go then. Give new_email alone."
        )
    if params["verify_email"]:
        raise InputError(
            "email_factor: switch_off makes the address unverified, and verify_email verified. Choose one of them."
        )
    if params["reset_password"]:
        raise InputError(
            "email_factor: switch_off is for a mailbox that is lost, and reset_password mails the password there. Give"
            " password: print_once with password_file, or new_email with reset_password."
        )
    if not params["reset_totp"]:
        raise InputError(
            "email_factor: switch_off comes after the reset of TOTP, since without a verified address it may not be set"
            " up again. Leave reset_totp out."
        )


def _check_for_one(params: Mapping[str, Any], new_email: str | None) -> None:
    named = sum(len(params[option] or ()) for option in ("usernames", "user_ids", "emails"))
    for option, given in (("new_email", new_email), ("password: print_once", params["password"])):
        if given and named > 1:
            raise InputError(f"{option} is for one person, and {named} are named. Run once for each.")
