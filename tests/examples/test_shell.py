# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands on the pages: a bash runs each to the letter, and the server says whether it did what it shows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.emulator.testing import REPO_ROOT
from tests.examples.conftest import MoveIn
from tests.examples.extract import Example, find_examples
from tests.examples.pages import Reader
from tests.examples.shell import LANGUAGES, bash
from tests.examples.world import ENVIRONMENT, FIELDS, Workspace

FILES = Path(__file__).parent / "files"
# Commands, wrong in a way of their own, and a word of what is said of them.
BROKEN = {
    "false": "It ended with 1.",
    "true | false | true": "It ended with 1.",
    "no-such-command": "It ended with 127.",
    "curl --silent --show-error https://www.example.org/": "It ended with",
    "$ echo one\ntwo": "It shows",
    "ansible-playbook chatops.rocketchat.doctor --help": "The server saw no request.",
    "true ansible-playbook chatops.rocketchat.recover -e user_access_usernames=alice": "alice still has TOTP",
    "true ansible-playbook chatops.rocketchat.offboard -e user_access_usernames=bob,erin": "erin is still active",
    "curl -s -d x= $ROCKETCHAT_URL/api/v1/login && true ansible-playbook chatops.rocketchat.doctor": "It wrote",
    "curl -s -d x= $ROCKETCHAT_URL/api/v1/login && true ansible-playbook play.yml --check": "It wrote",
}


def _pages() -> dict[str, list[Example]]:
    """What is to be done on each page; a page that only begins as another does is read with that one."""
    pages: dict[str, list[Example]] = {}
    for example in find_examples(REPO_ROOT):
        if example.language in LANGUAGES or example.language == "json":
            pages.setdefault(example.file, []).append(example)
    texts = {page: [example.text for example in examples] for page, examples in pages.items()}
    for page, mine in texts.items():
        others = [other[: len(mine)] for name, other in texts.items() if name != page and name in pages]
        if mine in others:
            del pages[page]
    return pages


PAGES = _pages()


def _directory_for(page: str, directory: Path) -> Path:
    """Where a page is read: in a directory of the reader's, with the folders of examples at hand of which it speaks."""
    shutil.copytree(FILES, directory)
    text = (REPO_ROOT / page).read_text(encoding="utf-8")
    for name in sorted(set(re.findall(r"\bexamples/[a-z-]+", text))):
        shutil.copytree(REPO_ROOT / name, directory, dirs_exist_ok=True)
    beside = (REPO_ROOT / page).parent
    if beside.relative_to(REPO_ROOT).parts[:1] in (("examples",), ("extensions",)):
        shutil.copytree(beside, directory, dirs_exist_ok=True)
    return directory


def _read(page: str, examples: Sequence[Example], workspace: Workspace, moved_in: MoveIn, root: Path) -> list[str]:
    environment = moved_in(root / "home")
    # Where a page has its readers set the variables themselves, they are not set before.
    if not any(re.search(r"\b(ROCKETCHAT|CHAT)_TOKEN", example.text) for example in examples):
        environment.update(ENVIRONMENT)
    directory = _directory_for(page, root / "work")
    (root / "scratch").mkdir()
    # Where a page defines custom fields, there are none before.
    workspace.prepare(fields="" if any(example.language == "json" for example in examples) else FIELDS)
    with bash(directory, environment, root / "scratch") as shell:
        reader = Reader(workspace, shell)
        return [complaint for example in examples for complaint in reader.do(example)]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_shows(page: str, workspace: Workspace, moved_in: MoveIn, tmp_path: Path) -> None:
    complaints = _read(page, PAGES[page], workspace, moved_in, tmp_path)
    assert not complaints, "\n\n".join(complaints)


@pytest.mark.parametrize(("text", "words"), BROKEN.items())
def test_what_is_wrong_is_found(text: str, words: str, workspace: Workspace, moved_in: MoveIn, tmp_path: Path) -> None:
    example = Example("README.md", 1, "console", f"{text}\n")
    assert words in "\n".join(_read("README.md", [example], workspace, moved_in, tmp_path))


def test_variables_and_directory_stay_and_inventions_get_their_value(
    workspace: Workspace, moved_in: MoveIn, tmp_path: Path
) -> None:
    text = """
export ROCKETCHAT_URL=https://chat.example.com ROCKETCHAT_USER_ID=... ROCKETCHAT_TOKEN=... SOMETHING_ELSE=...
mkdir here && cd here
[ "$(basename "$PWD") $SOMETHING_ELSE" = "here ..." ]
curl -f -H "X-User-Id: $ROCKETCHAT_USER_ID" -H "X-Auth-Token: $ROCKETCHAT_TOKEN" $ROCKETCHAT_URL/api/v1/me
"""
    assert _read("README.md", [Example("README.md", 1, "bash", text)], workspace, moved_in, tmp_path) == []
