# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""roles.*: making roles, deleting them, and who has them."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.emulator import codes
from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.endpoints_reset import find_target
from tests.emulator.envelopes import ApiError, InvalidParams, Reply, success
from tests.emulator.paging import number_of
from tests.emulator.registry import Check, endpoint
from tests.emulator.schema import check_object
from tests.emulator.state import User

_ACCESS = "access-permissions"
_DEFAULT_COUNT = 50


def _shape(required: list[str], optional: list[str]) -> Check:
    """A check of the body; older servers say of whatever is wrong with it that it is wrong."""

    def check(call: Call) -> None:
        try:
            check_object(call.body, required, [*required, *optional])
        except InvalidParams:
            if call.server.speak.new_schemas:
                raise
            raise ApiError("error-invalid-role-properties", "The role properties are invalid.") from None

    return check


def _guard(call: Call, code: str) -> None:
    """Newer servers refuse at the door; older ones inside, each endpoint in words of its own."""
    if call.server.speak.new:
        call.demand(_ACCESS)
    elif not call.may(_ACCESS):
        raise ApiError(code, "Accessing permissions is not allowed")


@endpoint("GET", "roles.list")
def listing(call: Call) -> Reply:
    """All roles."""
    return success({"roles": call.server.permissions.roles})


@endpoint("GET", "roles.getUsersInRole")
def users_in_role(call: Call) -> Reply:
    """Who has a role."""
    _guard(call, "error-not-allowed")
    role = call.query.get("role")
    if not role:
        raise ApiError("error-param-not-provided", 'Query param "role" is required')
    found = [user for user in call.server.state.by_id.values() if role in user.roles]
    offset, count = number_of(call, "offset", 0), number_of(call, "count", _DEFAULT_COUNT) or len(found)
    return success({"users": [_holder(user) for user in found[offset : offset + count]], "total": len(found)})


def _holder(user: User) -> dict[str, Any]:
    return {
        "_id": user.id,
        "username": user.username,
        "name": user.name,
        "emails": user.emails,
        "createdAt": iso(user.created),
    }


def _check_licence(call: Call) -> None:
    if call.server.speak.roles_take_a_licence and not call.server.licence.enterprise:
        raise ApiError("error-action-not-allowed", "This is an enterprise feature")


def _check_create(call: Call) -> None:
    _check_licence(call)
    _shape(["name"], ["scope", "description", "mandatory2fa"])(call)


@endpoint("POST", "roles.create", check=_check_create)
def create(call: Call) -> Reply:
    """Make a role, which takes a licence from 6.0 on; its id is not its name."""
    if not call.may(_ACCESS):
        raise ApiError("error-action-not-allowed", "Accessing permissions is not allowed")
    permissions, given = call.server.permissions, call.fields
    if permissions.role(given["name"]) is not None:
        raise ApiError("error-duplicate-role-names-not-allowed", "Role name already exists")
    role = permissions.define_role(codes.object_id(), given["name"])
    role |= {key: given[key] for key in ("scope", "description", "mandatory2fa") if key in given}
    return success({"role": role})


@endpoint("POST", "roles.delete", check=_shape(["roleId"], []))
def delete(call: Call) -> Reply:
    """Delete a role that nobody has."""
    _guard(call, "error-action-not-allowed")
    role = call.server.permissions.role(call.fields["roleId"])
    if role is None:
        raise ApiError("error-invalid-roleId", "This role does not exist")
    if role["protected"]:
        raise ApiError("error-role-protected", "Cannot delete a protected role")
    if any(role["_id"] in user.roles for user in call.server.state.by_id.values()):
        raise ApiError("error-role-in-use", "Cannot delete role because it's in use")
    call.server.permissions.forget_role(role["_id"])
    return success()


def _named_role(call: Call) -> dict[str, Any] | None:
    """The role that a request means: by id, or on older servers by name."""
    given, permissions = call.fields, call.server.permissions
    if given.get("roleId"):
        return permissions.role(given["roleId"], by_name=False)
    if not given.get("roleName"):
        raise ApiError(None, "error-invalid-role-properties")
    return permissions.role(given["roleName"])


def _check_assignment(call: Call) -> None:
    names = ["roleId"] if call.server.speak.new_schemas else ["roleId", "roleName"]
    _shape(["username"], names)(call)


@endpoint("POST", "roles.addUserToRole", check=_check_assignment)
def add_user(call: Call) -> Reply:
    """Give somebody a role."""
    user, role = find_target(call), _named_role(call)
    if role is None:
        # The server mixes up the two.
        raise ApiError("Role not found", text="error-role-not-found")
    if role["_id"] in user.roles:
        raise ApiError("error-user-already-in-role", "User already in role")
    refuse = partial(_refused, "authorization:addUserToRole")
    if not call.may(_ACCESS):
        raise refuse("Accessing_permissions", "Accessing permissions is not allowed")
    if role["_id"] == "admin" and not call.may("assign-admin-role"):
        raise refuse("Assign_admin", "Assigning admin is not allowed")
    user.roles.append(role["_id"])
    return success({"role": role})


def _refused(method: str, action: str, reason: str) -> ApiError:
    return ApiError("error-action-not-allowed", reason, {"method": method, "action": action})


@endpoint("POST", "roles.removeUserFromRole", check=_check_assignment)
def remove_user(call: Call) -> Reply:
    """Take a role from somebody; the last administrator, inactive ones counted, keeps it."""
    _guard(call, "error-not-allowed")
    state = call.server.state
    user = state.by_name.get(str(call.fields["username"]))
    if user is None:
        raise ApiError("error-invalid-user", "There is no user with this username")
    role = _named_role(call)
    if role is None:
        raise ApiError("error-invalid-roleId", "This role does not exist")
    if role["_id"] not in user.roles:
        raise ApiError("error-user-not-in-role", "User is not in this role")
    if role["_id"] == "admin" and sum("admin" in other.roles for other in state.by_id.values()) == 1:
        raise ApiError("error-admin-required", "You need to have at least one admin")
    user.roles.remove(role["_id"])
    return success({"role": role})
