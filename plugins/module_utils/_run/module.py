# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a module's options to its result: what the main() of every module comes down to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, access, missing_library
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import listen
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import check_names
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.credential_form import with_fields
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.engine import run
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.evidence import Evidence, read_options
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.journal import Journal
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.targets import named_targets

# What a module with targets returns where nothing was run.
BLANK: Mapping[str, Any] = {"users": [], "told": ["Nothing was done to anybody."]}


class Result(Protocol):
    """What a run came to."""

    failure: RocketChatError | None
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result without ``msg``."""

    def diff(self) -> list[dict[str, str]]:
        """Return what diff mode prints."""


def run_module(
    module: AnsibleModule,
    prepare: Callable[[AnsibleModule], Callable[[Access], Result]],
    *,
    gone: Mapping[str, str] | None = None,
    **blank: Any,
) -> None:
    """Check the options, run, and end the module with its result.

    :arg prepare: checks the options of the module itself and returns what to run with the shared ones
    :arg gone: options that are no more, each with the reason
    :arg blank: what the result holds when nothing was run
    """
    try:
        check_names(module.params, gone)
        given = access(module.params)
        # Of a mapping that came as text Ansible hides the whole, and not each value.
        module.no_log_values.update(given.connection.http_headers.values())
        # The last that can refuse, for it opens the journal.
        go = prepare(module)
    except InputError as error:
        module.fail_json(msg=with_fields(error.message), error=error.as_dict(), **blank)
    library = missing_library(module.params)
    if library:
        missing = RocketChatError("missing-library", missing_required_lib(library), {"library": library})
        module.fail_json(msg=missing.message, error=missing.as_dict(), **blank)
    listen()
    report = go(given)
    result = report.as_dict()
    if module._diff:
        result["diff"] = report.diff()
    if report.failure:
        module.fail_json(msg=with_fields(report.message), **result)
    module.exit_json(**result)


def run_job(module: AnsibleModule, make: Callable[[], Job]) -> None:
    """Check the options of a job with targets, do it, and end the module with its result.

    :arg make: checks the job's own options, and returns it
    """

    def prepare(module: AnsibleModule) -> Callable[[Access], Result]:
        job, targets = make(), named_targets(module.params, check_mode=module.check_mode)
        evidence = gather(job, module)
        return lambda access: run(job, targets, access, evidence.warn, evidence)

    run_module(module, prepare, **BLANK)


def gather(job: Job, module: AnsibleModule, *, since: datetime | None = None) -> Evidence:
    """Check the options of the evidence, and open the journal: what cannot be written shows before anything is sent.

    :raises InputError: naming the option and what to write instead
    """
    options = read_options(module.params, since=since)
    path = module.params["journal"]
    journal = Journal(path) if path else None
    return Evidence(job, options, journal, module.warn, check_mode=module.check_mode)
