# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The caller's second factor: which code is sent, when it is computed, and what is said when none helps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TwoFactorChallenge
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import SecondFactor, second_factor
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.two_factor import Code, TwoFactor, explained

# The seed of RFC 6238, appendix B, whose test vectors are cut to the six digits that Rocket.Chat uses.
RFC_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def asked(method: str, code: str = "totp-required", **details: Any) -> TwoFactorChallenge:
    """Return a challenge as the server words it."""
    words = f"TOTP Required [{code}]"
    everything = {"method": method, "codeGenerated": False, "availableMethods": [method], **details}
    return TwoFactorChallenge(code, f"Asked. The server said: {words}", everything, ends_run=True, words=words)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_a_seed_gives_the_codes_of_rfc_6238(seconds: int, code: str) -> None:
    factor = TwoFactor(SecondFactor(seed=RFC_SEED), clock=lambda: float(seconds))
    assert factor.code("totp").value == code


@pytest.mark.parametrize("seed", ["JBSWY3DP", "JBSWY3DPEHPK3PXP", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
def test_a_seed_is_refused_beforehand_or_gives_a_code_but_never_breaks_a_run_half_way(
    params: Callable[..., dict[str, Any]], seed: str
) -> None:
    try:
        given = second_factor(params(two_factor_secret=seed))
    except InputError:
        return
    assert len(TwoFactor(given, clock=lambda: 59.0).code("totp").value) == 6


def test_a_code_is_computed_at_the_moment_it_is_asked_for() -> None:
    now = [1111111109.0]
    factor = TwoFactor(SecondFactor(seed=RFC_SEED), clock=lambda: now[0])
    assert factor.code("totp").value == "081804"
    now[0] = 1111111111.9
    assert factor.code("totp").value == "050471"


def test_the_second_try_is_the_code_of_the_next_step() -> None:
    factor = TwoFactor(SecondFactor(seed=RFC_SEED), clock=lambda: 1111111109.0)
    second = factor.second_try(factor.code("totp"), asked("totp", "totp-invalid"))
    assert second is not None
    assert second.value == "050471"


@pytest.mark.parametrize(
    ("given", "method", "answer"),
    [
        (SecondFactor(method="totp", code="123456"), "totp", "totp-invalid"),
        (SecondFactor(method="email", code="123456"), "email", "totp-invalid"),
        (SecondFactor(password="pw"), "password", "totp-invalid"),
        (SecondFactor(seed=RFC_SEED), "totp", "totp-max-attempts"),
        (SecondFactor(seed=RFC_SEED), "totp", "totp-required"),
    ],
)
def test_there_is_no_second_try_but_for_a_seeds_code_called_invalid(
    given: SecondFactor, method: str, answer: str
) -> None:
    factor = TwoFactor(given, clock=lambda: 59.0)
    assert factor.second_try(factor.code(method), asked(method, answer)) is None


@pytest.mark.parametrize("password", ["geheim", "pässwörd ", "パスワード"])
def test_a_password_is_sent_as_lower_case_hex_sha256_of_its_utf_8(password: str) -> None:
    value = TwoFactor(SecondFactor(password=password)).code("password").value
    assert value == hashlib.sha256(password.encode("utf-8")).hexdigest().lower()
    assert password not in value


def test_the_password_digest_is_the_published_one() -> None:
    digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
    assert TwoFactor(SecondFactor(password="secret")).code("password").value == digest


@pytest.mark.parametrize(
    ("given", "answerable"),
    [
        (SecondFactor(), set()),
        (SecondFactor(method="totp"), set()),
        (SecondFactor(code="123456"), set()),
        (SecondFactor(seed=RFC_SEED), {"totp"}),
        (SecondFactor(password="pw"), {"password"}),
        (SecondFactor(seed=RFC_SEED, password="pw"), {"totp", "password"}),
        (SecondFactor(method="totp", seed=RFC_SEED, password="pw"), {"totp"}),
        (SecondFactor(method="totp", code="123456", password="pw"), {"totp"}),
        (SecondFactor(method="email", code="123456", password="pw"), {"email"}),
        (SecondFactor(method="email"), set()),
        (SecondFactor(method="password", password="pw"), {"password"}),
    ],
)
def test_only_methods_that_the_task_gave_something_for_are_answered(given: SecondFactor, answerable: set[str]) -> None:
    factor = TwoFactor(given, clock=lambda: 59.0)
    for method in ("totp", "email", "password", "", "a-later-invention"):
        assert factor.can_answer(method) is (method in answerable)
        if method in answerable:
            assert factor.answer(asked(method)).method == method
        else:
            with pytest.raises(TwoFactorChallenge):
                factor.answer(asked(method))


@pytest.mark.parametrize(
    ("given", "method", "once"),
    [
        (SecondFactor(method="email", code="123456"), "email", True),
        (SecondFactor(method="totp", code="ABCD1234"), "totp", True),
        (SecondFactor(method="totp", code="12345678"), "totp", True),
        (SecondFactor(method="totp", code="123456"), "totp", False),
        (SecondFactor(seed=RFC_SEED), "totp", False),
        (SecondFactor(password="12345678"), "password", False),
    ],
)
def test_email_codes_and_backup_codes_work_once_and_all_others_again(
    given: SecondFactor, method: str, once: bool
) -> None:
    factor = TwoFactor(given, clock=lambda: 59.0)
    assert factor.has_single_use_code is once
    assert factor.code(method).once is once


@pytest.mark.parametrize(
    "given",
    [
        SecondFactor(method="totp", seed=RFC_SEED),
        SecondFactor(method="totp", code="123456"),
        SecondFactor(method="email", code="123456"),
        SecondFactor(method="password", password="pw"),
    ],
)
def test_no_code_is_sent_before_the_server_has_named_a_method(given: SecondFactor) -> None:
    assert TwoFactor(given).opening() is None


@pytest.mark.parametrize(
    ("given", "method", "at_once"),
    [
        (SecondFactor(seed=RFC_SEED), "totp", True),
        (SecondFactor(method="totp", code="123456"), "totp", True),
        (SecondFactor(password="pw"), "password", True),
        (SecondFactor(method="email", code="123456"), "email", False),
        (SecondFactor(method="totp", code="ABCD1234"), "totp", False),
    ],
)
def test_after_the_first_challenge_a_code_goes_at_once_unless_it_works_once(
    given: SecondFactor, method: str, at_once: bool
) -> None:
    factor = TwoFactor(given, clock=lambda: 59.0)
    factor.answer(asked(method))
    opening = factor.opening()
    assert (opening is not None) is at_once
    assert opening is None or opening.method == method


def test_a_challenge_that_was_not_answered_teaches_no_method() -> None:
    factor = TwoFactor(SecondFactor(password="pw"))
    with pytest.raises(TwoFactorChallenge):
        factor.answer(asked("email"))
    assert factor.opening() is None


@pytest.mark.parametrize(
    ("method", "option"),
    [("totp", "two_factor_secret"), ("email", "two_factor_method=email"), ("password", "two_factor_password")],
)
def test_an_unanswered_challenge_names_the_option_that_would_answer_it(method: str, option: str) -> None:
    with pytest.raises(TwoFactorChallenge) as caught:
        TwoFactor(SecondFactor()).answer(asked(method))
    assert option in caught.value.message
    assert f"the method {method}" in caught.value.message
    assert caught.value.message.endswith("The server said: TOTP Required [totp-required]")
    assert caught.value.details["method"] == method


def test_an_answer_to_another_method_than_the_one_asked_for_is_pointed_out() -> None:
    with pytest.raises(TwoFactorChallenge) as caught:
        TwoFactor(SecondFactor(seed=RFC_SEED)).answer(asked("email", availableMethods=["email", "password"]))
    assert "the task answers totp" in caught.value.message
    assert "email, password" in caught.value.message


@pytest.mark.parametrize(
    ("generated", "says"), [(True, "A code was mailed to"), (False, "A code mailed earlier is still valid")]
)
def test_an_email_challenge_says_whether_a_mail_went_out_and_where_to(generated: bool, says: str) -> None:
    with pytest.raises(TwoFactorChallenge) as caught:
        TwoFactor(SecondFactor()).answer(asked("email", codeGenerated=generated, emailOrUsername="svc@example.com"))
    assert says in caught.value.message
    assert "svc@example.com" in caught.value.message


@pytest.mark.parametrize(
    ("given", "method", "says"),
    [
        (SecondFactor(seed=RFC_SEED), "totp", "clocks"),
        (SecondFactor(method="totp", code="123456"), "totp", "two_factor_code was refused"),
        (SecondFactor(method="email", code="123456"), "email", "Use the newest mail"),
        (SecondFactor(password="pw-s3cret"), "password", "two_factor_password"),
    ],
)
def test_a_refused_code_says_what_to_check_and_shows_no_secret(given: SecondFactor, method: str, says: str) -> None:
    factor = TwoFactor(given, clock=lambda: 59.0)
    code = factor.code(method)
    error = factor.rejected(code, asked(method, "totp-invalid"))
    assert error.code == "totp-invalid"
    assert says in error.message
    for secret in (code.value, given.code, given.seed, given.password):
        assert not secret or secret not in str(error.as_dict())


def test_a_code_for_the_wrong_method_is_told_apart_from_a_wrong_code() -> None:
    factor = TwoFactor(SecondFactor(password="pw"))
    error = factor.rejected(factor.code("password"), asked("totp", "totp-invalid"))
    assert "the method totp" in error.message
    assert "two_factor_secret" in error.message


def test_a_code_that_the_server_never_saw_points_to_the_proxy() -> None:
    factor = TwoFactor(SecondFactor(password="pw"))
    assert "x-2fa-code" in factor.rejected(factor.code("password"), asked("password")).message


def test_too_many_wrong_codes_are_reported_as_they_are() -> None:
    factor = TwoFactor(SecondFactor(method="email", code="123456"))
    refused = asked("email", "totp-max-attempts")
    assert factor.rejected(factor.code("email"), refused) is refused


def test_a_code_printed_by_accident_shows_nothing() -> None:
    assert "918273" not in repr(Code("totp", "918273", once=False))


@pytest.mark.parametrize(("method", "code"), [("totp", "123456"), ("totp", "ABCD1234"), ("email", "654321")])
def test_a_code_that_the_task_gave_is_sent_as_it_is(method: str, code: str) -> None:
    given = TwoFactor(SecondFactor(method=method, code=code)).answer(asked(method))
    assert given.headers() == {"x-2fa-method": method, "x-2fa-code": code}


def test_an_explanation_keeps_what_was_said_and_the_servers_words_and_says_nothing_twice() -> None:
    challenge = asked("password")
    challenge.words = "Really? The server said: no"
    challenge.message = f"It asks. The server said: {challenge.words}"
    error = explained(challenge, "Do this.")
    assert error.message == "It asks. Do this. The server said: Really? The server said: no"
    assert (error.words, error.code, error.details) == (challenge.words, challenge.code, challenge.details)
    assert error.ends_run


@pytest.mark.parametrize("given", [SecondFactor(), SecondFactor(method="email"), SecondFactor(password="pw")])
def test_a_task_that_names_no_other_method_is_not_said_to(given: SecondFactor) -> None:
    with pytest.raises(TwoFactorChallenge) as caught:
        TwoFactor(given).answer(asked("email"))
    assert "the task answers" not in caught.value.message


def test_a_method_of_a_later_version_is_named_without_advice_that_cannot_be_right() -> None:
    with pytest.raises(TwoFactorChallenge) as caught:
        TwoFactor(SecondFactor(seed=RFC_SEED)).answer(asked("passkey"))
    assert "the method passkey (available: passkey), but the task answers totp. Give an answer to it." in str(
        caught.value
    )


def test_a_challenge_that_names_no_method_is_not_said_to_ask_for_none() -> None:
    factor = TwoFactor(SecondFactor(password="pw"))
    with pytest.raises(TwoFactorChallenge) as caught:
        factor.answer(TwoFactorChallenge("totp-required", "Asked.", {}, ends_run=True, words=""))
    assert "None" not in caught.value.message
    assert "XX" not in caught.value.message


def test_a_refusal_that_names_no_method_is_one_of_the_method_that_was_tried() -> None:
    factor = TwoFactor(SecondFactor(password="pw"))
    refused = TwoFactorChallenge("totp-invalid", "Refused.", {}, ends_run=True, words="")
    assert "The password was refused as second factor" in factor.rejected(factor.code("password"), refused).message


def test_a_code_that_works_once_is_not_answered_with_twice_and_the_message_says_why() -> None:
    factor = TwoFactor(SecondFactor(method="email", code="123456"))
    factor.answer(asked("email"))
    with pytest.raises(TwoFactorChallenge, match="works only once and was used in this run already"):
        factor.answer(asked("email"))


@pytest.mark.parametrize(
    ("now", "off", "code"),
    [
        (1111111109, 0, "081804"),
        (1111111109, 30, "081804"),
        (1111111109, -30, "081804"),
        (1111111080, 31, "050471"),
        (1111111140, -31, "081804"),
    ],
)
def test_a_code_is_for_the_servers_clock_where_that_is_more_than_a_step_off(now: int, off: int, code: str) -> None:
    factor = TwoFactor(SecondFactor(seed=RFC_SEED), clock=lambda: float(now))
    factor.hear(datetime.fromtimestamp(now + off, tz=timezone.utc))  # noqa: UP017
    assert factor.code("totp").value == code
    assert factor.ahead == (off if abs(off) > 30 else 0)


@pytest.mark.parametrize("off", [90, -90, 600, -600])
def test_a_clock_that_is_far_off_goes_on_beside_the_servers(off: int) -> None:
    now = [1111111109.0]
    factor = TwoFactor(SecondFactor(seed=RFC_SEED), clock=lambda: now[0])
    factor.hear(datetime.fromtimestamp(1111111109 + off, tz=timezone.utc))  # noqa: UP017
    now[0] += 45
    right = TwoFactor(SecondFactor(seed=RFC_SEED), clock=lambda: 1111111109.0 + off + 45)
    assert factor.code("totp").value == right.code("totp").value
    assert factor.code("totp", steps_ahead=1).value == right.code("totp", steps_ahead=1).value
    # The last answer counts.
    factor.hear(datetime.fromtimestamp(now[0], tz=timezone.utc))  # noqa: UP017
    assert factor.ahead == 0


@pytest.mark.parametrize("given", [SecondFactor(), SecondFactor(method="totp", code="918273")])
def test_without_a_seed_the_servers_clock_is_of_no_interest(given: SecondFactor) -> None:
    factor = TwoFactor(given, clock=lambda: 1111111109.0)
    factor.hear(datetime.fromtimestamp(1111111109 + 600, tz=timezone.utc))  # noqa: UP017
    assert factor.ahead == 0
