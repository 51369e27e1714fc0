# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan on the disk: what was shown to whoever decides, and what a later run is bound to."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, RocketChatError

_KIND = "chatops.rocketchat.reconcile"
_VERSION = 1
_DIGEST = "digest"
# What a run that carries a plan out reads of it.
_PARTS = {
    "workspace": str,
    "made": str,
    "people": int,
    "active": int,
    "left_alone": list,
    "missing": list,
    "deactivated": list,
    "told": list,
}
_ACCOUNT = {"username": str, "user_id": str, "name": str, "emails": list, "active": bool, "reason": str}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def sealed(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan with what tells it from everything else, and the SHA-256 of all of it."""
    whole = {"kind": _KIND, "v": _VERSION, **plan}
    return {**whole, _DIGEST: _digest(whole)}


def _digest(plan: Mapping[str, Any]) -> str:
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check_place(path: str) -> None:
    """Look whether a plan could be written to a file.

    :raises InputError: naming what stands in the way, such as a file that is no plan and would be lost
    """
    directory = os.path.dirname(os.path.abspath(path))
    if not (os.path.isdir(directory) and os.access(directory, os.W_OK | os.X_OK)):
        raise InputError(f"plan_file: {directory} is no directory that can be written to. Nothing was done.")
    if os.path.lexists(path) and not _is_plan(path):
        raise InputError(f"plan_file: {path} is there already, and no plan. Name another file. Nothing was done.")


def _is_plan(path: str) -> bool:
    try:
        with open(path, encoding="utf-8") as stream:
            found = json.load(stream)
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("kind") == _KIND


def write_plan(path: str, plan: Mapping[str, Any]) -> None:
    """Write a sealed plan in the place of an earlier one, whole or not at all, for its owner alone.

    :raises RocketChatError: ``file-not-written``
    """
    made = ""
    try:
        descriptor, made = tempfile.mkstemp(prefix=".plan-", dir=os.path.dirname(os.path.abspath(path)))
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(plan, stream, ensure_ascii=False, indent=2)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(made, path)
    except OSError as error:
        with suppress(OSError):
            os.remove(made)
        raise RocketChatError(
            "file-not-written", f"plan_file: {path} cannot be written ({error.strerror}). Nothing was done."
        ) from None


def read_plan(path: str) -> dict[str, Any]:
    """Return a plan that nobody but this user could have written, as it was sealed.

    :raises InputError: for anything else
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(descriptor, encoding="utf-8") as stream:
            about = os.fstat(stream.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & _OTHERS:
                raise InputError(
                    f"plan_file: {path} could have been written or replaced by others. A plan is a file of the user who"
                    " runs this, with mode 0600. Make it anew. Nothing was done."
                )
            plan = json.load(stream)
    except OSError as error:
        raise InputError(f"plan_file: {path} cannot be read ({error.strerror}). Nothing was done.") from None
    except (ValueError, RecursionError):
        plan = None
    if not isinstance(plan, dict) or not _well_formed(plan):
        raise InputError(f"plan_file: {path} is no plan of this version. Make it anew. Nothing was done.")
    digest = plan.pop(_DIGEST, None)
    if digest != _digest(plan):
        raise InputError(
            f"plan_file: {path} is not as it was written: its digest is that of another plan. Make it anew. Nothing was"
            " done."
        )
    return {**plan, _DIGEST: digest}


def _well_formed(plan: Mapping[str, Any]) -> bool:
    accounts = plan.get("accounts")
    return (
        plan.get("kind") == _KIND
        and plan.get("v") == _VERSION
        and all(isinstance(plan.get(key), kind) for key, kind in _PARTS.items())
        and isinstance(accounts, list)
        and all(
            isinstance(entry, dict) and all(isinstance(entry.get(key), kind) for key, kind in _ACCOUNT.items())
            for entry in accounts
        )
    )
