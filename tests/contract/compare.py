# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing an answer with a recorded one.

The recordings hold placeholders; the first answer that meets one binds it, later ones have to agree. Everything
else that may differ between two runs has a named rule in ``VOLATILE``. Every other value is compared as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.contract.placeholders import NAMED, SHAPES

_PLACEHOLDER = re.compile(f"{NAMED.pattern}|{'|'.join(SHAPES)}")
_MORE = re.compile(r"<(\d+) more>")
_CUT = re.compile(r"(?s)(.*)… <(\d+) characters>")
_WAIT = re.compile(r"You must wait (\d+) seconds")
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_HOST = re.compile(r"https?://(?:127\.0\.0\.1|chat\.example\.test)(?::\d+)?")
_PASSWORD = re.compile(r"password-\d+")


def _same_shape(pattern: str) -> Callable[[Any, Any], bool]:
    """Both values are texts of one form."""
    compiled = re.compile(pattern)

    def check(expected: Any, actual: Any) -> bool:
        return all(isinstance(value, str) and compiled.fullmatch(value) for value in (expected, actual))

    return check


def _same_type(expected: Any, actual: Any) -> bool:
    return type(expected) is type(actual) or {type(expected), type(actual)} <= {int, float}


def _same_but_host(expected: Any, actual: Any) -> bool:
    return bool(_HOST.sub("", str(expected)) == _HOST.sub("", str(actual)))


def _same_but_seconds(expected: Any, actual: Any) -> bool:
    wait = _WAIT.search(str(actual))
    in_range = wait is not None and 0 < int(wait[1]) <= 60
    return in_range and _WAIT.sub("", str(expected)) == _WAIT.sub("", str(actual))


@dataclass(frozen=True)
class Volatile:
    """Values that differ from run to run: where they are, and what has to hold all the same."""

    name: str
    path: re.Pattern[str]
    holds: Callable[[Any, Any], bool]


VOLATILE = (
    Volatile("time of an answer", re.compile(r"\.ts"), _same_type),
    Volatile("password hash", re.compile(r".*\.services\.password\.bcrypt"), _same_shape(r"\$2b\$10\$.{53}")),
    Volatile("hash of a login token", re.compile(r".*\.loginTokens\[\d+\]\.hashedToken"), _same_shape(r".{43}=")),
    Volatile("hash of a backup code", re.compile(r".*\.totp\.hashedBackup\[\d+\]"), _same_shape(r"[0-9a-f]{64}")),
    Volatile("end of a token", re.compile(r".*\.tokens\[\d+\]\.lastTokenPart"), _same_shape(r".{6}")),
    Volatile("host of the avatar", re.compile(r".*\.avatarUrl"), _same_but_host),
    Volatile("build of the server", re.compile(r"\.info\.(build|commit)\.\w+"), _same_type),
    Volatile("measurements", re.compile(r"\.checks\.(memory\.percentile|eventLoop\.lagMs)"), _same_type),
    Volatile("id of a subscription", re.compile(r".*\.rooms\[\d+\]\._id"), _same_shape(r"[0-9a-f]{24}")),
)


