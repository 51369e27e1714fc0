# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Rocket.Chat the emulator speaks, and from which version on a behaviour holds."""

from __future__ import annotations

from dataclasses import dataclass

# What running servers of these versions call themselves; others are simply MAJOR.MINOR.0.
_FULL_VERSIONS = {(6, 5): "6.5.0-develop", (8, 6): "8.6.1"}


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
