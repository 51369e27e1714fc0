# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the workspace says of itself, each read once: settings that it publishes, which roles hold which permission."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, UnexpectedAnswer

TWO_FACTOR_ON = "Accounts_TwoFactorAuthentication_Enabled"
BY_TOTP = "Accounts_TwoFactorAuthentication_By_TOTP_Enabled"
BY_EMAIL = "Accounts_TwoFactorAuthentication_By_Email_Enabled"
PASSWORD_FALLBACK = "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback"  # noqa: S105 (a name, no password)
EMAIL_VERIFICATION = "Accounts_EmailVerification"
LOGIN_FORM = "Accounts_ShowFormLogin"
PASSWORD_RESET = "Accounts_PasswordReset"  # noqa: S105 (a name, no password)
# From 6.13 on; without it nobody is exempt.
OAUTH_CODES = "Accounts_twoFactorAuthentication_email_available_for_OAuth_users"
LDAP_ON = "LDAP_Enable"
LIVECHAT_ON = "Livechat_enabled"
# Services that people may sign in by. The switches of SAML, of services that a workspace defines itself and of a few
# others are not published (read in the server's source; the same from 6.5 to 8.6).
SERVICES = {
    "Accounts_OAuth_Apple": "Apple",
    "Accounts_OAuth_Facebook": "Facebook",
    "Accounts_OAuth_Github": "GitHub",
    "Accounts_OAuth_Gitlab": "GitLab",
    "Accounts_OAuth_Google": "Google",
    "Accounts_OAuth_Linkedin": "LinkedIn",
    "Accounts_OAuth_Meteor": "Meteor",
    "Accounts_OAuth_Nextcloud": "Nextcloud",
    "Accounts_OAuth_Twitter": "Twitter",
    "Accounts_OAuth_Wordpress": "WordPress",
    "CAS_enabled": "CAS",
}
DEFAULT_ROLES = "Accounts_Registration_Users_Default_Roles"
TWO_FACTOR_SETTINGS = (TWO_FACTOR_ON, BY_TOTP, BY_EMAIL, PASSWORD_FALLBACK)
# All that any job looks at, so that they cost one request.
SETTINGS = (
    *TWO_FACTOR_SETTINGS,
    EMAIL_VERIFICATION,
    LOGIN_FORM,
    PASSWORD_RESET,
    OAUTH_CODES,
    LDAP_ON,
    LIVECHAT_ON,
    DEFAULT_ROLES,
    *SERVICES,
)


class Workspace:
    """The workspace that a client talks to."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._published: dict[str, Any] | None = None
        self._known: dict[str, frozenset[str]] | None = None
        self._permissions: dict[str, frozenset[str]] | None = None

    def published(self) -> dict[str, Any]:
        """Return those of ``SETTINGS`` that the workspace publishes.

        :raises Refused: where the server does not tell
        """
        if self._published is None:
            self._published = _read_settings(self._client, SETTINGS)
        return self._published

    def settings(self) -> dict[str, bool]:
        """Return those that are switches.

        :raises Refused: where the server does not tell
        """
        return _switches(self.published())

    def if_told(self) -> dict[str, Any]:
        """Return what the workspace publishes; nothing where the server does not tell."""
        if self._published is None:
            self._published = if_allowed(self.published) or {}
        return self._published

    @property
    def settings_so_far(self) -> dict[str, bool]:
        """What :meth:`settings` has read, without asking."""
        return _switches(self._published or {})

    def holders(self, permission: str) -> frozenset[str] | None:
        """Return the ids of the roles that hold a permission, ``None`` where the server does not tell."""
        if self._known is None:
            self._known = if_allowed(self.permissions) or {}
        return self._known.get(permission)

    def lacks(self, roles: Collection[str], permission: str) -> bool:
        """Tell whether it is known that none of these roles, by their ids, holds a permission."""
        holders = self.holders(permission)
        return holders is not None and not holders & set(roles)

    @property
    def has_listed_permissions(self) -> bool:
        """Whether :meth:`permissions` has been read already."""
        return self._permissions is not None

    def permissions(self) -> dict[str, frozenset[str]]:
        """Return the ids of the roles that hold each permission, for all permissions that the server lists.

        :raises Refused: where the server does not tell
        """
        if self._permissions is None:
            rows = self._client.get("v1/permissions.listAll").get("update")
            self._permissions = {
                str(row.get("_id")): frozenset(str(role) for role in row["roles"])
                for row in (rows if isinstance(rows, list) else [])
                if isinstance(row, dict) and isinstance(row.get("roles"), list)
            }
        return self._permissions


def _switches(settings: dict[str, Any]) -> dict[str, bool]:
    return {name: value for name, value in settings.items() if isinstance(value, bool)}


def _read_settings(client: Client, names: Sequence[str]) -> dict[str, Any]:
    """Servers from 7.0 on filter by ``_id``; older ones send everything, in pages unless ``count`` is 0."""
    found: dict[str, Any] = {}
    offset = 0
    while True:
        page = client.get("v1/settings.public", {"_id": ",".join(names), "count": "0", "offset": str(offset)})
        rows = page.get("settings")
        rows = rows if isinstance(rows, list) else []
        for row in rows:
            if isinstance(row, dict) and row.get("_id") in names and "value" in row:
                found[row["_id"]] = row["value"]
        offset += len(rows)
        total = page.get("total")
        if not rows or len(found) == len(names) or not isinstance(total, int) or offset >= total:
            return found


def if_there(read: Callable[[], Any]) -> Any:
    """Return what was read, or ``None`` where the server does not let this caller read it, or has no such thing."""
    try:
        return if_allowed(read)
    except UnexpectedAnswer as error:
        if error.code != "no-such-endpoint":
            raise
        return None


def if_allowed(read: Callable[[], Any]) -> Any:
    """Return what was read, or ``None`` where the server does not let this caller read it."""
    try:
        return read()
    except Refused as error:
        if not error.hides:
            raise
        return None
