# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw what a terminal shows of the demo, for light and for dark pages: ``python demo/picture.py DIR``."""

from __future__ import annotations

import argparse
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

HERE = Path(__file__).resolve().parent
FIRST, LAST = "2. ", "4. "
"""How the lines begin with which the picture begins, and before which it ends."""
# Of a page that shows a picture a browser loads nothing else, so each reader's own font has to do.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
PALETTES = {
    "dark": "0d1117 c9d1d9 484f58 ff7b72 56d364 e3b341 79c0ff d2a8ff 56d4dd c9d1d9",
    "light": "f6f8fa 24292f 24292f cf222e 116329 7a5300 0969da 8250df 1b7c83 57606a",
}
"""Paper, ink, and a terminal's eight colours from black to white."""


def demo() -> str:
    """Run the demo in a terminal, and return what it wrote there, colours included.

    :raises SystemExit: where the demo fails
    """
    master, slave = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, HERE / "run.py"], env=environment, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave
    )
    os.close(slave)
    written = bytearray()
    try:
        while chunk := os.read(master, 65536):
            written += chunk
    except OSError:
        # So Linux says that the other end of a terminal is closed.
        pass
    finally:
        os.close(master)
    if process.wait():
        raise SystemExit(f"The demo failed:\n{written.decode()}")
    return written.decode().replace("\r\n", "\n")


def chapters(text: str) -> list[Text]:
    """Return the lines from the first chapter that is shown to the last."""
    lines = [Text.from_ansi(line) for line in text.splitlines()]
    begin = next(number for number, line in enumerate(lines) if line.plain.startswith(FIRST))
    end = next(number for number, line in enumerate(lines) if line.plain.startswith(LAST))
    for line in lines:
        line.rstrip()
    return lines[begin:end]


def draw(lines: list[Text], palette: str) -> str:
    """Return an SVG of a terminal with these lines."""
    paper, ink, *colours = [tuple(bytes.fromhex(colour)) for colour in palette.split()]
    width = max(line.cell_len for line in lines)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=width, file=nowhere, force_terminal=True, color_system="truecolor")
        for line in lines:
            console.print(line)
        return console.export_svg(
            title="make demo", theme=TerminalTheme(paper, ink, colours), code_format=FORMAT, unique_id="demo"
        )


def main() -> None:
    """Write demo-dark.svg and demo-light.svg."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, metavar="DIR")
    directory = parser.parse_args().directory
    lines = chapters(demo())
    for name, palette in PALETTES.items():
        (directory / f"demo-{name}.svg").write_text(draw(lines, palette), encoding="utf-8")


if __name__ == "__main__":
    main()
