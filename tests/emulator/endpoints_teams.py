# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teams: reading them, and changing who is in them."""

from __future__ import annotations

from collections.abc import Iterable

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.membership import enter, part
from tests.emulator.messaging import tell
from tests.emulator.paging import page_of
from tests.emulator.registry import endpoint
from tests.emulator.room_access import can_access, may_in, parameters
from tests.emulator.room_views import listed_team_view, room_view, team_member_view, team_view
from tests.emulator.rooms import Room, Team
from tests.emulator.state import User


@endpoint("GET", "teams.listAll", permission="view-all-teams")
def list_all(call: Call) -> Reply:
    """All teams."""
    return _list(call, call.server.state.rooms.teams.values())


@endpoint("GET", "teams.list")
def list_own(call: Call) -> Reply:
    """The caller's teams."""
    return _list(call, (team for team in call.server.state.rooms.teams.values() if call.user.id in team.members))


def _list(call: Call, teams: Iterable[Team]) -> Reply:
    page, numbers = page_of(call, list(teams))
    return success({"teams": [listed_team_view(call, team) for team in page], **numbers})


@endpoint("GET", "teams.info")
def info(call: Call) -> Reply:
    """One team."""
    team = _named_team(call)
    if team is None:
        raise ApiError(None, "Team not found")
    main_room = call.server.state.rooms.get(team.room_id)
    if main_room is None:
        raise ApiError(None, "Room not found")
    if not can_access(call, main_room) and not call.may("view-all-teams"):
        raise _unauthorized()
    return success({"teamInfo": team_view(team)})


@endpoint("GET", "teams.members")
def members(call: Call) -> Reply:
    """The active members of a team; who may not know them gets none, and is not refused."""
    team, state = _team(call), call.server.state
    found = []
    if call.user.id in team.members or _may(call, team, "view-all-teams"):
        people = ((state.by_id[user_id], member) for user_id, member in team.members.items())
        found = [team_member_view(user, member) for user, member in people if user.active]
    page, numbers = page_of(call, found)
    return success({"members": page, **numbers})


@endpoint("GET", "teams.listRooms")
def list_rooms(call: Call) -> Reply:
    """The rooms of a team: all, or those that anybody may see and the caller's own."""
    team = _team(call)
    _refuse_strangers(call, team)
    rooms = _rooms_within(call, team)
    if not _may(call, team, "view-all-team-channels"):
        rooms = [room for room in rooms if room.type == "c" or call.user.id in room.subscriptions]
    page, numbers = page_of(call, rooms)
    return success({"rooms": [room_view(call, room) for room in page], **numbers})


@endpoint("GET", "teams.listRoomsOfUser")
def list_rooms_of_user(call: Call) -> Reply:
    """The rooms of a team that somebody is in, and whether they are the last owner."""
    team, user_id = _team(call), call.query.get("userId", "")
    if user_id != call.user.id and not _may(call, team, "view-all-team-channels"):
        raise _unauthorized()
    _refuse_strangers(call, team)
    rooms = [room for room in _rooms_within(call, team) if user_id in room.subscriptions]
    page, numbers = page_of(call, rooms)
    views = [{**room_view(call, room), "isLastOwner": room.owners == [user_id]} for room in page]
    return success({"rooms": views, **numbers, "offset": 0})


@endpoint("POST", "teams.addMembers")
def add_members(call: Call) -> Reply:
    """Put people into a team and its main room; older servers give the roles in the team alone."""
    team, state = _team(call), call.server.state
    if not (_may(call, team, "add-team-member") or _may(call, team, "edit-team-member")):
        raise _unauthorized()
    main_room = _main_room(call, team)
    for entry in call.fields.get("members", []):
        user = state.by_id.get(str(entry.get("userId")))
        if user is None:
            raise ApiError(None, "invalid-user")
        enter(call.server, main_room, user, call.user)
        given = list(entry.get("roles") or [])
        _add_roles(team.members[user.id].roles, given)
        if call.server.speak.heeds_team_roles:
            _add_roles(main_room.subscriptions[user.id].roles, given)
    return success()


