# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom fields of accounts: what a workspace defines, what it refuses, and what becomes of a write."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator.envelopes import ApiError
from tests.emulator.settings import CUSTOM_FIELDS, Settings
from tests.emulator.state import User
from tests.emulator.versions import Speak

Fields = dict[str, Any]


def defined(settings: Settings) -> Fields:
    """The fields that the workspace defines; refuses a definition that is no JSON."""
    text = str(settings[CUSTOM_FIELDS] or "")
    if not text.strip():
        return {}
    try:
        definition = json.loads(text)
    except ValueError:
        raise ApiError("error-invalid-customfield-json", "Invalid JSON for Custom Fields") from None
    return definition if isinstance(definition, dict) else {}


def check(settings: Settings, given: Fields) -> None:
    """Refuse values that do not fit. The body is judged by itself: what the account has stored does not count."""
    for name, field in defined(settings).items():
        value = given.get(name)
        text = "" if value is None else str(value).strip()
        if field.get("required") and not text:
            raise _refused(f"Field {name} is required")
        # Whether required or not, and whether the account has a value or not.
        if field.get("type") == "select" and value not in field.get("options", []):
            raise _refused(f"Value for field {name} is invalid")
        if field.get("maxLength") and len(text) > field["maxLength"]:
            raise _refused(f"Max length of field {name} {field['maxLength']}")
        if field.get("minLength") and 0 < len(text) < field["minLength"]:
            raise _refused(f"Min length of field {name} {field['minLength']}")


def store(speak: Speak, settings: Settings, user: User, given: Fields) -> None:
    """Keep the fields that are defined; others are dropped without a word."""
    definition = defined(settings)
    if not definition:
        return
    if speak.replaces_custom_fields:
        user.custom_fields = {name: given.get(name) for name in definition}
        return
    kept = {name: value for name, value in given.items() if name in definition}
    if kept:
        user.custom_fields = {**(user.custom_fields or {}), **kept}


def shown(settings: Settings, user: User, *, full: bool) -> Fields | None:
    """What users.info shows: of the stored fields those that are defined, to lesser callers the public ones."""
    names = [name for name, field in _known(settings).items() if full or field.get("public")]
    if user.custom_fields is None or not names:
        return None
    return {name: user.custom_fields[name] for name in names if name in user.custom_fields}


def in_record(settings: Settings, user: User, *, full: bool) -> Fields | None:
    """What the answer of a write shows: everything stored, to lesser callers without what is defined as not public."""
    if full or user.custom_fields is None:
        return user.custom_fields
    hidden = {name for name, field in _known(settings).items() if not field.get("public")}
    return {name: value for name, value in user.custom_fields.items() if name not in hidden}


def _known(settings: Settings) -> Fields:
    try:
        return defined(settings)
    except ApiError:
        return {}


def _refused(reason: str) -> ApiError:
    return ApiError("error-user-registration-custom-field", reason, {"method": "registerUser"})
