# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers are trusted, whatever the environment says."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, Task, bypassing, changed, codes, missing, warnings_of
from tests.integration.servers import tls_end

StartEmulator = Callable[..., Emulator]


@dataclass(frozen=True)
class Certificates:
    """Files of a private authority, of another one, and of a client."""

    ca: Path
    other_ca: Path
    garbage: Path
    server: Path
    server_key: Path
    stranger: Path
    stranger_key: Path
    client: Path
    client_key: Path
    client_both: Path

    def demanding(self) -> ssl.SSLContext:
        """A server that wants a certificate of its clients."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.ca)
        context.load_cert_chain(self.server, self.server_key)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


@pytest.fixture(scope="class")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make them all."""
    root = tmp_path_factory.mktemp("certificates")
    paths = Certificates(*(root / f"{name}.pem" for name in Certificates.__dataclass_fields__))
    ca, other = trustme.CA(), trustme.CA()
    ca.cert_pem.write_to_path(paths.ca)
    other.cert_pem.write_to_path(paths.other_ca)
    paths.garbage.write_text("This is no certificate.\n", encoding="utf-8")
    for issued, certificate, key in (
        (ca.issue_cert("localhost", "127.0.0.1"), paths.server, paths.server_key),
        (ca.issue_cert("chat.example.com"), paths.stranger, paths.stranger_key),
        (ca.issue_cert("ansible@example.com"), paths.client, paths.client_key),
    ):
        issued.private_key_pem.write_to_path(key)
        for number, part in enumerate(issued.cert_chain_pems):
            part.write_to_path(certificate, append=number > 0)
    paths.client_both.write_bytes(paths.client_key.read_bytes() + paths.client.read_bytes())
    return paths


@pytest.fixture(scope="class")
def secure(emulators: StartEmulator, certificates: Certificates) -> Emulator:
    """A server with a certificate of the private authority."""
    return emulators("8.6", "--tls-cert", str(certificates.server), "--tls-key", str(certificates.server_key))


