# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that name the accounts to act on."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the target options."""

    DOCUMENTATION = r"""
options:
  usernames:
    description:
      - User names of the accounts, exactly as the server writes them.
      - What is no text is refused, since YAML makes the number 83 of C(0123), which may be the name of another
        account. Put such a name in quotes. V(null) is refused as well.
    type: list
    elements: str
    aliases:
      - username
  user_ids:
    description:
      - Ids of the accounts. An account that is named here and in O(usernames) counts once.
    type: list
    elements: str
    aliases:
      - user_id
  emails:
    description:
      - E-mail addresses of the accounts, compared exactly but for case. Nobody is found by address without the
        permission C(view-full-other-user-info).
      - An address that stands in two accounts is an error. Two addresses of one account, or its name and its address,
        count once.
    type: list
    elements: str
    aliases:
      - email
    version_added: 2.0.0
  unknown:
    description:
      - What to do about a name, id or address that is nobody's account.
      - V(fail) takes it for an error; see O(on_error) for what becomes of the others.
      - V(skip) tells it in the result and does the others.
    type: str
    choices:
      - fail
      - skip
    default: fail
    version_added: 2.0.0
  max_accounts:
    description:
      - How many accounts one run may change. Where there are more, nothing is done to anybody, so that a broken list
        does not reach everybody. V(0) stands for no limit.
      - Whoever needs nothing done does not count.
    type: int
    default: 0
    version_added: 2.0.0
  protected_roles:
    description:
      - Roles, by name or id, whose holders are not touched. Somebody who has one is an error, before anything is
        changed.
      - The calling account needs C(view-full-other-user-info) or C(view-d-room) to see who has a role.
    type: list
    elements: str
    default: []
    version_added: 2.0.0
  on_error:
    description:
      - V(stop) touches nobody when one of the targets cannot be used, and stops at the first request that fails.
      - V(continue) does what can be done and fails at the end. What every other target would meet as well, such as a
        revoked token, always stops the run.
    type: str
    choices:
      - stop
      - continue
    default: stop
  concurrency:
    description:
      - How many accounts are worked on at a time, from 1 to 32. The result is in the order given all the same.
      - The first account goes alone, so that what would fail for everybody fails once.
      - If not set, the environment variable E(ROCKETCHAT_CONCURRENCY) is used.
    type: int
    default: 4
  approved_ids:
    description:
      - Whom a rehearsal showed, as the task returned it in check mode (RV(approved_ids)), or a mapping from user
        name to id. Where it is given, an account that is not in it by this very name and id stops the task before
        anything is changed, and so does one whose mail address or state is not as shown any more. So a name that has
        passed to somebody else between rehearsal and approval gets nobody else changed.
      - With the id alone, mail address and state are not compared. Nor is the state where the ledger tells of a run
        for the same ticket, which may have changed it.
    type: dict
    version_added: 2.0.0
"""
