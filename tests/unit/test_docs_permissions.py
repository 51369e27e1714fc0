# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide names for each job the permissions that the set-up gives for it."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.chatops.rocketchat.plugins.module_utils._run.needs import JOBS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_security.rst"


def test_the_table_has_every_job_and_no_other() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("   * - job\n     - permissions\n", 1)[1].split("\n\n", 1)[0]
    rows = [row.split("\n     - ", 1) for row in table.removeprefix("   * - ").split("\n   * - ")]
    told = {" ".join(job.split()): re.findall("``([a-z0-9-]+)``", permissions) for job, permissions in rows}
    assert {job: sorted(permissions) for job, permissions in told.items()} == {
        label: sorted(permissions) for label, permissions in JOBS.values()
    }
