# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing in and out: nothing secret goes to what is not Rocket.Chat, and no session is left behind."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api import session as module
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import RESET_E2E_KEY, RESET_TOTP
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    InputError,
    RocketChatError,
    UnexpectedAnswer,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.rate_limit import RateLimit
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import access, open_session

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Clock, Workspace

Params = Callable[..., dict[str, Any]]

LOGIN, LOGOUT = "/api/v1/login", "/api/v1/logout"
SIGNED_IN = {"status": "success", "data": {"userId": "callerId", "authToken": "session-token-s3cret"}}
BY_PASSWORD = {"api_user_id": None, "api_token": None, "api_username": "svc", "api_password": "s3cret-pw"}


@pytest.fixture
def opened(workspace: Workspace, params: Params) -> Callable[..., Any]:
    """Return a function that opens a session, does something in it, and returns the warnings."""

    def open_it(work: Callable[[Any], Any] = lambda _session: None, action: Any = RESET_TOTP, **changes: Any) -> Any:
        warnings: list[str] = []
        given = access(params(workspace.server.url, **changes))
        with open_session(given, [action], warnings.append) as session:
            work(session)
        return warnings

    return open_it


def order(workspace: Workspace) -> list[str]:
    """Return what was asked, in order."""
    return [f"{seen.method} {seen.path}" for seen in workspace.server.requests]


def test_a_token_is_shown_only_after_the_server_has_named_its_version_and_is_never_signed_out(
    workspace: Workspace, opened: Any
) -> None:
    assert opened() == []
    assert order(workspace) == ["GET /api/info", "GET /api/v1/me"]
    assert "x-auth-token" not in workspace.server.requests[0].headers
    assert "x-user-id" not in workspace.server.requests[0].headers
    assert workspace.server.requests[1].headers["x-auth-token"] == "caller-token-Xq7Zt4"


def test_a_session_knows_caller_and_version(workspace: Workspace, opened: Any) -> None:
    seen: list[Any] = []
    workspace.version = "8.6"
    opened(seen.append)
    assert seen[0].version == (8, 6)
    assert seen[0].caller.user_id == "callerId"


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ({"version": "6.5", "success": True}, (6, 5)),
        ({"version": "8.10.2-develop"}, (8, 10)),
        ({"info": {"version": "3.8.0"}, "success": True}, (3, 8)),
    ],
)
def test_the_version_is_read_in_every_form(workspace: Workspace, opened: Any, answer: Any, version: Any) -> None:
    workspace.server.route("/api/info", answer)
    seen: list[Any] = []
    opened(seen.append)
    assert seen[0].version == version


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"name": "some other API"}, "not-rocketchat"),
        ({"version": 6}, "not-rocketchat"),
        ({"version": "latest"}, "not-rocketchat"),
        ({"info": "6.5.0"}, "not-rocketchat"),
        ((200, "<html>Sign in</html>"), "not-json"),
        ((404, "404 Not Found"), "no-such-endpoint"),
        ((302, "moved", {"Location": "https://login.example.com/"}), "redirect"),
    ],
)
@pytest.mark.parametrize("how", [{}, BY_PASSWORD], ids=["token", "password"])
def test_what_is_not_rocketchat_is_sent_no_secret(
    workspace: Workspace, opened: Any, answer: Any, code: str, how: dict[str, Any]
) -> None:
    workspace.server.route("/api/info", answer)
    with pytest.raises(UnexpectedAnswer) as caught:
        opened(**how)
    assert caught.value.code == code
    (seen,) = workspace.server.requests
    assert "x-auth-token" not in seen.headers
    assert seen.body == b""


@pytest.mark.parametrize(
    ("version", "action", "too_old"),
    [
        ("3.7", RESET_TOTP, True),
        ("3.8", RESET_TOTP, False),
        ("3.10", RESET_TOTP, False),
        ("10.0", RESET_TOTP, False),
        ("3.5", RESET_E2E_KEY, True),
        ("3.6", RESET_E2E_KEY, False),
    ],
)
def test_a_server_too_old_for_the_action_is_named_before_signing_in(
    workspace: Workspace, opened: Any, version: str, action: Any, too_old: bool
) -> None:
    workspace.version = version
    if not too_old:
        opened(action=action)
        return
    with pytest.raises(UnexpectedAnswer) as caught:
        opened(action=action)
    assert caught.value.code == "version-too-old"
    assert version in caught.value.message
    assert order(workspace) == ["GET /api/info"]


