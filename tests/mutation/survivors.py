# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which mutants no test has noticed, and whether ``survivors.toml`` explains each of them.

A mutant is told by what it changes rather than by mutmut's number for it, which differs after every edit above it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from json import loads
from pathlib import Path

from mutmut.stats import status_by_exit_code

DEAD = {"killed", "timeout", "caught by type check"}
# How many words of a statement are shown on each side of a change.
_CONTEXT = 4
_WORD = re.compile(r"'(?:[^'\\]|\\.)*'|\w+|\s+|.")
_NUMBER = re.compile(r"__mutmut_\d+$")


@dataclass
class Judgement:
    """What a run came to."""

    tried: int = 0
    wording: int = 0
    explained: int = 0
    unexplained: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Tell whether the list explains every survivor, and nothing else."""
        return bool(self.tried) and not self.unexplained and not self.gone

    def __str__(self) -> str:
        lines = [f"No test noticed: {text}" for text in self.unexplained]
        lines += [f"In survivors.toml, but noticed by a test or not made any more: {text}" for text in self.gone]
        left = self.wording + self.explained + len(self.unexplained)
        lines.append(
            f"{self.tried} mutants, {self.tried - left} noticed; of {left} survivors {self.wording} change the wording"
            f" of a sentence, {self.explained} are explained, {len(self.unexplained)} are not"
        )
        return "\n".join(lines)


def listed(path: Path) -> Counter[str]:
    """Return the survivors that the list explains; one that is written twice stands for two."""
    groups = tomllib.loads(path.read_text(encoding="utf-8"))["because"]
    return Counter(text for group in groups for text in group["mutants"])


def judge(explained: Counter[str]) -> Judgement:
    """Compare what is left of the run in this directory with the list."""
    judgement = Judgement()
    left = Counter(explained)
    for text, status in _mutants():
        judgement.tried += 1
        if status in DEAD:
            continue
        if text == "":
            judgement.wording += 1
        elif left[text]:
            left[text] -= 1
            judgement.explained += 1
        else:
            judgement.unexplained.append(text if status == "survived" else f"{text} ({status})")
    judgement.gone = sorted(left.elements())
    return judgement


def _mutants() -> Iterator[tuple[str, str]]:
    """Yield what each mutant changes, and its status; nothing for one that changes only how a sentence is worded."""
    for results in sorted(Path("mutants").rglob("*.py.meta")):
        file = results.with_suffix("")
        statuses = loads(results.read_text(encoding="utf-8"))["exit_code_by_key"]
        if not statuses:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for name, code in statuses.items():
            mutant = name.rpartition(".")[2]
            original = _NUMBER.sub("__mutmut_orig", mutant)
            # Functions are called x_name, and methods xǁClassǁname.
            where = f"{file.stem}.{_NUMBER.sub('', mutant).replace('ǁ', '.')[2:]}"
            change = _change(functions[original], functions[mutant])
            yield change and f"{where}: {change}", status_by_exit_code[code]


def _change(original: ast.FunctionDef, mutant: ast.FunctionDef) -> str:
    """Return what differs, with a few words around it, or nothing where only a sentence is worded differently."""
    was, becomes = (_statements(function) for function in (original, mutant))
    if _without_sentences(was) == _without_sentences(becomes):
        return ""
    before, after = next(
        pair for pair in zip(was.splitlines(), becomes.splitlines(), strict=False) if len(set(pair)) > 1
    )
    old, new = _WORD.findall(before.strip()), _WORD.findall(after.strip())
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    shown = ["".join(words[max(0, start - _CONTEXT) : len(words) - end + _CONTEXT]) for words in (old, new)]
    return " => ".join(shown)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words two texts have in common at their beginning."""
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _statements(function: ast.FunctionDef) -> str:
    """Return a function's text, formatted alike, without its name and decorators."""
    copy = ast.parse(ast.unparse(function)).body[0]
    assert isinstance(copy, ast.FunctionDef)
    copy.name, copy.decorator_list = "function", []
    return ast.unparse(copy)


class _Blank(ast.NodeTransformer):
    """Makes all texts with a blank in them alike: sentences, and parts of them."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """Replace one text."""
        return ast.Constant(" ") if isinstance(node.value, str) and " " in node.value.strip() else node


def _without_sentences(text: str) -> str:
    return ast.dump(_Blank().visit(ast.parse(text)))
