# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody would write by hand: look each user up, then reset it, one after another.

``python bare.py URL USER-ID TOKEN FILE-WITH-NAMES`` prints the seconds that its loop took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import requests


def main(url: str, user_id: str, token: str, file: str) -> None:
    """Reset everybody whose name stands in the file."""
    names = json.loads(Path(file).read_text(encoding="utf-8"))
    start = time.perf_counter()
    session = requests.Session()
    session.headers.update({"X-User-Id": user_id, "X-Auth-Token": token})
    for name in names:
        found = session.get(f"{url}/api/v1/users.info", params={"username": name}, timeout=30)
        found.raise_for_status()
        target = found.json()["user"]["_id"]
        session.post(f"{url}/api/v1/users.resetTOTP", json={"userId": target}, timeout=30).raise_for_status()
    print(json.dumps({"inside": time.perf_counter() - start}))


if __name__ == "__main__":
    main(*sys.argv[1:])