class TestServerCertificate:
    """The server has to prove who it is."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, secure: Emulator, emulators: StartEmulator, certificates: Certificates, ansible: Ansible) -> Run:
        """Right and wrong authorities, names, and environments."""
        pair = ("--tls-cert", str(certificates.stranger), "--tls-key", str(certificates.stranger_key))
        stranger = emulators("8.6", *pair)
        ca = {"ca_path": str(certificates.ca), "retries": 0}
        bundles = {
            "garbage": {"REQUESTS_CA_BUNDLE": str(certificates.garbage)},
            "other": {"REQUESTS_CA_BUNDLE": str(certificates.other_ca), "CURL_CA_BUNDLE": str(certificates.other_ca)},
            "absent": {"REQUESTS_CA_BUNDLE": str(certificates.ca) + ".gone"},
            "right": {"REQUESTS_CA_BUNDLE": str(certificates.ca)},
        }
        tasks = {
            "ca-path": Task(bypassing(secure, username="alice", **ca)),
            "unknown-authority": Task(bypassing(secure, username="alice", retries=0)),
            "wrong-authority": Task(bypassing(secure, username="alice", ca_path=str(certificates.other_ca), retries=0)),
            "wrong-name": Task(bypassing(stranger, username="alice", **ca)),
            "plain-to-tls": Task(
                bypassing(secure, username="alice", retries=0, api_url=secure.url.replace("https", "http"))
            ),
            "garbage-ca": Task(bypassing(secure, username="alice", ca_path=str(certificates.garbage), retries=0)),
            "no-ca": Task(bypassing(secure, username="alice", ca_path=str(certificates.ca) + ".gone", retries=0)),
        }
        for name, environment in bundles.items():
            tasks[f"{name}-bundle-ca-path"] = Task(bypassing(secure, username="alice", **ca), environment=environment)
            tasks[f"{name}-bundle-unchecked"] = Task(
                bypassing(secure, username="alice", validate_certs=False, retries=0), environment=environment
            )
            tasks[f"{name}-bundle"] = Task(bypassing(secure, username="alice", retries=0), environment=environment)
        return ansible(tasks)

    @pytest.mark.parametrize(
        "task",
        [
            "ca-path",
            "right-bundle",
            *(
                f"{bundle}-bundle-{how}"
                for bundle in ("garbage", "other", "absent")
                for how in ("ca-path", "unchecked")
            ),
        ],
    )
    def test_accepted(self, run: Run, task: str) -> None:
        """What the task says counts; REQUESTS_CA_BUNDLE only where it says nothing."""
        assert changed(run.results[task]) == [True]

    @pytest.mark.parametrize("task", ["unknown-authority", "wrong-authority", "wrong-name", "other-bundle"])
    def test_refused(self, run: Run, task: str) -> None:
        """Without proof nothing is sent, and the error says which options there are."""
        result = run.results[task]
        assert result["error"]["code"] == "tls"
        assert missing(result["msg"], ["ca_path"]) == []
        assert codes(result) == ["not-attempted"]

    def test_wrong_name_is_named(self, run: Run) -> None:
        """A certificate for another host is told apart from an unknown authority."""
        assert missing(run.results["wrong-name"]["msg"], ["127.0.0.1", "host name"]) == []

    def test_garbage_file(self, run: Run, certificates: Certificates) -> None:
        """A ca_path without certificates in it is an error of the task, and nothing was sent."""
        result = run.results["garbage-ca"]
        assert result["error"]["code"] == "invalid-input"
        assert missing(result["msg"], ["ca_path", str(certificates.garbage)]) == []

    def test_absent_file(self, run: Run, certificates: Certificates) -> None:
        """A ca_path that is not there is an error of the task."""
        result = run.results["no-ca"]
        assert result["error"]["code"] == "invalid-input"
        assert missing(result["msg"], ["ca_path", f"{certificates.ca}.gone"]) == []

    @pytest.mark.parametrize("task", ["garbage-bundle", "absent-bundle"])
    def test_useless_bundle_is_named(self, run: Run, task: str) -> None:
        """Where the environment names a bundle that cannot be used, the error says which."""
        result = run.results[task]
        assert result["failed"] is True
        assert "REQUESTS_CA_BUNDLE" in result["msg"]

    def test_plain_text_to_tls(self, run: Run) -> None:
        """http where https is spoken fails as a connection, not as an exception."""
        assert run.results["plain-to-tls"]["failed"] is True
        assert "error" in run.results["plain-to-tls"]

    def test_unchecked_is_a_warning(self, run: Run) -> None:
        """Whoever switches the check off is told what that means, once."""
        assert warnings_of(run.results["other-bundle-unchecked"]).count("validate_certs") == 1

    def test_no_traceback(self, run: Run) -> None:
        """None of the failures is an exception of Python."""
        assert "Traceback" not in run.everything


class TestClientCertificate:
    """A server may want proof as well."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, certificates: Certificates, ansible: Ansible) -> Iterator[Run]:
        """In two files, in one, and without."""
        with tls_end(certificates.demanding(), modern.url) as url:
            common = {"api_url": url, "ca_path": str(certificates.ca), "retries": 0}
            pair = {"client_cert": str(certificates.client), "client_key": str(certificates.client_key)}
            yield ansible(
                {
                    "two-files": Task(bypassing(modern, username="user00001", **common, **pair)),
                    "one-file": Task(
                        bypassing(modern, username="user00002", **common, client_cert=str(certificates.client_both))
                    ),
                    "without": Task(bypassing(modern, username="user00003", **common)),
                    "key-alone": Task(
                        bypassing(modern, username="user00003", **common, client_key=str(certificates.client_key))
                    ),
                    "without-key": Task(
                        bypassing(modern, username="user00003", **common, client_cert=str(certificates.client))
                    ),
                    "from-environment": Task(
                        bypassing(modern, username="user00004", api_url=url, retries=0),
                        environment={
                            "ROCKETCHAT_CA_PATH": str(certificates.ca),
                            "ROCKETCHAT_CLIENT_CERT": str(certificates.client),
                            "ROCKETCHAT_CLIENT_KEY": str(certificates.client_key),
                        },
                    ),
                    "unchecked-by-environment": Task(
                        bypassing(modern, username="user00005", api_url=url, retries=0, **pair),
                        environment={"ROCKETCHAT_VALIDATE_CERTS": "false"},
                    ),
                }
            )

    @pytest.mark.parametrize("task", ["two-files", "one-file", "from-environment", "unchecked-by-environment"])
    def test_accepted(self, run: Run, task: str) -> None:
        """With its certificate the client is let in."""
        assert changed(run.results[task]) == [True]

    def test_without(self, run: Run) -> None:
        """Without one the error names the option."""
        result = run.results["without"]
        # Old versions of urllib3 lose the server's alert where the end of the connection overtakes it.
        assert result["error"]["code"] in ("tls", "connection-lost")
        assert missing(result["msg"], ["client certificate"]) == []

    def test_key_alone(self, run: Run) -> None:
        """A key without its certificate is an error of the task."""
        assert run.results["key-alone"]["error"]["code"] == "invalid-input"

    def test_without_key(self, run: Run) -> None:
        """A certificate whose key is nowhere fails with a sentence that names the options."""
        result = run.results["without-key"]
        assert result["failed"] is True
        assert missing(result["msg"], ["client_cert", "client_key"]) == []

    def test_no_traceback(self, run: Run) -> None:
        """None of the failures is an exception of Python."""
        assert "Traceback" not in run.everything
