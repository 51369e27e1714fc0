# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown but not executed, each with the reason, and with what can be checked all the same.

A pattern matches a whole command, or the whole text of an example that is no command. One that matches nothing fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

from tests.emulator.testing import REPO_ROOT

NETWORK = "It needs the network."
VENV = "What is to fill it comes from the network; the tests have an environment of their own."
KEYBOARD = "It waits for somebody to type."
CONTROLLER = "It needs an AWX; tests/awx runs it against a stand-in."
RULEBOOK = "It runs until somebody stops it, and needs Java; tests/eda runs the rulebooks."
FIRST = "It is about a workspace without a service account; tests/integration/role/test_setup.py runs it."
ONCE = "It makes what the other examples have; tests/integration/test_service_account.py runs it."
CONTAINER = "It needs a container engine; tests/eda renders the image's context."
RELEASED = "It is about a release on the network; tests/release makes one, and tests/package installs it."
KILLED = "It is about a run that was killed; tests/integration/role kills one."


@dataclass(frozen=True)
class Exempt:
    """One kind of command that is not run; ``check`` raises when it cannot be right."""

    pattern: str
    reason: str
    check: Callable[[re.Match[str]], None] = lambda found: None

    def match(self, text: str) -> re.Match[str] | None:
        """Whether this is meant."""
        return re.fullmatch(self.pattern, text.strip(), re.DOTALL)


def _text(path: str) -> str:
    return (REPO_ROOT / path).read_text(encoding="utf-8")


def _galaxy() -> dict[str, str]:
    return dict(yaml.safe_load(_text("galaxy.yml")))


def _our_repository(found: re.Match[str]) -> None:
    assert found["url"] == f"{_galaxy()['repository']}.git"


def _known_collections(found: re.Match[str]) -> None:
    ours, *others = found["names"].split()
    assert ours == "{namespace}.{name}".format(**_galaxy())
    for name, version in (other.split(":") for other in others):
        text = _text("tests/awx/fetch_collection.py")
        assert name.replace(".", "/") in text and version in text, "The tests use no such collection."


def _known_packages(found: re.Match[str]) -> None:
    known = {
        re.split("[<>=~]", line)[0]
        for file in (REPO_ROOT / "tests" / "requirements").glob("*.txt")
        for line in file.read_text(encoding="utf-8").splitlines()
    }
    assert set(found["names"].split()) <= known, "The tests use no such package."


def _target(found: re.Match[str]) -> None:
    for target in found["targets"].split():
        assert re.search(rf"^{re.escape(target)}:.*## ", _text("Makefile"), re.MULTILINE), (
            f"No {target} in the Makefile."
        )


def _setup(found: re.Match[str]) -> None:
    for name in re.findall(r"-e (\w+)=", found["options"]):
        assert name in _text("playbooks/awx_setup.yml"), f"The playbook does not read {name}."


def _first_run(found: re.Match[str]) -> None:
    for name in re.findall(r"-e (\w+)=", found["options"]):
        assert name in _text("playbooks/vars/setup.yml"), f"The playbook does not read {name}."


def _rulebook(found: re.Match[str]) -> None:
    options = dict(re.findall(r"--([a-z-]+) (\S+)", found["options"]))
    rulebook = _text(f"extensions/eda/{options.pop('rulebook')}")
    for name in options.pop("env-vars").split(","):
        assert name in rulebook, f"The rulebook does not read {name}."
    if "inventory" in options:
        _text(f"extensions/eda/{options.pop('inventory')}")
    assert not options, "Nobody has looked at these options."


def _webhook(found: re.Match[str]) -> None:
    rulebooks = "".join(file.read_text(encoding="utf-8") for file in (REPO_ROOT / "extensions" / "eda").rglob("*.yml"))
    assert found["port"] in rulebooks, "No rulebook listens there."


def _image(found: re.Match[str]) -> None:
    example = _text("examples/execution-environment/execution-environment.yml")
    assert found["image"] in example, "The example calls its image otherwise."


def _released(found: re.Match[str]) -> None:
    galaxy = _galaxy()
    assert found["file"] == "{namespace}-{name}-{version}.tar.gz".format(**galaxy)
    given = found.groupdict()
    if "repository" in given:
        assert galaxy["repository"].endswith(f"/{found['repository']}") and found["tag"] == f"v{galaxy['version']}"
        _text(found["workflow"])


EXEMPT = (
    Exempt(r"git clone (?P<url>\S+) && cd rocketchat", NETWORK, _our_repository),
    Exempt(r"ansible-galaxy collection install (?P<names>[a-z0-9.: ]+)", NETWORK, _known_collections),
    Exempt(r"python3 -m venv (\S+) && \. \1/bin/activate", VENV),
    Exempt(r"pip install (?P<names>[a-z -]+)", NETWORK, _known_packages),
    Exempt(r"sudo apt-get install default-jre-headless", NETWORK),
    Exempt(r"make (?P<targets>[a-z ]+)", "A suite of its own, or one that holds this test.", _target),
    Exempt(r"read -rs (\w+) && export \1", KEYBOARD),
    Exempt(
        r"ansible-playbook chatops\.rocketchat\.awx_(setup|teardown)(?P<options>( --check| -e .+)*)", CONTROLLER, _setup
    ),
    Exempt(r"ansible-playbook chatops\.rocketchat\.setup(?P<options>( -e \S+)*)", FIRST, _first_run),
    Exempt(r"set -a; \. \./rocketchat\.env; set \+a", FIRST),
    Exempt(r"- name: Make the account for recoveries\n.*", ONCE),
    Exempt(r"ansible-rulebook (?P<options>--.+)", RULEBOOK, _rulebook),
    Exempt(r"\[Service\]\n.*\nExecStart=\S+/ansible-rulebook (?P<options>[^\n]+)\n.*", RULEBOOK, _rulebook),
    Exempt(r"curl .* http://127\.0\.0\.1:(?P<port>\d+)/", RULEBOOK, _webhook),
    Exempt(r"ansible-builder introspect \S+", "Its tool is not in this environment; tests/eda runs it."),
    Exempt(r"ansible-builder build --tag (?P<image>\S+)", CONTAINER, _image),
    Exempt(r"sha256sum --check (?P<file>\S+)\.sha256", RELEASED, _released),
    Exempt(
        r"gh attestation verify (?P<file>\S+) --repo (?P<repository>\S+) \\?\s+--signer-workflow (?P=repository)/"
        r"(?P<workflow>\S+) --source-ref refs/tags/(?P<tag>\S+)",
        RELEASED,
        _released,
    ),
    Exempt(r"ansible-galaxy collection install \./(?P<file>\S+)", RELEASED, _released),
    Exempt(r"- name: Make the page of a run that was killed\n.*", KILLED),
    Exempt(r"podman push (?P<image>\S+)", CONTAINER, _image),
)


def excepted(text: str) -> Exempt | None:
    """Which exception is meant for a command or an example, if any."""
    return next((exempt for exempt in EXEMPT if exempt.match(text)), None)
