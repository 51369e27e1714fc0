# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery is asked for: wishes that contradict each other are refused with the one that would work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.cures import Cures, read_cures
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.profile import Wish

NOTHING: dict[str, Any] = {
    "usernames": ["alice"],
    "user_ids": None,
    "emails": None,
    "reset_totp": True,
    "activate": False,
    "email_factor": None,
    "new_email": None,
    "verify_email": False,
    "reset_password": False,
    "password": None,
    "password_file": None,
    "reset_e2ekey": False,
}
OFF = {"email_factor": "switch_off"}
ONCE = {"password": "print_once"}
NEW = {"new_email": "new@example.com"}


def test_totp_is_all_that_is_reset_unless_more_is_asked_for() -> None:
    cures = read_cures(NOTHING)
    assert cures == Cures(totp=True, e2e_key=False, activate=False, wish=Wish())
    assert (cures.profile, cures.codes_off, cures.signs_out) == (False, False, True)


@pytest.mark.parametrize(
    ("given", "wish"),
    [
        (OFF, Wish(verified=False)),
        ({"email_factor": "restore"}, Wish(verified=True)),
        ({"verify_email": True}, Wish(verified=True, vouched=True)),
        ({"email_factor": "restore", "reset_password": True}, Wish(verified=True, mail_password=True)),
        ({"new_email": " new@example.com "}, Wish("new@example.com", verified=True)),
        ({"new_email": " "}, Wish()),
        ({**NEW, "reset_password": True}, Wish("new@example.com", verified=True, mail_password=True)),
        ({"verify_email": True, "reset_password": True}, Wish(verified=True, mail_password=True, vouched=True)),
    ],
)
def test_wishes_become_one_change_of_the_profile(given: dict[str, Any], wish: Wish) -> None:
    cures = read_cures({**NOTHING, **given})
    assert (cures.wish, cures.profile, cures.codes_off) == (wish, wish != Wish(), given == OFF)


def test_a_password_can_be_shown_where_no_mail_is_read(tmp_path: Path) -> None:
    cures = read_cures({**NOTHING, **OFF, **ONCE, "password_file": str(tmp_path / "password")})
    assert cures.wish.password
    assert cures.wish.password_file is not None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({**ONCE, "password_file": "/tmp/x", "reset_password": True}, "Choose one"),
        (ONCE, "password_file go together"),
        ({"password_file": "/tmp/x"}, "password_file go together"),
        ({"new_email": "alice"}, "no e-mail address"),
        ({**OFF, **NEW}, "Give new_email alone"),
        ({**OFF, "verify_email": True}, "Choose one"),
        ({**OFF, "reset_password": True}, "print_once with password_file, or new_email with reset_password"),
        ({**OFF, "reset_totp": False}, "Leave reset_totp out"),
        ({"reset_totp": False}, "nothing else is asked for"),
        ({**NEW, "usernames": ["alice", "bob"]}, "new_email is for one person, and 2"),
        ({**NEW, "emails": ["bob@example.com"]}, "one person"),
        ({**ONCE, "password_file": "/tmp/x", "user_ids": ["bobId"]}, "print_once is for one person"),
    ],
)
def test_what_cannot_work_is_refused_with_what_would(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_cures({**NOTHING, **given})


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ({"activate": True}, False),
        ({"verify_email": True}, False),
        (NEW, True),
        ({"reset_password": True}, True),
        ({"reset_e2ekey": True}, True),
    ],
)
def test_sessions_end_where_one_of_them_could_undo_it(given: dict[str, Any], ends: bool) -> None:
    assert read_cures({**NOTHING, "reset_totp": False, **given}).signs_out is ends
