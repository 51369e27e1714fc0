# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a module's options to its result: what the main() of every module comes down to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import InputError, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access, access, missing_library
from ansible_collections.chatops.rocketchat.plugins.module_utils._stop import listen


class Result(Protocol):
    """What a run came to."""

    failure: RocketChatError | None
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result without ``msg``."""

    def diff(self) -> list[dict[str, str]]:
        """Return what diff mode prints."""


def run_module(
    module: AnsibleModule, prepare: Callable[[AnsibleModule], Callable[[Access], Result]], **blank: Any
) -> None:
    """Check the options, run, and end the module with its result.

    :arg prepare: checks the options of the module itself and returns what to run with the shared ones
    :arg blank: what the result holds when nothing was run
    """
    try:
        run = prepare(module)
        given = access(module.params)
    except InputError as error:
        module.fail_json(msg=error.message, error=error.as_dict(), **blank)
    library = missing_library(module.params)
    if library:
        missing = RocketChatError("missing-library", missing_required_lib(library), {"library": library})
        module.fail_json(msg=missing.message, error=missing.as_dict(), **blank)
    listen()
    report = run(given)
    result = report.as_dict()
    if module._diff:
        result["diff"] = report.diff()
    if report.failure:
        module.fail_json(msg=report.message, **result)
    module.exit_json(**result)
