# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller as far as setting one up goes: its REST API over real sockets, without jobs.

It keeps what it is given, remembers every request, and is stricter than a controller: a field or filter that it does
not know is refused, where a controller might pass over it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from dateutil.rrule import rrulestr

from tests.awx.injection import type_problems
from tests.awx.kinds import KINDS, Thing
from tests.awx.surveys import survey_problems

TOKEN = "token-of-the-controller-Zr81mQ"
PAGE = 25
ENCRYPTED = "$encrypted$"

# The type for a controller itself, as AWX comes with it.
PLATFORM: Thing = {
    "name": "Red Hat Ansible Automation Platform",
    "inputs": {
        "fields": [
            {"id": "host", "label": "Red Hat Ansible Automation Platform", "type": "string"},
            {"id": "username", "label": "Username", "type": "string"},
            {"id": "password", "label": "Password", "type": "string", "secret": True},
            {"id": "oauth_token", "label": "OAuth Token", "type": "string", "secret": True},
            {"id": "verify_ssl", "label": "Verify SSL", "type": "boolean"},
        ],
        "required": ["host"],
    },
    "injectors": {
        "env": {
            "CONTROLLER_HOST": "{{ host }}",
            "CONTROLLER_USERNAME": "{{ username }}",
            "CONTROLLER_PASSWORD": "{{ password }}",
            "CONTROLLER_OAUTH_TOKEN": "{{ oauth_token }}",
            "CONTROLLER_VERIFY_SSL": "{{ verify_ssl }}",
        }
    },
}
_UNIFIED = ("job_templates", "workflow_job_templates", "projects", "workflow_approval_templates")
# What goes with that which it belongs to; what refers to something else stays, without it.
_OWNED = {
    ("hosts", "inventory"),
    ("workflow_job_template_nodes", "workflow_job_template"),
    ("schedules", "unified_job_template"),
    ("credentials", "credential_type"),
}
_SURVEYED = ("job_templates", "workflow_job_templates")


