# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shared options: what is refused before anything is sent, and with which words."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import (
    PasswordLogin,
    SecondFactor,
    TokenLogin,
    connection,
    login,
    second_factor,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import (
    connection_options,
    two_factor_options,
)

Params = Callable[..., dict[str, Any]]


def refused(check: Callable[[dict[str, Any]], Any], given: dict[str, Any]) -> str:
    """Return the message with which options are refused."""
    with pytest.raises(InputError) as caught:
        check(given)
    assert caught.value.code == "invalid-input"
    return caught.value.message


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://chat.example.com", "https://chat.example.com"),
        ("https://chat.example.com/", "https://chat.example.com"),
        ("https://chat.example.com:3000", "https://chat.example.com:3000"),
        ("HTTPS://chat.example.com", "https://chat.example.com"),
        ("https://example.com/chat/", "https://example.com/chat"),
        ("https://example.com/team/chat", "https://example.com/team/chat"),
        ("https://example.com/apiary", "https://example.com/apiary"),
        ("https://api.example.com", "https://api.example.com"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_the_url_keeps_its_path_and_loses_its_trailing_slash(params: Params, given: str, used: str) -> None:
    assert connection(params(given)).url == used


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("chat.example.com", "no scheme http or https"),
        ("chat.example.com:3000", "no scheme http or https"),
        ("ftp://chat.example.com", "no scheme http or https"),
        ("https://", "no host"),
        ("https:///chat", "no host"),
        ("https://admin@chat.example.com", "must not contain a user name or password"),
        ("https://admin:pw@chat.example.com", "must not contain a user name or password"),
        ("https://chat.example.com/api", "without /api"),
        ("https://chat.example.com/api/", "without /api"),
        ("https://chat.example.com/api/v1", "without /api"),
        ("https://chat.example.com/chat/api/v1/users.info", "without /api"),
        ("https://chat.example.com?x=1", "address of the workspace and nothing else"),
        ("https://chat.example.com/#top", "address of the workspace and nothing else"),
        ("https://chat.exa mple.com", "address of the workspace and nothing else"),
        (" https://chat.example.com", "blanks"),
        ("https://chat.example.com\n", "blanks"),
        ("https://chat.example.com\x00", "control characters"),
        ("https://chat.example.com:99999", "is not a URL"),
        ("https://chat.example.com:port", "is not a URL"),
        ("https://chat.example.com:0", "no usable port"),
        ("https://[::1", "is not a URL"),
    ],
)
def test_a_url_that_is_no_workspace_address_is_refused(params: Params, url: str, says: str) -> None:
    message = refused(connection, params(url))
    assert "api_url" in message
    assert says in message


@pytest.mark.parametrize(
    "url",
    [
        "https://admin:hunter2@chat.example.com",
        "https://admin:hunter2@chat.example.com/api",
        "https://admin:hunter2@chat.example.com:port",
        "https://admin:hunter2/x@chat.example.com",
        "https://admin:hunter2@chat.example.com?x=1",
        "https://admin:hunter2@[::1",
        "admin:hunter2@chat.example.com",
        "https:/admin:hunter2@chat.example.com",
        "ftp://admin:hunter2@chat.example.com",
    ],
)
def test_a_password_in_the_url_is_refused_without_repeating_it(params: Params, url: str) -> None:
    assert "hunter2" not in refused(connection, params(url))


@pytest.mark.parametrize("url", [None, ""])
def test_a_missing_url_names_option_and_environment_variable(params: Params, url: str | None) -> None:
    message = refused(connection, params(url))
    assert "api_url" in message
    assert "ROCKETCHAT_URL" in message


