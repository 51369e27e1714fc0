# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run would fail with, found out without changing anything: all of it in check mode, the late part always."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import Caller
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    END_SESSIONS,
    RESET_TOTP,
    SET_ACTIVE,
    SET_PASSWORD,
    UPDATE_USER,
    Action,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError, TwoFactorChallenge
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import (
    PasswordLogin,
    SecondFactor,
    TokenLogin,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import (
    BY_EMAIL,
    BY_TOTP,
    PASSWORD_FALLBACK,
    TWO_FACTOR_ON,
    Workspace,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import (
    announce_rate_limit,
    asked_method,
    check_permission_for_certain,
    forecast_own,
    foresee,
    token_bypasses,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Plan, Step

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace as Scripted

OpenSession = Callable[..., Session]
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOKEN = "a-personal-access-token-Xq7Zt4"
TOKENS = "/api/v1/users.getPersonalAccessTokens"


def account(*, totp: bool = False, email: bool = False, password: bool = False, roles: str = "admin") -> Caller:
    """Return a calling account with these methods switched on."""
    return Caller(
        "callerId",
        "svc",
        roles=frozenset(roles.split()),
        totp_enabled=totp,
        email_enabled=email,
        has_password=password,
    )


@pytest.fixture
def session(workspace: Scripted, connect: Callable[..., Any], options: Callable[..., Any]) -> OpenSession:
    """Return a maker of sessions on the workspace."""

    def make(
        caller: Caller | None = None,
        given: SecondFactor | None = None,
        *,
        login: Any = None,
        version: tuple[int, int] = (6, 5),
    ) -> Session:
        given = given or SecondFactor()
        there = connect(workspace.server, given)
        access = Access(options(workspace.server.url), login or TokenLogin("callerId", TOKEN), given)
        known = Workspace(there.client)
        identity: Any = SimpleNamespace(ask=lambda: caller or account())
        return Session(there.client, identity, there.two_factor, version, access, known)

    return make


class Writing(Step):
    """A step that writes to these endpoints, and does nothing else."""

    def __init__(self, *actions: Action, certain: Action | None = None) -> None:
        self.actions = actions
        self.certain = certain

    def plan(self, _user: Any, _seen: Any) -> Plan:
        """There is always something to do."""
        return Plan(True)

    def act(self, _session: Session, _user: Any) -> Done:
        """Nothing comes of it."""
        return Done(1)


def steps(actions: Iterable[Action]) -> list[Step]:
    """Return a step for each endpoint."""
    return [Writing(action) for action in actions]


def warnings_of(opened: Session, *actions: Any) -> list[str]:
    """Forecast, and return the warnings."""
    warnings: list[str] = []
    foresee(opened, steps(actions or (RESET_TOTP,)), warnings.append, check_mode=True)
    return warnings


def failure_of(opened: Session, *actions: Any) -> Any:
    """Forecast, and return the failure that was foretold."""
    with pytest.raises(RocketChatError) as caught:
        foresee(opened, steps(actions or (RESET_TOTP,)), lambda _words: None, check_mode=True)
    return caught.value


@pytest.fixture(autouse=True)
def _only_reads(workspace: Scripted) -> Any:
    yield
    assert {seen.method for seen in workspace.server.requests} <= {"GET"}


# --- permission ------------------------------------------------------------------------------------------------------


def test_a_caller_with_everything_needed_is_promised_success(session: OpenSession) -> None:
    assert warnings_of(session()) == []


def test_a_missing_permission_is_foretold_with_the_roles_that_have_it(
    workspace: Scripted, session: OpenSession
) -> None:
    workspace.permissions["edit-other-user-totp"] = ["admin", "helpdesk"]
    error = failure_of(session(account(roles="user bot")))
    assert error.code == "error-not-allowed"
    assert "edit-other-user-totp" in error.message
    assert error.details["roles_with_permission"] == ["admin", "helpdesk"]
    assert error.details["roles_of_caller"] == ["bot", "user"]


def test_every_action_of_a_job_is_checked(workspace: Scripted, session: OpenSession) -> None:
    workspace.permissions["logout-other-user"] = ["owner"]
    assert "logout-other-user" in failure_of(session(), RESET_TOTP, END_SESSIONS).message


def test_a_permission_that_the_server_does_not_list_is_a_warning(workspace: Scripted, session: OpenSession) -> None:
    del workspace.permissions["edit-other-user-totp"]
    (warning,) = warnings_of(session())
    assert "edit-other-user-totp" in warning


def test_a_list_of_permissions_that_is_refused_is_a_warning(workspace: Scripted, session: OpenSession) -> None:
    workspace.server.route("/api/v1/permissions.listAll", (403, {"success": False, "error": "unauthorized"}))
    (warning,) = warnings_of(session())
    assert "edit-other-user-totp" in warning
    assert "unauthorized" in warning


def test_what_the_server_ignores_silently_takes_a_permission_that_is_certain(
    workspace: Scripted, session: OpenSession
) -> None:
    check_permission_for_certain(session(), RESET_TOTP)
    del workspace.permissions["edit-other-user-totp"]
    with pytest.raises(RocketChatError) as caught:
        check_permission_for_certain(session(), RESET_TOTP)
    assert caught.value.code == "error-not-allowed"


# --- the workspace's settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "setting", "code"),
    [
        ((6, 4), TWO_FACTOR_ON, "error-two-factor-not-enabled"),
        ((6, 5), TWO_FACTOR_ON, "error-two-factor-not-enabled"),
        ((8, 6), TWO_FACTOR_ON, "error-two-factor-not-enabled"),
        ((6, 3), PASSWORD_FALLBACK, "error-not-allowed"),
        ((3, 8), PASSWORD_FALLBACK, "error-not-allowed"),
    ],
)
def test_the_setting_that_the_server_demands_is_looked_at(
    workspace: Scripted, session: OpenSession, version: tuple[int, int], setting: str, code: str
) -> None:
    workspace.settings[setting] = False
    error = failure_of(session(version=version))
    assert error.code == code
    assert error.details["setting"] == setting


@pytest.mark.parametrize(
    ("version", "setting"),
    [((6, 5), PASSWORD_FALLBACK), ((6, 3), TWO_FACTOR_ON), ((6, 5), BY_TOTP)],
)
def test_settings_that_the_version_does_not_demand_stop_nothing(
    workspace: Scripted, session: OpenSession, version: tuple[int, int], setting: str
) -> None:
    workspace.settings[setting] = False
    assert warnings_of(session(version=version)) == []


def test_settings_that_cannot_be_read_are_a_warning(workspace: Scripted, session: OpenSession) -> None:
    workspace.server.route("/api/v1/settings.public", (403, {"success": False, "error": "unauthorized"}))
    (warning,) = warnings_of(session())
    assert "two-factor settings" in warning


# --- the second factor -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "off", "method"),
    [
        (account(), [], None),
        (account(totp=True, email=True, password=True), [], "totp"),
        (account(email=True, password=True), [], "email"),
        (account(password=True), [], "password"),
        (account(totp=True, email=True, password=True), [BY_TOTP], "email"),
        (account(totp=True, password=True), [BY_TOTP], "password"),
        (account(email=True, password=True), [BY_EMAIL], "password"),
        (account(email=True), [BY_EMAIL], None),
        (account(password=True), [PASSWORD_FALLBACK], None),
        (account(totp=True), [PASSWORD_FALLBACK, BY_EMAIL], "totp"),
        (account(totp=True, email=True, password=True), [TWO_FACTOR_ON], None),
    ],
)
def test_the_method_asked_for_is_the_first_that_account_and_workspace_have_on(
    caller: Caller, off: list[str], method: str | None
) -> None:
    assert asked_method(caller, dict.fromkeys(off, False)) == method


@pytest.mark.parametrize(
    ("caller", "given"),
    [
        (account(totp=True), SecondFactor(seed=SEED)),
        (account(totp=True), SecondFactor(method="totp", code="123456")),
        (account(email=True), SecondFactor(method="email", code="123456")),
        (account(password=True), SecondFactor(password="pw")),
        (account(), SecondFactor()),
    ],
)
def test_a_second_factor_that_can_be_answered_is_no_obstacle(
    session: OpenSession, caller: Caller, given: SecondFactor
) -> None:
    assert warnings_of(session(caller, given)) == []


@pytest.mark.parametrize(
    ("caller", "given", "method", "hint"),
    [
        (account(totp=True), SecondFactor(), "totp", "two_factor_secret"),
        (account(totp=True), SecondFactor(password="pw"), "totp", "two_factor_secret"),
        (account(email=True), SecondFactor(seed=SEED), "email", "Run without check mode"),
        (account(password=True), SecondFactor(seed=SEED), "password", "two_factor_password"),
        (account(email=True), SecondFactor(method="email"), "email", "two_factor_code"),
    ],
)
def test_a_challenge_that_nothing_would_answer_is_foretold(
    workspace: Scripted, session: OpenSession, caller: Caller, given: SecondFactor, method: str, hint: str
) -> None:
    workspace.server.route(TOKENS, {"tokens": []})
    error = failure_of(session(caller, given))
    assert isinstance(error, TwoFactorChallenge)
    assert error.code == "totp-required"
    assert error.details["method"] == method
    assert hint in error.message


@pytest.mark.parametrize(
    ("rows", "bypasses"),
    [
        ([], False),
        ([{"lastTokenPart": "Xq7Zt4", "bypassTwoFactor": True}], True),
        ([{"lastTokenPart": "Xq7Zt4", "bypassTwoFactor": False}], False),
        ([{"lastTokenPart": "Xq7Zt4"}], False),
        ([{"lastTokenPart": "other1", "bypassTwoFactor": True}], False),
        (
            [
                {"lastTokenPart": "other1", "bypassTwoFactor": False},
                {"lastTokenPart": "Xq7Zt4", "bypassTwoFactor": True},
            ],
            True,
        ),
        (["junk", None], False),
        (None, False),
    ],
)
def test_the_token_in_use_is_recognised_by_its_last_part(
    workspace: Scripted, session: OpenSession, rows: Any, bypasses: bool
) -> None:
    workspace.server.route(TOKENS, {"tokens": rows})
    opened = session(account(totp=True))
    assert token_bypasses(opened) is bypasses
    if bypasses:
        assert warnings_of(opened) == []
    else:
        assert failure_of(opened).code == "totp-required"


def test_who_signed_in_with_a_password_has_no_token_that_bypasses(session: OpenSession) -> None:
    opened = session(account(totp=True), login=PasswordLogin("svc", "pw"))
    assert failure_of(opened).code == "totp-required"


def test_a_list_of_tokens_that_cannot_be_read_is_a_warning(workspace: Scripted, session: OpenSession) -> None:
    workspace.server.route(TOKENS, (403, {"success": False, "error": "unauthorized"}))
    (warning,) = warnings_of(session(account(totp=True)))
    assert "bypasses" in warning
    assert "totp" in warning


def test_a_bypass_is_not_relied_on_where_the_server_has_it_broken(workspace: Scripted, session: OpenSession) -> None:
    workspace.server.route(TOKENS, {"tokens": [{"lastTokenPart": "Xq7Zt4", "bypassTwoFactor": True}]})
    error = failure_of(session(account(totp=True), version=(8, 5)))
    assert error.code == "totp-required"
    assert "8.5" in error.message


def test_an_action_without_a_second_factor_needs_none(session: OpenSession) -> None:
    assert warnings_of(session(account(totp=True)), END_SESSIONS) == []


def test_the_own_account_needs_no_permission_but_its_second_factor(workspace: Scripted, session: OpenSession) -> None:
    workspace.server.route(TOKENS, {"tokens": []})
    workspace.permissions.clear()
    forecast_own(session(account(totp=True), SecondFactor(seed=SEED)), lambda _words: None)
    with pytest.raises(TwoFactorChallenge):
        forecast_own(session(account(totp=True)), lambda _words: None)


# --- the rate limit --------------------------------------------------------------------------------------------------

BYPASS = "api-bypass-rate-limit"


@pytest.mark.parametrize(
    ("accounts", "roles", "warned"),
    [(10, [], False), (11, [], True), (25, ["bot"], True), (25, ["admin", "bot"], False), (25, None, False)],
)
def test_a_run_that_the_rate_limit_will_slow_down_says_so_at_its_start(
    workspace: Scripted, session: OpenSession, accounts: int, roles: list[str] | None, warned: bool
) -> None:
    if roles is not None:
        workspace.permissions[BYPASS] = roles
    warnings: list[str] = []
    announce_rate_limit(session(), accounts, warnings.append)
    assert len(warnings) == warned
    assert not warned or (BYPASS in warnings[0] and f"{accounts} accounts" in warnings[0])


@pytest.mark.parametrize(("wait", "says"), [(60.0, "stop half way"), (120.0, "allows that")])
def test_a_rate_limit_beyond_what_the_task_waits_is_told_beforehand(
    workspace: Scripted,
    session: OpenSession,
    options: Callable[..., Any],
    wait: float,
    says: str,
) -> None:
    workspace.permissions[BYPASS] = ["bot"]
    opened = session()
    access = dataclasses.replace(opened.access, connection=options(workspace.server.url, rate_limit_wait=wait))
    warnings: list[str] = []
    announce_rate_limit(dataclasses.replace(opened, access=access), 30, warnings.append)
    assert says in warnings[0]


def test_a_rate_limit_that_cannot_be_known_is_not_talked_about(workspace: Scripted, session: OpenSession) -> None:
    workspace.server.route("/api/v1/permissions.listAll", (403, {"success": False, "error": "unauthorized"}))
    warnings: list[str] = []
    announce_rate_limit(session(), 1000, warnings.append)
    assert warnings == []


# --- a run that writes -----------------------------------------------------------------------------------------------


def late(opened: Session, *given: Step) -> None:
    """Foresee what a run that writes would find out too late."""
    foresee(opened, given, lambda _words: None, check_mode=False)


def test_a_permission_that_only_a_later_step_needs_is_missed_before_the_first_write(
    workspace: Scripted, session: OpenSession
) -> None:
    workspace.permissions[SET_ACTIVE.permission] = []
    with pytest.raises(RocketChatError) as caught:
        late(session(), Writing(END_SESSIONS), Writing(SET_ACTIVE))
    assert caught.value.code == "error-not-allowed"
    assert SET_ACTIVE.permission in caught.value.message


def test_the_only_permission_is_left_to_the_server(workspace: Scripted, session: OpenSession) -> None:
    workspace.permissions[END_SESSIONS.permission] = []
    late(session(), Writing(END_SESSIONS))
    assert workspace.server.requests == []


def test_what_the_server_would_ignore_is_always_made_certain_of(workspace: Scripted, session: OpenSession) -> None:
    late_step = Writing(UPDATE_USER, certain=SET_PASSWORD)
    for permissions in ({}, {SET_PASSWORD.permission: ["boss"]}):
        workspace.permissions = permissions
        with pytest.raises(RocketChatError, match=SET_PASSWORD.permission):
            late(session(), late_step)
    workspace.permissions = {SET_PASSWORD.permission: ["admin"]}
    late(session(), late_step)


def test_a_second_factor_that_the_first_write_does_not_ask_for_must_be_answerable(
    workspace: Scripted, session: OpenSession
) -> None:
    workspace.server.route(TOKENS, {"tokens": []})
    with pytest.raises(TwoFactorChallenge, match="two_factor_secret"):
        late(session(account(totp=True)), Writing(END_SESSIONS), Writing(RESET_TOTP))
    late(session(account(totp=True), SecondFactor(seed=SEED)), Writing(END_SESSIONS), Writing(RESET_TOTP))


def test_a_second_factor_that_an_earlier_run_needed_as_well_is_not_looked_for(
    workspace: Scripted, session: OpenSession
) -> None:
    first, last = steps = [Writing(END_SESSIONS), Writing(RESET_TOTP)]
    first.name, last.name = "sessions", "totp"
    opened = session(account(totp=True))
    foresee(opened, steps, lambda _words: None, check_mode=False, answered={"totp", "sessions"})
    assert workspace.server.sent("GET", TOKENS) == []
    workspace.server.route(TOKENS, {"tokens": []})
    for told, check_mode in ({"sessions"}, False), ({"totp"}, True):
        with pytest.raises(TwoFactorChallenge):
            foresee(opened, steps, lambda _words: None, check_mode=check_mode, answered=told)


def test_a_permission_that_an_earlier_run_used_is_not_asked_for(workspace: Scripted, session: OpenSession) -> None:
    first, last = steps = [Writing(RESET_TOTP), Writing(END_SESSIONS)]
    first.name, last.name = "totp", "sessions"
    workspace.permissions[END_SESSIONS.permission] = []
    opened = session()
    foresee(opened, steps, lambda _words: None, check_mode=False, answered={"totp", "sessions"})
    assert workspace.server.requests == []
    for told, check_mode in ({"totp"}, False), ({"totp", "sessions"}, True):
        with pytest.raises(RocketChatError, match=END_SESSIONS.permission):
            foresee(session(), steps, lambda _words: None, check_mode=check_mode, answered=told)
    # What is known already is heeded.
    opened.workspace.permissions()
    with pytest.raises(RocketChatError, match=END_SESSIONS.permission):
        foresee(opened, steps, lambda _words: None, check_mode=False, answered={"totp", "sessions"})


def test_a_second_factor_that_the_first_write_asks_for_is_left_to_the_server(
    workspace: Scripted, session: OpenSession
) -> None:
    late(session(account(totp=True)), Writing(RESET_TOTP))
    assert workspace.server.requests == []


def test_settings_are_read_only_where_the_second_factor_depends_on_them(
    workspace: Scripted, session: OpenSession
) -> None:
    workspace.server.route(TOKENS, {"tokens": []})
    workspace.settings[BY_TOTP] = False
    # The account has TOTP and nothing else, and the workspace has switched that off: nobody will ask.
    late(session(account(totp=True)), Writing(END_SESSIONS), Writing(RESET_TOTP))
    assert len(workspace.server.sent("GET", "/api/v1/settings.public")) == 1


def test_where_nothing_is_written_nothing_is_asked(workspace: Scripted, session: OpenSession) -> None:
    late(session(account(totp=True)))
    foresee(session(), [], lambda _words: None, check_mode=False)
    assert workspace.server.requests == []
