# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How rooms, their members and teams look in answers."""

from __future__ import annotations

from typing import Any

from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.rooms import Room, Subscription, Team, TeamMember
from tests.emulator.state import User

View = dict[str, Any]

# Roles in rooms that the workspace has a description of; only these show in lists of roles.
_LISTED_ROLES = ("owner", "leader", "moderator")
_PRIORITIES = {"owner": 0, "moderator": 500, "leader": 1000}
_NO_PRIORITY = 10000
# What the first listing by role writes into the record of a room.
_PRIORITIES_CREATED = 2


def room_view(call: Call, room: Room) -> View:
    """A whole room."""
    shown = admin_room_view(call, room)
    if room.encrypted is not None:
        shown["encrypted"] = room.encrypted
    if room.priorities_created:
        shown["rolePrioritiesCreated"] = _PRIORITIES_CREATED
    if room.last_said is not None:
        shown["lm"] = iso(room.last_said / 1000)
    if room.last_message is not None:
        shown["lastMessage"] = room.last_message.record
    if not call.server.speak.new and room.type != "d":
        shown |= {"customFields": {}, "default": room.default, "sysMes": True}
    return shown


def admin_room_view(call: Call, room: Room) -> View:
    """A room as the administration lists it."""
    shown: View = {
        "_id": room.id,
        "t": room.type,
        "msgs": room.message_count,
        "usersCount": len(room.subscriptions),
        "ts": iso(room.created),
        "ro": room.read_only,
    }
    if room.type == "d":
        people = _people(call, room)
        shown |= {"usernames": [user.username for user in people], "uids": [user.id for user in people]}
    else:
        shown |= {"name": room.name, "fname": room.shown_name}
    for key, value in (
        ("u", room.creator),
        ("prid", room.parent),
        ("teamId", room.team),
        ("teamMain", room.team_main),
        ("archived", room.archived),
        ("default", room.default),
    ):
        if value:
            shown[key] = value
    return shown


def members_of(call: Call, room: Room) -> list[User]:
    """Who shows in lists of members: active accounts only, by user name."""
    wanted = call.query.get("filter", "").lower()
    people = (user for user in _people(call, room) if user.active)
    found = [user for user in people if wanted in user.username.lower() or wanted in user.name.lower()]
    return sorted(found, key=lambda user: user.username)


def member_view(user: User) -> View:
    """One line of a list of members."""
    shown: View = {"_id": user.id, "username": user.username, "name": user.name, "status": user.status}
    if user.nickname:
        shown["nickname"] = user.nickname
    if user.federated:
        shown["federated"] = True
    return shown


def ordered_member_view(call: Call, room: Room, user: User) -> View:
    """One line of a list of members by role."""
    entry = room.subscriptions[user.id]
    roles: View = {"roles": entry.roles} if entry.roles else {}
    shown = {**member_view(user), **roles}
    if call.server.speak.shows_subscriptions_of_members:
        shown["subscription"] = {"_id": entry.id, "ts": iso(entry.joined), **roles}
    return shown


def by_role(room: Room, members: list[User]) -> list[User]:
    """Owners first, then moderators and leaders."""

    def priority(user: User) -> int:
        return min((_PRIORITIES.get(role, _NO_PRIORITY) for role in room.roles_of(user.id)), default=_NO_PRIORITY)

    return sorted(members, key=priority)


def role_views(call: Call, room: Room) -> list[View]:
    """Who has a role in a room, inactive accounts too."""
    named = call.server.speak.shows_subscriptions_of_members
    views = []
    for entry in room.subscriptions.values():
        if any(role in _LISTED_ROLES for role in entry.roles):
            user = call.server.state.by_id[entry.user_id]
            person = {"_id": user.id, "username": user.username, "name": user.name if named else None}
            views.append({"_id": entry.id, "rid": room.id, "u": person, "roles": entry.roles})
    return views


def moderator_views(call: Call, room: Room) -> list[View]:
    """The moderators of a room."""
    people = (user for user in _people(call, room) if "moderator" in room.roles_of(user.id))
    return [{"_id": user.id, "username": user.username, "name": user.name} for user in people]


def counters_view(call: Call, room: Room, user_id: str) -> View:
    """The counters of a room; without a right to know them they are empty, and not refused."""
    entry = room.subscriptions.get(user_id)
    shown: View = dict.fromkeys(["members", "unreads", "unreadsFrom", "msgs", "latest", "userMentions"])
    shown["joined"] = entry is not None
    if entry is not None:
        shown |= {"unreads": entry.unread, "unreadsFrom": iso(entry.joined), "userMentions": entry.unread}
    if entry is not None or call.may("view-room-administration"):
        people = _people(call, room)
        if call.server.speak.counts_active_members:
            people = [user for user in people if user.active]
        latest = max(room.changed, room.created) if room.last_said is None else room.last_said / 1000
        shown |= {"members": len(people), "msgs": room.message_count, "latest": iso(latest)}
    return shown


def subscription_views(call: Call, user: User) -> list[View]:
    """The rooms of an account, by type and name."""
    views = [
        _subscription_view(call, room, room.subscriptions[user.id]) for room in call.server.state.rooms.of(user.id)
    ]
    return sorted(views, key=lambda view: (view["t"], view["name"]))


def _subscription_view(call: Call, room: Room, entry: Subscription) -> View:
    name = room.name
    if room.type == "d":
        others = [user.username for user in _people(call, room) if user.id != entry.user_id]
        name = ", ".join(others)
    shown: View = {"_id": entry.id, "rid": room.id, "name": name, "t": room.type, "unread": entry.unread}
    return {**shown, "roles": entry.roles} if entry.roles else shown


def team_view(team: Team) -> View:
    """A team."""
    return {
        "_id": team.id,
        "name": team.name,
        "type": int(team.private),
        "createdAt": iso(team.created),
        "createdBy": _maker(team.creator),
        "roomId": team.room_id,
    }


def listed_team_view(call: Call, team: Team) -> View:
    """One line of a list of teams."""
    rooms = [room for room in call.server.state.rooms.of_team(team.id) if not room.team_main]
    return {**team_view(team), "rooms": len(rooms), "numberOfUsers": len(team.members)}


def team_member_view(user: User, member: TeamMember) -> View:
    """One line of the members of a team."""
    person = {"_id": user.id, "username": user.username, "name": user.name, "status": user.status, "settings": {}}
    shown: View = {"user": person, "createdBy": _maker(member.creator), "createdAt": iso(member.joined)}
    return {**shown, "roles": member.roles} if member.roles else shown


def _maker(creator: dict[str, str]) -> View:
    return {key: creator[key] for key in ("_id", "username")}


def _people(call: Call, room: Room) -> list[User]:
    return [call.server.state.by_id[user_id] for user_id in room.subscriptions]