@pytest.mark.parametrize(
    ("url", "plain_text"),
    [
        ("https://chat.example.com", False),
        ("http://chat.example.com", True),
        ("http://192.0.2.7:3000", True),
        ("http://[2001:db8::1]", True),
        ("http://127.0.0.1:3000", False),
        ("http://127.8.9.10", False),
        ("http://[::1]:3000", False),
        ("http://localhost:3000", False),
        ("http://LOCALHOST", False),
        ("http://chat.localhost", False),
        ("http://localhost.example.com", True),
        ("http://127.0.0.1.example.com", True),
    ],
)
def test_plain_http_is_remarked_unless_it_stays_on_this_host(params: Params, url: str, plain_text: bool) -> None:
    assert connection(params(url)).plain_text is plain_text


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0.0),
        ("timeout", -1.0),
        ("timeout", float("nan")),
        ("timeout", float("inf")),
        ("rate_limit_wait", -0.5),
        ("rate_limit_wait", 86401.0),
        ("retries", -1),
    ],
)
def test_a_number_out_of_range_is_refused_by_name(params: Params, option: str, value: float) -> None:
    message = refused(connection, params(**{option: value}))
    assert message.startswith(f"{option} is ")


@pytest.mark.parametrize("option", ["rate_limit_wait", "retries"])
def test_no_waiting_and_no_retries_are_allowed(params: Params, option: str) -> None:
    assert getattr(connection(params(**{option: 0})), option) == 0


@pytest.mark.parametrize("agent", ["", None, "bät", "two\r\nX-Auth-Token: stolen"])
def test_a_user_agent_that_is_no_header_is_refused(params: Params, agent: str | None) -> None:
    assert "http_agent" in refused(connection, params(http_agent=agent))


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key"])
def test_a_file_that_is_not_there_is_named_with_its_option(params: Params, tmp_path: Path, option: str) -> None:
    missing = str(tmp_path / "missing.pem")
    message = refused(connection, params(**{option: missing}))
    assert option in message
    assert missing in message


def test_a_file_that_cannot_be_read_is_named_with_its_option(
    params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("x")
    path.chmod(stat.S_IWUSR)
    # Who runs the tests may be root, who may read everything.
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert "ca_path" in refused(connection, params(ca_path=str(path)))


def test_a_directory_serves_as_ca_path_but_not_as_client_certificate(params: Params, tmp_path: Path) -> None:
    assert connection(params(ca_path=str(tmp_path))).verify == str(tmp_path)
    assert "client_cert" in refused(connection, params(client_cert=str(tmp_path)))


def test_a_client_key_without_a_certificate_is_refused(params: Params, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("x")
    assert "client_cert" in refused(connection, params(client_key=str(key)))


def test_a_client_certificate_goes_with_its_key_or_holds_it(params: Params, tmp_path: Path) -> None:
    certificate, key, pair = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "pair.pem"
    issued = trustme.CA().issue_cert("svc@example.com")
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    issued.private_key_and_cert_chain_pem.write_to_path(str(pair))
    alone = connection(params(client_cert=str(pair)))
    both = connection(params(client_cert=str(certificate), client_key=str(key)))
    assert alone.client_cert == str(pair)
    assert both.client_cert == (str(certificate), str(key))


def test_a_client_certificate_that_is_none_is_refused_with_both_options_named(params: Params, tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.write_text("no certificate")
    message = refused(connection, params(client_cert=str(certificate)))
    assert "client_cert" in message
    assert "client_key" in message


@pytest.mark.parametrize(
    "text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nnope\n-----END CERTIFICATE-----\n"]
)
@pytest.mark.parametrize("option", ["ca_path", "REQUESTS_CA_BUNDLE"])
def test_a_file_of_authorities_without_any_is_refused_by_its_name(
    params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, text: str
) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(text, encoding="utf-8")
    given = {"ca_path": str(path)} if option == "ca_path" else {}
    if not given:
        monkeypatch.setenv(option, str(path))
    assert f"{option}: the file {path} holds no certificates" in refused(connection, params(**given))
    assert connection(params(**given, validate_certs=False)).verify is False


@pytest.mark.parametrize(
    ("changes", "verify"),
    [
        ({}, "bundle.pem"),
        ({"ca_path": "own.pem"}, "own.pem"),
        ({"validate_certs": False}, False),
        ({"validate_certs": False, "ca_path": "own.pem"}, False),
    ],
)
def test_requests_ca_bundle_stands_in_for_the_default_and_never_beats_an_option(
    params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], verify: Any
) -> None:
    for name in ("own.pem", "bundle.pem"):
        trustme.CA().cert_pem.write_to_path(str(tmp_path / name))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "bundle.pem"))
    if "ca_path" in changes:
        changes = {**changes, "ca_path": str(tmp_path / changes["ca_path"])}
    expected = str(tmp_path / verify) if verify else False
    assert connection(params(**changes)).verify == expected


