# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP exchange: TLS, proxy, time limits, refused redirects. Answers with an Answer or a typed error."""

from __future__ import annotations

import http.cookiejar
import importlib.util
import json
import math
import os
import ssl
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

try:
    import requests
    import requests.utils
    import urllib3.exceptions
except ImportError:
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.deadline import Watch, WatchedAdapter
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ConnectionFailed,
    InputError,
    UnexpectedAnswer,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import Connection

# A page of ten thousand users is some megabytes; more than this is no answer of Rocket.Chat.
MAX_BODY = 64 * 1024 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer: ``headers`` with lower-case names, ``body`` as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json_object(self) -> dict[str, Any] | None:
        """Return the body as a JSON object, or ``None`` when it is none."""
        try:
            value = json.loads(self.body, parse_constant=_finite, parse_float=_finite)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    def looks_like_html(self) -> bool:
        """Tell whether the body is a web page."""
        start = self.body[:512].lstrip().lower()
        return start.startswith((b"<!doctype", b"<html", b"<head", b"<body")) or "html" in self.content_type

    @property
    def content_type(self) -> str:
        """Return the content type as the server gave it, or an empty text."""
        return self.headers.get("content-type", "")


def _finite(text: str) -> float:
    """Read a number of an answer; those that JSON does not know must not get into a result."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


class Transport:
    """A pool of keep-alive connections to one server."""

    def __init__(self, options: Connection, *, pool_size: int = 1) -> None:
        self._options = options
        if options.verify is False:
            # The module warns once that certificates are not checked; urllib3 would on each request.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        self._session = requests.Session()
        # Nothing of the environment may decide behind the options' back: no .netrc, no REQUESTS_CA_BUNDLE.
        self._session.trust_env = False
        # Redirects are told of, not followed: nor may requests look into where they lead.
        self._session.get_redirect_target = lambda _response: None  # type: ignore[method-assign, assignment]
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = WatchedAdapter(pool_connections=1, pool_maxsize=pool_size, max_retries=0)
        self._session.mount(options.url, adapter)
        self._proxies = requests.utils.get_environ_proxies(options.url) if options.use_proxy else {}
        _check_socks(self._proxies, options.url.split(":", 1)[0])
        self._host = options.url.split("://", 1)[1]
        self._watch = Watch()

    def close(self) -> None:
        """Close all connections."""
        self._watch.close()
        self._session.close()

    def exchange(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request and read the whole answer, whatever its status.

        :arg path: with a leading slash, below ``api_url``
        :arg body: sent as JSON; a body is only ever sent with its content type, since the server takes a request
            without one for an empty one and acts on the caller
        :raises ConnectionFailed: when no whole answer came
        :raises UnexpectedAnswer: when it is a redirect, or larger than any real answer
        """
        deadline = time.monotonic() + self._options.timeout
        own = {"Accept": "application/json", "User-Agent": self._options.http_agent}
        all_headers = {**self._options.http_headers, **own, **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            all_headers["Content-Type"] = "application/json"
        try:
            with self._watch.until(deadline) as exchange:
                with self._session.request(
                    method,
                    self._options.url + path,
                    params=params,
                    data=data,
                    headers=all_headers,
                    timeout=(self._options.timeout, self._options.timeout),
                    allow_redirects=False,
                    verify=self._options.verify,
                    cert=self._options.client_cert,
                    proxies=self._proxies,
                    stream=True,
                ) as response:
                    content = self._read(response)
                if exchange.broken:
                    raise requests.ReadTimeout
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            # Once the server was to answer, nothing that goes wrong tells what it made of the request.
            sent = exchange.answering or not _before_sending(error)
            late = time.monotonic() > deadline
            raise self._explain(requests.ReadTimeout() if late and sent else error, sent=sent) from None
        answer = Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content)
        if 300 <= answer.status < 400:
            raise self._redirect(answer)
        return answer

    def _read(self, response: requests.Response) -> bytes:
        content = bytearray()
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if len(content) > MAX_BODY:
                raise UnexpectedAnswer(
                    "too-large", f"{self._host} sent more than {MAX_BODY >> 20} MB, which no answer of Rocket.Chat is."
                )
        # urllib3 before 2.0 takes a part for the whole.
        length = response.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and response.raw.tell() < int(length):
            raise requests.exceptions.ConnectionError
        return bytes(content)

    def _redirect(self, answer: Answer) -> UnexpectedAnswer:
        target = answer.headers.get("location", "").split("?", 1)[0]
        return UnexpectedAnswer(
            "redirect",
            f"{self._host} redirects to {target or 'another address'}. Redirects are not followed, because the token"
            " would be sent there as well. Set api_url to the address of the workspace itself.",
            status=answer.status,
        )

    def _explain(self, error: Exception, *, sent: bool) -> Exception:
        """Map an exception of the libraries to ours. Their texts are not passed on: they may hold proxy passwords.

        :arg sent: whether the request may have reached the server
        """
        where, seconds = self._host, f"{self._options.timeout:g} seconds"
        if isinstance(error, requests.exceptions.SSLError):
            return ConnectionFailed(
                "tls",
                f"No trusted TLS connection to {where}: {_tls_reason(error)}. Check the host name in api_url, give the"
                " certificate authority with ca_path, or a client certificate where the server demands one.",
                retryable=False,
                sent=sent,
            )
        if isinstance(error, requests.exceptions.ProxyError) and not sent:
            return ConnectionFailed(
                "proxy",
                f"The proxy that the environment names (HTTPS_PROXY, HTTP_PROXY) gives no connection to {where}. Check"
                " it, add the host to NO_PROXY, or set use_proxy to false.",
                retryable=True,
                sent=False,
            )
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return ConnectionFailed(
                "unreachable",
                f"{where} did not accept a connection within {seconds}. Check api_url, the network and the firewall.",
                retryable=True,
                sent=False,
            )
        if isinstance(error, requests.exceptions.ReadTimeout) or "timed out" in str(error).lower():
            return ConnectionFailed(
                "timeout",
                f"{where} did not answer within {seconds}. Raise timeout when the server is slow, or check its health.",
                retryable=True,
                sent=True,
            )
        if _cause(error, urllib3.exceptions.NewConnectionError):
            return ConnectionFailed(
                "unreachable",
                f"Nothing answers at {where} ({_os_reason(error)}). Check host and port in api_url, and that the server"
                " is up.",
                retryable=True,
                sent=False,
            )
        if isinstance(error, _not_formed()) and not sent:
            return InputError(
                f"The request to {where} cannot be formed. Check api_url, http_agent and the credentials"
                " for characters that do not belong there."
            )
        # The server says so in an alert, which the end of the connection can overtake.
        demanded = self._options.url.startswith("https:") and self._options.client_cert is None
        return ConnectionFailed(
            "connection-lost",
            f"The connection to {where} was lost before the whole answer was there. Check the server and any proxy in"
            f" front of it{', and whether it demands a client certificate (client_cert)' if demanded else ''}.",
            retryable=True,
            sent=True,
        )