@endpoint("POST", "teams.updateMember")
def update_member(call: Call) -> Reply:
    """Replace somebody's roles in a team and its main room; nobody looks whether an owner is left."""
    team = _team(call)
    _demand(call, team, "edit-team-member")
    given = call.fields.get("member") or {}
    user_id, roles = given.get("userId"), list(given.get("roles") or [])
    if not user_id:
        raise ApiError(None, "invalid-user")
    if user_id in team.members:
        team.members[user_id].roles = list(roles)
    entry = _main_room(call, team).subscriptions.get(user_id)
    if entry is not None:
        entry.roles = roles
    return success()


@endpoint("POST", "teams.removeMember")
def remove_member(call: Call) -> Reply:
    """Take somebody who is active out of a team, its main room, and those of its rooms that are named."""
    team = _team(call)
    _demand(call, team, "edit-team-member")
    user = call.server.state.by_id.get(str(call.fields.get("userId")))
    if user is None or not user.active:
        raise ApiError(None, "invalid-user")
    _remove(call, team, user)
    return success()


@endpoint("POST", "teams.leave")
def leave(call: Call) -> Reply:
    """Go out of a team."""
    _remove(call, _team(call), call.user)
    return success()


def _remove(call: Call, team: Team, user: User) -> None:
    main_room = _main_room(call, team)
    if user.id not in team.members and user.id not in main_room.subscriptions:
        raise ApiError(None, "member-does-not-exist")
    if team.owners == [user.id]:
        raise ApiError(None, "last-owner-can-not-be-removed")
    named = call.fields.get("rooms") or []
    rooms = [main_room, *(room for room in _rooms_within(call, team) if room.id in named)]
    team.members.pop(user.id, None)
    for room in rooms:
        if user.id in room.subscriptions:
            part(call.server, room, user)
            tell(call.server, room, _going(room, gone_by_themselves=user is call.user), user, call.user)


def _going(room: Room, *, gone_by_themselves: bool) -> str:
    """The type of the message that somebody is no longer in a room."""
    if gone_by_themselves:
        return "ult" if room.team_main else "ul"
    return "removed-user-from-team" if room.team_main else "ru"


def _add_roles(roles: list[str], given: list[str]) -> None:
    roles += [role for role in given if role not in roles]


def _named_team(call: Call) -> Team | None:
    teams, given = call.server.state.rooms.teams, parameters(call)
    if given.get("teamId"):
        return teams.get(str(given["teamId"]))
    return next((team for team in teams.values() if team.name == given.get("teamName")), None)


def _team(call: Call) -> Team:
    team = _named_team(call)
    if team is None:
        raise ApiError(None, "team-does-not-exist")
    return team


def _main_room(call: Call, team: Team) -> Room:
    room = call.server.state.rooms.get(team.room_id)
    if room is None:
        raise ApiError("error-invalid-room", "Invalid room", {"method": "addUserToRoom"})
    return room


def _rooms_within(call: Call, team: Team) -> list[Room]:
    return [room for room in call.server.state.rooms.of_team(team.id) if not room.team_main]


def _may(call: Call, team: Team, permission: str) -> bool:
    """Whether the caller holds a permission, be it by a role in the team's main room."""
    room = call.server.state.rooms.get(team.room_id)
    return call.may(permission) if room is None else may_in(call, permission, room)


def _demand(call: Call, team: Team, permission: str) -> None:
    if not _may(call, team, permission):
        raise _unauthorized()


def _refuse_strangers(call: Call, team: Team) -> None:
    if team.private and call.user.id not in team.members and not _may(call, team, "view-all-teams"):
        raise ApiError(None, "user-not-on-private-team")


def _unauthorized() -> ApiError:
    return ApiError(None, "unauthorized", status=403)