def test_certificates_are_checked_when_nothing_is_said(params: Params) -> None:
    assert connection(params()).verify is True


NOBODY = {"api_user_id": None, "api_token": None, "api_username": None, "api_password": None}


def test_a_token_login_is_taken_as_given(params: Params) -> None:
    taken = login(params(api_user_id="u1", api_token="t1"))
    assert isinstance(taken, TokenLogin)
    assert (taken.user_id, taken.token) == ("u1", "t1")


def test_a_password_keeps_the_blanks_that_belong_to_it(params: Params) -> None:
    taken = login(params(**{**NOBODY, "api_username": "svc", "api_password": " pass word "}))
    assert isinstance(taken, PasswordLogin)
    assert (taken.username, taken.password) == ("svc", " pass word ")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "No credentials are given"),
        ({"api_user_id": "u1"}, "without api_token"),
        ({"api_token": "secret-t1"}, "without api_user_id"),
        ({"api_username": "svc"}, "without api_password"),
        ({"api_password": "secret-p1"}, "without api_username"),
        ({"api_user_id": "u1", "api_token": "secret-t1", "api_password": "secret-p1"}, "not both"),
        ({"api_user_id": "u1", "api_token": "secret-t1", "api_username": "svc"}, "not both"),
        (
            {"api_user_id": "u1", "api_token": "secret-t1", "api_username": "svc", "api_password": "secret-p1"},
            "not both",
        ),
        ({"api_token": "secret-t1", "api_password": "secret-p1"}, "not both"),
        ({"api_user_id": "u1", "api_token": "secret-t1\n"}, "api_token has blanks"),
        ({"api_user_id": " u1", "api_token": "secret-t1"}, "api_user_id has blanks"),
        ({"api_user_id": "u1", "api_token": "secret-tö"}, "ASCII"),
        ({"api_username": "svc ", "api_password": "secret-p1"}, "api_username has blanks"),
    ],
)
def test_credentials_that_are_not_exactly_one_whole_pair_are_refused(
    params: Params, given: dict[str, str], says: str
) -> None:
    message = refused(login, params(**{**NOBODY, **given}))
    assert says in message
    assert "secret-" not in message


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_credential_counts_as_not_given(params: Params, empty: str | None) -> None:
    taken = login(params(api_username=empty, api_password=empty))
    assert isinstance(taken, TokenLogin)


@pytest.mark.parametrize(
    "login", [TokenLogin("u1", "secret-t1"), PasswordLogin("svc", "secret-p1")], ids=["token", "pw"]
)
def test_credentials_printed_by_accident_show_nothing(login: Any) -> None:
    assert "secret-" not in repr(login)
    assert "secret-" not in repr([login])


def test_a_second_factor_printed_by_accident_shows_nothing() -> None:
    given = SecondFactor(code="secret-1", seed="secret-2", password="secret-3")
    assert "secret-" not in f"{given} {given!r}"


def test_environment_variables_that_are_set_but_empty_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {**connection_options(), **two_factor_options()}
    for option in spec.values():
        for name in option["fallback"][1]:
            monkeypatch.setenv(name, "")
    result = ArgumentSpecValidator(spec).validate({"api_url": "https://chat.example.com"})
    assert result.error_messages == []
    assert result.validated_parameters["timeout"] == 30.0
    assert result.validated_parameters["validate_certs"] is True
    assert result.validated_parameters["api_token"] is None
    assert result.validated_parameters["two_factor_method"] is None


