# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example is somebody's business: it is executed, read by the tool that it is for, or excepted with a reason."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.emulator.testing import REPO_ROOT
from tests.examples.conftest import MoveIn
from tests.examples.exceptions import EXEMPT, Exempt, excepted
from tests.examples.extract import MARKDOWN, RST, Example, UnreadableError, find_examples, of_markdown, of_rst
from tests.examples.shapes import PLAYED, Shape, shape_of
from tests.examples.shell import LANGUAGES, commands_of

EXAMPLES = find_examples(REPO_ROOT)
# Where the tests that run a folder's files take them from.
FOLDERS = {
    "examples/execution-environment": "tests/eda/test_execution_environment.py",
    "examples/offboard-from-csv": "tests/integration/role/test_nightly.py",
    "examples/tell-others": "tests/examples/test_tell_others.py",
    "examples/workspaces": "tests/workspaces/conftest.py",
    "extensions/awx": "tests/awx/data.py",
    "extensions/eda": "tests/eda/rulebook.py",
    "extensions/molecule": "Makefile",
}


def _parts(example: Example) -> list[str]:
    """What an exception may be meant for: the commands of an example, or its whole text."""
    if example.language in LANGUAGES:
        return [command.text for command in commands_of(example.text, example.line)]
    return [example.text]


PARTS = [(example, part) for example in EXAMPLES for part in _parts(example)]


def _is_read(example: Example) -> bool:
    match example.language:
        case "yaml":
            return shape_of(example) in (*PLAYED, Shape.INVENTORY, Shape.FRAGMENT)
        case "json" | "ini":
            return True
    return example.language in LANGUAGES


def test_somebody_takes_care_of_each() -> None:
    left = [
        f"{example.place} ({example.language or 'without a language'})"
        for example, part in PARTS
        if not _is_read(example) and not excepted(part)
    ]
    assert left == [], "Nobody runs these. Give them a language and a shape that tests/examples knows, or an exception."


def test_examples_are_found_at_all() -> None:
    assert {"README.md", "roles/user_access/README.md"} <= {example.file for example in EXAMPLES}
    modules = {f"plugins/modules/{file.name}" for file in (REPO_ROOT / "plugins" / "modules").glob("*.py")}
    assert modules <= {example.file for example in EXAMPLES}


@pytest.mark.parametrize("exempt", EXEMPT, ids=lambda exempt: exempt.pattern)
def test_an_exception_is_still_needed_and_right(exempt: Exempt) -> None:
    matches = [(example, found) for example, part in PARTS if (found := exempt.match(part))]
    assert matches, "No example needs this exception: take it away."
    for example, found in matches:
        try:
            exempt.check(found)
        except AssertionError as error:
            raise AssertionError(f"{example.place}: {found[0]}") from error


def test_an_example_has_one_exception_at_most() -> None:
    assert [part for _example, part in PARTS if sum(exempt.match(part) is not None for exempt in EXEMPT) > 1] == []


