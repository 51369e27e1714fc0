# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each lock: what shows that it keeps somebody out, what excludes it, and what nobody can see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.locks import (
    LOCKS,
    Surroundings,
    diagnose,
    look_around,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import (
    BY_EMAIL,
    BY_TOTP,
    EMAIL_VERIFICATION,
    LDAP_ON,
    LOGIN_FORM,
    OAUTH_CODES,
    PASSWORD_RESET,
    SETTINGS,
    TWO_FACTOR_ON,
    Workspace,
)

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace as Scripted

LOGIN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)  # noqa: UP017
USUAL = {**dict.fromkeys(SETTINGS, True), EMAIL_VERIFICATION: False, LDAP_ON: False}
SEEN = User(
    "aliceId",
    "alice",
    active=True,
    federated=False,
    full_view=True,
    last_login=LOGIN,
    roles=("user",),
    emails=(("alice@example.com", True),),
    require_password_change=False,
)
# What the caller sees of her without the permission.
HIDDEN = User("aliceId", "alice", active=True, federated=False)
UNVERIFIED = {"emails": (("alice@example.com", False),)}
NEW = {"last_login": None, "logged_in_ever": False}
STRICT = {EMAIL_VERIFICATION: True}


def finding(lock: str, user: User, settings: dict[str, bool] | None = None) -> dict[str, object]:
    """Return what is found of one lock."""
    around = Surroundings({**USUAL, **(settings or {})}, {})
    (found,) = [found for found in diagnose(user, around) if found["lock"] == lock]
    return found


def certainty(lock: str, user: User, settings: dict[str, bool] | None = None) -> str:
    """Return how certain one lock is."""
    return str(finding(lock, user, settings)["certainty"])


def shown(lock: str, user: User, settings: dict[str, bool] | None = None) -> str:
    """Return what shows a lock, in words."""
    return str(finding(lock, user, settings)["shows"])


@pytest.mark.parametrize(
    ("lock", "known", "settings", "expected"),
    [
        ("deactivated", {}, {}, "excluded"),
        ("deactivated", {"active": False}, {}, "certain"),
        ("deactivated", {"active": False, "reason": "let me in"}, {}, "certain"),
        ("deactivated", {"active": None}, {}, "not_visible"),
        ("app", {}, {}, "excluded"),
        ("app", {"kind": "app"}, {}, "certain"),
        ("app", {"kind": "bot"}, {}, "possible"),
        ("federated", {}, {}, "excluded"),
        ("federated", {"federated": True}, {}, "certain"),
        ("no_roles", {}, {}, "excluded"),
        ("no_roles", {"roles": ()}, {}, "excluded"),
        ("no_roles", {"roles": None}, {}, "certain"),
        ("unverified_address", UNVERIFIED, {}, "excluded"),
        ("unverified_address", {}, STRICT, "excluded"),
        ("unverified_address", UNVERIFIED, STRICT, "certain"),
        ("unverified_address", {"emails": ()}, STRICT, "certain"),
        ("unverified_address", {**UNVERIFIED, "roles": ("user", "admin")}, STRICT, "excluded"),
        ("totp", {}, {}, "not_visible"),
        ("totp", NEW, {}, "excluded"),
        ("totp", {}, {BY_TOTP: False}, "excluded"),
        ("totp", {}, {TWO_FACTOR_ON: False}, "excluded"),
        ("email_codes", {}, {}, "possible"),
        ("email_codes", UNVERIFIED, {}, "excluded"),
        ("email_codes", {}, {BY_EMAIL: False}, "excluded"),
        ("email_codes", {}, {TWO_FACTOR_ON: False}, "excluded"),
        ("never_logged_in", {}, {}, "excluded"),
        ("never_logged_in", NEW, {}, "certain"),
        ("password_lost", {}, {}, "not_visible"),
        ("password_lost", NEW, {}, "possible"),
        ("login_blocked", {}, {}, "not_visible"),
        ("mailbox_lost", {}, {}, "not_visible"),
        ("mailbox_lost", {"emails": ()}, {}, "certain"),
        ("password_elsewhere", {}, {}, "not_visible"),
        ("password_elsewhere", {}, {LDAP_ON: True}, "possible"),
        ("password_elsewhere", {}, {LOGIN_FORM: False}, "possible"),
        ("password_change_demanded", {}, {}, "excluded"),
        ("password_change_demanded", {"require_password_change": True}, {}, "certain"),
        ("role_demands_second_factor", {}, {}, "excluded"),
        ("two_factor_off", {}, {}, "excluded"),
        ("two_factor_off", {}, {TWO_FACTOR_ON: False}, "certain"),
        ("licence_seats", {}, {}, "excluded"),
        ("licence_seats", {"active": False}, {}, "not_visible"),
        ("e2e_key_lost", {}, {}, "not_visible"),
    ],
)
def test_what_is_seen_decides(lock: str, known: dict[str, Any], settings: dict[str, bool], expected: str) -> None:
    assert certainty(lock, replace(SEEN, **known), settings) == expected


