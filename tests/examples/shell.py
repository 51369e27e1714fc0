# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types the commands of one page into one bash, as somebody does who reads the page from top to bottom."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = frozenset({"console", "bash", "sh", "shell", "shell-session"})


@dataclass(frozen=True)
class Command:
    """One command, which may take several lines, and the output that the example shows below it."""

    line: int
    text: str
    output: str = ""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    output: str


def commands_of(text: str, line: int) -> list[Command]:
    """The commands of a block that begins on a line of its file; with prompts, what bears none is output."""
    lines = text.splitlines()
    prompts = any(each.startswith("$ ") for each in lines)
    found: list[Command] = []
    parts: list[str] = []
    for number, each in enumerate(lines, line):
        if not parts:
            if prompts and not each.startswith("$ "):
                if each.strip() and found:
                    last = found.pop()
                    found.append(Command(last.line, last.text, f"{last.output}{each}\n"))
                continue
            if not each.strip() or each.lstrip().startswith("#"):
                continue
            begin = number
        parts.append(each.removeprefix("> " if parts else "$ ") if prompts else each)
        if _is_whole("\n".join(parts)):
            found.append(Command(begin, "\n".join(parts)))
            parts = []
    if parts:
        found.append(Command(begin, "\n".join(parts)))
    return found


def _is_whole(text: str) -> bool:
    """Whether bash would run this instead of waiting for more."""
    if text.endswith("\\"):
        return False
    read = subprocess.run(["bash", "-n"], input=f"{text}\n", capture_output=True, text=True, timeout=10, check=False)
    return not re.search("unexpected EOF|unexpected end of file|delimited by end-of-file", read.stderr)


class Bash:
    """A running bash; what it runs shares variables and directory, but neither input nor output with it."""

    def __init__(self, process: subprocess.Popen[str], scratch: Path) -> None:
        self._process = process
        self._scratch = scratch
        self._count = 0

    def run(self, text: str) -> Done:
        """Run a command to the letter."""
        self._count += 1
        script, output = self._scratch / f"{self._count}.sh", self._scratch / f"{self._count}.out"
        script.write_text(f"{text}\n", encoding="utf-8")
        status = self._say(f"source {shlex.quote(str(script))} >{shlex.quote(str(output))} 2>&1 </dev/null")
        return Done(status, output.read_text(encoding="utf-8"))

    def export(self, name: str, value: str) -> None:
        """Set a variable."""
        assert self._say(f"export {name}={shlex.quote(value)}") == 0

    def _say(self, line: str) -> int:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f'{line}; echo "$?"\n')
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "The shell has ended."
        return int(answer)


@contextmanager
def bash(directory: Path, environment: Mapping[str, str], scratch: Path) -> Iterator[Bash]:
    """A bash in a directory until the block ends; whatever it started goes with it."""
    process = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-o", "pipefail"],
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Bash(process, scratch)
    finally:
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
