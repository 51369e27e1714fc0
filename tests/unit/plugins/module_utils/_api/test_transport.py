# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange over a real socket: what is sent, what may come back, and what the environment may not decide."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import socket
import ssl
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from ansible_collections.chatops.rocketchat.plugins.module_utils._api import transport as module
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ConnectionFailed,
    InputError,
    RocketChatError,
    UnexpectedAnswer,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.transport import Answer, Transport

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

MakeServer = Callable[..., "ScriptedServer"]
Open = Callable[..., Transport]
OK = {"success": True}


@pytest.fixture
def open_transport(options: Callable[..., Any]) -> Iterator[Open]:
    """Return a maker of transports that are closed after the test."""
    made: list[Transport] = []

    def make(url: str, **changes: Any) -> Transport:
        made.append(Transport(options(url, **changes)))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


def failed(transport: Transport, method: str = "GET", **more: Any) -> Any:
    """Return the error of an exchange."""
    with pytest.raises(RocketChatError) as caught:
        transport.exchange(method, "/api/info", **more)
    return caught.value


def test_a_request_says_what_it_accepts_and_who_asks(server: ScriptedServer, open_transport: Open) -> None:
    server.script(OK)
    transport = open_transport(server.url, http_agent="helpdesk/1.0")
    transport.exchange("GET", "/api/v1/users.info", params={"username": "a b&c=d"}, headers={"X-User-Id": "u1"})
    seen = server.requests[0]
    assert (seen.method, seen.path, seen.query) == ("GET", "/api/v1/users.info", {"username": "a b&c=d"})
    assert seen.headers["user-agent"] == "helpdesk/1.0"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["x-user-id"] == "u1"
    assert seen.body == b""
    assert "content-type" not in seen.headers


@pytest.mark.parametrize("body", [{}, {"userId": "u1"}, {"userId": "ü"}])
def test_a_body_is_json_and_never_goes_without_its_content_type(
    server: ScriptedServer, open_transport: Open, body: dict[str, str]
) -> None:
    server.script(OK)
    open_transport(server.url).exchange("POST", "/api/v1/users.resetTOTP", body=body)
    seen = server.requests[0]
    assert seen.json == body
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["content-length"] == str(len(seen.body))


def test_the_path_of_the_url_stays_in_front(server: ScriptedServer, open_transport: Open) -> None:
    server.script(OK)
    open_transport(f"{server.url}/team/chat").exchange("GET", "/api/info")
    assert server.requests[0].path == "/team/chat/api/info"


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 405, 429, 500, 502])
def test_an_answer_is_whole_whatever_its_status(server: ScriptedServer, open_transport: Open, status: int) -> None:
    server.script((status, {"a": "ü"}, {"X-RateLimit-Reset": "17"}))
    answer = open_transport(server.url).exchange("GET", "/api/info")
    assert answer.status == status
    assert answer.json_object() == {"a": "ü"}
    assert answer.headers["x-ratelimit-reset"] == "17"


def test_one_connection_serves_many_requests(server: ScriptedServer, open_transport: Open) -> None:
    ports = []
    transport = open_transport(server.url)
    server.script(OK, OK, OK)
    for _request in range(3):
        transport.exchange("GET", "/api/info")
        ports.append(len(server._open))
    assert ports == [1, 1, 1]


def test_closing_leaves_no_connection_open(open_transport: Open) -> None:
    def talk() -> bytes:
        connection, _address = listener.accept()
        with connection:
            connection.settimeout(10)
            connection.recv(65536)
            # To the client this is whole, as no 204 has a body, and yet it is none.
            connection.sendall(b"HTTP/1.1 204 x\r\nContent-Length: 3\r\n\r\n")
            return connection.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as pool:
        rest = pool.submit(talk)
        transport = open_transport(f"http://127.0.0.1:{listener.getsockname()[1]}")
        kept = failed(transport)
        transport.close()
        assert rest.result() == b"", kept


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"{}", {}),
        (b"", None),
        (b"[1, 2]", None),
        (b'{"a": 1.5, "b": -2e3}', {"a": 1.5, "b": -2000.0}),
        (b'{"a": NaN}', None),
        (b'{"a": -Infinity}', None),
        (b'{"a": 1e999}', None),
        (b'"text"', None),
        (b"null", None),
        (b"{", None),
        (b"\xff\xfe\x00", None),
        (b"<!DOCTYPE html>", None),
        (b"[" * 100_000, None),
    ],
    ids=[
        "object",
        "empty-object",
        "empty",
        "list",
        "numbers",
        "not-a-number",
        "infinite",
        "too-large-a-number",
        "string",
        "null",
        "cut",
        "bytes",
        "html",
        "deep",
    ],
)
def test_only_a_json_object_is_an_answer_of_the_api(body: bytes, value: Any) -> None:
    assert Answer(200, {}, body).json_object() == value


