# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors: the server's words are kept, what to do is added, and the shape is always the same."""

from __future__ import annotations

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import ADVICE, TwoFactorChallenge, refusal


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_every_known_error_gives_a_whole_sentence_and_keeps_the_servers_words(code: str) -> None:
    error = refusal(code, "words of the server", {"a": 1}, permission="some-permission", deed="do a deed")
    assert error.message.endswith("The server said: words of the server")
    assert "{" not in error.message
    assert error.as_dict() == {"code": code, "message": error.message, "details": {"a": 1}}


@pytest.mark.parametrize("code", ["error-not-allowed", "unauthorized", "error-action-not-allowed"])
def test_a_missing_permission_is_named_with_what_it_is_for(code: str) -> None:
    message = refusal(code, "", {}, permission="edit-other-user-totp", deed="reset TOTP").message
    assert "edit-other-user-totp" in message
    assert "may not reset TOTP" in message


@pytest.mark.parametrize(
    "code", ["federated-user", "error-invalid-user", "error-user-not-found", "error-of-a-later-version"]
)
def test_what_concerns_one_account_lets_the_others_go_on(code: str) -> None:
    assert not refusal(code, "", {}).ends_run


@pytest.mark.parametrize(
    "code",
    [
        "not-authenticated",
        "login-failed",
        "error-not-allowed",
        "unauthorized",
        "error-two-factor-not-enabled",
        "invalid-params",
        "totp-required",
        "totp-invalid",
        "totp-max-attempts",
        "error-too-many-requests",
        "error-user-param-not-provided",
    ],
)
def test_what_every_account_would_meet_ends_the_run(code: str) -> None:
    assert refusal(code, "", {}).ends_run


def test_an_error_without_words_of_the_server_puts_none_into_its_mouth() -> None:
    assert "The server said" not in refusal("error-not-allowed", "", {}).message


@pytest.mark.parametrize("code", ["totp-required", "totp-invalid", "totp-max-attempts"])
def test_second_factor_errors_are_challenges(code: str) -> None:
    assert isinstance(refusal(code, "", {}), TwoFactorChallenge)


def test_the_details_of_an_error_are_its_own() -> None:
    details = {"method": "totp"}
    error = refusal("totp-required", "", details)
    error.mark_unknown()
    assert error.as_dict()["details"] == {"method": "totp", "outcome": "unknown"}
    assert details == {"method": "totp"}