def test_an_environment_variable_fills_an_option_that_the_task_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROCKETCHAT_URL", "https://chat.example.com")
    monkeypatch.setenv("ROCKETCHAT_VALIDATE_CERTS", "false")
    monkeypatch.setenv("ROCKETCHAT_RETRIES", "7")
    monkeypatch.setenv("ROCKETCHAT_TOKEN", "from-the-environment")
    result = ArgumentSpecValidator(connection_options()).validate({"api_token": "from-the-task"})
    assert result.validated_parameters["api_url"] == "https://chat.example.com"
    assert result.validated_parameters["validate_certs"] is False
    assert result.validated_parameters["retries"] == 7
    assert result.validated_parameters["api_token"] == "from-the-task"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"two_factor_method": "email"},
        {"two_factor_method": "totp", "two_factor_code": "123456"},
        {"two_factor_method": "email", "two_factor_code": "123456"},
        {"two_factor_method": "totp", "two_factor_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
        {"two_factor_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
        {"two_factor_method": "password", "two_factor_password": "pw"},
        {"two_factor_password": "pw"},
        {"two_factor_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "two_factor_password": "pw"},
    ],
)
def test_second_factor_options_that_fit_together_are_taken(params: Params, given: dict[str, str]) -> None:
    factor = second_factor(params(**given))
    assert factor.method == given.get("two_factor_method")
    assert factor.code == given.get("two_factor_code")
    assert factor.seed == given.get("two_factor_secret")
    assert factor.password == given.get("two_factor_password")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"two_factor_code": "918273"}, "needs two_factor_method"),
        ({"two_factor_code": "918273", "two_factor_method": "password"}, "needs two_factor_method"),
        (
            {
                "two_factor_code": "918273",
                "two_factor_method": "totp",
                "two_factor_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            },
            "not both",
        ),
        (
            {"two_factor_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "two_factor_method": "email"},
            "two_factor_method is email",
        ),
        (
            {"two_factor_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "two_factor_method": "password"},
            "two_factor_method is password",
        ),
        ({"two_factor_method": "totp"}, "neither two_factor_secret nor two_factor_code"),
        ({"two_factor_method": "password"}, "neither two_factor_password nor api_password"),
        ({"two_factor_code": "918273é", "two_factor_method": "totp"}, "six digits"),
    ],
)
def test_second_factor_options_that_contradict_each_other_are_refused(
    params: Params, given: dict[str, str], says: str
) -> None:
    message = refused(second_factor, params(**given))
    assert says in message
    assert "918273" not in message
    assert "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" not in message


def test_the_sign_in_password_is_the_default_of_the_second_factor_password(params: Params) -> None:
    assert second_factor(params(api_password="p1")).password == "p1"
    assert second_factor(params(api_password="p1", two_factor_password="p2")).password == "p2"


@pytest.mark.parametrize(
    "seed",
    [
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "jbswy3dpehpk3pxpjbswy3dpehpk3pxp",
        "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
        "jbsw-y3dp-ehpk-3pxp-jbsw-y3dp-ehpk-3pxp",
        " JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n",
    ],
)
def test_a_seed_is_read_however_people_copy_it(params: Params, seed: str) -> None:
    assert second_factor(params(two_factor_secret=seed)).seed == "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize("seed", ["JBSWY3DPEHPK3PXPJBSWY3DPEE======", "JBSWY3DPEHPK3PXPJBSWY3DPEE"])
def test_a_seed_may_have_its_padding_or_not(params: Params, seed: str) -> None:
    assert second_factor(params(two_factor_secret=seed)).seed == "JBSWY3DPEHPK3PXPJBSWY3DPEE"


@pytest.mark.parametrize(
    "seed",
    [
        "JBSWY3DPEHPK3PX1",
        "JBSWY3DPEHPK3PX0",
        "JBSWY3DPE",
        "123456",
        "234567",
        "otpauth://totp/Rocket.Chat:svc?secret=JBSWY3DPEHPK3PX1",
        "JBSWY3DPEHPK3PXÄ",
        "====",
        "   ",
    ],
)
def test_what_is_no_base32_seed_is_refused_without_repeating_it(params: Params, seed: str) -> None:
    message = refused(second_factor, params(two_factor_secret=seed))
    assert "two_factor_secret is not a base32 seed" in message
    assert not seed.strip() or seed not in message


SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    "uri",
    [
        f"otpauth://totp/Rocket.Chat:svc?secret={SEED}",
        f"otpauth://totp/Rocket.Chat:svc?secret={SEED}&issuer=Rocket.Chat&algorithm=SHA1&digits=6&period=30",
        f"OTPAUTH://TOTP/x?Secret={SEED.lower()}&Algorithm=sha1",
        f"  otpauth://totp/a%20b?issuer=x&secret={SEED}\n",
    ],
)
def test_a_seed_is_taken_out_of_what_password_managers_hand_out(params: Params, uri: str) -> None:
    assert second_factor(params(two_factor_secret=uri)).seed == SEED


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        (f"otpauth://hotp/x?secret={SEED}&counter=1", "without a seed for TOTP"),
        ("otpauth://totp/x?issuer=Rocket.Chat", "without a seed for TOTP"),
        ("otpauth://totp/x?secret=", "without a seed for TOTP"),
        (f"otpauth:{SEED}", "without a seed for TOTP"),
        (f"otpauth://totp/x?secret={SEED}&algorithm=SHA256", "the algorithm 'SHA256', and Rocket.Chat has SHA1 alone"),
        (f"otpauth://totp/x?secret={SEED}&digits=8", "the digits '8', and Rocket.Chat has 6 alone"),
        (f"otpauth://totp/x?secret={SEED}&period=60", "the period '60', and Rocket.Chat has 30 alone"),
        ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP", "two_factor_secret is too short"),
    ],
)
def test_what_holds_no_seed_of_rocketchat_is_refused_without_repeating_it(params: Params, uri: str, says: str) -> None:
    message = refused(second_factor, params(two_factor_secret=uri))
    assert says in message
    assert SEED[:16] not in message


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("918273", "918273"),
        ("918 273", "918273"),
        ("918-273", "918273"),
        ("018273", "018273"),
        # Backup codes have eight characters, which are kept as they are unless all of them are digits.
        ("a1b2c3d4", "a1b2c3d4"),
        ("Ab-12345", "Ab-12345"),
        ("1234 5678", "12345678"),
    ],
)
def test_a_code_is_taken_as_people_see_it(params: Params, given: str, taken: str) -> None:
    assert second_factor(params(two_factor_code=given, two_factor_method="totp")).code == taken


