# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shared options, checked and typed: whatever is wrong with them is said before anything is sent."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError

# Bytes; pyotp takes no less, and Rocket.Chat's own seeds are longer.
_SHORTEST_SEED = 14
_CODE_LENGTH = 6
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN_HEADERS = frozenset(
    {
        "accept", "connection", "content-length", "content-type", "host", "transfer-encoding", "user-agent",
        "x-2fa-code", "x-2fa-method", "x-auth-token", "x-user-id",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Connection:
    """How to reach the server. ``url`` has no trailing slash; ``timeout`` and ``rate_limit_wait`` are seconds."""

    url: str
    verify: bool | str
    client_cert: str | tuple[str, str] | None
    timeout: float
    use_proxy: bool
    http_agent: str
    retries: int
    rate_limit_wait: float
    plain_text: bool
    http_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class TokenLogin:
    """A user id and its token: a personal access token, or that of a session somebody else keeps."""

    user_id: str
    token: str


@dataclass(frozen=True, repr=False)
class PasswordLogin:
    """A user name and its password; the session made from them is ended after use."""

    username: str
    password: str


@dataclass(frozen=True, repr=False)
class SecondFactor:
    """What the task says about the caller's second factor; ``seed`` is base32 without blanks, upper case."""

    method: str | None = None
    code: str | None = None
    seed: str | None = None
    password: str | None = None


def _text(params: Mapping[str, Any], name: str) -> str | None:
    """Return an option's text, or ``None`` where it is unset or empty."""
    value = params.get(name)
    if value is None or value == "":
        return None
    text = str(value)
    if text.strip() != text or not text.isprintable():
        raise InputError(f"{name} has blanks, line breaks or control characters around or in it. Remove them.")
    return text


def _secret(params: Mapping[str, Any], name: str) -> str | None:
    """Return a password as it is: blanks may belong to it."""
    value = params.get(name)
    return str(value) if value else None


def _file(params: Mapping[str, Any], name: str, *, directory: bool = False) -> str | None:
    path = _text(params, name)
    if path is None:
        return None
    if not (os.path.isfile(path) or (directory and os.path.isdir(path))):
        raise InputError(f"{name}: there is no file {path} on the host that runs the module.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{name}: the file {path} cannot be read by the user that runs the module.")
    return path


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _checked_url(url: str) -> tuple[str, bool]:
    """Return the URL without a trailing slash, and whether it sends secrets in plain text over a network."""
    example = "such as https://chat.example.com"
    # First of all, and without repeating it: what stands before the @ may be a password.
    if "@" in url:
        raise InputError("api_url must not contain a user name or password. Use api_user_id and api_token instead.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"api_url {url!r} is not a URL ({error}). Give one {example}.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise InputError(f"api_url {url!r} has no scheme http or https, or no host. Give one {example}.")
    if parts.query or parts.fragment or any(blank in url for blank in " \t\r\n"):
        raise InputError(f"api_url {url!r} must be the address of the workspace and nothing else, {example}.")
    if port == 0:
        raise InputError(f"api_url {url!r} has no usable port.")
    path = parts.path.rstrip("/")
    if path.endswith("/api") or "/api/" in path + "/":
        raise InputError(f"api_url {url!r} must be the address of the workspace, without /api, {example}.")
    return f"{parts.scheme}://{parts.netloc}{path}", parts.scheme == "http" and not _is_loopback(host)


def connection(params: Mapping[str, Any]) -> Connection:
    """Check the connection options.

    :arg params: ``AnsibleModule.params``
    :raises InputError: naming the option that is wrong and what to write instead
    """
    url = _text(params, "api_url")
    if url is None:
        raise InputError("api_url is missing. Set it, or the environment variable ROCKETCHAT_URL.")
    url, plain_text = _checked_url(url)
    for name in ("timeout", "rate_limit_wait", "retries"):
        if not 0 <= params[name] <= 86400 or (name == "timeout" and params[name] == 0):
            raise InputError(
                f"{name} is {params[name]}. Give a number of {'tries' if name == 'retries' else 'seconds'}"
                f" {'above' if name == 'timeout' else 'from'} 0 and below 86400."
            )
    agent = _text(params, "http_agent")
    if agent is None or not agent.isascii():
        raise InputError("http_agent must be ASCII text and not empty.")
    certificate, key = _file(params, "client_cert"), _file(params, "client_key")
    if key and not certificate:
        raise InputError("client_key is given without client_cert. Give both, or a client_cert that contains the key.")
    if certificate:
        _check_client_certificate(certificate, key)
    ca_path = _file(params, "ca_path", directory=True)
    verify: bool | str = bool(params["validate_certs"])
    # requests would let REQUESTS_CA_BUNDLE win over validate_certs and ca_path; here it only replaces the default.
    if verify and (ca_path or os.environ.get("REQUESTS_CA_BUNDLE")):
        name = "ca_path" if ca_path else "REQUESTS_CA_BUNDLE"
        verify = ca_path or _file(os.environ, name, directory=True) or True
        _check_authorities(str(verify), name)
    return Connection(
        url=url,
        verify=verify,
        client_cert=(certificate, key) if certificate and key else certificate,
        timeout=float(params["timeout"]),
        use_proxy=bool(params["use_proxy"]),
        http_agent=agent,
        retries=int(params["retries"]),
        rate_limit_wait=float(params["rate_limit_wait"]),
        plain_text=plain_text,
        http_headers=_headers(params.get("http_headers")),
    )


def _headers(given: Any) -> dict[str, str]:
    """Check headers for a gateway; their values may be secrets, and are never repeated."""
    if isinstance(given, str):
        given = _json_in(given)
    if given is not None and (not isinstance(given, Mapping) or "" in given):
        raise InputError("http_headers must be a mapping from name to value, or the same as the text of a JSON object.")
    for name, value in (given or {}).items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            raise InputError(f"http_headers: {name!r} is no name of a header.")
        if name.lower() in _OWN_HEADERS:
            raise InputError(f"http_headers: {name} is a header of this collection's own. Leave it out.")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or value.strip() != value:
            raise InputError(f"http_headers: the value of {name} must be text of printable ASCII signs, in quotes.")
    return dict(given or {})


def _json_in(text: str) -> Any:
    """Return what a survey, a variable of the environment or key=value has as text; blank text stands for nothing."""
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text


def _check_authorities(path: str, name: str) -> None:
    """Fail where a file holds no certificates; a directory is looked into only when a server is there to be checked."""
    if os.path.isdir(path):
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (ssl.SSLError, OSError):
        raise InputError(
            f"{name}: the file {path} holds no certificates that can be used. Give one in PEM format."
        ) from None


def _check_client_certificate(certificate: str, key: str | None) -> None:
    try:
        # Without a password of ours, OpenSSL would ask for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError):
        raise InputError(
            "client_cert and client_key do not make a certificate with its key. Give the certificate in client_cert and"
            " its key in client_key, both in PEM format and the key without a password, or both in client_cert."
        ) from None


def login(params: Mapping[str, Any]) -> TokenLogin | PasswordLogin:
    """Check how to sign in: exactly one of the two ways, complete.

    :raises InputError: when it is none, both, or half of one
    """
    user_id, token = _text(params, "api_user_id"), _text(params, "api_token")
    username, password = _text(params, "api_username"), _secret(params, "api_password")
    if token and (password or username):
        raise InputError(
            "Both a token and a password are given. Give api_user_id and api_token, or api_username and api_password,"
            " not both; what the environment sets (ROCKETCHAT_TOKEN, ROCKETCHAT_PASSWORD, ...) counts as given. The"
            " password that answers the second factor of a token's owner is two_factor_password."
        )
    if token or user_id:
        if not (token and user_id):
            missing, given = ("api_user_id", "api_token") if token else ("api_token", "api_user_id")
            raise InputError(f"{given} is given without {missing}. Rocket.Chat needs both.")
        if not (token.isascii() and user_id.isascii()):
            raise InputError("api_user_id and api_token consist of ASCII letters, digits and signs only.")
        return TokenLogin(user_id, token)
    if username and password:
        return PasswordLogin(username, password)
    if username or password:
        missing, given = ("api_password", "api_username") if username else ("api_username", "api_password")
        raise InputError(f"{given} is given without {missing}. Signing in needs both.")
    raise InputError(
        "No credentials are given. Set api_user_id and api_token (ROCKETCHAT_USER_ID, ROCKETCHAT_TOKEN), or"
        " api_username and api_password (ROCKETCHAT_USERNAME, ROCKETCHAT_PASSWORD)."
    )


def _seed_in(uri: str) -> str:
    """Return the seed in what password managers hand out for one.

    :raises InputError: naming what Rocket.Chat has otherwise, and never the seed
    """
    parts = urlsplit(uri.strip())
    given = {name.lower(): values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.netloc.lower() != "totp" or not given.get("secret"):
        raise InputError("two_factor_secret is an otpauth:// address without a seed for TOTP. Give one that has it.")
    for name, fixed in (("algorithm", "SHA1"), ("digits", "6"), ("period", "30")):
        if given.get(name, fixed).upper() != fixed:
            raise InputError(
                f"two_factor_secret is an otpauth:// address with the {name} {given[name]!r}, and Rocket.Chat has"
                f" {fixed} alone. Give the address of the service account's own TOTP in Rocket.Chat."
            )
    return given["secret"]


def _checked_seed(seed: str) -> str:
    if seed.strip().lower().startswith("otpauth:"):
        seed = _seed_in(seed)
    compact = "".join(seed.split()).replace("-", "").upper().rstrip("=")
    try:
        raw = base64.b32decode(compact + "=" * (-len(compact) % 8))
    except (binascii.Error, ValueError):
        raw = b""
    whole = "Give the whole text that Rocket.Chat shows beside the QR code when TOTP is set up"
    if not raw:
        raise InputError(
            f"two_factor_secret is not a base32 seed (letters A to Z and digits 2 to 7). {whole}, or an otpauth://"
            " address that holds it, and not a six-digit code."
        )
    if len(raw) < _SHORTEST_SEED:
        raise InputError(
            f"two_factor_secret is too short: it holds {len(raw) * 8} bits, and a seed at least {_SHORTEST_SEED * 8}."
            f" {whole}."
        )
    return compact


def _checked_code(code: str) -> str:
    """Return a code as the server takes it; people see it with a blank or a dash in the middle."""
    compact = "".join(code.split()).replace("-", "")
    if compact.isascii() and compact.isdigit() and len(compact) < _CODE_LENGTH:
        raise InputError(
            f"two_factor_code has {len(compact)} digits, and a code has {_CODE_LENGTH}. YAML and surveys take leading"
            " zeros away: put it in quotes."
        )
    return compact if compact.isdigit() else code


def second_factor(params: Mapping[str, Any]) -> SecondFactor:
    """Check what is given for the caller's second factor.

    :raises InputError: when a method has nothing to answer with, or an answer fits no method
    """
    method = params.get("two_factor_method") or None
    # Blanks around it come with copying, as those in it do.
    code = _text({"two_factor_code": (_secret(params, "two_factor_code") or "").strip()}, "two_factor_code")
    seed = _secret(params, "two_factor_secret")
    password = _secret(params, "two_factor_password") or _secret(params, "api_password")
    if code and method not in ("totp", "email"):
        raise InputError(
            "two_factor_code needs two_factor_method: totp for a code from an authenticator app or a backup code,"
            " email for a code that was mailed."
        )
    if code and not code.isascii():
        raise InputError("two_factor_code must be the six digits, or the eight characters of a backup code.")
    code = _checked_code(code) if code else None
    if code and seed:
        raise InputError("Both two_factor_code and two_factor_secret are given. Give the seed, or a code, not both.")
    if seed and method not in (None, "totp"):
        raise InputError(f"two_factor_secret answers the method totp, but two_factor_method is {method}.")
    if method == "totp" and not (code or seed):
        raise InputError("two_factor_method is totp, but neither two_factor_secret nor two_factor_code is given.")
    if method == "password" and not password:
        raise InputError("two_factor_method is password, but neither two_factor_password nor api_password is given.")
    return SecondFactor(method=method, code=code, seed=_checked_seed(seed) if seed else None, password=password)
