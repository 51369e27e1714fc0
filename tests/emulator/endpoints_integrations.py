# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""integrations.*: webhooks, which post as an account or tell somebody of what is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulator import codes
from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.envelopes import ApiError, Forbidden, InvalidParams, Reply, success
from tests.emulator.integrations import (
    INCOMING,
    KINDS,
    OUTGOING,
    Integration,
    Kind,
    channels_of,
    check_impersonation,
    check_permission,
    give_role,
    own_or_any,
    seen_by,
)
from tests.emulator.paging import page_of
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object
from tests.emulator.state import User

_INCOMING_REQUIRED = ["type", "channel", "scriptEnabled", "name", "enabled"]
_OUTGOING_REQUIRED = ["type", "username", "channel", "event", "scriptEnabled", "name", "enabled"]
# What becomes empty where an update leaves it out.
_INCOMING_OPTIONAL = ("alias", "emoji", "avatar", "script")
_OUTGOING_OPTIONAL = (
    "alias", "emoji", "avatar", "script", "scriptError", "targetRoom", "triggerWords", "triggerWordAnywhere",
    "retryFailedCalls", "retryCount", "retryDelay", "runOnEdits", "impersonateUser",
)  # fmt: skip
_OUTGOING_KEYS = {*_OUTGOING_REQUIRED, *_OUTGOING_OPTIONAL, "integrationId", "target_url", "urls", "token"} - {
    "scriptError"
}


def _check_any(call: Call) -> None:
    """Lists and removals are open to who holds any of the four permissions."""
    if not any(kind.may(call) for kind in KINDS.values()):
        raise Forbidden


def _check_create(call: Call) -> None:
    outgoing = call.fields.get("type") == OUTGOING
    check_object(call.body, _OUTGOING_REQUIRED if outgoing else ["username", *_INCOMING_REQUIRED], None)


def _kind(call: Call) -> Kind:
    kind = KINDS.get(str(call.fields["type"]))
    if kind is None:
        raise ApiError(None, "Invalid integration type.")
    return kind


@endpoint("POST", "integrations.create", check=_check_create)
def create(call: Call) -> Reply:
    """Make a webhook; older servers give the role bot to the account that an incoming one posts as."""
    server, given, kind = call.server, call.fields, _kind(call)
    check_permission(call, kind, "add")
    user = server.state.by_name.get(str(given["username"]))
    if user is None:
        raise kind.error("add", "error-invalid-user", "Invalid user")
    made: Integration = {"scriptEngine": "isolated-vm", **given}
    if kind is KINDS[INCOMING]:
        check_impersonation(call, user, "add")
        made = {"overrideDestinationChannelEnabled": False, **made, "token": codes.random_id(48)}
    made["channel"] = channels_of(call, kind, given["channel"], "add")
    if kind is KINDS[INCOMING]:
        give_role(call, user)
    made |= {
        "userId": user.id,
        "_createdAt": iso(server.clock.now()),
        "_createdBy": {"username": call.user.username, "_id": call.user.id},
        "_id": codes.object_id(),
    }
    server.state.integrations[made["_id"]] = made
    return success({"integration": made})


@endpoint("GET", "integrations.list", check=_check_any)
def listing(call: Call) -> Reply:
    """The webhooks that the caller sees, with their secrets; older servers do not look at the type."""
    wanted = call.query.get("type") if call.server.speak.new else None
    rows = [row for row in seen_by(call) if wanted in (None, row["type"])]
    page, numbers = page_of(call, rows)
    return success({"integrations": page, "items": len(page), **numbers})


@endpoint("GET", "integrations.get")
def get(call: Call) -> Reply:
    """One webhook."""
    found = call.server.state.integrations.get(call.query.get("integrationId", ""))
    if found is None:
        raise ApiError(None, "The integration does not exists.")
    kind = KINDS[found["type"]]
    if not kind.may(call) or (not call.may(kind.any_permission) and found not in seen_by(call)):
        raise ApiError(None, "not-authorized")
    return success({"integration": found})


def _check_update(call: Call) -> None:
    """The body fits one of two forms; a refusal names what each of them lacks first."""
    problems = [_unlike_incoming(call.fields), _unlike_outgoing(call.fields, engine=call.server.speak.new)]
    if None not in problems:
        raise InvalidParams("\n ".join([*map(str, problems), "must match exactly one schema in oneOf"]))


