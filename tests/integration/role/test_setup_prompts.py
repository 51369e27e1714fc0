# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the set-up asks for where nothing says it, typed in at a terminal."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from tests.integration.role.administrator import ADDRESS, NAME, SETUP, Administrator, kept
from tests.integration.service_accounts import workspace

# Ansible asks only where it has a terminal, and for secrets only there.
AT_A_TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
LIMIT = 120
ANSWERS = {
    "Address of the workspace (Enter for ROCKETCHAT_URL)": "",
    "User name of an administrator (Enter for the ROCKETCHAT_* variables)": "boss",
    "Their password (Enter for none)": "boss-pw-1",
    "A code of their second factor, by default of the authenticator app (Enter for none)": "",
    "E-mail address of the service account (Enter if it is there already)": ADDRESS,
}


def test_what_is_missing_is_asked_for(tmp_path: Path, collections: Path) -> None:
    """The password is not shown, and whoever is named is meant, not whom the environment has credentials of."""
    with workspace("8.6") as server:
        environment = Administrator(server, tmp_path, collections).environment(tmp_path)
        command = [str(Path(sys.executable).parent / "ansible-playbook"), SETUP]
        process = subprocess.Popen(
            [sys.executable, "-c", AT_A_TERMINAL, *command],
            cwd=tmp_path,
            env={**environment, "ROCKETCHAT_USERNAME": "nobody", "ROCKETCHAT_PASSWORD": "wrong", "TERM": "dumb"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        watch = threading.Timer(LIMIT, process.kill)
        watch.start()
        try:
            assert process.stdin
            assert process.stdout
            shown = ""
            for question, answer in ANSWERS.items():
                while question not in shown:
                    some = process.stdout.read1()
                    assert some, shown
                    shown += some.decode(errors="replace")
                process.stdin.write(f"{answer}\n".encode())
                process.stdin.flush()
            shown += process.stdout.read().decode(errors="replace")
            assert process.wait() == 0, shown
        finally:
            watch.cancel()
            process.kill()
            process.communicate()
        assert "boss-pw-1" not in shown
        assert server.user(NAME)["emails"][0]["address"] == ADDRESS
        assert kept(tmp_path / "rocketchat.env")["ROCKETCHAT_TOKEN"] not in shown
