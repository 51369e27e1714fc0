# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading accounts: users.info, users.list and their kin."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.emulator import settings
from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, InvalidParams, Reply, success
from tests.emulator.profiles import list_entry, public_profile
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_one_of
from tests.emulator.state import User

_DEFAULT_COUNT = 50
_PAGE_KEYS = {"count", "offset", "sort", "query", "fields"}
_PUBLIC_QUERY_KEYS = {"_id", "username", "name", "type", "active", "status"}
_FULL_QUERY_KEYS = _PUBLIC_QUERY_KEYS | {"emails.address", "roles", "lastLogin", "createdAt"}


def _check_info(call: Call) -> None:
    keys = ["userId", "username", "importId"]
    shared = ["fields", "query", "sort", "count", "offset"]
    speak = call.server.speak
    keys += ["email"] if speak.finds_by_email else []
    keys += ["freeSwitchExtension"] if speak.since(8) else []
    shared += ["includeUserRooms"] if speak.new else []
    check_one_of(call.query, keys, shared)


def _parse(call: Call, name: str) -> Any:
    """A query parameter that holds JSON; the newer servers do not look at it."""
    text = call.query.get(name)
    if text is None or call.server.speak.new:
        return {}
    try:
        return json.loads(text)
    except ValueError:
        raise ApiError(
            f"error-invalid-{name}",
            f'Invalid {name} parameter provided: "{text}"',
            {"helperMethod": "parseJsonQuery"},
        ) from None


@endpoint("GET", "users.info", check=_check_info)
def info(call: Call) -> Reply:
    """One account, found by id *or* name whichever parameter was used."""
    fields = _parse(call, "fields")
    state = call.server.state
    if call.query.get("importId") or call.query.get("freeSwitchExtension"):
        user = None
    elif call.query.get("email"):
        user = state.by_email.get(call.query["email"].strip().lower())
        if not call.may("view-full-other-user-info"):
            user = None
    else:
        sought = call.query.get("userId") or call.query.get("username")
        if not sought:
            raise ApiError(None, "Invalid search query.")
        user = state.by_id.get(sought) or state.by_name.get(sought)
    if user is None:
        raise ApiError(None, "User not found.")
    rooms = fields.get("userRooms") if isinstance(fields, dict) else None
    rooms = rooms or call.query.get("includeUserRooms") == "true"
    return success({"user": public_profile(call, user, with_rooms=bool(rooms))})


def _check_list(call: Call) -> None:
    if call.server.speak.new_schemas and set(call.query) - _PAGE_KEYS:
        raise InvalidParams("must NOT have additional properties")


@endpoint("GET", "users.list", permission="view-d-room", check=_check_list)
def listing(call: Call) -> Reply:
    """Accounts by name, a page at a time."""
    full = call.may("view-full-other-user-info")
    allowed = _FULL_QUERY_KEYS if full else _PUBLIC_QUERY_KEYS
    _parse(call, "fields")
    matches = _matcher(_parse(call, "query"), allowed)
    users = [user for user in call.server.state.by_id.values() if matches(user)]
    return _page(call, users, full=full, insensitive=True)


def _check_status(call: Call) -> None:
    if "inactiveReason[]" in call.query and not call.server.speak.keeps_inactive_reason:
        raise InvalidParams("must NOT have additional properties")
    if call.query.get("status", "active") not in ("active", "deactivated"):
        raise InvalidParams("must be equal to one of the allowed values")


@endpoint("GET", "users.listByStatus", permission="view-d-room", check=_check_status, since=(6, 8))
def list_by_status(call: Call) -> Reply:
    """Accounts by status and search term, with their addresses, which lesser callers see but cannot search."""
    by_address = call.may("view-full-other-user-info")
    users = [user for user in call.server.state.by_id.values() if _wanted(call, user, by_address=by_address)]
    return _page(call, users, full=True, insensitive=False)


def _wanted(call: Call, user: User, *, by_address: bool) -> bool:
    query = call.query
    if "status" in query and user.active != (query["status"] == "active"):
        return False
    # An old record does not say why it is inactive, and passes for either of two reasons.
    known = {user.inactive_reason} if user.inactive_reason else {"idle_too_long", "deactivated"}
    reasons = call.values("inactiveReason[]")
    if query.get("status") == "deactivated" and reasons and not known & set(reasons):
        return False
    if "hasLoggedIn" in query and (user.last_login is not None) != (query["hasLoggedIn"] == "true"):
        return False
    if query.get("type", user.type) != user.type:
        return False
    roles = call.values("roles[]")
    if roles and not set(roles) & set(user.roles):
        return False
    texts = [user.username, user.name, *(mail["address"] for mail in user.emails if by_address)]
    return any(query.get("searchTerm", "").lower() in text.lower() for text in texts)


@endpoint("GET", "users.autocomplete")
def autocomplete(call: Call) -> Reply:
    """A few accounts that match a term."""
    term = str(json.loads(call.query.get("selector", "{}")).get("term", "")).lower()
    items = [
        {"_id": user.id, "name": user.name, "username": user.username, "status": user.status}
        for user in call.server.state.by_id.values()
        if user.active and (term in user.username.lower() or term in user.name.lower())
    ]
    return success({"items": items[:20]})


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, "")
    return int(text) if text.isdigit() else default


def page_size(call: Call, count: int, total: int) -> int:
    """How many rows a page has: everything where nothing is asked for, else never more than the workspace allows."""
    values = call.server.settings
    if count == 0 and values[settings.ALLOW_INFINITE_COUNT]:
        return total
    limit = int(values[settings.UPPER_COUNT_LIMIT])
    return min(count or limit, limit)


def _page(call: Call, users: list[User], *, full: bool, insensitive: bool) -> Reply:
    order = -1 if '"username":-1' in call.query.get("sort", "").replace(" ", "") else 1
    users.sort(key=lambda user: user.username, reverse=order < 0)
    offset = _number(call, "offset", 0)
    count = page_size(call, _number(call, "count", _DEFAULT_COUNT), len(users))
    page = users[offset : offset + count]
    entries = [list_entry(user, full=full, insensitive=insensitive) for user in page]
    return success({"users": entries, "count": len(entries), "offset": offset, "total": len(users)})


def _matcher(query: Any, allowed: set[str]) -> Callable[[User], bool]:
    """A test for a MongoDB-like query; keys that are not allowed are dropped silently."""
    if not isinstance(query, dict):
        return lambda _user: True
    tests: list[Callable[[User], bool]] = []
    for key, wanted in query.items():
        if key in ("$or", "$and") and isinstance(wanted, list):
            parts = [_matcher(part, allowed) for part in wanted]
            tests.append(_combine(parts, any if key == "$or" else all))
        elif key in allowed:
            tests.append(_field_test(key, wanted))
    return _combine(tests, all)


def _combine(tests: list[Callable[[User], bool]], how: Callable[[Any], bool]) -> Callable[[User], bool]:
    return lambda user: how([test(user) for test in tests])


def _field_test(key: str, wanted: Any) -> Callable[[User], bool]:
    pattern = None
    if isinstance(wanted, dict) and "$regex" in wanted:
        pattern = re.compile(wanted["$regex"], re.IGNORECASE if "i" in wanted.get("$options", "") else 0)

    def test(user: User) -> bool:
        return any(pattern.search(str(value)) if pattern else value == wanted for value in _values(user, key))

    return test


def _values(user: User, key: str) -> list[Any]:
    if key == "emails.address":
        return [mail["address"] for mail in user.emails]
    if key == "roles":
        return list(user.roles)
    return [getattr(user, "id" if key == "_id" else key, None)]
