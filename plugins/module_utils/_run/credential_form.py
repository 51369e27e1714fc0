# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the options of the connection are called in the form of AWX, where they are fields of the credential."""

from __future__ import annotations

import os
import re

# Labels of extensions/awx/credential_types/rocketchat.yml; a unit test compares them.
FIELDS = {
    "api_url": "URL",
    "api_user_id": "User ID",
    "api_token": "Personal access token",
    "api_username": "User name",
    "api_password": "Password",
    "two_factor_secret": "Second factor: TOTP seed",
    "two_factor_password": "Second factor: password",
    "http_headers": "Extra HTTP headers, as JSON",
    "ca_path": "CA certificate",
    "validate_certs": "Do not check the server's certificate",
}
_NAMES = re.compile(rf"\b({'|'.join(FIELDS)})\b")


def with_fields(message: str) -> str:
    """Add what the options in a message are called in the credential, in a job of AWX; elsewhere return it as it is."""
    # Every job has it, and nothing else.
    if "AWX_PRIVATE_DATA_DIR" not in os.environ:
        return message
    named = [f'{name} is "{FIELDS[name]}"' for name in dict.fromkeys(_NAMES.findall(message))]
    return f"{message} In the credential of AWX {', '.join(named)}." if named else message
