# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service account may be like, and what is refused before anything is sent; what each job takes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import GIVEN_BY_ITSELF
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run import needs
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.blueprint import (
    Blueprint,
    options,
    read_blueprint,
)


def blueprint(**given: Any) -> Blueprint:
    """Read the options of a task that names an account."""
    defaults = {name: option.get("default") for name, option in options().items()}
    return read_blueprint({**defaults, "username": "svc", "email": "svc@example.com", **given})


def test_the_defaults() -> None:
    plan = blueprint()
    assert (plan.name, plan.role, plan.shared, plan.renew, plan.ledger) == ("svc", "user-access", False, False, "")
    assert set(plan.permissions) == {"edit-other-user-totp", "view-full-other-user-info", "logout-other-user"}


def test_each_permission_once() -> None:
    plan = blueprint(jobs=["recover", "offboard", "reset_totp"], permissions=["view-d-room", "logout-other-user"])
    assert len(plan.permissions) == len(set(plan.permissions))
    assert plan.permissions[-1] == "view-d-room"


@pytest.mark.parametrize("role", sorted(GIVEN_BY_ITSELF))
@pytest.mark.parametrize("option", ["role", "shared_role"])
def test_a_role_that_is_given_by_itself(option: str, role: str) -> None:
    with pytest.raises(InputError):
        blueprint(**{option: role}, shared_role_accepted=True)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"permissions": ["access-permissions"]}, "access-permissions"),
        ({"permissions": [" view-d-room"]}, "blanks"),
        ({"permissions": [""]}, "empty"),
        ({"username": ""}, "username"),
        ({"username": "svc "}, "username"),
        ({"email": "svc"}, "email"),
        ({"role": ""}, "role"),
        ({"ledger": "access ledger"}, "ledger"),
        ({"ledger": "#ledger"}, "ledger"),
        ({"auditors": ["ann"]}, "ledger"),
    ],
)
def test_what_cannot_be_meant(given: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError) as caught:
        blueprint(**given)
    assert named in caught.value.message


def test_nothing_needs_an_address_at_its_end() -> None:
    assert blueprint(state="absent", email=None).email == ""


def test_secrets_do_not_show() -> None:
    assert "s3cret" not in repr(blueprint(account_token="s3cret", account_password="s3cret"))


def test_no_job_takes_what_is_never_given() -> None:
    assert set(needs.permissions_of([*needs.WHOLE_JOBS, *needs.JOBS])).isdisjoint(needs.NEVER)


def test_whole_jobs_consist_of_jobs() -> None:
    assert {part for parts in needs.WHOLE_JOBS.values() for part in parts} <= set(needs.JOBS)