@dataclass
class Comparer:
    """Compares values and remembers what the placeholders stand for."""

    bindings: dict[str, str]
    rules_used: dict[str, int] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    """Keys that the recorder took out of the answers of the scenario."""

    def begin_scenario(self) -> None:
        """Passwords are numbered anew in each scenario."""
        for name in [name for name in self.bindings if _PASSWORD.fullmatch(name)]:
            del self.bindings[name]

    def differences(self, expected: Any, actual: Any, path: str = "") -> list[str]:
        """What differs, one line each."""
        for rule in VOLATILE:
            if rule.path.fullmatch(path) and not (isinstance(expected, str) and _PLACEHOLDER.fullmatch(expected)):
                self._used(rule.name)
                return [] if rule.holds(expected, actual) else [_line(path, expected, actual, rule.name)]
        if isinstance(expected, dict) and isinstance(actual, dict):
            return self._objects(expected, actual, path)
        if isinstance(expected, list) and isinstance(actual, list):
            return self._lists(expected, actual, path)
        if isinstance(expected, str) and isinstance(actual, str):
            return self._texts(expected, actual, path)
        # JSON tells true from 1, Python does not.
        if type(expected) is type(actual) and expected == actual:
            return []
        return [_line(path, expected, actual)]

    def _objects(self, expected: dict[str, Any], actual: dict[str, Any], path: str) -> list[str]:
        found = []
        # Ids of rooms occur as keys, too.
        expected = {self._bound_id(key, actual): value for key, value in expected.items()}
        for key in sorted({*expected, *actual}):
            if key not in actual:
                found.append(f"{path}.{key} is missing; recorded: {expected[key]!r}")
            elif key not in expected and key in self.left_out:
                self._used("left out by the recorder")
            elif key not in expected:
                found.append(f"{path}.{key} = {actual[key]!r} was not recorded")
            else:
                found.extend(self.differences(expected[key], actual[key], f"{path}.{key}"))
        return found

    def _bound_id(self, key: str, actual: dict[str, Any]) -> str:
        if key in SHAPES:
            fitting = [other for other in actual if re.fullmatch(SHAPES[key], other)]
            return fitting[0] if len(fitting) == 1 else key
        return self.bindings.get(key, key) if _OBJECT_ID.fullmatch(key) else key

    def _lists(self, expected: list[Any], actual: list[Any], path: str) -> list[str]:
        if expected == ["<12 backup codes>"]:
            self._used("backup codes")
            length = 64 if path.endswith(".hashedBackup") else 8
            fine = len(actual) == 12 and all(isinstance(code, str) and len(code) == length for code in actual)
            return [] if fine else [_line(path, expected, actual)]
        more = _MORE.fullmatch(expected[-1]) if expected and isinstance(expected[-1], str) else None
        length = len(expected)
        if more is not None:
            self._used("shortened list")
            expected = expected[:-1]
            length = len(expected) + int(more[1])
        if len(actual) != length:
            return [f"{path} has {len(actual)} elements; recorded: {length}"]
        found = []
        for number, value in enumerate(expected):
            found.extend(self.differences(value, actual[number], f"{path}[{number}]"))
        return found

    def _texts(self, expected: str, actual: str, path: str) -> list[str]:
        cut = _CUT.fullmatch(expected)
        if cut is not None:
            self._used("shortened text")
            same = actual.startswith(cut[1]) and len(actual) == int(cut[2])
            return [] if same else [f"{path} does not begin, or is not as long, as recorded"]
        if expected.startswith('{"msg":'):
            # The answer of a method call: JSON in a text.
            self._used("text that holds JSON")
            try:
                inner = json.loads(actual)
            except ValueError:
                return [_line(path, expected, actual)]
            return self.differences(json.loads(expected), inner, f"{path}:")
        if _WAIT.search(expected):
            self._used("seconds to wait")
            return [] if _same_but_seconds(expected, actual) else [_line(path, expected, actual)]
        if _OBJECT_ID.fullmatch(expected) and _OBJECT_ID.fullmatch(actual):
            self._used("id of a room")
            return self._bind(expected, actual, path)
        if path == ".password" and _PASSWORD.fullmatch(expected):
            self._used("password")
            return self._bind(expected, actual, path)
        if _PLACEHOLDER.search(expected):
            return self._placeholders(expected, actual, path)
        return [] if expected == actual else [_line(path, expected, actual)]

    def _placeholders(self, expected: str, actual: str, path: str) -> list[str]:
        pattern, end, names = "", 0, []
        for match in _PLACEHOLDER.finditer(expected):
            pattern += re.escape(expected[end : match.start()]) + f"({SHAPES.get(match[0], '.+?')})"
            names.append(match[1])
            end = match.end()
            self._used(match[0] if match[1] is None else "placeholder")
        found = re.fullmatch(pattern + re.escape(expected[end:]), actual)
        if found is None:
            # What a request wrote as a text may look like a placeholder.
            return [] if expected == actual else [_line(path, expected, actual)]
        problems = []
        for name, value in zip(names, found.groups(), strict=True):
            if name is not None:
                problems.extend(self._bind(name, value, path))
        return problems

    def _bind(self, name: str, value: str, path: str) -> list[str]:
        known = self.bindings.setdefault(name, value)
        return [] if known == value else [f"{path}: {name} was {known!r} before and is {value!r} now"]

    def _used(self, rule: str) -> None:
        self.rules_used[rule] = self.rules_used.get(rule, 0) + 1


def _line(path: str, expected: Any, actual: Any, rule: str = "") -> str:
    suffix = f" ({rule})" if rule else ""
    return f"{path or 'body'} = {actual!r}; recorded: {expected!r}{suffix}"
