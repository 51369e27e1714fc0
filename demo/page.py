# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take a picture of the page that an offboarding leaves: ``python demo/page.py FILE.png``. Needs Chromium."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from run import SERVICE_ACCOUNT, WORLD, Demo

from tests.emulator.testing import Emulator

LEAVERS = [
    {"username": "harry", "name": "Harry", "totp": {"enabled": True}},
    {"username": "erin", "name": "Erin", "active": False},
]


def main() -> None:
    """Set up, offboard two people, and photograph the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE.png")
    target = parser.parse_args().file.resolve()
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit(f"{target.name} stays as it is: there is no Chromium here.")
    world = {**WORLD, "users": WORLD["users"] + LEAVERS}
    with tempfile.TemporaryDirectory(prefix="rocketchat-demo-") as name, Emulator("8.6", world=world) as server:
        workdir = Path(name)
        demo = Demo(server, workdir, None)
        boss = {"ROCKETCHAT_USERNAME": "boss", "ROCKETCHAT_PASSWORD": "boss-pw-1"}
        demo.play("chatops.rocketchat.setup", "-e", f"setup_email={SERVICE_ACCOUNT}@example.test", **boss)
        server.token("harry", kind="session")
        # As AWX says who has launched a job: nobody wants to see who took this picture.
        said = {"usernames": "harry,erin", "ticket": "HR-2026-017", "report_dir": str(workdir / "reports")}
        options = [word for key, value in said.items() for word in ("-e", f"user_access_{key}={value}")]
        options += ["-e", "awx_user_name=nina"]
        demo.play("chatops.rocketchat.offboard", *options, **demo.kept)
        (page,) = (workdir / "reports").glob("*.html")
        # No sandbox: in containers it does not start, and the page is our own.
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=900,860"]
        subprocess.run([browser, *flags, f"--screenshot={target}", page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
