# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's own checks of a collection; antsibull-nox.toml says which, and 'make nox' runs them."""

from __future__ import annotations

import antsibull_nox

antsibull_nox.load_antsibull_nox_toml()
