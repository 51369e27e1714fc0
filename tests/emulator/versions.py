# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Rocket.Chat the emulator speaks, and from which version on a behaviour holds."""

from __future__ import annotations

from dataclasses import dataclass

# What running servers of these versions call themselves; others are simply MAJOR.MINOR.0.
_FULL_VERSIONS = {(6, 5): "6.5.0-develop", (7, 7): "7.7.1", (8, 6): "8.6.1"}


@dataclass(frozen=True)
class Speak:
    """One version of the server, compared by (major, minor)."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Speak:
        """Read "6.5"; raise ValueError with a sentence when it is anything else."""
        parts = text.split(".")
        if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
            raise ValueError(f"'{text}' is not a version such as 6.5 or 8.6.")
        return cls(int(parts[0]), int(parts[1]))

    def since(self, major: int, minor: int = 0) -> bool:
        """Whether this version is the given one or a later one."""
        return (self.major, self.minor) >= (major, minor)

    @property
    def short(self) -> str:
        """Major and minor, which is all that an anonymous caller learns since 4.0."""
        return f"{self.major}.{self.minor}"

    @property
    def full(self) -> str:
        """The complete version string."""
        return _FULL_VERSIONS.get((self.major, self.minor), f"{self.major}.{self.minor}.0")

    @property
    def new(self) -> bool:
        """The newer router and envelopes (7.0 and later)."""
        return self.since(7)

    @property
    def strict_bodies(self) -> bool:
        """Request bodies are validated: unknown keys and wrong types are refused."""
        return self.since(8, 4)

    @property
    def has_reset_totp(self) -> bool:
        """users.resetTOTP exists."""
        return self.since(3, 8)

    @property
    def refuses_empty_target(self) -> bool:
        """An empty identifier is an error; before, it stood for the caller."""
        return self.since(5)

    @property
    def tells_two_factor_disabled(self) -> bool:
        """A reset with 2FA switched off says so; before, the password fallback was demanded."""
        return self.since(6, 4)

    @property
    def refuses_federated(self) -> bool:
        """Federated users cannot be reset."""
        return self.since(6)

    @property
    def bypass_tokens_work(self) -> bool:
        """Personal access tokens with bypassTwoFactor skip the challenge; 8.5 broke that."""
        return (self.major, self.minor) != (8, 5)

    @property
    def limits_email_tries(self) -> bool:
        """Five wrong e-mail codes in a row are the limit (6.5 has none)."""
        return self.since(6, 6)

    @property
    def single_email_code(self) -> bool:
        """One live e-mail code an account instead of a list of them."""
        return self.since(6, 6)

    @property
    def remembers_user_agent(self) -> bool:
        """A remembered second factor is tied to the User-Agent."""
        return not self.new

    @property
    def anonymous_short_version(self) -> bool:
        """Anonymous callers of /api/info see major.minor only."""
        return self.since(4)

    @property
    def new_schemas(self) -> bool:
        """More requests are held against a schema, and what does not fit is worded anew."""
        return self.since(8)

    @property
    def method_status_tells(self) -> bool:
        """A method that failed is a 400, no longer a 200 with the error inside."""
        return self.since(8)

    @property
    def hides_own_secrets(self) -> bool:
        """Accounts no longer see their own sessions and mailed codes, nor the hash of their password."""
        return self.since(8)

    @property
    def keeps_inactive_reason(self) -> bool:
        """An inactive account tells why it is."""
        return self.since(8)

    @property
    def password_policy_by_default(self) -> bool:
        """Weak passwords are refused unless the workspace decides otherwise."""
        return self.since(8)

    @property
    def grace_minds_methods(self) -> bool:
        """A young account is spared the second factor only if it has none, but then everywhere."""
        return self.since(8)

    @property
    def enrols_unverified(self) -> bool:
        """A second factor can be set up without a verified address."""
        return self.since(7, 13)

    @property
    def tells_deleted_rooms(self) -> bool:
        """The deletion of an account tells which rooms went with it."""
        return self.since(7, 13)

    @property
    def limits_requests(self) -> bool:
        """The rate limiter of the REST API does something; in 7.7 it looks its rules up under another name."""
        return (self.major, self.minor) != (7, 7)

    @property
    def limits_persons(self) -> bool:
        """An address, a name or a user name can be changed once in a minute (6.5 does not mind an administrator)."""
        return self.since(6, 6) and not self.since(8)

    @property
    def writes_all_or_nothing(self) -> bool:
        """users.update is checked as a whole before anything is written."""
        return self.new

    @property
    def replaces_custom_fields(self) -> bool:
        """Custom fields that a request leaves out are emptied, and undefined ones are lost (until 7.9.0)."""
        return self.since(7, 5) and not self.since(7, 10)

    @property
    def blank_profile_erases(self) -> bool:
        """A blank bio or nickname of one's own erases; before, it was ignored."""
        return self.since(7, 13)

    @property
    def finds_by_email(self) -> bool:
        """users.info takes an address."""
        return self.since(8, 4)

    @property
    def archives_rooms_of_the_inactive(self) -> bool:
        """Deactivating somebody archives all their subscriptions; before, direct conversations only."""
        return self.since(8)

    @property
    def deletes_teams_with_their_room(self) -> bool:
        """A team goes with its main room; before, it stayed as a shell."""
        return self.since(7, 13)

    @property
    def counts_active_members(self) -> bool:
        """The counters of a room leave out inactive members."""
        return self.since(7, 8)

    @property
    def heeds_team_roles(self) -> bool:
        """Roles given with a new team member hold in the main room too."""
        return self.since(7, 11)

    @property
    def shows_subscriptions_of_members(self) -> bool:
        """Lists of members by role tell since when somebody is in the room, lists of roles whose they are."""
        return self.since(8)

    @property
    def roles_take_a_licence(self) -> bool:
        """A workspace makes roles of its own only with a licence."""
        return self.since(6)

    @property
    def rehomes_hooks(self) -> bool:
        """A user name in an update gives an incoming webhook to another account."""
        return self.since(7, 6)

    @property
    def keeps_fields_of_hooks(self) -> bool:
        """What an update of an incoming webhook leaves out stays; before, it became empty."""
        return self.since(8)

    @property
    def hooks_need_impersonation(self) -> bool:
        """Whom an incoming webhook posts as has to be allowed to pass for others; before, it got the role bot."""
        return self.since(8)
