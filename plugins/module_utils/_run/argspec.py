# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every module shares: how to reach the server, who calls, and the caller's second factor."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleFallbackNotFound, _load_params

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError

TWO_FACTOR_METHODS = ["totp", "email", "password"]


def filled_env(*names: str) -> str:
    """Return the first environment variable of ``names`` that is not empty.

    A controller that injects a credential sets a variable for each field, also for those left empty: empty means
    not given.
    """
    for name in names:
        value = os.environ.get(name, "")
        if value:
            return value
    raise AnsibleFallbackNotFound


# Options that name people, by each of their names.
_OPTION = {
    name: option
    for option, alias in (("usernames", "username"), ("user_ids", "user_id"), ("emails", "email"))
    for name in (option, alias)
}
# One that names a single person, or nobody.
_ONE_NAME = "successor"


def check_names(params: dict[str, Any], gone: Mapping[str, str] | None = None) -> None:
    """Refuse what a task says of people and Ansible would make text or nothing of, before that is lost.

    YAML makes 83 of a user name 0123, and true of yes; made text again, it is another account's name. A template that
    comes to nothing makes null of a list of names, which must not pass for a list that nobody wrote.

    A list that key=value or a survey made text of is a list again; text that only begins like one is refused.

    :arg params: ``AnsibleModule.params``, where such a list is put back
    :arg gone: options that are no more, each with the reason
    :raises InputError: before anything is sent
    """
    given = _load_params()
    for name, reason in (gone or {}).items():
        if given.get(name) not in (None, ""):
            raise InputError(f"{name} is gone: {reason}")
    for name in _OPTION:
        if name not in given:
            continue
        value = given[name]
        if value is None:
            raise InputError(
                f"{name} is null: the template or variable that should name accounts names nobody. Give it a value, or"
                " leave the task out."
            )
        if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
            value = params[_OPTION[name]] = _list_in(name, value)
        for entry in value if isinstance(value, list) else [value]:
            _check_text(name, entry)
    if given.get(_ONE_NAME) is not None:
        _check_text(_ONE_NAME, given[_ONE_NAME])


def _check_text(name: str, entry: Any) -> None:
    if not isinstance(entry, str):
        raise InputError(
            f"{name}: {entry!r} is no text but {_kind(entry)}, and may be another account's name than the one that was"
            " written. Put it in quotes."
        )


def _list_in(name: str, text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise InputError(f"{name} begins like JSON and is no list of names. Give a list, or names with commas between.")
    return found


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {bool: "a boolean", int: "a number", float: "a number"}.get(type(value), "a structure")


def _option(kind: str, env: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "fallback": (filled_env, [env]), **more}


def connection_options() -> dict[str, dict[str, Any]]:
    """Return the argument spec of the doc fragment ``connection``."""
    return {
        "api_url": _option("str", "ROCKETCHAT_URL", aliases=["url"]),
        "api_user_id": _option("str", "ROCKETCHAT_USER_ID"),
        "api_token": _option("str", "ROCKETCHAT_TOKEN", no_log=True),
        "api_username": _option("str", "ROCKETCHAT_USERNAME"),
        "api_password": _option("str", "ROCKETCHAT_PASSWORD", no_log=True),
        "validate_certs": _option("bool", "ROCKETCHAT_VALIDATE_CERTS", default=True),
        "ca_path": _option("path", "ROCKETCHAT_CA_PATH"),
        "client_cert": _option("path", "ROCKETCHAT_CLIENT_CERT"),
        "client_key": _option("path", "ROCKETCHAT_CLIENT_KEY"),
        "timeout": _option("float", "ROCKETCHAT_TIMEOUT", default=30.0),
        "use_proxy": _option("bool", "ROCKETCHAT_USE_PROXY", default=True),
        "http_agent": _option("str", "ROCKETCHAT_HTTP_AGENT", default="chatops.rocketchat"),
        # As a dict, Ansible would make one of text too, and not know what of it to hide.
        "http_headers": _option("raw", "ROCKETCHAT_HTTP_HEADERS", no_log=True),
        "retries": _option("int", "ROCKETCHAT_RETRIES", default=3),
        "rate_limit_wait": _option("float", "ROCKETCHAT_RATE_LIMIT_WAIT", default=300.0),
    }


def two_factor_options() -> dict[str, dict[str, Any]]:
    """Return the argument spec of the doc fragment ``two_factor``."""
    return {
        "two_factor_method": _option("str", "ROCKETCHAT_2FA_METHOD", choices=TWO_FACTOR_METHODS),
        "two_factor_code": _option("str", "ROCKETCHAT_2FA_CODE", no_log=True),
        "two_factor_secret": _option("str", "ROCKETCHAT_2FA_SECRET", no_log=True),
        "two_factor_password": _option("str", "ROCKETCHAT_2FA_PASSWORD", no_log=True),
    }


def target_options() -> dict[str, dict[str, Any]]:
    """Return the argument spec of the doc fragment ``targets``."""
    return {
        "usernames": {"type": "list", "elements": "str", "aliases": ["username"]},
        "user_ids": {"type": "list", "elements": "str", "aliases": ["user_id"]},
        "emails": {"type": "list", "elements": "str", "aliases": ["email"]},
        "unknown": {"type": "str", "choices": ["fail", "skip"], "default": "fail"},
        "max_accounts": {"type": "int", "default": 0},
        "protected_roles": {"type": "list", "elements": "str", "default": []},
        "on_error": {"type": "str", "choices": ["stop", "continue"], "default": "stop"},
        "concurrency": _option("int", "ROCKETCHAT_CONCURRENCY", default=4),
        "approved_ids": {"type": "dict"},
    }


def evidence_options() -> dict[str, dict[str, Any]]:
    """Return the argument spec of the doc fragment ``evidence``."""
    return {
        "ticket": {"type": "str"},
        "ticket_required": {"type": "bool", "default": False},
        "operator": {"type": "str"},
        "journal": {"type": "path"},
        "ledger": {"type": "str"},
        "ledger_days": {"type": "int", "default": 30},
        "ledger_required": {"type": "bool", "default": False},
        "ledger_authors": {"type": "list", "elements": "str"},
        "ledger_auditors": {"type": "list", "elements": "str"},
    }


def job_options() -> dict[str, dict[str, Any]]:
    """Return the argument spec of the doc fragments that every module with targets extends."""
    return {**connection_options(), **two_factor_options(), **target_options(), **evidence_options()}