def test_a_role_that_demands_a_second_factor_is_named() -> None:
    around = Surroundings(USUAL, {"roleId": "auditor"})
    first = diagnose(replace(SEEN, roles=("user", "roleId")), around)[0]
    assert (first["lock"], first["certainty"]) == ("role_demands_second_factor", "certain")
    assert "auditor" in str(first["shows"])


def test_what_is_hidden_is_never_excluded_by_that() -> None:
    found = {str(one["lock"]): one["certainty"] for one in diagnose(HIDDEN, Surroundings())}
    seen = {"deactivated", "app", "federated", "licence_seats"}
    assert {lock for lock, how in found.items() if how == "excluded"} == seen
    assert {how for lock, how in found.items() if lock not in seen} == {"not_visible"}


def test_without_the_setting_an_unverified_address_may_keep_out() -> None:
    found = {one["lock"]: one["certainty"] for one in diagnose(replace(SEEN, **UNVERIFIED), Surroundings())}
    assert found["unverified_address"] == "possible"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_lock_says_what_shows_it_and_what_opens_it(lock: Any) -> None:
    for user in (SEEN, HIDDEN, replace(SEEN, active=False, **NEW, **UNVERIFIED)):
        for around in (Surroundings(), Surroundings(USUAL, {})):
            finding = lock.find(user, around)
            assert finding.shows.endswith(".")
            assert "alice@" not in finding.shows
    assert lock.cure.endswith(".")


def test_certain_locks_come_first_and_excluded_ones_have_no_cure() -> None:
    found = diagnose(replace(SEEN, active=False), Surroundings({**USUAL, LDAP_ON: True}, {}))
    ranks = [["certain", "possible", "not_visible", "excluded"].index(str(one["certainty"])) for one in found]
    assert set(ranks) == {0, 1, 2, 3}
    assert ranks == sorted(ranks)
    assert found[0]["options"] == ["activate"]
    assert found[0]["said"] == "Certain: The account is deactivated. Set activate: true."
    for one in found:
        assert bool(one["cure"]) is (one["certainty"] != "excluded")


def test_what_nobody_sees_stands_in_the_order_in_which_it_is_likely() -> None:
    found = [one["lock"] for one in diagnose(HIDDEN, Surroundings()) if one["certainty"] == "not_visible"]
    assert found[:5] == ["totp", "password_lost", "email_codes", "mailbox_lost", "login_blocked"]
    assert found.index("no_roles") > found.index("unverified_address")


def test_what_is_hidden_names_the_permission_only_where_it_is_lacking() -> None:
    assert "lacks the permission view-full-other-user-info" in shown("never_logged_in", HIDDEN)
    assert "permission" not in shown("never_logged_in", replace(SEEN, last_login=None))


@pytest.mark.parametrize(
    ("lock", "settings", "says"),
    [
        ("email_codes", {OAUTH_CODES: False}, "Whoever signs in by OAuth is asked for none"),
        ("password_lost", {PASSWORD_RESET: False}, "no link for a forgotten password"),
    ],
)
def test_settings_that_say_more_of_a_lock_are_told(lock: str, settings: dict[str, bool], says: str) -> None:
    assert says in shown(lock, SEEN, settings)
    assert says not in shown(lock, SEEN)


@pytest.mark.parametrize("ask", [True, False])
def test_only_check_mode_asks_the_workspace(workspace: Scripted, connect: Any, ask: bool) -> None:
    workspace.settings.update(USUAL)
    roles = [{"_id": "a", "name": "auditor", "mandatory2fa": True}, {"_id": "user", "name": "user"}]
    workspace.server.route("/api/v1/roles.list", {"roles": roles, "success": True})
    client = connect(workspace.server).client

    class Session:
        """As much of one as is asked for."""

    session: Any = Session()
    session.client, session.workspace = client, Workspace(client)
    around = look_around(session, ask=ask)
    assert around == (Surroundings(USUAL, {"a": "auditor"}) if ask else Surroundings())
    assert len(workspace.server.requests) == (2 if ask else 0)
    # What was read is known to who does not ask.
    assert look_around(session, ask=False).settings == around.settings
