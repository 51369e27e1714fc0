# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set a recovery up and play it, against an emulated Rocket.Chat on this machine; tell what happens on the server."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from tests.emulator.testing import Emulator  # noqa: E402  (importable only from here on)

WORLD = json.loads((HERE / "world.json").read_text())
SERVICE_ACCOUNT = "svc-user-access"
COLOURS = re.compile(r"\033\[[0-9;]*m")
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def say(text: str = "", code: str = "") -> None:
    """Print a line of the story."""
    print(f"\033[{code}m{text}\033[0m" if COLOUR and code else text, flush=True)


class Demo:
    """The emulated server, and playbooks run against it and nothing else."""

    def __init__(self, server: Emulator, workdir: Path, collections: Path | None) -> None:
        self._server = server
        self._workdir = workdir
        self._step = 0
        self._collections = collections or self._link(workdir / "collections")
        (workdir / "ansible.cfg").touch()

    @staticmethod
    def _link(collections: Path) -> Path:
        home = collections / "ansible_collections" / "chatops"
        home.mkdir(parents=True)
        (home / "rocketchat").symlink_to(ROOT)
        return collections

    def step(self, title: str) -> None:
        """Open the next chapter."""
        self._step += 1
        say(f"\n{self._step}. {title}", "1")

    def environment(self, **rocketchat: str) -> dict[str, str]:
        """Return an environment made from scratch: no address, credential or proxy of the caller's gets in."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TERM") if name in os.environ}
        return {
            **kept,
            "HOME": str(self._workdir),
            "ANSIBLE_COLLECTIONS_PATH": str(self._collections),
            "ANSIBLE_CONFIG": str(self._workdir / "ansible.cfg"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_FORCE_COLOR": "1" if COLOUR else "0",
            "ROCKETCHAT_URL": self._server.url,
            **rocketchat,
        }

    def play(self, playbook: str, *options: str, **rocketchat: str) -> None:
        """Run a playbook, one of the demo or of the collection, show what it prints, and fail when it fails."""
        own = (HERE / playbook).exists()
        command = [
            "ansible-playbook",
            "-i",
            str(HERE / "inventory.yml"),
            *options,
            str(HERE / playbook) if own else playbook,
        ]
        say(f"   $ {' '.join(['ansible-playbook', *options, f'demo/{playbook}' if own else playbook])}", "36")
        process = subprocess.Popen(
            [sys.executable, str(Path(sys.executable).with_name(command[0])), *command[1:]],
            env=self.environment(**rocketchat),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._workdir,
        )
        try:
            for line in process.stdout or ():
                if COLOURS.sub("", line).strip():
                    print(f"   | {line.rstrip()}", flush=True)
            status = process.wait()
        finally:
            process.kill()
        if status:
            raise SystemExit(f"The playbook {playbook} failed ({status}).")

    @property
    def kept(self) -> dict[str, str]:
        """The variables of the file in which the set-up has kept the token."""
        lines = (self._workdir / "rocketchat.env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    def told(self, username: str) -> None:
        """Say what the server itself knows of an account, and what it was asked since the last time."""
        user = self._server.user(username)
        requests = [f"{request['method']} {request['path'].rsplit('/', 1)[-1]}" for request in self._server.requests()]
        self._server.control("requests", method="DELETE")
        mails = len(self._server.mails())
        self._server.control("mails", method="DELETE")
        totp = "enabled" if user["totp"] else "none"
        say(
            f"   On the server: {username} has TOTP {totp}, {user['tokens']['total']} session(s) or token(s);"
            f" {mails} mail(s) sent.",
            "32",
        )
        if requests:
            say(f"   It was asked: {', '.join(requests)}", "32")


def story(demo: Demo, server: Emulator) -> None:
    """Tell the whole story."""
    administrator = {"ROCKETCHAT_USERNAME": "boss", "ROCKETCHAT_PASSWORD": "boss-pw-1"}
    demo.step(
        "A workspace where nothing is set up. One command makes the account for the helpdesk, and keeps its token."
    )
    demo.play("chatops.rocketchat.setup", "-e", f"setup_email={SERVICE_ACCOUNT}@example.test", **administrator)
    demo.told(SERVICE_ACCOUNT)

    server.token("alice", kind="session")
    demo.step("Alice has lost her phone. First a check run as that account: what would happen, and would it work?")
    demo.play("recover.yml", "--check", "--diff", **demo.kept)
    demo.told("alice")

    demo.step("Now for real. The server would ask for a second factor, but the account's token bypasses it.")
    demo.play("recover.yml", **demo.kept)
    demo.told("alice")

    olga = {
        "ROCKETCHAT_USERNAME": "olga",
        "ROCKETCHAT_PASSWORD": "olga-pw-1",
        "ROCKETCHAT_2FA_SECRET": server.control("users/olga/totp")["secret"],
    }
    demo.step("Olga removes the TOTP of her own account; of that one, the server tells its state.")
    demo.play("own_account.yml", **olga)
    demo.told("olga")

    demo.step("The same again: nothing to do, nothing sent, changed is false.")
    demo.play("own_account.yml", **olga)
    demo.told("olga")
    say("\nThat was all. The server was an emulator on this machine, and is gone now.", "1")


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit("\nInterrupted; everything that was started is stopped.")


def main() -> None:
    """Start the server, tell the story, stop the server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collections", type=Path, help="where the collection is installed, instead of this checkout")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    with tempfile.TemporaryDirectory(prefix="rocketchat-demo-") as workdir, Emulator("8.6", world=WORLD) as server:
        say(f"A Rocket.Chat emulator answers at {server.url} (loopback only).", "1")
        story(Demo(server, Path(workdir), options.collections), server)


if __name__ == "__main__":
    main()
