# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workspace of the official images, started for one run. It needs Docker or Podman with its compose."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.live.client import version_of
from tests.live.target import UsageError

_COMPOSE = Path(__file__).parent / "compose.yml"
_URL = "http://127.0.0.1:3000"
# The first start of a server fills its database.
_LONGEST = 600


@contextmanager
def workspace(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Start the images that LIVE_IMAGE and LIVE_MONGO name; gives the variables that say where the workspace is.

    Raises `UsageError` where there is no engine, where a tag is missing, or where the server does not come up.
    """
    engine = next((name for name in ("docker", "podman") if shutil.which(name)), None)
    if engine is None:
        raise UsageError("LIVE_IMAGE needs Docker or Podman, and neither is here: run 'make live LIVE=emulator'.")
    if not environment.get("LIVE_MONGO"):
        raise UsageError("LIVE_IMAGE needs LIVE_MONGO, the version of MongoDB that the server's release notes name.")
    password = secrets.token_urlsafe(24)
    compose = [engine, "compose", "--project-name", "rclive", "--file", str(_COMPOSE)]
    variables = {**os.environ, **environment, "LIVE_PASSWORD": password}
    try:
        started = subprocess.run([*compose, "up", "--detach"], env=variables, check=False)
        if started.returncode:
            raise UsageError(f"'{engine} compose' could not start the images of LIVE_IMAGE and LIVE_MONGO.")
        _wait()
        yield {"LIVE_URL": _URL, "LIVE_USERNAME": "boss", "LIVE_PASSWORD": password}
    finally:
        subprocess.run([*compose, "down", "--volumes"], env=variables, check=False)


def _wait() -> None:
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end:
        try:
            version_of(_URL)
        except (requests.RequestException, ValueError, KeyError):
            time.sleep(2)
        else:
            return
    raise UsageError(f"The server did not come up within {_LONGEST} seconds.")
