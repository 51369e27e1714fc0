# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one list of what each job takes: the doctor compares with it, and the set-up gives by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

# What each job of this collection takes; an account needs the permissions of the jobs it does, and no more.
JOBS: Mapping[str, tuple[str, Sequence[str]]] = {
    "reset_totp": ("reset TOTP", ["edit-other-user-totp"]),
    "see_logins": ("see who never logged in, and e-mail addresses", ["view-full-other-user-info"]),
    "end_sessions": ("end sessions", ["logout-other-user"]),
    "change_status": ("deactivate and activate", ["edit-other-user-active-status"]),
    "reset_password": (
        "set passwords",
        ["edit-other-user-info", "edit-other-user-password", "view-full-other-user-info"],
    ),
    "reset_e2e_key": ("reset end-to-end keys", ["edit-other-user-e2ee"]),
    "list_users": ("list all users", ["view-d-room"]),
    "foresee_rooms": (
        "see which rooms a deactivation would delete or hand on",
        ["view-other-user-channels", "view-room-administration"],
    ),
    "hand_over_rooms": (
        "give the rooms and teams of leavers to somebody else",
        ["set-owner", "add-user-to-any-c-room", "add-user-to-any-p-room", "edit-team-member"],
    ),
    "end_memberships": (
        "take leavers out of rooms and teams",
        [
            "remove-user",
            "kick-user-from-any-c-room",
            "kick-user-from-any-p-room",
            "view-all-teams",
            "edit-team-member",
        ],
    ),
    "close_webhooks": (
        "switch off and remove webhooks",
        [
            "manage-incoming-integrations",
            "manage-outgoing-integrations",
            "manage-own-incoming-integrations",
            "manage-own-outgoing-integrations",
        ],
    ),
    "see_teams": ("see whether a team would be left without an owner", ["view-all-teams"]),
    "leave_omnichannel": ("take people out of Omnichannel", ["view-livechat-manager", "view-l-room"]),
    "see_oauth_apps": ("see OAuth apps", ["manage-oauth-apps"]),
    "take_roles": (
        "take roles away",
        ["edit-other-user-info", "assign-roles", "view-full-other-user-info"],
    ),
}

# The jobs that consist of others, as they are without any option. Of offboarding, what comes after change_status can
# be done without: what could not be looked at for want of it is told as left behind, and nothing fails.
WHOLE_JOBS: Mapping[str, Sequence[str]] = {
    "recover": ["reset_totp", "see_logins", "end_sessions"],
    "offboard": [
        "reset_totp",
        "see_logins",
        "end_sessions",
        "change_status",
        "foresee_rooms",
        "see_teams",
        "close_webhooks",
    ],
    "reconcile": [
        "list_users",
        "reset_totp",
        "see_logins",
        "end_sessions",
        "change_status",
        "foresee_rooms",
        "see_teams",
        "close_webhooks",
    ],
}

# What each of these can do to others nobody else should be able to; administrators have them all.
POWERS = (
    "edit-other-user-totp",
    "edit-other-user-e2ee",
    "logout-other-user",
    "edit-other-user-active-status",
    "edit-other-user-info",
    "edit-other-user-password",
)

# Whoever holds one of these can give themselves any other, or make somebody who can.
NEVER = ("access-permissions", "assign-admin-role", "create-user", "edit-privileged-setting")


def permissions_of(jobs: Iterable[str]) -> list[str]:
    """Return what these jobs take, each permission once."""
    parts = [part for job in jobs for part in WHOLE_JOBS.get(job, (job,))]
    return list(dict.fromkeys(permission for part in parts for permission in JOBS[part][1]))
