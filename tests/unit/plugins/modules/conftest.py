# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module as Ansible starts it, from its arguments to what it prints."""

from __future__ import annotations

import importlib.util
import json
import runpy
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import basic

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

MODULES = "ansible_collections.chatops.rocketchat.plugins.modules"
TOKEN = "caller-token-Xq7Zt4"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what modules warn of; where it ends up differs, with the controller's code loaded in the same process."""
    words: list[str] = []
    real = basic.AnsibleModule.warn

    def warn(self: basic.AnsibleModule, warning: str) -> None:
        words.append(warning)
        real(self, warning)

    monkeypatch.setattr(basic.AnsibleModule, "warn", warn)
    return words


@pytest.fixture
def run_module(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., dict[str, Any]]]:
    """Return a function that runs a module on the workspace and returns its result, without a secret in it."""
    before = signal.getsignal(signal.SIGTERM)

    def run(name: str, *, check_mode: bool = False, diff: bool = False, **arguments: Any) -> dict[str, Any]:
        given = {
            "api_url": workspace.server.url,
            "api_user_id": "callerId",
            "api_token": TOKEN,
            "retries": 0,
            "rate_limit_wait": 0,
            "_ansible_check_mode": check_mode,
            "_ansible_diff": diff,
            "_ansible_verbosity": 3,
            **arguments,
        }
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode())
        # Where a version of ansible-core knows profiles of its serialization.
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        file = importlib.util.find_spec(f"{MODULES}.{name}")
        assert file is not None
        assert file.origin is not None
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(file.origin, run_name="__main__")
        output = capsys.readouterr()
        # In a process that has loaded the controller's code as well, warnings are shown at once.
        assert all(text.startswith("[WARNING]") for text in output.err.splitlines() if text)
        result: dict[str, Any] = json.loads(output.out)
        assert bool(ended.value.code) is bool(result.get("failed"))
        for secret in (TOKEN, SEED, arguments.get("password")):
            assert not secret or secret not in output.out + output.err
        return result

    yield run
    signal.signal(signal.SIGTERM, before)
