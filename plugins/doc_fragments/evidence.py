# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options on what a run leaves behind for auditors, and for the next run."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the options of the evidence."""

    DOCUMENTATION = r"""
options:
  ticket:
    description:
      - Reference of the ticket that this is done for. It is part of the evidence.
      - With O(ledger), the same ticket again does nothing twice.
    type: str
    version_added: 2.0.0
  ticket_required:
    description:
      - Refuse to run without O(ticket), before anything is sent.
    type: bool
    default: false
    version_added: 2.0.0
  operator:
    description:
      - Who has this done. It is part of the evidence. Without it, the user that runs the module.
    type: str
    version_added: 2.0.0
  journal:
    description:
      - File on the host that runs the module to write evidence to, as JSON Lines. Before the first write to a person
        a line says what is about to be done, and after each step one says what came of it, each on the disk before
        the next request. So a run that is killed leaves nobody changed whom the file does not name.
      - It is made with mode 0600, or appended to. Where it cannot be written, nothing is done. Where it cannot be
        written any more, no further person is begun. Check mode writes it as well.
    type: path
    version_added: 2.0.0
  ledger:
    description:
      - Name of a private, read-only channel in which the calling account remembers what it did. It is made when it is
        first needed, which takes the permission C(create-p), one that everybody has unless it was taken away.
      - A message before the first write says who is about to be changed, one at the end what was done. What the
        ledger tells of is not done again where nobody has signed in since, or for the same O(ticket). A run that
        broke off is told of at the start of the next one, and finished when its people are named again.
      - Only messages of the calling account and of O(ledger_authors) count, unedited and posted by no webhook. A room
        of this name that is public, that others may write to, or that somebody else made is refused.
      - Check mode reads it and writes nothing to it. Without this option nothing is remembered.
    type: str
    version_added: 2.0.0
  ledger_days:
    description:
      - How far back the ledger is read, in days, from 1 to 3650.
    type: int
    default: 30
    version_added: 2.0.0
  ledger_required:
    description:
      - Fail where there is no ledger to be had. Without this it is a warning, and the job goes on.
    type: bool
    default: false
    version_added: 2.0.0
  ledger_authors:
    description:
      - Ids of other accounts whose messages in the ledger count, where several service accounts share one.
    type: list
    elements: str
    version_added: 2.0.0
  ledger_auditors:
    description:
      - User names of accounts that are invited to read the ledger when it is made.
    type: list
    elements: str
    version_added: 2.0.0
"""
