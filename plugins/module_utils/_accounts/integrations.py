# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Webhooks, which go on working when whoever made them, or is posted as, has left.

What the server shows of one holds its token, often a script, and addresses with tokens of other services in them: none
of that leaves this file. ``integrations.update`` empties whatever its body leaves out (recorded on 7.7.1 and 8.6.1), so
the whole is sent back, read again right before, and what the server made of it is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import text
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    LIST_INTEGRATIONS,
    REMOVE_INTEGRATION,
    UPDATE_INTEGRATION,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, TargetError

# A workspace may give fewer.
_PAGE = 100
_INCOMING = "webhook-incoming"
_OUTGOING = "webhook-outgoing"
# What the server takes of each kind beside what every body holds. An outgoing one with any other key is refused, up to
# 6.x with its script engine too, which newer servers keep when it is left out (recorded on 7.7.1 and 8.6.1).
_BOTH = ("script", "alias", "avatar", "emoji")
_SENT_BACK: Mapping[str, tuple[str, ...]] = {
    _INCOMING: (*_BOTH, "scriptEngine", "overrideDestinationChannelEnabled"),
    _OUTGOING: (
        *_BOTH,
        "event",
        "urls",
        "triggerWords",
        "triggerWordAnywhere",
        "token",
        "targetRoom",
        "runOnEdits",
        "retryFailedCalls",
        "retryCount",
        "retryDelay",
        "impersonateUser",
    ),
}
# What the server itself makes anew with every update.
_NOT_COMPARED = frozenset({"enabled", "username", "scriptCompiled", "scriptError", "_updatedAt", "_updatedBy"})
# A secret may be told only where it is no word that any sentence has.
_SHORTEST_SECRET = 4


@dataclass(frozen=True)
class Integration:
    """One webhook. ``posts_as``: name of the account that its messages are from."""

    integration_id: str
    kind: str
    name: str
    enabled: bool
    posts_as: str
    posts_as_id: str
    made_by_id: str
    record: Mapping[str, Any] = field(repr=False)

    @property
    def incoming(self) -> bool:
        """Whether it takes messages from outside, rather than hand them on."""
        return self.kind == _INCOMING

    @property
    def title(self) -> str:
        """What people find it by."""
        way = "incoming" if self.incoming else "outgoing"
        return f"{self.name or 'without a name'} ({way}, posts as {self.posts_as}, id {self.integration_id})"

    def is_of(self, user: User) -> bool:
        """Tell whether somebody made it, or is posted as."""
        posts = self.posts_as_id == user.user_id if self.posts_as_id else self.posts_as == user.username
        return posts or self.made_by_id == user.user_id

    def missing(self, held: frozenset[str], *, remove: bool) -> str:
        """Return the first permission that it takes to switch it off, or remove it, and that is not held."""
        way = "incoming" if self.incoming else "outgoing"
        needed = [f"manage-{way}-integrations"] + ([] if remove else [f"manage-own-{way}-integrations"])
        return next((permission for permission in needed if permission not in held), "")

    def without_secrets(self, words: str) -> str:
        """Return what a server said of it, or nothing where that holds something of it that is secret."""
        secrets = [text(self.record, "token"), text(self.record, "script"), *_texts(self.record.get("urls"))]
        return "" if any(len(one) >= _SHORTEST_SECRET and one in words for one in secrets) else words


# All of them are seen with both only; with less, those that the caller made itself (its own source, 6.13 to 8.6.1).
SEE_ALL = ("manage-incoming-integrations", "manage-outgoing-integrations")
# What goes with them for rooms that the calling account is not in.
CHANGE_ALL = ("manage-own-incoming-integrations", "manage-own-outgoing-integrations")


