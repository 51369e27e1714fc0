# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints that change an account, and what each of them demands of the caller."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Action:
    """One endpoint that acts on one account.

    ``path``: below ``/api/v1/``. ``permission``: what the caller needs to act on others. ``deed``: completes "may
    not ...". ``since``: first server version that has it. ``two_factor``: whether the caller's second factor is asked
    for. ``note``: what else a refusal for lack of the permission may mean. ``names``: how the account is named: by its
    id in the ``body`` or its ``username`` there, at the end of the ``path``, or by ``nothing``, where it is something
    of the account's.
    """

    path: str
    permission: str
    deed: str
    since: tuple[int, int] = (0, 0)
    two_factor: bool = False
    note: str = ""
    method: str = "POST"
    names: str = "body"


# First shipped in 3.8.0; the public reference's 3.6.0 is the version of users.resetE2EKey.
RESET_TOTP = Action(
    path="users.resetTOTP",
    permission="edit-other-user-totp",
    deed="reset the TOTP of other users",
    since=(3, 8),
    two_factor=True,
    note=" Before Rocket.Chat 6.4 this is also the answer when the setting"
    " Accounts_TwoFactorAuthentication_Enforce_Password_Fallback is off: then switch it on.",
)

RESET_E2E_KEY = Action(
    path="users.resetE2EKey",
    permission="edit-other-user-e2ee",
    deed="reset the end-to-end encryption key of other users",
    since=(3, 6),
    two_factor=True,
)

END_SESSIONS = Action(path="users.logout", permission="logout-other-user", deed="end the sessions of other users")

SET_ACTIVE = Action(
    path="users.setActiveStatus",
    permission="edit-other-user-active-status",
    deed="activate or deactivate other users",
)

UPDATE_USER = Action(
    path="users.update", permission="edit-other-user-info", deed="edit the accounts of other users", two_factor=True
)

# The same endpoint: without this permission it ignores the password without a word.
SET_PASSWORD = Action(
    path="users.update",
    permission="edit-other-user-password",
    deed="set the password of other users",
    two_factor=True,
)

READ_GROUP = Action(path="groups.history", permission="view-joined-room", deed="read a room that it is in")

MAKE_GROUP = Action(path="groups.create", permission="create-p", deed="make a private channel")

INVITE = Action(
    path="groups.invite", permission="add-user-to-joined-room", deed="invite others to a room that it is in"
)

SAY = Action(path="chat.sendMessage", permission="view-joined-room", deed="write to a room that it is in")

LIST_USERS = Action(path="users.list", permission="view-d-room", deed="list users")

LIST_BY_STATUS = Action(path="users.listByStatus", permission="view-d-room", deed="list users")

# Who sees less cannot send a profile back as it was, and what is not sent back is erased.
SEE_PROFILE = Action(
    path="users.info", permission="view-full-other-user-info", deed="see the whole profile of other users"
)

SEE_ROOMS = Action(path="users.info", permission="view-other-user-channels", deed="see the rooms of other users")

SEE_ROOM_COUNTS = Action(
    path="rooms.adminRooms.getRoom",
    permission="view-room-administration",
    deed="see how many members a room has",
)

MAKE_ACCOUNT = Action(path="users.create", permission="create-user", deed="make accounts")

MAKE_ROLE = Action(path="roles.create", permission="access-permissions", deed="make roles")

DELETE_ROLE = Action(path="roles.delete", permission="access-permissions", deed="delete roles")

GIVE_ROLE = Action(
    path="roles.addUserToRole", permission="access-permissions", deed="give roles to others", names="username"
)

TAKE_ROLE = Action(
    path="roles.removeUserFromRole", permission="access-permissions", deed="take roles from others", names="username"
)

CHANGE_PERMISSIONS = Action(
    path="permissions.update", permission="access-permissions", deed="give permissions to roles"
)

# These three are the owner's alone: there is no way to do them for somebody else.
NO_EMAIL_CODES = Action(
    path="users.2fa.disableEmail", permission="", deed="switch its own e-mail codes off", two_factor=True
)

MAKE_TOKEN = Action(
    path="users.generatePersonalAccessToken",
    permission="create-personal-access-tokens",
    deed="make a personal access token",
    two_factor=True,
)

REMOVE_TOKEN = Action(
    path="users.removePersonalAccessToken",
    permission="create-personal-access-tokens",
    deed="remove a personal access token",
    two_factor=True,
)

# Who is in a room already is no error.
INVITE_TO_CHANNEL = Action(
    path="channels.invite", permission="add-user-to-any-c-room", deed="put others into channels that it is not in"
)
INVITE_TO_GROUP = Action(
    path="groups.invite",
    permission="add-user-to-any-p-room",
    deed="put others into private rooms that it is not in",
)

ADD_OWNER = Action(path="channels.addOwner", permission="set-owner", deed="make others owners of a room")

REMOVE_OWNER = Action(
    path="channels.removeOwner", permission="set-owner", deed="take the ownership of a room from others"
)

# Each of the two takes this beside the permission for rooms that the caller is not in.
REMOVE_MEMBERS = Action(path="channels.kick", permission="remove-user", deed="take others out of rooms")

REMOVE_FROM_CHANNEL = Action(
    path="channels.kick", permission="kick-user-from-any-c-room", deed="take others out of channels that it is not in"
)

REMOVE_FROM_GROUP = Action(
    path="groups.kick",
    permission="kick-user-from-any-p-room",
    deed="take others out of private rooms that it is not in",
)

REMOVE_FROM_TEAM = Action(path="teams.removeMember", permission="edit-team-member", deed="take others out of teams")

SET_TEAM_ROLES = Action(
    path="teams.updateMember", permission="edit-team-member", deed="make others owners of a team", names="nothing"
)

LIST_TEAMS = Action(path="teams.listAll", permission="view-all-teams", deed="list all teams")

# Of these three, outgoing webhooks take the permissions of the same name with "outgoing".
LIST_INTEGRATIONS = Action(
    path="integrations.list", permission="manage-incoming-integrations", deed="see the webhooks of others"
)

UPDATE_INTEGRATION = Action(
    path="integrations.update",
    permission="manage-incoming-integrations",
    deed="change the webhooks of others",
    method="PUT",
    names="nothing",
)

REMOVE_INTEGRATION = Action(
    path="integrations.remove",
    permission="manage-incoming-integrations",
    deed="remove the webhooks of others",
    names="nothing",
)

LIST_OAUTH_APPS = Action(
    path="oauth-apps.list", permission="manage-oauth-apps", deed="see the OAuth apps of the workspace"
)

REMOVE_AGENT = Action(
    path="livechat/users/agent",
    permission="view-livechat-manager",
    deed="take others out of Omnichannel",
    method="DELETE",
    names="path",
)

REMOVE_MANAGER = Action(
    path="livechat/users/manager",
    permission="view-livechat-manager",
    deed="take others out of Omnichannel",
    method="DELETE",
    names="path",
)

# Below it: the id of an account, agent or not, and "departments" (the server's own source; not recorded).
SEE_DEPARTMENTS = Action(
    path="livechat/agents", permission="view-l-room", deed="see who is in the departments of Omnichannel"
)

# The same endpoint as all of the profile.
SET_ROLES = Action(
    path="users.update", permission="assign-roles", deed="change the roles of other users", two_factor=True
)


def by_method(action: Action, method: str) -> Action:
    """Return the same deed by a method of the server's own clients, whose parameters name the account.

    Methods act on archived rooms too, and on private ones that the caller is not in.
    """
    return replace(action, path=f"method.call/{method}", names="nothing")
