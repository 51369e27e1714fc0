# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules run by a Python that lacks what they need."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.emulator.cast import seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, Task, bypassing, changed, missing, requests_of, with_token

REQUESTS = ("requests", "urllib3", "idna", "certifi", "charset_normalizer")


@dataclass(frozen=True)
class Pythons:
    """Two interpreters: without any library, and with requests but no pyotp."""

    bare: str
    with_requests: str


def _venv(home: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    (site,) = home.glob("lib/python*/site-packages")
    return site


@pytest.fixture(scope="session")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> Pythons:
    """Make both."""
    root = tmp_path_factory.mktemp("pythons")
    _venv(root / "bare")
    site = _venv(root / "requests")
    for name in REQUESTS:
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.origin is not None
        (site / name).symlink_to(Path(spec.origin).parent)
    return Pythons(*(str(root / name / "bin" / "python") for name in ("bare", "requests")))


@pytest.fixture(scope="class")
def run(modern: Emulator, pythons: Pythons, ansible: Ansible) -> Run:
    """With a seed and without."""
    modern.change_user("user00001", roles=["admin"])
    app = with_token(modern, "user00001", two_factor_secret=seed_of("user00001"))
    return ansible(
        {
            "bare": Task(bypassing(modern, username="alice"), python=pythons.bare),
            "bare-check": Task(bypassing(modern, username="alice"), python=pythons.bare, check=True),
            "seed": Task({**app, "username": "alice"}, python=pythons.with_requests),
            "no-seed": Task(bypassing(modern, username="user00002"), python=pythons.with_requests),
        }
    )


class TestMissingLibraries:
    """What is said, and when."""

    @pytest.mark.parametrize("task", ["bare", "bare-check"])
    def test_requests(self, run: Run, pythons: Pythons, task: str) -> None:
        """The library and the interpreter that lacks it are named."""
        result = run.results[task]
        assert result["failed"] is True
        assert missing(result["msg"], ["requests", pythons.bare]) == []

    def test_pyotp(self, run: Run, pythons: Pythons) -> None:
        """So is pyotp, where a seed is used."""
        result = run.results["seed"]
        assert result["failed"] is True
        assert missing(result["msg"], ["pyotp", pythons.with_requests]) == []

    def test_pyotp_is_not_needed_without_a_seed(self, run: Run) -> None:
        """Without a seed nobody needs it."""
        assert changed(run.results["no-seed"]) == [True]

    @pytest.mark.parametrize("task", ["bare", "bare-check", "seed"])
    def test_result_is_complete(self, run: Run, task: str) -> None:
        """Such a failure has the documented shape as well."""
        result = run.results[task]
        assert (result["changed"], result["users"]) == (False, [])
        assert set(result["error"]) == {"code", "message", "details"}

    @pytest.mark.parametrize("task", ["bare", "seed"])
    def test_nothing_was_sent(self, modern: Emulator, run: Run, task: str) -> None:
        """It is known before the first request."""
        assert requests_of(modern, task) == []

    def test_no_traceback(self, run: Run) -> None:
        """No exception of Python."""
        assert "Traceback" not in run.everything
