# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps people out, and what lets them in again: each begins and ends with the person signing in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api import Api
from tests.emulator.testing import Emulator

PASSWORD = "pia-pw-1"


@pytest.fixture(params=["6.5", "7.7", "8.6"])
def server(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(request.param) as emulator:
        yield emulator


def begin(server: Emulator, *others: dict[str, Any], **pia: Any) -> Api:
    """A workspace with Pia, who is kept out; requests of its administrator."""
    users = [{"username": "admin", "roles": ["admin"]}, {"username": "pia", "verified": False, **pia}, *others]
    settings = {"Accounts_TwoFactorAuthentication_Enforce_Password_Fallback": False}
    server.control("world", {"users": users, "settings": settings})
    server.change_user("admin", email2fa=False)
    return Api(server, "admin")


def refusal(server: Emulator, login: str = "pia", password: str = PASSWORD) -> str | None:
    """Why the person stays outside; None where they are in."""
    status, body = server.sign_in(login, password)
    return None if status == 200 else str(body["error"])


def update(server: Emulator, admin: Api, **data: Any) -> None:
    status, body = admin("POST", "users.update", userId=server.user("pia")["_id"], data=data)
    assert status == 200, body


def test_inactive(server: Emulator) -> None:
    admin = begin(server, active=False)
    assert refusal(server) == "error-user-is-not-activated"
    assert admin("POST", "users.setActiveStatus", userId=server.user("pia")["_id"], activeStatus=True)[0] == 200
    assert refusal(server) is None


def test_no_seat_left_for_whoever_is_activated_by_an_update(server: Emulator) -> None:
    admin = begin(server, active=False)
    server.control("licence", {"seats": 1}, "PATCH")
    given = {"userId": server.user("pia")["_id"], "data": {"active": True}}
    assert admin("POST", "users.update", **given)[1]["errorType"] == "error-license-user-limit-reached"
    assert not server.user("pia")["active"]


def test_codes_go_to_a_lost_mailbox(server: Emulator) -> None:
    admin = begin(server, verified=True)
    assert refusal(server) == "totp-required"
    update(server, admin, verified=False)
    assert refusal(server) is None


def test_codes_go_to_another_address_then(server: Emulator) -> None:
    addresses = [{"address": f"pia{number}@example.test", "verified": True} for number in (1, 2)]
    admin = begin(server, emails=addresses)
    update(server, admin, verified=False)
    assert refusal(server) == "totp-required"
    assert {mail["to"] for mail in server.mails() if "code" in mail} == {"pia2@example.test"}


def test_a_new_mailbox(server: Emulator) -> None:
    admin = begin(server, verified=True)
    update(server, admin, email="new@example.test", verified=True)
    assert refusal(server) == "totp-required"
    code = server.email_code("pia")
    assert [mail["to"] for mail in server.mails() if mail.get("code") == code] == ["new@example.test"]
    assert server.sign_in("pia", PASSWORD, code)[0] == 200


def test_a_mailed_password(server: Emulator) -> None:
    admin = begin(server)
    update(server, admin, setRandomPassword=True, email="pia@example.test")
    assert refusal(server) is not None
    (mailed,) = [mail for mail in server.mails() if "password" in mail]
    assert mailed["to"] == "pia@example.test"
    assert refusal(server, password=mailed["password"]) is None
    assert server.user("pia")["requirePasswordChange"] is True


def test_an_address_has_to_be_verified(server: Emulator) -> None:
    admin = begin(server)
    server.settings({"Accounts_EmailVerification": True})
    assert refusal(server) == "error-invalid-email"
    update(server, admin, verified=True)
    assert refusal(server) == "totp-required"
    assert server.sign_in("pia", PASSWORD, server.email_code("pia"))[0] == 200


def test_blocked_by_name_and_not_by_address(server: Emulator) -> None:
    begin(server, failedLogins=10)
    server.settings({"Block_Multiple_Failed_Logins_Enabled": True})
    assert refusal(server) == "error-login-blocked-for-user"
    assert refusal(server, login="pia@example.test") is None
    assert refusal(server) is None


def test_apps_do_not_sign_in(server: Emulator) -> None:
    begin(server, type="app", active=False)
    assert refusal(server) == "error-app-user-is-not-allowed-to-login"
    assert refusal(server, password="wrong") != "error-app-user-is-not-allowed-to-login"


@pytest.mark.parametrize("version", ["7.13", "8.0"])
def test_why_somebody_is_inactive_is_a_filter_since_8(version: str) -> None:
    with Emulator(version) as server:
        admin = begin(server, {"username": "new", "active": False, "inactiveReason": "pending_approval"}, active=False)
        asked = {"status": "deactivated", "inactiveReason[]": "pending_approval"}
        status, body = admin("GET", "users.listByStatus", **asked)
        assert status == (200 if version == "8.0" else 400)
        assert [row["username"] for row in body.get("users", [])] == (["new"] if status == 200 else [])
