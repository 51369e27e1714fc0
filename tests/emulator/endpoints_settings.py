# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings and permissions."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.emulator.call import Call
from tests.emulator.clock import parse_iso
from tests.emulator.envelopes import JSON_TYPE, ApiError, Reply, json_reply, success
from tests.emulator.registry import endpoint
from tests.emulator.second_factor import Demand

_DEFAULT_COUNT = 50


@endpoint("GET", "settings.public", login=False)
def public(call: Call) -> Reply:
    """Public settings by id, a page at a time."""
    settings = call.server.settings
    ids = _wanted_ids(call, settings.public_ids)
    offset = int(call.query.get("offset", 0))
    count = int(call.query.get("count", _DEFAULT_COUNT)) or len(ids)
    entries = [settings.entry(setting) for setting in ids[offset : offset + count]]
    return success({"settings": entries, "count": len(entries), "offset": offset, "total": len(ids)})


def _wanted_ids(call: Call, ids: list[str]) -> list[str]:
    """Filter as the version does: newer ones by ``_id=``, older ones by ``query=``."""
    if call.server.speak.new:
        if "_id" not in call.query:
            return ids
        wanted = set(call.query["_id"].split(","))
        return [setting for setting in ids if setting in wanted]
    text = call.query.get("query")
    if text is None:
        return ids
    try:
        condition: Any = json.loads(text).get("_id")
    except (ValueError, AttributeError):
        raise ApiError(
            "error-invalid-query",
            f'Invalid query parameter provided: "{text}"',
            {"helperMethod": "parseJsonQuery"},
        ) from None
    if isinstance(condition, dict) and "$in" in condition:
        return [setting for setting in ids if setting in condition["$in"]]
    if isinstance(condition, dict) and "$regex" in condition:
        return [setting for setting in ids if re.search(condition["$regex"], setting)]
    if condition is None:
        return ids
    return [setting for setting in ids if setting == condition]


@endpoint("GET", "settings/{}", permission="view-privileged-setting")
def get_setting(call: Call) -> Reply:
    """One setting."""
    if call.argument not in call.server.settings:
        return json_reply({"success": False}, 400)
    return success({"_id": call.argument, "value": call.server.settings[call.argument]})


@endpoint("POST", "settings/{}", permission="edit-privileged-setting", demand=Demand.REMEMBERED)
def set_setting(call: Call) -> Reply:
    """Change one setting."""
    if call.argument not in call.server.settings or "value" not in call.fields:
        return json_reply({"success": False}, 400)
    call.server.settings.update({call.argument: call.fields["value"]})
    return success()


@endpoint("GET", "permissions.listAll")
def list_permissions(call: Call) -> Reply:
    """All permissions, or those that were changed since; kept serialised, for the list is long."""
    if "updatedSince" in call.query:
        moment = parse_iso(call.query["updatedSince"])
        return success({"update": call.server.permissions.changed_since(moment), "remove": []})
    body = '{"update":' + call.server.permissions.as_json() + ',"remove":[],"success":true}'
    return Reply(200, body.encode(), JSON_TYPE)


@endpoint("POST", "permissions.update")
def update_permissions(call: Call) -> Reply:
    """Give permissions to roles, in place of those that had them; nothing is written if anything is unknown."""
    if call.server.speak.new:
        call.demand("access-permissions")
    elif not call.may("access-permissions"):
        text = "Editing permissions is not allowed"
        raise ApiError("error-edit-permissions-not-allowed", text=text)
    permissions, entries = call.server.permissions, call.fields.get("permissions", [])
    if not all(entry["_id"] in permissions for entry in entries):
        raise ApiError("error-invalid-permission", text="Invalid permission")
    if not all(permissions.has_role(role) for entry in entries for role in entry["roles"]):
        raise ApiError("error-invalid-role", text="Invalid role")
    for entry in entries:
        permissions.allow(entry["_id"], entry["roles"], call.server.clock.now())
    body = '{"permissions":' + permissions.as_json() + ',"success":true}'
    return Reply(200, body.encode(), JSON_TYPE)
