# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's ways of running a task: strategies, callbacks, loops, delegation, retries, check mode, limits and tags."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import SEED, TOKEN, Play, Player, person, workspace
from tests.integration.runner import HERE

PEOPLE = [f"p{number:02}" for number in range(12)]
HOSTS = """
[desks]
desk1 person=p00 leaver=p10
desk2 person=p01 leaver=p11

[desks:vars]
ansible_connection=local
ansible_python_interpreter="{python}"

[far]
away ansible_host=192.0.2.1 ansible_connection=ssh
"""
PLAYBOOK = """
- name: On several hosts at once
  hosts: desks
  gather_facts: false
  tasks:
    - name: One person for each host
      chatops.rocketchat.rocketchat_user_totp_reset:
        username: "{{ person }}"
      tags: wanted

    - name: Look only
      chatops.rocketchat.rocketchat_user_offboard:
        usernames: [p02, nobody-at-all]
        unknown: skip
      check_mode: true
      register: looked

    - name: Once for all hosts
      chatops.rocketchat.rocketchat_user_logout:
        username: p03
      run_once: true

    - name: In a loop
      chatops.rocketchat.rocketchat_user_totp_reset:
        username: "{{ item }}"
      loop: [p04, p05]
      when: inventory_hostname == 'desk1'

    - name: Until it goes well
      chatops.rocketchat.rocketchat_user_totp_reset:
        username: p06
      register: went_well
      until: went_well is succeeded
      retries: 2
      delay: 0
      when: inventory_hostname == 'desk1'

    - name: Until there is nothing more to try
      chatops.rocketchat.rocketchat_user_totp_reset:
        usernames: [p07, nobody-at-all]
      register: tried
      until: tried is succeeded
      retries: 2
      delay: 0
      ignore_errors: true
      when: inventory_hostname == 'desk1'

    - name: Whatever comes of it
      chatops.rocketchat.rocketchat_user_recover:
        usernames: [p07, nobody-at-all]
      ignore_errors: true

    - name: The role, on each host
      ansible.builtin.include_role:
        name: chatops.rocketchat.user_access
        tasks_from: offboard
      vars:
        user_access_usernames: "{{ leaver }}"

    - name: What was seen
      ansible.builtin.assert:
        that:
          - looked.users | map(attribute='outcome') | list == ['would_be_done', 'skipped']
          - inventory_hostname != 'desk1' or (tried.attempts, tried.error.code) == (2, 'user-not-found')
          - user_access_result.users | map(attribute='username') | list == [leaver]

- name: For a host that nobody can reach
  hosts: far
  gather_facts: false
  tasks:
    - name: From here
      chatops.rocketchat.rocketchat_user_totp_reset:
        username: p08
      delegate_to: localhost

- name: Nothing is changed in this play
  hosts: desk1
  gather_facts: false
  check_mode: true
  tasks:
    - name: The role in check mode
      ansible.builtin.import_role:
        name: chatops.rocketchat.user_access
        tasks_from: recover
      vars:
        user_access_usernames: p09
"""
# How often each of them is reset. The role remembers from one way to the next whom it has reset.
DONE = {"p00": 1, "p01": 1, "p04": 1, "p05": 1, "p06": 1, "p08": 1}
WAYS = {
    "linear-default": {"ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.junit,ansible.builtin.tree"},
    "free-minimal": {"ANSIBLE_STRATEGY": "free", "ANSIBLE_STDOUT_CALLBACK": "minimal"},
    "host_pinned-oneline": {"ANSIBLE_STRATEGY": "host_pinned", "ANSIBLE_STDOUT_CALLBACK": "oneline"},
}


def resets(play: Play) -> Counter[str]:
    """How often the server reset the TOTP of whom."""
    return Counter(
        json.loads(entry["body"])["userId"]
        for entry in play.requests
        if entry["path"].endswith("users.resetTOTP") and entry["status"] == 200
    ) - Counter(["p10", "p11"])


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Playbook and inventory."""
    (tmp_path / "hosts").write_text(HOSTS.format(python=HERE), encoding="utf-8")
    (tmp_path / "ways.yml").write_text(PLAYBOOK, encoding="utf-8")
    return [str(tmp_path / "ways.yml"), "-i", str(tmp_path / "hosts")]


class TestWays:
    """Each of them does what it says, and shows no secret."""

    world = workspace(*(person(name, _id=name) for name in PEOPLE))

    @pytest.mark.parametrize("way", WAYS)
    def test_whole(self, server: Emulator, play: Player, files: list[str], tmp_path: Path, way: str) -> None:
        """Who is named is changed, once, and nobody else."""
        for name in PEOPLE:
            server.change_user(name, totp={"enabled": True}, active=True)
        environment = {"JUNIT_OUTPUT_DIR": str(tmp_path / "junit"), "ANSIBLE_CALLBACK_TREE_DIR": str(tmp_path / "tree")}
        ran = play(*files, environment={**environment, **WAYS[way]})
        assert ran.rc == 0, ran.output
        assert resets(ran) == DONE
        # These two strategies do not know what "once" means, and say so.
        logouts = [
            entry for entry in ran.requests if entry["path"].endswith("users.logout") and '"p03"' in entry["body"]
        ]
        assert len(logouts) == (2 if "ANSIBLE_STRATEGY" in WAYS[way] else 1)
        kept = "".join(file.read_text(encoding="utf-8") for file in tmp_path.rglob("*") if file.is_file())
        written = ran.output + kept
        assert [secret for secret in (TOKEN, SEED) if secret in written] == []
        assert [
            word for word in ("Traceback", "Failure using method", "an unhandled exception") if word in written
        ] == []
        assert server.user("p02")["active"] and server.user("p09")["totp"]
        assert not server.user("p10")["active"] and not server.user("p11")["active"]

    def test_limit(self, server: Emulator, play: Player, files: list[str]) -> None:
        """Only the person of that host."""
        ran = play(*files, "--limit", "desk2", "--tags", "wanted")
        assert (ran.rc, resets(ran)) == (0, {"p01": 1})

    def test_check(self, server: Emulator, play: Player, files: list[str]) -> None:
        """Nothing is written in check mode, whichever way."""
        for name in PEOPLE:
            server.change_user(name, totp={"enabled": True}, active=True)
        ran = play(*files, "--check", "--diff", environment={"ANSIBLE_STRATEGY": "free"})
        assert ({entry["method"] for entry in ran.requests}, ran.rc) == ({"GET"}, 0), ran.output
