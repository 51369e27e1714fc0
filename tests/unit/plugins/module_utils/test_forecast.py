# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode's forecast: what a run would fail with, found out without changing anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils import _forecast
from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import (
    END_SESSIONS,
    RESET_TOTP,
    UPDATE_USER,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import RocketChatError, TwoFactorChallenge
from ansible_collections.chatops.rocketchat.plugins.module_utils._options import (
    PasswordLogin,
    SecondFactor,
    TokenLogin,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access, Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._users import Caller, User

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer, Workspace

OpenSession = Callable[..., Session]
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOKEN = "a-personal-access-token-Xq7Zt4"
TOKENS = "/api/v1/users.getPersonalAccessTokens"


def account(*, totp: bool = False, email: bool = False, password: bool = False, roles: str = "admin") -> Caller:
    """Return a calling account with these methods switched on."""
    user = User("callerId", "svc", active=True, federated=False)
    return Caller(user, frozenset(roles.split()), totp_enabled=totp, email_enabled=email, has_password=password)


@pytest.fixture
def session(workspace: Workspace, connect: Callable[..., Any], options: Callable[..., Any]) -> OpenSession:
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
        return Session(there.client, caller or account(), there.two_factor, version, access)

    return make


def warnings_of(opened: Session, *actions: Any, **more: Any) -> list[str]:
    """Forecast, and return the warnings."""
    warnings: list[str] = []
    _forecast.forecast(opened, actions or (RESET_TOTP,), warnings.append, **more)
    return warnings


def failure_of(opened: Session, *actions: Any) -> Any:
    """Forecast, and return the failure that was foretold."""
    with pytest.raises(RocketChatError) as caught:
        _forecast.forecast(opened, actions or (RESET_TOTP,), lambda _words: None)
    return caught.value


@pytest.fixture(autouse=True)
def _only_reads(workspace: Workspace) -> Any:
    yield
    assert {seen.method for seen in workspace.server.requests} <= {"GET"}


# --- permission ------------------------------------------------------------------------------------------------------


def test_a_caller_with_everything_needed_is_promised_success(session: OpenSession) -> None:
    assert warnings_of(session()) == []


def test_a_missing_permission_is_foretold_with_the_roles_that_have_it(
    workspace: Workspace, session: OpenSession
) -> None:
    workspace.permissions["edit-other-user-totp"] = ["admin", "helpdesk"]
    error = failure_of(session(account(roles="user bot")))
    assert error.code == "error-not-allowed"
    assert "edit-other-user-totp" in error.message
    assert error.details["roles_with_permission"] == ["admin", "helpdesk"]
    assert error.details["roles_of_caller"] == ["bot", "user"]


def test_every_action_of_a_job_is_checked(workspace: Workspace, session: OpenSession) -> None:
    workspace.permissions["logout-other-user"] = ["owner"]
    assert "logout-other-user" in failure_of(session(), RESET_TOTP, END_SESSIONS).message


def test_a_missing_permission_for_what_is_optional_is_a_warning(workspace: Workspace, session: OpenSession) -> None:
    workspace.permissions["edit-other-user-info"] = ["owner"]
    (warning,) = warnings_of(session(), optional=[UPDATE_USER])
    assert "edit-other-user-info" in warning


def test_a_permission_that_the_server_does_not_list_is_a_warning(workspace: Workspace, session: OpenSession) -> None:
    del workspace.permissions["edit-other-user-totp"]
    (warning,) = warnings_of(session())
    assert "edit-other-user-totp" in warning


def test_a_list_of_permissions_that_is_refused_is_a_warning(workspace: Workspace, session: OpenSession) -> None:
    workspace.server.route("/api/v1/permissions.listAll", (403, {"success": False, "error": "unauthorized"}))
    (warning,) = warnings_of(session())
    assert "edit-other-user-totp" in warning
    assert "unauthorized" in warning


def test_what_the_server_ignores_silently_takes_a_permission_that_is_certain(
    workspace: Workspace, session: OpenSession
) -> None:
    _forecast.check_permission_for_certain(session(), RESET_TOTP)
    del workspace.permissions["edit-other-user-totp"]
    with pytest.raises(RocketChatError) as caught:
        _forecast.check_permission_for_certain(session(), RESET_TOTP)
    assert caught.value.code == "error-not-allowed"


# --- the workspace's settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "setting", "code"),
    [
        ((6, 4), _forecast.TWO_FACTOR_ON, "error-two-factor-not-enabled"),
        ((6, 5), _forecast.TWO_FACTOR_ON, "error-two-factor-not-enabled"),
        ((8, 6), _forecast.TWO_FACTOR_ON, "error-two-factor-not-enabled"),
        ((6, 3), _forecast.PASSWORD_FALLBACK, "error-not-allowed"),
        ((3, 8), _forecast.PASSWORD_FALLBACK, "error-not-allowed"),
    ],
)
def test_the_setting_that_the_server_demands_is_looked_at(
    workspace: Workspace, session: OpenSession, version: tuple[int, int], setting: str, code: str
) -> None:
    workspace.settings[setting] = False
    error = failure_of(session(version=version))
    assert error.code == code
    assert error.details["setting"] == setting


@pytest.mark.parametrize(
    ("version", "setting"),
    [((6, 5), _forecast.PASSWORD_FALLBACK), ((6, 3), _forecast.TWO_FACTOR_ON), ((6, 5), _forecast.BY_TOTP)],
)
def test_settings_that_the_version_does_not_demand_stop_nothing(
    workspace: Workspace, session: OpenSession, version: tuple[int, int], setting: str
) -> None:
    workspace.settings[setting] = False
    assert warnings_of(session(version=version)) == []


def test_settings_that_cannot_be_read_are_a_warning(workspace: Workspace, session: OpenSession) -> None:
    workspace.server.route("/api/v1/settings.public", (403, {"success": False, "error": "unauthorized"}))
    (warning,) = warnings_of(session())
    assert "two-factor settings" in warning


def test_settings_are_found_on_every_page_of_an_old_server(server: ScriptedServer, connect: Any) -> None:
    rows: list[Any] = [{"_id": f"Other_{number}", "value": True} for number in range(90)]
    rows += [{"_id": _forecast.TWO_FACTOR_ON, "value": False}, {"_id": _forecast.BY_TOTP, "value": "odd"}, "junk"]

    def page(seen: Any) -> Any:
        offset = int(seen.query["offset"])
        return {"settings": rows[offset : offset + 50], "offset": offset, "total": len(rows), "success": True}

    server.route("/api/v1/settings.public", page)
    assert _forecast.read_settings(connect(server).client) == {_forecast.TWO_FACTOR_ON: False}
    assert len(server.requests) == 2


def test_a_server_that_filters_is_asked_once(workspace: Workspace, connect: Any) -> None:
    workspace.settings.update(dict.fromkeys(_forecast.SETTINGS, True))
    assert _forecast.read_settings(connect(workspace.server).client) == workspace.settings
    (seen,) = workspace.server.requests
    assert seen.query["_id"].split(",") == list(_forecast.SETTINGS)


@pytest.mark.parametrize("answer", [{}, {"settings": None}, {"settings": [], "total": 99}, {"settings": {}}])
def test_a_list_of_settings_without_settings_is_not_read_for_ever(
    server: ScriptedServer, connect: Any, answer: dict[str, Any]
) -> None:
    server.script(answer)
    assert _forecast.read_settings(connect(server).client) == {}


# --- the second factor -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "off", "method"),
    [
        (account(), [], None),
        (account(totp=True, email=True, password=True), [], "totp"),
        (account(email=True, password=True), [], "email"),
        (account(password=True), [], "password"),
        (account(totp=True, email=True, password=True), [_forecast.BY_TOTP], "email"),
        (account(totp=True, password=True), [_forecast.BY_TOTP], "password"),
        (account(email=True, password=True), [_forecast.BY_EMAIL], "password"),
        (account(email=True), [_forecast.BY_EMAIL], None),
        (account(password=True), [_forecast.PASSWORD_FALLBACK], None),
        (account(totp=True), [_forecast.PASSWORD_FALLBACK, _forecast.BY_EMAIL], "totp"),
        (account(totp=True, email=True, password=True), [_forecast.TWO_FACTOR_ON], None),
    ],
)
def test_the_method_asked_for_is_the_first_that_account_and_workspace_have_on(
    caller: Caller, off: list[str], method: str | None
) -> None:
    assert _forecast.asked_method(caller, dict.fromkeys(off, False)) == method


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
    workspace: Workspace, session: OpenSession, caller: Caller, given: SecondFactor, method: str, hint: str
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
    workspace: Workspace, session: OpenSession, rows: Any, bypasses: bool
) -> None:
    workspace.server.route(TOKENS, {"tokens": rows})
    opened = session(account(totp=True))
    assert _forecast.token_bypasses(opened) is bypasses
    if bypasses:
        assert warnings_of(opened) == []
    else:
        assert failure_of(opened).code == "totp-required"


