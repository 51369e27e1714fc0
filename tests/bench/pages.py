# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bare requests for all accounts of a workspace, a page after another.

``python pages.py URL USER-ID TOKEN NUMBER`` prints the seconds that its loop took, and fails for fewer accounts.
"""

from __future__ import annotations

import json
import sys
import time

import requests


def main(url: str, user_id: str, token: str, number: str) -> None:
    """Read them."""
    start = time.perf_counter()
    session = requests.Session()
    session.headers.update({"X-User-Id": user_id, "X-Auth-Token": token})
    read, total = 0, 1
    while read < total:
        page = session.get(f"{url}/api/v1/users.list", params={"count": 500, "offset": read}, timeout=30)
        page.raise_for_status()
        read, total = read + len(page.json()["users"]), page.json()["total"]
    assert read >= int(number)
    print(json.dumps({"inside": time.perf_counter() - start}))


if __name__ == "__main__":
    main(*sys.argv[1:])
