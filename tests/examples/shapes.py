# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of thing a YAML example is, and the playbook in which it runs as it is written."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import Enum
from typing import Any

import yaml
from ansible.playbook.play import Play

from tests.emulator.testing import REPO_ROOT
from tests.examples.extract import Example

_PLAY = "- name: Run an example\n  hosts: localhost\n  gather_facts: false\n"


class Shape(Enum):
    """Kinds of YAML that examples show."""

    PLAYBOOK = "a playbook"
    TASKS = "tasks"
    PLAY_PART = "a part of a play, such as module_defaults"
    INVENTORY = "an inventory"
    FRAGMENT = "a fragment of the changelog"
    OTHER = "nothing that Ansible runs"


PLAYED = (Shape.PLAYBOOK, Shape.TASKS, Shape.PLAY_PART)


def shape_of(example: Example) -> Shape:
    """Which kind it is."""
    match yaml.safe_load(example.text):
        case [*items] if items and all(isinstance(item, dict) for item in items):
            if any("rules" in item or "sources" in item for item in items):
                return Shape.OTHER
            is_playbook = any("hosts" in item or "ansible.builtin.import_playbook" in item for item in items)
            return Shape.PLAYBOOK if is_playbook else Shape.TASKS
        case dict() as mapping if mapping:
            if set(mapping) <= set(Play.fattributes):
                return Shape.PLAY_PART
            if all(isinstance(group, dict) and {"hosts", "children"} & set(group) for group in mapping.values()):
                return Shape.INVENTORY
            if set(mapping) <= _sections():
                return Shape.FRAGMENT
    return Shape.OTHER


def _sections() -> set[str]:
    config = yaml.safe_load((REPO_ROOT / "changelogs" / "config.yaml").read_text(encoding="utf-8"))
    return {name for name, _title in config["sections"]}


@dataclass(frozen=True)
class Sheet:
    """The files of one example: a playbook, and the tasks that it imports where the example is no playbook."""

    playbook: str
    tasks: str | None = None


def sheet_of(example: Example, tasks_file: str) -> Sheet:
    """The playbook that runs an example; the example's text is in it to the letter."""
    match shape_of(example):
        case Shape.PLAYBOOK:
            return Sheet(example.text)
        case Shape.TASKS:
            imported = f"  tasks:\n    - name: Do what it says\n      ansible.builtin.import_tasks: {tasks_file}\n"
            return Sheet(_PLAY + imported, example.text)
        case Shape.PLAY_PART:
            look = "  tasks:\n    - name: Look\n      chatops.rocketchat.rocketchat_info:\n"
            return Sheet(_PLAY + textwrap.indent(example.text, "  ") + look)
    raise ValueError(f"{example.place} is nothing that ansible-playbook runs.")


@dataclass(frozen=True)
class Promise:
    """What an example has to do to be true."""

    modules: tuple[str, ...] = ()
    """Names of its tasks with modules of the collection, but for those that only run after a failure."""
    role: str | None = None
    """The role's entry point, if it uses the role."""


def promise_of(text: str) -> Promise:
    """Read what an example is going to do."""
    modules: list[str] = []
    roles: list[str] = []

    def walk(node: Any) -> None:
        match node:
            case list():
                for item in node:
                    walk(item)
            case dict():
                for key, value in node.items():
                    if str(key).startswith("chatops.rocketchat."):
                        modules.append(str(node.get("name", "")))
                    elif key in ("ansible.builtin.include_role", "ansible.builtin.import_role"):
                        roles.append(str(value.get("tasks_from", "main")))
                    elif key == "roles" and value == ["chatops.rocketchat.user_access"]:
                        roles.append("main")
                    elif key in ("tasks", "pre_tasks", "post_tasks", "handlers", "block"):
                        walk(value)

    walk(yaml.safe_load(text))
    return Promise(tuple(modules), roles[0] if roles else None)