@pytest.mark.parametrize("given", ["18273", "8273", "1 82 73", "0"])
def test_a_code_that_lost_its_leading_zeros_is_refused(params: Params, given: str) -> None:
    message = refused(second_factor, params(two_factor_code=given, two_factor_method="totp"))
    digits = len(given.replace(" ", ""))
    assert message.startswith(f"two_factor_code has {digits} digits, and a code has 6.")
    assert "quotes" in message


def test_headers_for_a_gateway_are_taken_as_given(params: Params) -> None:
    given = {"CF-Access-Client-Id": "abc.access", "x-gate": "a b", "X_Empty": ""}
    assert connection(params(http_headers=given)).http_headers == given
    assert connection(params()).http_headers == {}
    assert connection(params(http_headers={})).http_headers == {}


@pytest.mark.parametrize(
    "name",
    [
        "Accept", "Connection", "Content-Length", "Content-Type", "Host", "Transfer-Encoding", "User-Agent",
        "X-2fa-Code", "x-2FA-method", "X-Auth-Token", "x-user-id",
    ],
)  # fmt: skip
def test_a_header_of_our_own_is_refused(params: Params, name: str) -> None:
    message = refused(connection, params(http_headers={name: "s3cret-value"}))
    assert message == f"http_headers: {name} is a header of this collection's own. Leave it out."


@pytest.mark.parametrize("name", ["X Gate", "X:Gate", "X\nGate", "Gäte", 5])
def test_what_is_no_name_of_a_header_is_refused(params: Params, name: Any) -> None:
    message = refused(connection, params(http_headers={name: "s3cret-value"}))
    assert message == f"http_headers: {name!r} is no name of a header."


@pytest.mark.parametrize(
    "value", ["s3cret\n", "s3cret\r\nX-Evil: 1", "s3crét", " s3cret", "s3cret ", "s3\tcret", 53, None]
)
def test_a_value_that_cannot_be_sent_is_refused_without_repeating_it(params: Params, value: Any) -> None:
    message = refused(connection, params(http_headers={"X-Ok": "fine", "X-Gate": value}))
    assert message == "http_headers: the value of X-Gate must be text of printable ASCII signs, in quotes."


@pytest.mark.parametrize("given", ["X-Gate: 5", ["X-Gate"], {"": ""}])
def test_headers_that_are_no_mapping_are_refused(params: Params, given: Any) -> None:
    assert "must be a mapping from name to value" in refused(connection, params(http_headers=given))