@pytest.mark.parametrize(
    ("content_type", "body", "html"),
    [
        ("text/html; charset=utf-8", b"anything", True),
        ("", b"\n <!DOCTYPE html><html>", True),
        ("text/plain", b"<HTML>", True),
        ("application/json", b"{}", False),
        ("text/plain", b"404 Not Found", False),
    ],
)
def test_a_web_page_is_recognised(content_type: str, body: bytes, html: bool) -> None:
    assert Answer(200, {"content-type": content_type}, body).looks_like_html() is html


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_refused_with_the_new_url_and_the_token_does_not_follow(
    make_server: MakeServer, open_transport: Open, status: int, method: str
) -> None:
    server, elsewhere = make_server(), make_server()
    server.script((status, "moved", {"Location": f"{elsewhere.url}/api/info?resumeToken=s3cret"}))
    error = failed(open_transport(server.url), method, headers={"X-Auth-Token": "t1"})
    assert isinstance(error, UnexpectedAnswer)
    assert error.code == "redirect"
    assert not error.retryable
    assert f"{elsewhere.url}/api/info" in error.message
    assert "s3cret" not in error.message
    assert "api_url" in error.message
    assert error.details["status"] == status
    assert elsewhere.requests == []


@pytest.mark.parametrize("headers", [{}, {"Location": ""}, {"Location": "/login"}])
def test_a_redirect_to_nowhere_is_a_redirect_all_the_same(
    server: ScriptedServer, open_transport: Open, headers: dict[str, str]
) -> None:
    server.script((302, "moved", headers))
    assert failed(open_transport(server.url)).code == "redirect"


def test_cookies_are_neither_kept_nor_sent(server: ScriptedServer, open_transport: Open) -> None:
    transport = open_transport(server.url)
    server.script((200, OK, {"Set-Cookie": "rc_token=somebody-else; Path=/"}), OK)
    transport.exchange("GET", "/api/info")
    transport.exchange("GET", "/api/info")
    assert "cookie" not in server.requests[1].headers