def read_integrations(client: Client) -> list[Integration]:
    """Return all webhooks of the workspace, each once.

    :raises Refused: where the caller may see none
    """
    found: dict[str, Integration] = {}
    offset = 0
    while True:
        parameters = {"count": str(_PAGE), "offset": str(offset)}
        page = client.get(f"v1/{LIST_INTEGRATIONS.path}", parameters, action=LIST_INTEGRATIONS)
        rows = page.get("integrations")
        rows = rows if isinstance(rows, list) else []
        for integration in filter(None, map(_integration, rows)):
            found[integration.integration_id] = integration
        offset += len(rows)
        total = page.get("total")
        if not rows or not isinstance(total, int) or offset >= total:
            return list(found.values())


def close(client: Client, user: User, integration: Integration, *, remove: bool) -> int:
    """Switch a webhook off, or remove it for good; return how many requests that took.

    One that is off or gone by now, or nobody's of these any more, is left as it is.

    :raises TargetError: ``integration-not-closed``, where it is still on, or ``integration-changed``, where more of it
        is another than whether it is on
    """
    now = _read_again(client, integration)
    if now is None or not now.is_of(user) or not (now.enabled or remove):
        return 1
    named = {"type": now.kind, "integrationId": now.integration_id}
    if remove:
        try:
            return 1 + client.act(REMOVE_INTEGRATION, user, named).attempts
        except Refused as error:
            if _gone(error):
                return 1 + error.attempts
            raise
    reply = client.act(UPDATE_INTEGRATION, user, {**named, **_switched_off(now, user)})
    _compare(now, reply.body.get("integration"))
    return 1 + reply.attempts


def _read_again(client: Client, integration: Integration) -> Integration | None:
    """Return a webhook as it is now, ``None`` where it is gone."""
    try:
        answer = client.get(
            "v1/integrations.get", {"integrationId": integration.integration_id}, action=LIST_INTEGRATIONS
        )
    except Refused as error:
        if _gone(error):
            return None
        raise
    return _integration(answer.get("integration"))


def _gone(error: Refused) -> bool:
    # Neither answer has a code (recorded on 7.7.1 and 8.6.1; the second from the server's own source).
    return error.words.startswith(("No integration found", "The integration does not exist"))


def _switched_off(now: Integration, user: User) -> dict[str, Any]:
    """Return all of a webhook in the form in which the server takes it, with nothing but the switch another."""
    record = now.record
    return {
        **{key: record[key] for key in _SENT_BACK[now.kind] if record.get(key) is not None},
        "name": now.name,
        # The server looks the account up by this name, and people are renamed.
        "username": user.username if now.posts_as_id == user.user_id else now.posts_as,
        "channel": ",".join(_texts(record.get("channel"))),
        "scriptEnabled": record.get("scriptEnabled") is True,
        "enabled": False,
    }


def _compare(before: Integration, after: Any) -> None:
    if not isinstance(after, dict) or after.get("enabled") is not False:
        raise TargetError(
            "integration-not-closed",
            "the server answered with success, and yet does not show it switched off",
        )
    keys = (before.record.keys() | after.keys()) - _NOT_COMPARED
    # By name alone: values may be secret.
    lost = sorted(key for key in keys if _value(before.record.get(key)) != _value(after.get(key)))
    if lost:
        raise TargetError(
            "integration-changed",
            f"it is off, but the server changed more of it than it was asked to: {', '.join(lost)}",
        )


def _value(value: Any) -> Any:
    """Return what two descriptions are compared by: nothing is shown in several ways."""
    return None if value in ("", []) else value


def _integration(row: Any) -> Integration | None:
    if not isinstance(row, dict) or row.get("type") not in _SENT_BACK or not text(row, "_id"):
        return None
    maker = row.get("_createdBy")
    return Integration(
        text(row, "_id"),
        text(row, "type"),
        text(row, "name"),
        # Whatever does not say that it is off is on.
        enabled=row.get("enabled") is not False,
        posts_as=text(row, "username"),
        posts_as_id=text(row, "userId"),
        made_by_id=text(maker, "_id") if isinstance(maker, dict) else "",
        record=row,
    )


def _texts(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
