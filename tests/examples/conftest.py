# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One workspace behind https://chat.example.com, and the home of somebody who has just installed the collection."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from tests.emulator.testing import REPO_ROOT, Emulator
from tests.examples.route import DOMAIN, Route, routing_to
from tests.examples.world import Workspace, addresses
from tests.module_cache.sharing import shared_configuration

# What stands in for the modules of other collections, and for the system of another department.
STAND_INS = Path(__file__).parent / "stand_ins"
STAFF_API = f"hr{DOMAIN}"
# Who is told of the authority.
TRUSTED = ("ROCKETCHAT_CA_PATH", "CURL_CA_BUNDLE", "ANSIBLE_LOOKUP_URL_CA_PATH")

MoveIn = Callable[[Path], dict[str, str]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a class on one worker, for they look at one run; each page can be read by another."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if "::test_a_page" in nodeid else str(super()._split_scope(nodeid))

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The certificate authority that the workspace's own administrators have."""
    return trustme.CA()


@pytest.fixture(scope="session")
def mailed_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a code by e-mail is put down."""
    return tmp_path_factory.mktemp("mail") / "code"


@pytest.fixture(scope="session")
def workspace(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory, mailed_code: Path
) -> Iterator[Workspace]:
    """The server of the examples."""
    root = tmp_path_factory.mktemp("server")
    pair = root / "pair.pem"
    authority.cert_pem.write_to_path(root / "authority.pem")
    authority.issue_cert(f"*{DOMAIN}", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pair)
    with Emulator("8.6", "--tls-cert", str(pair), "--tls-key", str(pair)) as server:
        yield Workspace(server, root / "authority.pem", mailed_code)


@pytest.fixture(scope="session")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the address of everybody in the workspace, from which the stand-ins for other systems answer."""
    file = tmp_path_factory.mktemp("staff") / "people.json"
    file.write_text(json.dumps(addresses()), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def staff_api(authority: trustme.CA, staff: Path) -> Iterator[int]:
    """The port of an API that answers who works here."""
    rows = json.dumps([{"workEmail": address} for address in json.loads(staff.read_text(encoding="utf-8"))]).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/people" else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(rows)

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(STAFF_API).configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="session")
def route(workspace: Workspace, staff_api: int) -> Iterator[Route]:
    """The only way out."""
    port = urlsplit(workspace.server.url).port
    assert port
    with routing_to(port, {STAFF_API: staff_api}) as found:
        yield found


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection where ansible-galaxy puts it; a copy, for what an example writes stays out of the checkout."""
    root = tmp_path_factory.mktemp("installed")
    subprocess.run([str(REPO_ROOT / ".ci" / "tree"), str(root)], check=True, timeout=60)
    return root / "ansible_collections"


@pytest.fixture(scope="session")
def moved_in(installed: Path, route: Route, authority: trustme.CA, staff: Path) -> MoveIn:
    """Makes a home, and an environment from scratch for whoever lives there."""

    def move_in(home: Path) -> dict[str, str]:
        (home / ".ansible" / "collections").mkdir(parents=True)
        (home / ".ansible" / "collections" / "ansible_collections").symlink_to(installed)
        authority.cert_pem.write_to_path(home / "authority.pem")
        return {
            **shared_configuration(),
            "HOME": str(home),
            "USER": "nightshift",
            # Whatever asks for another host is refused there.
            **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), route.url),
            **{name: str(home / "authority.pem") for name in TRUSTED},
            "ANSIBLE_COLLECTIONS_PATH": f"{installed.parent}:{STAND_INS}",
            "PEOPLE": str(staff),
            # Nothing here gets better by trying again.
            "ROCKETCHAT_RETRIES": "0",
        }

    return move_in
