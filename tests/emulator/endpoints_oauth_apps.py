# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""oauth-apps.*: applications that ask a workspace who somebody is."""

from __future__ import annotations

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply, json_reply, success
from tests.emulator.oauth_apps import make_app
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object


def _guard(call: Call) -> None:
    """Newer servers refuse at the door; older ones inside, without a code."""
    if call.server.speak.new:
        call.demand("manage-oauth-apps")
    elif not call.may("manage-oauth-apps"):
        raise ApiError(None, "error-not-allowed")


@endpoint("GET", "oauth-apps.list", check=_guard)
def listing(call: Call) -> Reply:
    """All applications, with their secrets."""
    return success({"oauthApps": list(call.server.state.oauth_apps.values())})


def _check_create(call: Call) -> None:
    keys = ["name", "redirectUri", "active"]
    check_object(call.body, keys, keys)
    _guard(call)


@endpoint("POST", "oauth-apps.create", check=_check_create)
def create(call: Call) -> Reply:
    """Register an application."""
    return success({"application": make_app(call.server, call.user, call.fields)})


def _check_delete(call: Call) -> None:
    check_object(call.body, ["appId"], ["appId"])
    _guard(call)


@endpoint("POST", "oauth-apps.delete", check=_check_delete)
def delete(call: Call) -> Reply:
    """Take an application away; the answer is no object."""
    if call.server.state.oauth_apps.pop(str(call.fields["appId"]), None) is None:
        raise ApiError("error-application-not-found", "Application not found", {"method": "deleteOAuthApp"})
    return json_reply(True)