def test_who_signed_in_with_a_password_has_no_token_that_bypasses(session: OpenSession) -> None:
    opened = session(account(totp=True), login=PasswordLogin("svc", "pw"))
    assert failure_of(opened).code == "totp-required"


def test_a_list_of_tokens_that_cannot_be_read_is_a_warning(workspace: Workspace, session: OpenSession) -> None:
    workspace.server.route(TOKENS, (403, {"success": False, "error": "unauthorized"}))
    (warning,) = warnings_of(session(account(totp=True)))
    assert "bypasses" in warning
    assert "totp" in warning


def test_a_bypass_is_not_relied_on_where_the_server_has_it_broken(workspace: Workspace, session: OpenSession) -> None:
    workspace.server.route(TOKENS, {"tokens": [{"lastTokenPart": "Xq7Zt4", "bypassTwoFactor": True}]})
    error = failure_of(session(account(totp=True), version=(8, 5)))
    assert error.code == "totp-required"
    assert "8.5" in error.message


def test_an_action_without_a_second_factor_needs_none(session: OpenSession) -> None:
    assert warnings_of(session(account(totp=True)), END_SESSIONS) == []


def test_the_own_account_needs_no_permission_but_its_second_factor(workspace: Workspace, session: OpenSession) -> None:
    workspace.server.route(TOKENS, {"tokens": []})
    workspace.permissions.clear()
    _forecast.forecast_own(session(account(totp=True), SecondFactor(seed=SEED)), lambda _words: None)
    with pytest.raises(TwoFactorChallenge):
        _forecast.forecast_own(session(account(totp=True)), lambda _words: None)


