# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sample of a result shows what the code says."""

from __future__ import annotations

from typing import Any

import yaml

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.locks import LOCKS, Surroundings, diagnose
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.recovery import recover
from ansible_collections.chatops.rocketchat.plugins.modules import rocketchat_user_recover as module

RETURNED = yaml.safe_load(module.RETURN)["users"]
ALICE = User(
    "fgNwgSGwEbCJKPWHT",
    "alice",
    active=True,
    federated=False,
    full_view=True,
    roles=("user",),
    emails=(("alice@example.com", True),),
)
OPTIONS: dict[str, Any] = {
    "usernames": ["alice"],
    "user_ids": None,
    "emails": None,
    "reset_totp": True,
    "activate": False,
    "email_factor": None,
    "new_email": None,
    "verify_email": False,
    "reset_password": False,
    "password": None,
    "password_file": None,
    "reset_e2ekey": False,
    "force": False,
}


def test_the_sample_is_what_a_run_returns() -> None:
    (sample,) = RETURNED["sample"]
    job = recover(OPTIONS, lambda _message: None)
    assert job.leaves
    assert job.tells
    assert [thing.as_dict() for thing in job.leaves(ALICE, (8, 6))] == sample["left_behind"]
    (shown,) = sample["diagnosis"]
    assert shown in diagnose(ALICE, Surroundings())
    results = {step["step"]: step["result"] for step in sample["steps"]}
    assert job.tells(ALICE, results, Surroundings()) == sample["to_tell"]
    assert [(step.name, step.label, step.told({})) for step in job.steps] == [
        (told["step"], told["label"], told["reason"]) for told in sample["steps"]
    ]


def test_every_lock_is_named_in_its_order() -> None:
    (told,) = RETURNED["contains"]["diagnosis"]["contains"]["lock"]["description"]
    assert [part.split(")")[0] for part in told.split("V(")[1:]] == [lock.name for lock in LOCKS]
