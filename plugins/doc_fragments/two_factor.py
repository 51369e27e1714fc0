# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options for the second factor of the account that calls."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the second-factor options."""

    DOCUMENTATION = r"""
options:
  two_factor_method:
    description:
      - How the calling account answers when the server asks it for a second factor. The server decides which method
        it asks for, namely the first that the account has switched on of TOTP and e-mail, else its password.
      - V(totp) takes O(two_factor_secret), or O(two_factor_code) with a code of the app or a backup code.
      - V(email) takes O(two_factor_code) with the code that the server mailed. Without one, the server mails it and
        the module fails and says so.
      - V(password) takes O(two_factor_password).
      - If not set, what is given decides. If the environment variable E(ROCKETCHAT_2FA_METHOD) is set, it is used.
    type: str
    choices:
      - totp
      - email
      - password
  two_factor_code:
    description:
      - A code as the account's owner reads it. Needs O(two_factor_method). For unattended runs use
        O(two_factor_secret) or a personal access token that bypasses two-factor authentication.
      - An e-mail code and a backup code work once, so they serve one account a run. They are never used up for
        signing in with O(api_password).
      - If not set, the environment variable E(ROCKETCHAT_2FA_CODE) is used.
    type: str
  two_factor_secret:
    description:
      - The TOTP seed of the calling account, in base32. A fresh code is computed for every request. If the server
        calls it invalid, the code of the next time step is tried once.
      - Needs the Python library C(pyotp).
      - If not set, the environment variable E(ROCKETCHAT_2FA_SECRET) is used.
    type: str
  two_factor_password:
    description:
      - Password of the calling account as its second factor, for an account without TOTP and e-mail codes. Only its
        SHA-256 is sent, as the server wants it.
      - If not set, the environment variable E(ROCKETCHAT_2FA_PASSWORD) is used, then O(api_password).
    type: str
requirements:
  - pyotp >= 2.8, when O(two_factor_secret) is used
"""
