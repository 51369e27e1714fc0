# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that YAML makes something else of, and lists of names that a template left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.emulator.cast import default_world, id_of
from tests.emulator.testing import Emulator
from tests.integration.runner import CORE, NULL, Ansible, Run, Task, bypassing, changed, missing, names, requests_of
from tests.integration.test_neighbours_common import e2ekey_reset, logout, password_reset, status, user_info

StartEmulator = Callable[..., Emulator]

# Every module that has targets, with what it takes besides.
MODULES: Mapping[str, Callable[[dict[str, Any]], Task]] = {
    "totp_reset": Task,
    "status": lambda given: status({**given, "state": "inactive"}),
    "logout": logout,
    "password_reset": password_reset,
    "e2ekey_reset": lambda given: e2ekey_reset({**given, "confirm_message_loss": True}),
    "info": user_info,
}
# What stands in a task, and what its error has to say. YAML makes 83 of 0123, 750 of 12:30, and true of yes.
MISTAKES: Mapping[str, tuple[dict[str, Any], list[str]]] = {
    "number": ({"username": 83}, ["username: 83 is no text but a number", "Put it in quotes"]),
    "number-in-a-list": ({"usernames": ["alice", 750]}, ["usernames: 750 is no text but a number"]),
    "number-as-id": ({"user_ids": [4711]}, ["user_ids: 4711 is no text but a number"]),
    "boolean": ({"username": True}, ["username: True is no text but a boolean"]),
    "boolean-in-a-list": ({"usernames": ["alice", False]}, ["usernames: False is no text but a boolean"]),
    "null": ({"usernames": NULL}, ["usernames is null", "names nobody"]),
    "null-id": ({"user_id": NULL}, ["user_id is null", "names nobody"]),
    "null-beside-a-name": ({"username": "alice", "user_ids": NULL}, ["user_ids is null"]),
    "omitted": ({"usernames": "{{ people | default(omit) }}"}, ["Nobody is named"]),
    "empty-list": ({"usernames": []}, ["usernames is an empty list"]),
}
# Each mistake with one module, and one of each kind with the others, which share the code.
TRIED = [("totp_reset", mistake) for mistake in MISTAKES] + [
    (module, mistake)
    for module in MODULES
    if module != "totp_reset"
    for mistake in ("number", "boolean-in-a-list", "null", "omitted")
]


@pytest.fixture(scope="class")
def server(emulators: StartEmulator) -> Emulator:
    """A server with accounts of such names."""
    cast = default_world()
    odd = [{"username": name, "totp": {"enabled": True}} for name in ("83", "0123", "750", "True", "4711")]
    return emulators("8.6", world={**cast, "users": [*cast["users"], *odd]})


@pytest.fixture(scope="class")
def before(server: Emulator) -> dict[str, Any]:
    """All accounts before the run."""
    return dict(server.state()["users"])


class TestNoNames:
    """Nothing is sent, whichever module it is."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, before: dict[str, Any], ansible: Ansible) -> Run:
        """Each mistake in a task that is fine otherwise."""
        return ansible(
            {
                f"{module}-{mistake}": MODULES[module](bypassing(server, **MISTAKES[mistake][0]))
                for module, mistake in TRIED
            }
            | {"null-in-a-list": Task(bypassing(server, usernames=["alice", None]))}
        )

    @pytest.mark.parametrize(("module", "mistake"), TRIED)
    def test_refused(self, server: Emulator, run: Run, module: str, mistake: str) -> None:
        """The option is named, and what to do about it."""
        result = run.results[f"{module}-{mistake}"]
        assert (result["failed"], result["error"]["code"]) == (True, "invalid-input")
        assert missing(result["msg"], MISTAKES[mistake][1]) == []
        assert requests_of(server, f"{module}-{mistake}") == []

    def test_null_in_a_list(self, server: Emulator, run: Run) -> None:
        """Refused too; by an older ansible-core itself, which comes first there, in words of its own."""
        result = run.results["null-in-a-list"]
        if CORE >= (2, 19):
            code, words = "invalid-input", ["usernames: None is no text but null"]
        else:
            code, words = None, ["Elements value for option 'usernames'", "'None' is not a string"]
        assert (result["failed"], result.get("error", {}).get("code")) == (True, code)
        assert missing(result["msg"], words) == []
        assert requests_of(server, "null-in-a-list") == []

    def test_nobody_is_touched(self, server: Emulator, run: Run, before: dict[str, Any]) -> None:
        """Not those either whose names are what YAML makes of others."""
        assert server.state()["users"] == before


class TestNames:
    """The same names in quotes, and everybody by a word of its own."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, ansible: Ansible) -> Run:
        """What was meant."""
        return ansible(
            {
                "quoted": Task(bypassing(server, usernames=["0123", "True"])),
                "everybody": user_info(bypassing(server, all=True)),
                "both": user_info(bypassing(server, all=True, username="alice")),
            }
        )

    def test_quoted(self, server: Emulator, run: Run) -> None:
        """Those who are named are reset, and not 83."""
        result = run.results["quoted"]
        assert (names(result), changed(result)) == (["0123", "True"], [True, True])
        assert [entry["user_id"] for entry in result["users"]] == [id_of("0123"), id_of("True")]
        assert [server.user(name)["totp"] is None for name in ("0123", "True", "83")] == [True, True, False]

    def test_everybody(self, server: Emulator, run: Run) -> None:
        """All users of the workspace."""
        assert sorted(str(name) for name in names(run.results["everybody"])) == sorted(server.state()["users"])

    def test_not_both(self, server: Emulator, run: Run) -> None:
        """Somebody and everybody cannot both be meant."""
        assert "all: true looks at everybody" in run.results["both"]["msg"]
        assert requests_of(server, "both") == []
