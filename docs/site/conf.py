# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Sphinx turns the guides and the generated pages into the documentation site."""

from __future__ import annotations

from typing import Any

from docutils import nodes

project = "chatops.rocketchat"
author = "The chatops.rocketchat authors"
project_copyright = author

extensions = ["sphinx_antsibull_ext"]
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
# What is copied from a page must be what was written; typographic dashes get into addresses, too.
smartquotes = False

html_title = "chatops.rocketchat"
html_theme = "sphinx_ansible_theme"
html_theme_options = {"collapse_navigation": False, "titles_only": True, "topbar_links": {}}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_use_index = False
# It lists what plugins declare, which modules cannot: it would be empty.
exclude_patterns = ["environment_variables.rst"]

# Pages of others that the generated ones refer to. The list stands for an inventory, which each build would have to
# fetch; whatever is not on it fails.
ANSIBLE = "https://docs.ansible.com/projects/ansible-core/devel/"
ELSEWHERE = {
    "action_plugins": "plugins/action.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def link_elsewhere(_app: object, _env: object, node: Any, content: nodes.Element) -> nodes.reference | None:
    """Turn a reference to Ansible's own documentation into a plain link."""
    path = ELSEWHERE.get(node.get("reftarget", ""))
    return None if path is None else nodes.reference("", "", content, internal=False, refuri=ANSIBLE + path)


def expect_in_menu(_app: object, _page: str, source: list[str]) -> None:
    """Make Sphinx say of a generated page, too, that index.rst does not list it."""
    source[0] = source[0].replace("\n:orphan:\n", "\n", 1)


def setup(app: Any) -> None:
    """Register what Sphinx is to call."""
    app.connect("missing-reference", link_elsewhere)
    app.connect("source-read", expect_in_menu)
