# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page with every error names the codes that the code knows, no others, and nothing else than the message names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import RESET_TOTP
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import ADVICE

TOP = Path(__file__).resolve().parents[2]
PAGE = TOP / "docs" / "docsite" / "rst" / "guide_errors.rst"
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
KINDS = {
    "RocketChatError",
    "ConnectionFailed",
    "UnexpectedAnswer",
    "TargetError",
    "HalfDone",
    "Refused",
    "TwoFactorChallenge",
    "refusal",
}
ENTRY = re.compile(r"^``(?P<code>[^`]+)``\n(?P<text>(?:(?:    .*)?\n)+)", re.MULTILINE)


def entries() -> dict[str, str]:
    """Return what the page says of each code, without line breaks."""
    found: dict[str, str] = {}
    for entry in ENTRY.finditer(PAGE.read_text(encoding="utf-8") + "\n"):
        assert entry["code"] not in found, f"{entry['code']} is there twice"
        found[entry["code"]] = " ".join(entry["text"].split())
    return found


def constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a file gives names to."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def strings(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    """Return the texts that an expression can come to, as far as they are written there or have a name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in names:
        yield names[node.id]
    elif isinstance(node, ast.IfExp):
        yield from strings(node.body, names)
        yield from strings(node.orelse, names)


def raised() -> set[str]:
    """Return the codes that errors are made with: first arguments, and what is assigned to a name ``code``."""
    found: set[str] = set()
    for path in sorted((TOP / "plugins" / "module_utils").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in KINDS or (name == "__init__" and path.name in ("errors.py", "stop.py")):
                    found.update(strings(node.args[0], names))
            elif isinstance(node, ast.Assign) and any(isinstance(n, ast.Name) and n.id == "code" for n in node.targets):
                found.update(strings(node.value, names))
    return {code for code in found if CODE.fullmatch(code)}


ENTRIES = entries()
KNOWN = set(ADVICE) | raised()


def test_the_codes_are_found_where_they_are_made() -> None:
    assert raised() >= {"invalid-input", "stopped", "tls", "redirect", "bad-targets", "not-attempted", "login-failed"}


def test_every_code_is_on_the_page() -> None:
    assert sorted(KNOWN - set(ENTRIES)) == []


def test_no_code_is_on_the_page_that_does_not_exist() -> None:
    assert sorted(set(ENTRIES) - KNOWN) == []


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_the_page_names_no_option_permission_or_setting_that_the_message_does_not(code: str) -> None:
    """It is shorter, and refers to other codes."""
    sentence = ADVICE[code].sentence.format(permission="P", deed="do this", note=RESET_TOTP.note)
    named = set(re.findall(r"``([^`]+)``", ENTRIES[code])) - KNOWN
    assert [name for name in named if name not in sentence] == []


@pytest.mark.parametrize("code", sorted(ENTRIES))
def test_every_entry_says_something(code: str) -> None:
    assert len(ENTRIES[code]) > 40