class Refusal(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Request:
    """One request that was answered."""

    method: str
    path: str
    body: Any
    status: int


class Controller:
    """What is on the controller, and who asked for what."""

    def __init__(self, playbooks: list[str]) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self._playbooks = playbooks
        self._things: dict[str, dict[int, Thing]] = {kind: {} for kind in KINDS}
        self._lists: dict[tuple[str, int, str], list[int]] = {}
        self._surveys: dict[tuple[str, int], Thing] = {}
        self._secrets: dict[int, Thing] = {}
        self._granted: dict[int, list[int]] = {}
        self._roles: dict[tuple[str, int, str], int] = {}
        self._syncs: dict[int, Thing] = {}
        self._last = 0
        # What a sync of a project comes to from now on: nothing where it works, else what git says.
        self.sync_fails_with = ""
        galaxy = self.create("credential_types", {"name": "Galaxy", "inputs": {"fields": []}})
        given = {"name": "Ansible Galaxy", "credential_type": galaxy["id"]}
        self._galaxy = self.create("credentials", given)["id"]
        self.create_organization("Default")
        self.create("credential_types", PLATFORM)

    # What tests ask for.

    def create_organization(self, name: str, *, galaxy: bool = True) -> int:
        """Make an organization, with a Galaxy credential as Default has one; return its id."""
        number = int(self.create("organizations", {"name": name})["id"])
        if galaxy:
            self.associate("organizations", number, "galaxy_credentials", {"id": self._galaxy})
        return number

    def create_team(self, name: str, *members: str, organization: str = "Default") -> None:
        """Make a team of people, who are made as well."""
        team = self.create("teams", {"name": name, "organization": self.get("organizations", organization)["id"]})
        for member in members:
            found = [number for number, user in self._things["users"].items() if user["username"] == member]
            number = found[0] if found else self.create("users", {"username": member})["id"]
            self.associate("teams", team["id"], "users", {"id": number})

    def restore(self, left: dict[str, list[Thing]]) -> None:
        """Put objects on a controller that is as good as new, under the ids that they had on another one like it."""
        self._last = max(thing["id"] for things in left.values() for thing in things)
        for kind, things in left.items():
            for given in things:
                number, described = given["id"], KINDS[kind]
                own = {key: value for key, value in given.items() if key in described.fields}
                self._things[kind][number] = thing = {**described.fields, **own, "id": number}
                for name in described.lists.keys() & given.keys():
                    self._lists[kind, number, name] = list(given[name])
                if "survey_spec" in given:
                    self._surveys[kind, number] = given["survey_spec"]
                self._keep_secrets(kind, thing)
        for number in self._things["projects"]:
            self.sync(number)

    def granted(self, team: str) -> set[tuple[str, str]]:
        """What a team may do: roles, each with the name of what it is for."""
        number = self.get("teams", team)["id"]
        return {
            (role.removesuffix("_role"), str(self._name(kind, thing)))
            for (kind, thing, role), granted in self._roles.items()
            if number in self._granted.get(granted, []) and thing in self._things[kind]
        }

    def grant(self, team: str, role: str, kind: str, name: str) -> None:
        """Give a team a role as somebody in the user interface might."""
        number = self._role(kind, self.get(kind, name)["id"], f"{role}_role")
        self._granted.setdefault(number, []).append(self.get("teams", team)["id"])

    def names(self, kind: str) -> list[str]:
        """The names of all objects of a kind, but for what a controller comes with."""
        own = ("Galaxy", "Ansible Galaxy", PLATFORM["name"])
        names = [_named(thing) for thing in self._things[kind].values()]
        return sorted(name for name in names if name not in own)

    def everything(self) -> set[tuple[str, str, str | None]]:
        """Kind, name and organization of all objects, but for what a controller comes with."""
        return {
            (kind, _named(thing), self._organization_of(kind, thing))
            for kind, things in self._things.items()
            for thing in things.values()
            if _named(thing) in self.names(kind)
        }

    def get(self, kind: str, name: str, organization: str | None = None) -> Thing:
        """One object, with the names of what it refers to, its lists and its survey."""
        (number,) = [
            number
            for number, thing in self._things[kind].items()
            if _named(thing) == name and (organization is None or self._organization_of(kind, thing) == organization)
        ]
        thing = dict(self._things[kind][number])
        for key, other in KINDS[kind].refers.items():
            thing[key] = self._name(other, thing[key])
        for name_of_list, other in KINDS[kind].lists.items():
            # The modules add to a list in any order.
            entries = self._lists.get((kind, number, name_of_list), [])
            thing[name_of_list] = sorted(str(self._name(other, entry)) for entry in entries)
        thing["survey_spec"] = self._surveys.get((kind, number), {})
        return thing

    def change(self, kind: str, name: str, **changes: Any) -> None:
        """Change an object as somebody in the user interface might."""
        thing = self._things[kind][self.get(kind, name)["id"]]
        for key, value in changes.items():
            if key == "survey_spec":
                self._surveys[kind, thing["id"]] = value
            elif key in KINDS[kind].lists:
                self._lists[kind, thing["id"], key] = value
            elif key == "inputs" and kind == "credentials":
                self.patch(kind, thing["id"], {"inputs": value})
            else:
                assert key in KINDS[kind].fields
                thing[key] = value

    def secrets(self, name: str, organization: str | None = None) -> Thing:
        """What is really in a credential."""
        return self._secrets[self.get("credentials", name, organization)["id"]]

    def writes(self, since: int = 0) -> list[tuple[str, str]]:
        """Verb and path of the requests that are not for reading."""
        return [(entry.method, entry.path) for entry in self.requests[since:] if entry.method != "GET"]

    # What requests do.

    def create(self, kind: str, body: Thing) -> Thing:
        """POST to a list."""
        thing = {**KINDS[kind].fields, **self._checked(kind, body)}
        missing = [key for key in KINDS[kind].required if thing.get(key) in (None, "")]
        if missing:
            raise Refusal(400, {key: ["This field is required."] for key in missing})
        self._check_unique(kind, thing)
        self._check(kind, thing, None)
        self._last += 1
        thing["id"] = self._last
        self._things[kind][self._last] = thing
        self._keep_secrets(kind, thing)
        if kind == "projects":
            self.sync(self._last)
        return self.shown(kind, thing)

    def sync(self, number: int) -> Thing:
        """Sync a project, at once."""
        self._last += 1
        done = "failed" if self.sync_fails_with else "successful"
        update = {
            "id": self._last,
            "url": f"/api/v2/project_updates/{self._last}/",
            "project": number,
            "name": self._things["projects"][number]["name"],
            "organization": self._things["projects"][number]["organization"],
            "status": done,
            "failed": bool(self.sync_fails_with),
            "finished": "2026-01-01T00:00:00Z",
            "event_processing_finished": True,
            "scm_revision": "" if self.sync_fails_with else f"revision-{self._last}",
            "job_explanation": "",
            "said": self.sync_fails_with,
        }
        self._syncs[self._last] = update
        self._things["projects"][number]["status"] = done
        return update

    def delete(self, kind: str, number: int) -> None:
        """DELETE of an object, and of what a controller takes away with it."""
        self._one(kind, number)
        if kind == "credential_types" and any(
            thing["credential_type"] == number for thing in self._things["credentials"].values()
        ):
            raise Refusal(403, {"detail": "Credential types that are in use cannot be deleted."})
        gone = self._things[kind].pop(number)
        approval = gone["unified_job_template"] if kind == "workflow_job_template_nodes" else None
        if approval in self._things["workflow_approval_templates"]:
            self.delete("workflow_approval_templates", approval)
        for other, described in KINDS.items():
            for key, referred in described.refers.items():
                if referred != kind and not (referred == "unified_job_templates" and kind in _UNIFIED):
                    continue
                for one in [one for one, thing in self._things[other].items() if thing[key] == number]:
                    if (other, key) in _OWNED:
                        self.delete(other, one)
                    else:
                        self._things[other][one][key] = None
        for (owner, _number, name), entries in self._lists.items():
            if KINDS[owner].lists[name] == kind and number in entries:
                entries.remove(number)

    def patch(self, kind: str, number: int, body: Thing) -> Thing:
        """PATCH of an object."""
        before = self._one(kind, number)
        thing = {**before, **self._checked(kind, body)}
        self._check(kind, thing, before)
        self._things[kind][number] = thing
        self._keep_secrets(kind, thing)
        if kind == "projects" and any(thing[key] != before[key] for key in ("scm_type", "scm_url", "scm_branch")):
            self.sync(number)
        return self.shown(kind, thing)

    def shown(self, kind: str, thing: Thing) -> Thing:
        """What a GET shows of an object."""
        number, url = thing["id"], f"/api/v2/{kind}/{thing['id']}/"
        related = {name: f"{url}{name}/" for name in KINDS[kind].lists}
        if kind in _SURVEYED:
            related["survey_spec"] = f"{url}survey_spec/"
        summary: Thing = {}
        more: Thing = {}
        if kind == "projects":
            related["update"] = f"{url}update/"
            last = max((one for one, entry in self._syncs.items() if entry["project"] == number), default=0)
            # A sync begins with the project, and with a change of where it comes from.
            summary["current_update"] = {"id": last}
            more["scm_revision"] = self._syncs[last]["scm_revision"] if last else ""
        if kind == "job_templates":
            more["organization"] = self._organization_id(kind, thing)
        if kind == "credential_types":
            more |= {"managed": False, "namespace": None}
        if thing.get("unified_job_template"):
            other = self._kind_of(thing["unified_job_template"])
            related["unified_job_template"] = f"/api/v2/{other}/{thing['unified_job_template']}/"
        if KINDS[kind].roles:
            summary["object_roles"] = {role: {"id": self._role(kind, number, role)} for role in KINDS[kind].roles}
        return {
            **thing,
            **more,
            "type": KINDS[kind].type,
            "url": url,
            "related": related,
            "summary_fields": summary,
            "created": "2026-01-01T00:00:00Z",
        }

    def listed(self, kind: str, query: dict[str, str]) -> Thing:
        """GET of a list."""
        query = dict(query)
        page = int(query.pop("page", "1"))
        kinds = _UNIFIED if kind == "unified_job_templates" else (kind,)
        rows = [self.shown(each, thing) for each in kinds for thing in self._things[each].values()]
        either = {key: query.pop(key) for key in list(query) if key.startswith("or__")}
        linked = {key: int(query.pop(key)) for key in list(query) if key in KINDS[kinds[0]].lists}
        for key in (*query, *(key.removeprefix("or__") for key in either)):
            known = any(key in KINDS[each].fields or key in KINDS[each].read_only for each in kinds)
            if not known and key not in ("id", "type"):
                raise Refusal(400, {"detail": f"{KINDS[kinds[0]].type} has no field named '{key}'"})
        rows = [
            row
            for row in rows
            if all(str(row.get(key)) == value for key, value in query.items())
            and all(number in self._lists.get((kind, row["id"], name), []) for name, number in linked.items())
            and (not either or any(str(row.get(key[4:])) == value for key, value in either.items()))
        ]
        return self._paged(f"/api/v2/{kind}/", rows, page)

    def members(self, kind: str, number: int, name: str, page: int) -> Thing:
        """GET of a list below an object."""
        other = KINDS[kind].lists[name]
        rows = [self.shown(other, self._things[other][entry]) for entry in self._lists.get((kind, number, name), [])]
        return self._paged(f"/api/v2/{kind}/{number}/{name}/", rows, page)

    def associate(self, kind: str, number: int, name: str, body: Thing) -> None:
        """POST to a list below an object."""
        entries = self._lists.setdefault((kind, number, name), [])
        other = KINDS[kind].lists[name]
        self._one(other, body["id"])
        if body.get("disassociate"):
            entries.remove(body["id"])
            return
        if name == "credentials":
            kinds = [self._things[other][entry]["credential_type"] for entry in entries]
            if self._things[other][body["id"]]["credential_type"] in kinds:
                raise Refusal(400, {"error": "Cannot assign multiple credentials of one type."})
        entries.append(body["id"])

    def survey(self, kind: str, number: int, body: Thing | None) -> Thing:
        """GET or POST of a survey."""
        self._one(kind, number)
        if body is not None:
            problems = survey_problems(body)
            if problems:
                raise Refusal(400, {"error": "; ".join(problems)})
            self._surveys[kind, number] = body
        return self._surveys.get((kind, number), {}) if body is None else {}

    def create_approval(self, number: int, body: Thing) -> Thing:
        """POST to the node that is to be an approval."""
        node = self._one("workflow_job_template_nodes", number)
        if node["unified_job_template"] is not None:
            raise Refusal(400, {"error": "This node has a template already."})
        shown = self.create("workflow_approval_templates", body)
        node["unified_job_template"] = shown["id"]
        return shown

    def syncs(self, query: dict[str, str]) -> Thing:
        """GET of the list of syncs, newest first."""
        rows = [
            {key: value for key, value in row.items() if key != "said"}
            for row in self._syncs.values()
            if all(str(row[key]) == value for key, value in query.items() if key != "order_by")
        ]
        return self._paged("/api/v2/project_updates/", rows[::-1], 1)

    def sync_events(self, number: int) -> Thing:
        """GET of the failed events of a sync."""
        said = self._syncs[number]["said"]
        rows = [{"id": 1, "event": "runner_on_failed", "event_data": {"res": {"msg": said}}}] if said else []
        return self._paged(f"/api/v2/project_updates/{number}/events/", rows, 1)

    def teams_with(self, number: int) -> Thing:
        """GET of the teams that have a role."""
        rows = [self.shown("teams", self._things["teams"][team]) for team in self._granted.get(number, [])]
        return self._paged(f"/api/v2/roles/{number}/teams/", rows, 1)

    def give_role(self, number: int, body: Thing) -> None:
        """POST to the teams that have a role."""
        if number not in self._roles.values():
            raise Refusal(404, {"detail": "Not found."})
        teams = self._granted.setdefault(number, [])
        teams.remove(body["id"]) if body.get("disassociate") else teams.append(body["id"])

    def _role(self, kind: str, number: int, role: str) -> int:
        if (kind, number, role) not in self._roles:
            self._last += 1
            self._roles[kind, number, role] = self._last
        return self._roles[kind, number, role]

    def _organization_id(self, kind: str, thing: Thing) -> int | None:
        if kind == "job_templates":
            project = self._things["projects"].get(thing["project"] or 0)
            return project["organization"] if project else None
        if kind == "hosts":
            return self._things["inventories"][thing["inventory"]]["organization"]
        if kind == "workflow_job_template_nodes":
            return self._things["workflow_job_templates"][thing["workflow_job_template"]]["organization"]
        if kind == "schedules":
            other = self._kind_of(thing["unified_job_template"])
            return self._organization_id(other, self._things[other][thing["unified_job_template"]])
        return thing.get("organization")

    def _organization_of(self, kind: str, thing: Thing) -> str | None:
        return self._name("organizations", self._organization_id(kind, thing))

    # The rules.

    def _name(self, kind: str, number: int | None) -> str | None:
        if number is None:
            return None
        thing = self._things[self._kind_of(number) if kind == "unified_job_templates" else kind][number]
        return _named(thing)

    def _kind_of(self, number: int) -> str:
        (kind,) = [kind for kind in _UNIFIED if number in self._things[kind]]
        return kind

    def _one(self, kind: str, number: int) -> Thing:
        if number not in self._things[kind]:
            raise Refusal(404, {"detail": "Not found."})
        return self._things[kind][number]

    def _paged(self, path: str, rows: list[Thing], page: int) -> Thing:
        more = len(rows) > page * PAGE
        return {
            "count": len(rows),
            "next": f"{path}?page={page + 1}" if more else None,
            "previous": None,
            "results": rows[(page - 1) * PAGE : page * PAGE],
        }

    def _checked(self, kind: str, body: Thing) -> Thing:
        fields = KINDS[kind].fields
        known = {key: value for key, value in body.items() if key in fields}
        unknown = set(body) - set(known) - {"type", *KINDS[kind].read_only}
        if unknown:
            raise Refusal(400, {key: ["There is no such field."] for key in unknown})
        for key, value in known.items():
            default = fields[key]
            if default is not None and value is not None and type(value) is not type(default):
                raise Refusal(400, {key: [f"{value!r} is not a {type(default).__name__}."]})
            if value is None and default is not None:
                raise Refusal(400, {key: ["This field may not be null."]})
            if value not in KINDS[kind].choices.get(key, (value,)):
                raise Refusal(400, {key: [f'"{value}" is not a valid choice.']})
        for key, other in KINDS[kind].refers.items():
            if known.get(key) is not None:
                kinds = _UNIFIED if other == "unified_job_templates" else (other,)
                if not any(known[key] in self._things[each] for each in kinds):
                    raise Refusal(400, {key: ["Invalid pk - object does not exist."]})
        return known

    def _check_unique(self, kind: str, thing: Thing) -> None:
        keys = KINDS[kind].unique
        if kind == "job_templates":
            # The organization is that of the project.
            thing = {**thing, "organization": self._organization_id(kind, thing)}
            if any(
                other["name"] == thing["name"] and self._organization_id(kind, other) == thing["organization"]
                for other in self._things[kind].values()
            ):
                raise Refusal(400, {"name": ["Job template with this Name already exists."]})
            return
        if keys and any(all(other.get(key) == thing.get(key) for key in keys) for other in self._things[kind].values()):
            raise Refusal(400, {"__all__": [f"{KINDS[kind].type} with these {', '.join(keys)} already exists."]})

    def _check(self, kind: str, thing: Thing, before: Thing | None) -> None:
        check: Callable[[Thing, Thing | None], None] | None = getattr(self, f"_check_{kind}", None)
        if check:
            check(thing, before)

    def _check_credential_types(self, thing: Thing, before: Thing | None) -> None:
        problems = type_problems(thing["inputs"], thing["injectors"])
        if problems:
            raise Refusal(400, {"inputs": problems})
        used = before and any(other["credential_type"] == thing["id"] for other in self._things["credentials"].values())
        if used and before and thing["inputs"] != before["inputs"]:
            raise Refusal(403, {"detail": "Modifications to inputs are not allowed for credential types in use."})

    def _check_credentials(self, thing: Thing, before: Thing | None) -> None:
        inputs = self._things["credential_types"][thing["credential_type"]]["inputs"]
        names = {entry["id"] for entry in inputs["fields"]}
        if set(thing["inputs"]) - names:
            raise Refusal(400, {"inputs": ["There is no such field."]})
        missing = [name for name in inputs.get("required", []) if not thing["inputs"].get(name)]
        if missing:
            raise Refusal(400, {"inputs": {name: ["required"] for name in missing}})

    def _keep_secrets(self, kind: str, thing: Thing) -> None:
        if kind != "credentials":
            return
        fields = self._things["credential_types"][thing["credential_type"]]["inputs"]["fields"]
        secret = {entry["id"] for entry in fields if entry.get("secret")}
        before = self._secrets.get(thing["id"], {})
        self._secrets[thing["id"]] = {
            key: before.get(key) if value == ENCRYPTED else value for key, value in thing["inputs"].items()
        }
        thing["inputs"] = {key: ENCRYPTED if key in secret else value for key, value in thing["inputs"].items()}

    def _check_job_templates(self, thing: Thing, before: Thing | None) -> None:
        synced = self._things["projects"][thing["project"]].get("status") == "successful" if thing["project"] else False
        if thing["playbook"] not in self._playbooks or not synced:
            raise Refusal(400, {"playbook": ["Playbook not found for project."]})
        if thing["extra_vars"]:
            json.loads(thing["extra_vars"])

    def _check_workflow_job_template_nodes(self, thing: Thing, before: Thing | None) -> None:
        number = thing["unified_job_template"]
        if number in self._things["job_templates"] and thing["job_type"]:
            template = self._things["job_templates"][number]
            if not template["ask_job_type_on_launch"]:
                raise Refusal(400, {"job_type": ["Field is not configured to prompt on launch."]})

    def _check_schedules(self, thing: Thing, before: Thing | None) -> None:
        if "INTERVAL=" not in thing["rrule"] or not thing["rrule"].startswith("DTSTART"):
            raise Refusal(400, {"rrule": ["DTSTART and INTERVAL required in rrule"]})
        rrulestr(thing["rrule"].replace(" ", "\n"))


def _named(thing: Thing) -> str:
    return str(thing.get("name") or thing.get("identifier") or thing["username"])


def _application(controller: Controller) -> web.Application:
    async def answer(request: web.Request) -> web.Response:
        text = await request.text()
        body = json.loads(text) if text else None
        try:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise Refusal(401, {"detail": "Authentication credentials were not provided."})
            status, given = _dispatch(controller, request, body)
        except Refusal as refusal:
            status, given = refusal.status, refusal.body
        controller.requests.append(Request(request.method, request.path, body, status))
        headers = {"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
        if given is None:
            return web.Response(status=status, headers=headers)
        return web.json_response(given, status=status, headers=headers)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    return application


def _dispatch(controller: Controller, request: web.Request, body: Any) -> tuple[int, Any]:
    parts = request.path.strip("/").split("/")
    if parts[:2] != ["api", "v2"] or not request.path.endswith("/"):
        raise Refusal(404, {"detail": "Not found."})
    page = int(request.query.get("page", "1"))
    match (request.method, *parts[2:]):
        case ("GET", kind) if kind in KINDS or kind == "unified_job_templates":
            return 200, controller.listed(kind, dict(request.query))
        case ("POST", kind) if kind in KINDS and kind != "workflow_approval_templates":
            return 201, controller.create(kind, body)
        case ("GET", "project_updates"):
            return 200, controller.syncs(dict(request.query))
        case ("GET", "project_updates", number):
            return 200, controller._syncs[int(number)]
        case ("GET", "project_updates", number, "events"):
            return 200, controller.sync_events(int(number))
        case ("POST", "projects", number, "update"):
            return 202, controller.sync(int(number))
        case ("GET", "roles", number, "teams"):
            return 200, controller.teams_with(int(number))
        case ("POST", "roles", number, "teams"):
            controller.give_role(int(number), body)
            return 204, None
        case ("DELETE", kind, number) if kind in KINDS:
            controller.delete(kind, int(number))
            return 204, None
        case ("GET", kind, number) if kind in KINDS:
            return 200, controller.shown(kind, controller._one(kind, int(number)))
        case ("PATCH", kind, number) if kind in KINDS:
            return 200, controller.patch(kind, int(number), body)
        case ("GET", kind, number, "survey_spec") if kind in _SURVEYED:
            return 200, controller.survey(kind, int(number), None)
        case ("POST", kind, number, "survey_spec") if kind in _SURVEYED:
            return 200, controller.survey(kind, int(number), body)
        case ("POST", "workflow_job_template_nodes", number, "create_approval_template"):
            return 201, controller.create_approval(int(number), body)
        case ("GET", kind, number, name) if kind in KINDS and name in KINDS[kind].lists:
            return 200, controller.members(kind, int(number), name, page)
        case ("POST", kind, number, name) if kind in KINDS and name in KINDS[kind].lists:
            controller.associate(kind, int(number), name, body)
            return 204, None
        case (_, kind, *_rest) if kind in KINDS:
            raise Refusal(404 if request.method == "GET" else 405, {"detail": "Not here."})
        case _:
            raise Refusal(404, {"detail": "Not found."})


@contextmanager
def running(playbooks: list[str]) -> Iterator[Controller]:
    """Run a controller that has nothing but the organization Default, until the block ends."""
    controller = Controller(playbooks)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(_application(controller), access_log=None, shutdown_timeout=1)

    async def start() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        controller.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield controller
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