# --- the rate limit --------------------------------------------------------------------------------------------------

BYPASS = "api-bypass-rate-limit"


@pytest.mark.parametrize(
    ("accounts", "roles", "warned"),
    [(10, [], False), (11, [], True), (25, ["bot"], True), (25, ["admin", "bot"], False), (25, None, False)],
)
def test_a_run_that_the_rate_limit_will_slow_down_says_so_at_its_start(
    workspace: Workspace, session: OpenSession, accounts: int, roles: list[str] | None, warned: bool
) -> None:
    if roles is not None:
        workspace.permissions[BYPASS] = roles
    warnings: list[str] = []
    _forecast.announce_rate_limit(session(), accounts, warnings.append)
    assert len(warnings) == warned
    assert not warned or (BYPASS in warnings[0] and f"{accounts} accounts" in warnings[0])


@pytest.mark.parametrize(("wait", "says"), [(60.0, "stop half way"), (120.0, "allows that")])
def test_a_rate_limit_beyond_what_the_task_waits_is_told_beforehand(
    workspace: Workspace,
    session: OpenSession,
    options: Callable[..., Any],
    wait: float,
    says: str,
) -> None:
    workspace.permissions[BYPASS] = ["bot"]
    opened = session()
    access = dataclasses.replace(opened.access, connection=options(workspace.server.url, rate_limit_wait=wait))
    warnings: list[str] = []
    _forecast.announce_rate_limit(dataclasses.replace(opened, access=access), 30, warnings.append)
    assert says in warnings[0]


def test_a_rate_limit_that_cannot_be_known_is_not_talked_about(workspace: Workspace, session: OpenSession) -> None:
    workspace.server.route("/api/v1/permissions.listAll", (403, {"success": False, "error": "unauthorized"}))
    warnings: list[str] = []
    _forecast.announce_rate_limit(session(), 1000, warnings.append)
    assert warnings == []