def test_who_signs_in_with_a_password_is_signed_out_again(workspace: Workspace, opened: Any) -> None:
    workspace.server.route(LOGIN, SIGNED_IN, method="POST")
    workspace.server.route(LOGOUT, {"status": "success"}, method="POST")
    assert opened(**BY_PASSWORD) == []
    assert order(workspace) == ["GET /api/info", f"POST {LOGIN}", "GET /api/v1/me", f"POST {LOGOUT}"]
    assert workspace.server.requests[-1].headers["x-auth-token"] == "session-token-s3cret"


def test_a_run_that_fails_signs_out_all_the_same(workspace: Workspace, opened: Any) -> None:
    workspace.server.route(LOGIN, SIGNED_IN, method="POST")
    workspace.server.route(LOGOUT, {"status": "success"}, method="POST")

    def fail(_session: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        opened(fail, **BY_PASSWORD)
    assert order(workspace)[-1] == f"POST {LOGOUT}"


def test_a_session_that_cannot_be_used_is_ended_as_well(workspace: Workspace, opened: Any) -> None:
    workspace.server.route(LOGIN, SIGNED_IN, method="POST")
    workspace.server.route(LOGOUT, {"status": "success"}, method="POST")
    workspace.server.route("/api/v1/me", (500, {"success": False, "error": "Oops"}))
    with pytest.raises(RocketChatError):
        opened(**BY_PASSWORD)
    assert order(workspace)[-1] == f"POST {LOGOUT}"


def test_who_could_not_sign_in_is_not_signed_out(workspace: Workspace, opened: Any) -> None:
    workspace.server.route(LOGIN, (401, {"status": "error", "error": "Unauthorized"}), method="POST")
    with pytest.raises(RocketChatError) as caught:
        opened(**BY_PASSWORD)
    assert caught.value.code == "login-failed"
    assert order(workspace) == ["GET /api/info", f"POST {LOGIN}"]


@pytest.mark.parametrize(
    ("answer", "warned"),
    [
        ((401, {"status": "error", "message": "You must be logged in to do this."}), False),
        ((200, ""), False),
        ((500, {"success": False, "error": "Oops"}), True),
        ((200, "<html>"), True),
    ],
)
def test_a_session_that_could_not_be_ended_is_a_warning_unless_it_is_gone_already(
    workspace: Workspace, opened: Any, answer: Any, warned: bool
) -> None:
    workspace.server.route(LOGIN, SIGNED_IN, method="POST")
    workspace.server.route(LOGOUT, answer, method="POST")
    warnings = opened(**BY_PASSWORD)
    assert len(warnings) == warned
    assert "s3cret" not in " ".join(warnings)


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"validate_certs": False}, "validate_certs is false"), ({"plain": True}, "plain http")],
)
def test_a_connection_that_can_be_overheard_or_faked_is_warned_of(
    workspace: Workspace, params: Params, changes: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if changes.pop("plain", False):
        # A name that leads to another host for the options, and through the proxy to the server of this test.
        monkeypatch.setenv("HTTP_PROXY", workspace.server.url)
        url = "http://chat.example.com"
        for path in ("/api/info", "/api/v1/me"):
            workspace.server.route(url + path, *workspace.server._routes["GET", path])
        changes = {**changes, "use_proxy": True}
    else:
        url = workspace.server.url
    warnings: list[str] = []
    with open_session(access(params(url, **changes)), [RESET_TOTP], warnings.append):
        pass
    assert len(warnings) == 1
    assert says in warnings[0]


@pytest.mark.parametrize(
    "changes",
    [{"api_url": "chat.example.com"}, {"api_token": None}, {"two_factor_method": "totp"}],
    ids=["connection", "login", "second factor"],
)
def test_wrong_options_are_refused_before_anything_is_sent(
    workspace: Workspace, params: Params, changes: dict[str, Any]
) -> None:
    with pytest.raises(InputError):
        access({**params(workspace.server.url), **changes})
    assert workspace.server.requests == []


def too_many(seconds: int) -> Any:
    """Return the server's answer to who asks too often."""
    words = f"You must wait {seconds} seconds before trying this endpoint again. [error-too-many-requests]"
    return 429, {"success": False, "error": words}


@pytest.mark.parametrize(
    ("waits", "warning"),
    [
        ([], []),
        ([0], []),
        ([42], ["The server's rate limit made this run wait 42 seconds in all."]),
        ([42, 7], ["The server's rate limit made this run wait 49 seconds in all."]),
    ],
)
def test_how_long_the_rate_limit_made_a_run_wait_is_told_at_its_end(
    workspace: Workspace,
    opened: Any,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    waits: list[int],
    warning: list[str],
) -> None:
    monkeypatch.setattr(module, "RateLimit", partial(RateLimit, clock=clock, sleep=clock.sleep))
    workspace.server.route("/api/v1/me", *[too_many(seconds) for seconds in waits], workspace.me)
    assert opened(rate_limit_wait=300) == warning


def test_a_run_that_fails_tells_how_long_it_waited_too(
    workspace: Workspace, params: Params, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RateLimit", partial(RateLimit, clock=clock, sleep=clock.sleep))
    workspace.server.route("/api/v1/me", too_many(42))
    warnings: list[str] = []
    given = access(params(workspace.server.url, rate_limit_wait=60))
    with pytest.raises(RocketChatError), open_session(given, [RESET_TOTP], warnings.append):
        pass
    assert warnings == ["The server's rate limit made this run wait 42 seconds in all."]


SEED = {"two_factor_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}


@pytest.mark.parametrize(
    ("off", "says"),
    [
        (0, None),
        (20, None),
        (90, r"The server's clock is (8|9)\d seconds ahead of that of the host"),
        (-90, r"The server's clock is 9\d seconds behind that of the host"),
        (600, r"The server's clock is (59|60)\d seconds ahead of that of the host"),
        (-600, r"The server's clock is 60\d seconds behind that of the host"),
    ],
)
def test_a_clock_that_is_off_is_warned_of_and_codes_are_right_all_the_same(
    workspace: Workspace, opened: Any, challenge: Callable[..., Any], off: int, says: str | None
) -> None:
    totp = pyotp.TOTP(SEED["two_factor_secret"])
    workspace.server.clock = lambda: time.time() + off

    def check(seen: Any) -> Any:
        if seen.code is None:
            return challenge("totp")
        # As the server does: the code of its time, or of a neighbour's step where that ended meanwhile.
        now = datetime.fromtimestamp(workspace.server.clock(), tz=timezone.utc)  # noqa: UP017
        right = totp.verify(seen.code[1], for_time=now, valid_window=1)
        return {"success": True} if right else challenge("totp", "totp-invalid")

    workspace.server.route("/api/v1/users.resetTOTP", check, method="POST")
    alice = User("aliceId", "alice", active=True, federated=False)
    warnings = opened(lambda session: session.client.act(RESET_TOTP, alice), **SEED)
    assert len(workspace.server.sent("POST", "/api/v1/users.resetTOTP")) == 2
    assert len(warnings) == (says is not None)
    assert says is None or re.search(says, warnings[0])


def test_without_a_seed_no_clock_is_warned_of(workspace: Workspace, opened: Any) -> None:
    workspace.server.clock = lambda: time.time() + 600
    assert opened() == []


def test_what_ansible_hides_is_known_by_the_names_of_its_options(params: Params) -> None:
    given = access(params(http_headers={"X-Gate": "key", "X-Other": ""}, two_factor_password="pw"))
    assert given.secrets() == [
        ("api_token", "caller-token-Xq7Zt4"),
        ("two_factor_password", "pw"),
        ("http_headers[X-Gate]", "key"),
    ]
    given = access(params(**BY_PASSWORD, two_factor_code="918273", two_factor_method="totp"))
    assert given.secrets() == [
        ("api_password", "s3cret-pw"),
        ("two_factor_code", "918273"),
        ("two_factor_password", "s3cret-pw"),
    ]