def _unlike_incoming(body: Mapping[str, Any]) -> str | None:
    return _missing(body, ["integrationId", *_INCOMING_REQUIRED]) or _unfit(body, INCOMING)


def _unlike_outgoing(body: Mapping[str, Any], *, engine: bool) -> str | None:
    allowed = _OUTGOING_KEYS | ({"scriptEngine"} if engine else set())
    strange = None if set(body) <= allowed else "must NOT have additional properties"
    return _missing(body, _OUTGOING_REQUIRED) or strange or _unfit(body, OUTGOING)


def _missing(body: Mapping[str, Any], required: list[str]) -> str | None:
    return next((f"must have required property '{key}'" for key in required if key not in body), None)


def _unfit(body: Mapping[str, Any], name: str) -> str | None:
    if body["type"] != name:
        return f'must match pattern "{name}"'
    return None if isinstance(body["channel"], str) else "must be string"


@endpoint("PUT", "integrations.update", check=_check_update)
def update(call: Call) -> Reply:
    """Replace a webhook: what is left out becomes empty, but for incoming ones on newer servers."""
    given, kind = call.fields, _kind(call)
    found = _existing(call)
    if kind is KINDS[INCOMING]:
        own_or_any(call, kind, found, "update")
        changes = _incoming_changes(call, found)
    else:
        changes = _outgoing_changes(call)
        own_or_any(call, kind, found, "update")
    by = {"username": call.user.username, "_id": call.user.id}
    found |= {**changes, **{key: given[key] for key in ("enabled", "name", "scriptEnabled")}, "_updatedBy": by}
    return success({"integration": found})


def _existing(call: Call) -> Integration:
    integrations, given = call.server.state.integrations, call.fields
    found = integrations.get(str(given.get("integrationId")))
    if given["type"] == OUTGOING and given.get("target_url"):
        urls = given["target_url"]
        found = next((entry for entry in integrations.values() if urls in entry.get("urls", ())), None)
    if found is None:
        raise ApiError(None, "No integration found.")
    return found


def _incoming_changes(call: Call, found: Integration) -> Integration:
    given, kind = call.fields, KINDS[INCOMING]
    changes: Integration = {"channel": channels_of(call, kind, given["channel"], "update")}
    user = call.server.state.by_name.get(str(given.get("username", found["username"])))
    if user is None:
        raise kind.error("update", "error-invalid-post-as-user", "Invalid Post As User")
    check_impersonation(call, user, "update")
    give_role(call, user)
    if call.server.speak.rehomes_hooks and "username" in given:
        changes |= _owner(user)
    empties = () if call.server.speak.keeps_fields_of_hooks else _INCOMING_OPTIONAL
    changes |= {key: given.get(key) for key in empties}
    kept = (*_INCOMING_OPTIONAL, "scriptEngine", "overrideDestinationChannelEnabled")
    return changes | {key: given[key] for key in kept if key in given}


def _outgoing_changes(call: Call) -> Integration:
    given, kind = call.fields, KINDS[OUTGOING]
    urls = [url for url in given.get("urls") or [] if url.strip()]
    if not urls:
        raise kind.error("update", "error-invalid-urls", "Invalid URLs")
    changes: Integration = {"channel": channels_of(call, kind, given["channel"], "update")}
    user = call.server.state.by_name.get(given["username"])
    if user is None:
        raise kind.error("update", "error-invalid-user", "Invalid user (did you delete the `rocket.cat` user?)")
    if not str(given.get("token") or "").strip():
        raise kind.error("update", "error-invalid-token", "Invalid token")
    changes |= {key: given.get(key) for key in _OUTGOING_OPTIONAL}
    changes |= {"urls": urls, "token": given["token"], "event": given["event"], **_owner(user)}
    return changes | {key: given[key] for key in ("scriptEngine",) if key in given}


def _owner(user: User) -> Integration:
    return {"username": user.username, "userId": user.id}


def _check_remove(call: Call) -> None:
    check_object(call.body, ["type"], ["type", "integrationId", "target_url"])
    _check_any(call)


@endpoint("POST", "integrations.remove", check=_check_remove)
def remove(call: Call) -> Reply:
    """Delete a webhook; the type only says which permission is looked at."""
    kind, found = _kind(call), _existing(call)
    own_or_any(call, kind, found, "delete")
    del call.server.state.integrations[found["_id"]]
    return success({"integration": found})