@pytest.mark.parametrize(
    ("pattern", "there"),
    [
        (
            r"ansible-playbook chatops\.rocketchat\.(\w+)",
            {file.stem for file in (REPO_ROOT / "playbooks").glob("*.yml")},
        ),
        (
            r"[`$] ?make ([a-z-]+)\b",
            set(re.findall(r"^([a-z-]+):.*## ", (REPO_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)),
        ),
        (
            r"(?<![\w/.-])((?:examples|extensions|docs)/[\w/.-]*\w)",
            {path.relative_to(REPO_ROOT).as_posix() for path in REPO_ROOT.glob("[!.b]*/**/*")},
        ),
    ],
    ids=["playbooks", "targets", "paths"],
)
def test_what_the_text_names_is_there(pattern: str, there: set[str]) -> None:
    pages = sorted({file for glob in (*MARKDOWN, *RST) for file in REPO_ROOT.glob(glob)})
    named = {
        (page.relative_to(REPO_ROOT).as_posix(), name)
        for page in pages
        for name in re.findall(pattern, page.read_text(encoding="utf-8"))
    }
    assert named
    assert [(page, name) for page, name in sorted(named) if name not in there] == []


def test_ansible_takes_the_settings(moved_in: MoveIn, tmp_path: Path) -> None:
    environment = moved_in(tmp_path / "home")
    for example in EXAMPLES:
        if example.language == "ini" and not excepted(example.text):
            file = tmp_path / "ansible.cfg"
            file.write_text(example.text, encoding="utf-8")
            _runs(["ansible-config", "validate", "--config", str(file), "--format", "ini"], environment, tmp_path)


def test_ansible_takes_the_inventories(moved_in: MoveIn, tmp_path: Path) -> None:
    environment = {**moved_in(tmp_path / "home"), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"}
    for example in EXAMPLES:
        if example.language == "yaml" and shape_of(example) is Shape.INVENTORY:
            file = tmp_path / "inventory.yml"
            file.write_text(example.text, encoding="utf-8")
            _runs(["ansible-inventory", "-i", str(file), "--list"], environment, tmp_path)


def test_the_changelog_takes_the_fragments(moved_in: MoveIn, tmp_path: Path) -> None:
    fragments = tmp_path / "changelogs" / "fragments"
    fragments.mkdir(parents=True)
    for file in ("galaxy.yml", "changelogs/config.yaml", "changelogs/changelog.yaml"):
        shutil.copy(REPO_ROOT / file, tmp_path / file)
    for number, example in enumerate(EXAMPLES):
        if example.language == "yaml" and shape_of(example) is Shape.FRAGMENT:
            (fragments / f"{number}.yml").write_text(example.text, encoding="utf-8")
    _runs(["antsibull-changelog", "lint"], moved_in(tmp_path / "home"), tmp_path)


def _runs(command: list[str], environment: dict[str, str], directory: Path) -> None:
    done = subprocess.run(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_has_its_test() -> None:
    folders = {
        f"{kind}/{folder.name}"
        for kind in ("examples", "extensions")
        for folder in (REPO_ROOT / kind).iterdir()
        if folder.is_dir() and not folder.name.startswith(".")
    }
    assert folders == set(FOLDERS)
    for folder, test in FOLDERS.items():
        text = (REPO_ROOT / test).read_text(encoding="utf-8")
        assert all(part in text for part in folder.split("/")), f"{test} says nothing of {folder}."


MARKDOWN_PAGE = """
# A page

Some `inline` code, and

- a list

  ```console
  $ true
  shown
  ```

~~~
no language
~~~
"""

RST_PAGE = """
A page
======

.. note::

   .. code-block:: yaml

      key: value

#. A list, with :unknown:`a role`:

   .. code-block:: console

      $ true
"""


def test_blocks_of_markdown_are_found_wherever_they_stand() -> None:
    found = list(of_markdown("page.md", MARKDOWN_PAGE, Path("page.md")))
    assert [(it.line, it.language, it.text) for it in found] == [
        (9, "console", "$ true\nshown\n"),
        (14, "", "no language\n"),
    ]


def test_blocks_of_restructuredtext_are_found_wherever_they_stand() -> None:
    found = list(of_rst("page.rst", RST_PAGE, Path("page.rst")))
    assert [(it.line, it.language, it.text) for it in found] == [
        (9, "yaml", "key: value\n"),
        (15, "console", "$ true\n"),
    ]


def test_an_included_file_is_the_example(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text("- hosts: all\n", encoding="utf-8")
    page = ".. literalinclude:: play.yml\n   :language: yaml\n"
    (found,) = of_rst("page.rst", page, tmp_path / "page.rst")
    assert (found.language, found.text) == ("yaml", "- hosts: all\n")


@pytest.mark.parametrize(
    "page",
    ["A block::\n\n    without language\n", ".. unheard-of::\n\n   .. code-block:: yaml\n\n      key: value\n"],
    ids=["no language", "unknown directive"],
)
def test_no_block_of_restructuredtext_gets_lost(page: str) -> None:
    with pytest.raises(UnreadableError):
        list(of_rst("page.rst", page, Path("page.rst")))


PROMPTED = """
# A remark

$ one \\
  --two
printed

$ cat <<X
> in
> X
in
$ for x in 1; do
>   echo 'a
> b'
> done
"""

UNPROMPTED = """one

# two
three 'a
b'
"""


def test_commands_and_what_they_print() -> None:
    assert [(it.line, it.text, it.output) for it in commands_of(PROMPTED, 10)] == [
        (13, "one \\\n  --two", "printed\n"),
        (17, "cat <<X\nin\nX", "in\n"),
        (21, "for x in 1; do\n  echo 'a\nb'\ndone", ""),
    ]
    assert [(it.line, it.text) for it in commands_of(UNPROMPTED, 1)] == [(1, "one"), (4, "three 'a\nb'")]
