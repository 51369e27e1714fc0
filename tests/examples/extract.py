# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds every example that the collection shows to somebody: in its plugins, its README files and its guides."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import yaml
from antsibull_docutils.rst_code_finder import find_code_blocks, mark_antsibull_code_block
from docutils import nodes
from docutils.parsers.rst import Directive, directives
from markdown_it import MarkdownIt

PLUGINS = ("plugins/*/*.py", "plugins/*/*.yml")
MARKDOWN = (
    "*.md",
    ".github/**/*.md",
    "docs/**/*.md",
    "examples/**/*.md",
    "extensions/**/*.md",
    "roles/**/*.md",
)
RST = ("docs/**/*.rst",)

# What a reader does not type: output, messages, a picture made of letters.
NOT_TYPED = frozenset({"text", "none", "http", "diff"})
# What stands there in the source is compared with what was found: a directive that is unknown here hides its content.
_RST_BLOCK = re.compile(r"^\s*\.\. +(?:code-block|sourcecode|code|literalinclude)::", re.MULTILINE)


class UnreadableError(ValueError):
    """A place where an example may be that nobody can take out."""


@dataclass(frozen=True)
class Example:
    """One example as it is written; ``line`` is where its text begins, ``file`` is relative to the root."""

    file: str
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where it is, as an editor takes it."""
        return f"{self.file}:{self.line}"


@cache
def find_examples(root: Path) -> tuple[Example, ...]:
    """All examples below a root, in order of files and lines."""
    found: list[Example] = []
    for patterns, read in ((PLUGINS, _of_plugin), (MARKDOWN, of_markdown), (RST, of_rst)):
        for file in sorted({file for pattern in patterns for file in root.glob(pattern)}):
            found += read(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"), file)
    return tuple(example for example in found if example.language not in NOT_TYPED)


def _of_plugin(name: str, text: str, path: Path) -> Iterator[Example]:
    """The EXAMPLES of a plugin, or of the file that documents one."""
    if path.suffix == ".py":
        for node in ast.parse(text).body:
            match node:
                case ast.Assign(targets=[ast.Name(id="EXAMPLES")], value=ast.Constant(value=str() as content)):
                    yield _trimmed(name, node.value.lineno, content)
    elif (mapping := yaml.compose(text)) is not None:
        for key, value in mapping.value:
            if key.value == "EXAMPLES":
                # A literal block begins on the line after its mark.
                yield _trimmed(name, value.start_mark.line + 2, value.value)


def _trimmed(name: str, line: int, content: str) -> Example:
    blank = len(content) - len(content.lstrip("\n"))
    return Example(name, line + blank, "yaml", content[blank:])


def of_markdown(name: str, text: str, path: Path) -> Iterator[Example]:
    """The code blocks of a page in Markdown."""
    for token in MarkdownIt().parse(text):
        if token.type in ("fence", "code_block"):
            assert token.map is not None
            language = token.info.split()[0] if token.info.strip() else ""
            yield Example(name, token.map[0] + (2 if token.type == "fence" else 1), language, token.content)


class _Include(Directive):
    """Sphinx's literalinclude: the file is the example."""

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {
        "language": directives.unchanged,
        "caption": directives.unchanged,
        "name": directives.unchanged,
    }
    page: ClassVar[Path]

    def run(self) -> list[nodes.literal_block]:
        """Put the file's text into the document."""
        code = (self.page.parent / self.arguments[0]).read_text(encoding="utf-8")
        block = nodes.literal_block(code, code)
        mark_antsibull_code_block(block, language=self.options.get("language"), line=self.lineno)
        return [block]


def of_rst(name: str, text: str, path: Path) -> Iterator[Example]:
    """The code blocks of a page in reStructuredText, and the files that it includes."""
    unnamed: list[int | str] = []
    include = type("Include", (_Include,), {"page": path})
    with warnings.catch_warnings():
        # The library's own use of docutils, which is the library's business.
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        blocks = list(
            find_code_blocks(
                text,
                extra_directives={"literalinclude": include},
                warn_unknown_block_w_unknown_info=lambda line, column, content, unknown: unnamed.append(line),
            )
        )
    if unnamed:
        raise UnreadableError(f"{name}:{unnamed[0]}: this block does not say its language; use '.. code-block::'.")
    if len(blocks) != len(_RST_BLOCK.findall(text)):
        raise UnreadableError(
            f"{name}: {len(_RST_BLOCK.findall(text))} code blocks, of which {len(blocks)} were found."
        )
    for block in blocks:
        yield Example(name, block.row_offset + 1, block.language or "", block.content)
