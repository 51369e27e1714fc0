# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of incoming webhooks, below /hooks/: whoever knows the token posts as the account of the webhook."""

from __future__ import annotations

import hmac

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply, json_reply, success
from tests.emulator.integrations import INCOMING, may_impersonate
from tests.emulator.posting import post

PREFIX = "/hooks/"


def receive(call: Call) -> Reply:
    """Post what a call of a webhook says; the account may be inactive, and the message tells of the webhook."""
    parts = call.path.removeprefix(PREFIX).split("/")
    integration = call.server.state.integrations.get(parts[0])
    if integration is None or integration["type"] != INCOMING or not _fits(parts[-1], integration["token"]):
        return Reply(500, b"Internal Server Error", "text/plain; charset=UTF-8")
    if integration["enabled"] is not True:
        return json_reply({"success": False, "error": "Service Unavailable"}, 503)
    user = call.server.state.by_id.get(integration["userId"])
    if user is None:
        return Reply(500, b"Internal Server Error", "text/plain; charset=UTF-8")
    if call.server.speak.hooks_need_impersonation and not may_impersonate(call, user):
        return _failure("error-user-lacks-message-impersonate-permission")
    payload = call.fields
    if not payload:
        return success()
    if (payload.get("channel") or payload.get("roomId")) and not integration["overrideDestinationChannelEnabled"]:
        return _failure("overriding destination channel is disabled for this integration")
    call.caller = user
    try:
        post(call, {**payload, "bot": {"i": integration["_id"]}}, integration)
    except ApiError as error:
        return _failure(str(error.code or error.reason))
    return success()


def _fits(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def _failure(text: str) -> Reply:
    return json_reply({"success": False, "error": text}, 400)