def test_netrc_adds_no_credentials(
    server: ScriptedServer, open_transport: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    server.script(OK)
    open_transport(server.url).exchange("GET", "/api/info")
    assert "authorization" not in server.requests[0].headers


def test_nobody_there_is_retryable_and_nothing_was_sent(dead_port: int, open_transport: Open) -> None:
    error = failed(open_transport(f"http://127.0.0.1:{dead_port}"))
    assert isinstance(error, ConnectionFailed)
    assert (error.code, error.retryable, error.sent) == ("unreachable", True, False)
    assert f"127.0.0.1:{dead_port}" in error.message
    assert "connection refused" in error.message


def test_a_host_that_does_not_exist_is_unreachable(open_transport: Open) -> None:
    error = failed(open_transport("http://no-such-host.invalid"))
    assert (error.code, error.sent) == ("unreachable", False)
    assert "no-such-host.invalid" in error.message


def test_no_answer_in_time_is_a_timeout_and_may_have_arrived(server: ScriptedServer, open_transport: Open) -> None:
    server.script(server.HANG)
    error = failed(open_transport(server.url, timeout=0.1))
    assert (error.code, error.retryable, error.sent) == ("timeout", True, True)
    assert "0.1 seconds" in error.message


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"


def test_an_answer_that_trickles_in_does_not_outlive_the_timeout(server: ScriptedServer, open_transport: Open) -> None:
    server.script([HEAD, *(bytes([byte]) for byte in b'{"success": true}')])
    assert failed(open_transport(server.url, timeout=0.3)).code == "timeout"


def test_headers_that_stall_are_a_timeout_and_no_empty_answer(server: ScriptedServer, open_transport: Open) -> None:
    server.script([b"HTTP/1.1 200 OK\r\n", *(bytes([byte]) for byte in b"X-Slow: very slow indeed")])
    error = failed(open_transport(server.url, timeout=0.3), "POST", body={})
    assert (error.code, error.retryable, error.sent) == ("timeout", True, True)


def test_a_host_that_takes_no_connection_in_time_is_unreachable_and_nothing_was_sent(open_transport: Open) -> None:
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _number in range(4):
            # Nobody accepts, so the queue is full after the first of these.
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        error = failed(open_transport(f"http://127.0.0.1:{full.getsockname()[1]}", timeout=0.2))
    assert (error.code, error.retryable, error.sent) == ("unreachable", True, False)
    assert "within 0.2 seconds" in error.message


@pytest.mark.parametrize(
    "answer",
    [
        "drop the connection without an answer",
        [HEAD + b'{"succ'],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n{"],
        [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"],
        [b"hello, this is SMTP\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"],
    ],
    ids=["dropped", "cut in the body", "cut in a chunk", "no gzip", "no HTTP", "two lengths"],
)
def test_half_an_answer_is_none_and_the_request_may_have_arrived(
    server: ScriptedServer, open_transport: Open, answer: Any
) -> None:
    server.script(answer)
    error = failed(open_transport(server.url), "POST", body={})
    assert isinstance(error, ConnectionFailed)
    assert (error.code, error.retryable, error.sent) == ("connection-lost", True, True)


def test_an_answer_too_large_to_be_real_is_not_read_to_its_end(
    server: ScriptedServer, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BODY", 1 << 20)
    server.script((200, b"x" * (2 << 20)))
    error = failed(open_transport(server.url))
    assert error.code == "too-large"
    assert "1 MB" in error.message


@pytest.mark.parametrize("header", ["t\nX-Evil: 1", "t\r\nX-Evil: 1", "tö\u2603"])
def test_a_header_that_cannot_be_sent_is_refused_without_showing_it(
    server: ScriptedServer, open_transport: Open, header: str
) -> None:
    error = failed(open_transport(server.url), headers={"X-Auth-Token": header})
    assert isinstance(error, InputError)
    assert header not in error.message
    assert server.requests == []


def test_headers_for_a_gateway_go_with_each_request_and_replace_none_of_ours(
    server: ScriptedServer, open_transport: Open
) -> None:
    server.script(OK, OK)
    transport = open_transport(server.url, http_headers={"CF-Access-Client-Id": "id", "X-Auth-Token": "of the gateway"})
    transport.exchange("GET", "/api/info")
    transport.exchange("POST", "/api/v1/users.logout", body={}, headers={"X-Auth-Token": "ours"})
    assert [seen.headers["cf-access-client-id"] for seen in server.requests] == ["id", "id"]
    assert server.requests[1].headers["x-auth-token"] == "ours"
    assert server.requests[0].headers["accept"] == "application/json"


def test_headers_for_a_gateway_do_not_follow_a_redirect(
    server: ScriptedServer, make_server: MakeServer, open_transport: Open
) -> None:
    elsewhere = make_server()
    server.script((302, "no", {"Location": f"{elsewhere.url}/api/info"}))
    error = failed(open_transport(server.url, http_headers={"X-Gate": "s3cret-value"}))
    assert error.code == "redirect"
    assert "s3cret-value" not in error.message
    assert elsewhere.requests == []


# --- proxies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_used_when_the_task_allows_it(
    make_server: MakeServer, open_transport: Open, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    server, proxy = make_server(), make_server()
    monkeypatch.setenv(variable, proxy.url)
    proxy.script(OK)
    open_transport(server.url, use_proxy=True).exchange("GET", "/api/info")
    assert [seen.path for seen in proxy.requests] == [f"{server.url}/api/info"]
    assert server.requests == []


@pytest.fixture
def no_socks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the library for SOCKS away."""
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "socks" else real(name, *more))


@pytest.mark.usefixtures("no_socks")
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("kind", ["socks5", "socks5h", "SOCKS4"])
def test_a_socks_proxy_without_its_library_is_named(
    open_transport: Open, monkeypatch: pytest.MonkeyPatch, variable: str, kind: str
) -> None:
    monkeypatch.setenv(variable, f"{kind}://bob:hunter2@127.0.0.1:1080")
    with pytest.raises(InputError) as caught:
        open_transport("https://chat.example.com", use_proxy=True)
    assert caught.value.message.startswith(f"The environment variable {variable} names a SOCKS proxy")
    assert "PySocks" in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.usefixtures("no_socks")
@pytest.mark.parametrize(
    ("environment", "changes"),
    [
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1080"}, {"use_proxy": False}),
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": "chat.example.com"}, {"use_proxy": True}),
        ({"HTTP_PROXY": "socks5://127.0.0.1:1080"}, {"use_proxy": True}),
        # The proxy for everything is not asked where there is one for the scheme.
        ({"HTTPS_PROXY": "http://127.0.0.1:3128", "ALL_PROXY": "socks5://127.0.0.1:1080"}, {"use_proxy": True}),
        ({"HTTPS_PROXY": "http://127.0.0.1:3128"}, {"use_proxy": True}),
    ],
)
def test_a_socks_proxy_that_is_not_asked_does_no_harm(
    open_transport: Open, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], changes: dict[str, bool]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    open_transport("https://chat.example.com", **changes)


def test_a_socks_proxy_is_taken_where_its_library_is_there(
    open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name, *_more: object())
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    open_transport("https://chat.example.com", use_proxy=True)


@pytest.mark.parametrize(
    ("use_proxy", "no_proxy"),
    [(False, None), (True, "127.0.0.1"), (True, "*")],
    ids=["use_proxy false", "host in NO_PROXY", "all in NO_PROXY"],
)
def test_the_proxy_of_the_environment_is_passed_by_otherwise(
    make_server: MakeServer,
    open_transport: Open,
    monkeypatch: pytest.MonkeyPatch,
    use_proxy: bool,
    no_proxy: str | None,
) -> None:
    server, proxy = make_server(), make_server()
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, proxy.url)
    if no_proxy:
        monkeypatch.setenv("NO_PROXY", no_proxy)
    server.script(OK)
    open_transport(server.url, use_proxy=use_proxy).exchange("GET", "/api/info")
    assert [seen.path for seen in server.requests] == ["/api/info"]
    assert proxy.requests == []


def test_the_password_of_a_proxy_goes_to_the_proxy(
    make_server: MakeServer, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = make_server()
    monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("://", "://bob:hunter2@"))
    proxy.script(OK)
    open_transport("http://chat.example.com", use_proxy=True).exchange("GET", "/api/info")
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic Ym9iOmh1bnRlcjI="


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("trouble", ["nobody there", "no name", "no URL", "no port", "refused", "dropped"])
def test_the_password_of_a_proxy_is_in_no_error(
    make_server: MakeServer,
    open_transport: Open,
    monkeypatch: pytest.MonkeyPatch,
    dead_port: int,
    scheme: str,
    trouble: str,
) -> None:
    proxy = make_server()
    proxy.script(proxy.DROP if trouble == "dropped" else (302, "no", {"Location": "/x"}))
    places = {
        "nobody there": f"127.0.0.1:{dead_port}",
        "no name": "no-such-proxy.invalid:3128",
        "no URL": "[::1",
        "no port": "127.0.0.1:port",
    }
    place = places.get(trouble, f"127.0.0.1:{proxy.port}")
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://bob:hunter2@{place}")
    error = failed(open_transport(f"{scheme}://chat.example.com", use_proxy=True))
    shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert "hunter2" not in f"{error.as_dict()} {error!r} {shown}"


def test_a_proxy_that_is_not_there_is_named_as_the_cause_and_nothing_was_sent(
    dead_port: int, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{dead_port}")
    error = failed(open_transport("http://chat.example.com", use_proxy=True))
    assert (error.code, error.retryable, error.sent) == ("proxy", True, False)
    assert "HTTP_PROXY" in error.message
    assert "use_proxy" in error.message


def test_a_request_lost_behind_a_proxy_may_have_arrived(
    make_server: MakeServer, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = make_server()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    proxy.script(proxy.DROP)
    error = failed(open_transport("http://chat.example.com", use_proxy=True), "POST", body={})
    assert len(proxy.requests) == 1
    assert error.sent


# --- TLS -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Return two certificate authorities as files, and a server's side of TLS signed by the first."""
    folder = tmp_path_factory.mktemp("tls")
    ca, stranger = trustme.CA(), trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    stranger.cert_pem.write_to_path(str(folder / "stranger.pem"))
    certificate, client = ca.issue_cert("127.0.0.1"), ca.issue_cert("svc@example.com")
    client.private_key_and_cert_chain_pem.write_to_path(str(folder / "client.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    strict = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(strict)
    ca.configure_trust(strict)
    strict.verify_mode = ssl.CERT_REQUIRED
    wrong = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("other.example.com").configure_cert(wrong)
    return SimpleNamespace(
        ca=str(folder / "ca.pem"),
        stranger=str(folder / "stranger.pem"),
        client=str(folder / "client.pem"),
        context=context,
        strict=strict,
        wrong=wrong,
    )


def test_a_server_with_a_trusted_certificate_is_talked_to(
    make_server: MakeServer, open_transport: Open, tls: SimpleNamespace
) -> None:
    server = make_server(tls.context)
    server.script(OK)
    assert open_transport(server.url, verify=tls.ca).exchange("GET", "/api/info").json_object() == OK


@pytest.mark.parametrize(("verify", "says"), [(True, "certificate"), ("stranger", "certificate")])
def test_a_server_with_an_unknown_certificate_gets_no_request(
    make_server: MakeServer, open_transport: Open, tls: SimpleNamespace, verify: Any, says: str
) -> None:
    server = make_server(tls.context)
    error = failed(open_transport(server.url, verify=tls.stranger if verify == "stranger" else verify))
    assert (error.code, error.retryable, error.sent) == ("tls", False, False)
    assert says in error.message
    assert "ca_path" in error.message
    assert server.requests == []


def test_a_certificate_of_another_host_is_refused_and_said_so(
    make_server: MakeServer, open_transport: Open, tls: SimpleNamespace
) -> None:
    server = make_server(tls.wrong)
    error = failed(open_transport(server.url, verify=tls.ca))
    assert error.code == "tls"
    assert "127.0.0.1" in error.message
    assert server.requests == []


def test_a_request_whose_answer_is_no_tls_may_have_arrived(
    make_server: MakeServer, open_transport: Open, tls: SimpleNamespace
) -> None:
    """As when something on the way breaks into a connection whose request the server has read."""
    server = make_server(tls.context)

    def break_in(_seen: Any) -> Any:
        os.write(server._open[-1].fileno(), b"\x17\x03\x03\x00\x20" + b"x" * 32)
        return server.DROP

    server.script(break_in)
    error = failed(open_transport(server.url, verify=tls.ca), "POST", body={})
    assert (error.code, error.sent) == ("tls", True)


def test_https_to_a_plain_http_port_is_a_tls_error(server: ScriptedServer, open_transport: Open) -> None:
    assert failed(open_transport(server.url.replace("http:", "https:"))).code == "tls"


def test_requests_ca_bundle_does_not_switch_on_what_the_task_switched_off(
    make_server: MakeServer, open_transport: Open, tls: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server(tls.context)
    server.script(OK)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", tls.stranger)
    assert open_transport(server.url, verify=False).exchange("GET", "/api/info").status == 200


def test_requests_ca_bundle_does_not_beat_the_authority_of_the_task(
    make_server: MakeServer, open_transport: Open, tls: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server(tls.context)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", tls.ca)
    monkeypatch.setenv("CURL_CA_BUNDLE", tls.ca)
    assert failed(open_transport(server.url, verify=tls.stranger)).code == "tls"
    assert server.requests == []


def test_a_client_certificate_is_shown_to_a_server_that_demands_one(
    make_server: MakeServer, open_transport: Open, tls: SimpleNamespace
) -> None:
    server = make_server(tls.strict)
    server.script(OK)
    with_it = open_transport(server.url, verify=tls.ca, client_cert=tls.client)
    assert with_it.exchange("GET", "/api/info").status == 200
    failed(open_transport(server.url, verify=tls.ca))
    assert len(server.requests) == 1


# --- missing libraries -----------------------------------------------------------------------------------------------

WITHOUT = """
import json, sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import missing_library
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.transport import HAS_REQUESTS
print(json.dumps([HAS_REQUESTS, missing_library({}),
                  missing_library({"two_factor_secret": "JBSWY3DP"})]))
"""


@pytest.mark.parametrize(
    ("absent", "result"),
    [
        (["requests", "urllib3"], [False, "requests", "requests"]),
        (["pyotp"], [True, None, "pyotp"]),
        (["nothing"], [True, None, None]),
    ],
    ids=["without requests", "without pyotp", "with both"],
)
def test_a_missing_library_is_named_instead_of_a_traceback(absent: list[str], result: list[Any]) -> None:
    collections = str(Path(module.__file__).parents[6])
    done = subprocess.run(
        [sys.executable, "-c", f"ABSENT = {absent!r}\n{WITHOUT}"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([collections, *filter(None, sys.path)])},
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == result