def _check_socks(proxies: Mapping[str, str], scheme: str) -> None:
    """Refuse a SOCKS proxy of the environment where the library for it is missing, which requests tells too late.

    :raises InputError: naming the variable
    """
    # The proxy for everything is asked only where there is none for this scheme.
    kind = scheme if proxies.get(scheme) else "all"
    if proxies.get(kind, "").lower().startswith("socks") and importlib.util.find_spec("socks") is None:
        name = f"{kind}_proxy"
        shown = name if os.environ.get(name) else name.upper()
        raise InputError(
            f"The environment variable {shown} names a SOCKS proxy, which takes the Python library PySocks on the host"
            " that runs the module. Install it (pip install pysocks), or set use_proxy to false."
        )


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and all that it wraps; the libraries wrap in several ways."""
    found: list[BaseException] = []
    queue: list[Any] = [error]
    while queue:
        item = queue.pop(0)
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            queue += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return found


def _not_formed() -> tuple[type[Exception], ...]:
    """Return what is raised where a request cannot be written; an answer that cannot be read may raise it as well."""
    return requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, UnicodeError


def _before_sending(error: BaseException) -> bool:
    """Tell whether an exchange in which the server was not yet to answer failed before the request left this host."""
    return (
        isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError, *_not_formed()))
        or _cause(error, urllib3.exceptions.NewConnectionError)
        # What http.client raises, as a plain OSError, when the proxy opens no tunnel.
        or any("tunnel connection failed" in str(item).lower() for item in _chain(error))
    )


def _cause(error: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(item, kind) for item in _chain(error))


def _tls_reason(error: BaseException) -> str:
    for item in _chain(error):
        # Before 2.0 urllib3 compared the host name itself, and its error has nothing but a text.
        if isinstance(item, ssl.SSLCertVerificationError) or type(item).__name__ == "CertificateError":
            return (getattr(item, "verify_message", "") or str(item)).rstrip(".")
    for item in _chain(error):
        if isinstance(item, ssl.SSLError) and item.reason:
            return item.reason.replace("_", " ").lower()
    return "the handshake failed"


def _os_reason(error: BaseException) -> str:
    for item in _chain(error):
        if isinstance(item, OSError) and item.strerror and not isinstance(item, requests.RequestException):
            return item.strerror.lower()
    return "no connection"
