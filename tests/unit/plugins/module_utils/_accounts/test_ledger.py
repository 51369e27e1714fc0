# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger: what counts in it, what is not believed, and that what was written is read again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import (
    NAME,
    Entry,
    Ledger,
    Memory,
    unavailable,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    Refused,
    RocketChatError,
    TargetError,
)

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils.conftest import Channel

HISTORY, INFO = "/api/v1/groups.history", "/api/v1/groups.info"
STRANGER = {"_id": "strangerId", "username": "stranger"}
BEGUN: dict[str, Any] = {
    "run": "r1",
    "job": "offboard",
    "ticket": "INC-1",
    "operator": "olga",
    "process": "host/1.2",
    "v": 1,
    "phase": "begin",
    "users": {"aliceId": "alice", "bobId": "bob"},
}
ENDED: dict[str, Any] = {
    "run": "r1",
    "job": "offboard",
    "v": 1,
    "phase": "end",
    "last": True,
    "done": {"sessions totp": ["aliceId"], "sessions": ["bobId"]},
}

Open = Callable[..., Ledger]


def fenced(record: Any) -> str:
    """Return a message as a run writes it."""
    return f"A sentence.\n```json\n{record if isinstance(record, str) else json.dumps(record)}\n```"


_DUPLICATE = "error-duplicate-channel-name"
TAKEN = (400, {"success": False, "error": f"Exists [{_DUPLICATE}]", "errorType": _DUPLICATE})


@pytest.fixture
def ledger(channel: Channel, connect: Callable[..., Any]) -> Open:
    """Return a maker of ledgers; the client has had an answer, and knows the server's time by it."""

    def make(*authors: str, clock: bool = True) -> Ledger:
        client = connect(channel.server).client
        if clock:
            channel.server.route("/api/info", {"version": "8.6", "success": True})
            client.get("info")
        return Ledger(client, "access-ledger", ["callerId", *authors])

    return make


class TestReading:
    """What a run remembers."""

    def test_where_there_is_none_nothing_is_remembered(self, channel: Channel, ledger: Open) -> None:
        channel.there = False
        assert ledger().read(30) == Memory()
        assert channel.server.sent("GET", INFO) == []

    def test_a_run_is_told_by_its_first_and_its_last_message(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(BEGUN), ago=timedelta(hours=2))
        channel.put(fenced(ENDED), ago=timedelta(hours=1))
        (entry,) = ledger().read(30).runs
        assert (entry.run, entry.job, entry.ticket, entry.process) == ("r1", "offboard", "INC-1", "host/1.2")
        assert entry.began.isoformat() == "2026-03-02T08:00:00+00:00"
        assert entry.users == {"aliceId": "alice", "bobId": "bob"}
        assert entry.done == {"aliceId": ["sessions", "totp"], "bobId": ["sessions"]}
        assert entry.ended

    def test_lists_of_people_are_told_newest_first_and_are_no_runs(self, channel: Channel, ledger: Open) -> None:
        for hours, people in ((3, 812), (2, 800), (1, 0), (1, True), (1, "800")):
            channel.put(fenced({**BEGUN, "phase": "list", "people": people}), ago=timedelta(hours=hours))
        memory = ledger().read(30)
        assert [one.people for one in memory.lists] == [800, 812]
        assert memory.lists[0].at.isoformat() == "2026-03-02T08:00:00+00:00"
        assert (memory.runs, memory.unreadable) == ((), 3)

    def test_an_end_in_parts_is_none_before_its_last(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(BEGUN), ago=timedelta(hours=3))
        channel.put(fenced({**ENDED, "last": False, "done": {"sessions": ["aliceId"]}}), ago=timedelta(hours=2))
        assert not ledger().read(30).runs[0].ended
        channel.put(fenced({**ENDED, "done": {"sessions": ["bobId"]}}), ago=timedelta(hours=1))
        (entry,) = ledger().read(30).runs
        assert entry.ended
        assert set(entry.done) == {"aliceId", "bobId"}

    def test_the_newest_run_comes_first(self, channel: Channel, ledger: Open) -> None:
        for number in (1, 2, 3):
            channel.put(fenced({**BEGUN, "run": f"r{number}"}), ago=timedelta(hours=9 - number))
        assert [entry.run for entry in ledger().read(30).runs] == ["r3", "r2", "r1"]

    def test_it_is_read_back_as_far_as_the_task_says_by_the_servers_clock(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(BEGUN), ago=timedelta(days=8))
        channel.put(fenced({**BEGUN, "run": "r2"}), ago=timedelta(days=6))
        assert [entry.run for entry in ledger().read(7).runs] == ["r2"]
        assert channel.server.sent("GET", HISTORY)[0].query["oldest"] == "2026-02-23T10:00:00.000Z"

    def test_a_server_that_does_not_tell_the_time_shows_everything(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(BEGUN), ago=timedelta(days=800))
        assert len(ledger(clock=False).read(7).runs) == 1

    def test_it_is_read_page_by_page(self, channel: Channel, ledger: Open) -> None:
        for number in range(250):
            channel.put(fenced({**BEGUN, "run": f"r{number}"}), ago=timedelta(minutes=300 - number))
        runs = [entry.run for entry in ledger().read(30).runs]
        assert runs == [f"r{number}" for number in reversed(range(250))]
        assert len(channel.server.sent("GET", HISTORY)) == 3

    def test_a_server_that_never_comes_to_an_end_is_not_read_for_ever(self, channel: Channel, ledger: Open) -> None:
        message = channel.put(fenced(BEGUN))
        channel.server.route(HISTORY, {"messages": [message] * 100, "success": True})
        assert len(ledger().read(30).runs) == 1
        assert len(channel.server.sent("GET", HISTORY)) <= 50

    @pytest.mark.parametrize("rows", [None, "junk", {}, ["junk", None, 5]])
    def test_rows_of_another_form_are_no_messages(self, channel: Channel, ledger: Open, rows: Any) -> None:
        channel.server.route(HISTORY, {"messages": rows, "success": True})
        assert ledger().read(30) == Memory(writer="svc")

    def test_a_server_that_fails_is_not_one_that_has_no_such_room(self, channel: Channel, ledger: Open) -> None:
        channel.server.route(HISTORY, (403, {"success": False, "error": "unauthorized"}))
        with pytest.raises(Refused):
            ledger().read(30)


class TestForgeries:
    """What others can do, as it was recorded, and what none of it proves."""

    @pytest.mark.parametrize(
        "mark",
        [
            {"u": STRANGER},
            {"u": None},
            {"u": "callerId"},
            {"u": {"username": "svc"}},
            {"editedBy": STRANGER, "editedAt": "2026-03-02T09:30:00.000Z"},
            {"editedBy": STRANGER},
            {"editedAt": "2026-03-02T09:30:00.000Z"},
            {"bot": {"i": "integrationId"}, "alias": ""},
            {"alias": "svc"},
            {"t": "au"},
        ],
        ids=["other", "nobody", "text", "no id", "edited", "edited by", "edited at", "webhook", "alias", "system"],
    )
    def test_a_message_that_is_not_the_accounts_own_as_it_wrote_it_counts_for_nothing(
        self, channel: Channel, ledger: Open, mark: dict[str, Any]
    ) -> None:
        channel.put(fenced(BEGUN), **mark)
        assert ledger().read(30) == Memory(writer="svc")
        # Next to a message that counts, too.
        channel.put(fenced({**BEGUN, "run": "mine"}))
        assert [entry.run for entry in ledger().read(30).runs] == ["mine"]

    def test_who_calls_is_known_by_its_own_newest_message(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(BEGUN), u={"_id": "callerId", "username": "svc-before"}, ago=timedelta(days=2))
        channel.put(fenced(BEGUN), u={"_id": "callerId", "username": "svc-now"}, ago=timedelta(days=1))
        channel.put(fenced(BEGUN), u=STRANGER)
        assert ledger("strangerId").read(30).writer == "svc-now"

    def test_who_calls_is_known_as_who_made_the_channel(self, channel: Channel, ledger: Open) -> None:
        assert ledger().read(30) == Memory(writer="svc")

    def test_who_calls_is_not_known_by_messages_of_others(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(BEGUN), u=STRANGER)
        channel.put(fenced(BEGUN), alias="svc")
        assert ledger("strangerId").read(30).writer == ""

    def test_a_key_that_is_empty_is_no_mark(self, channel: Channel, ledger: Open) -> None:
        """Recorded: a message by chat.postMessage has an empty alias."""
        channel.put(fenced(BEGUN), alias="", editedBy=None)
        assert len(ledger().read(30).runs) == 1

    def test_other_accounts_count_where_the_task_names_them(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(BEGUN), u=STRANGER)
        assert len(ledger("strangerId").read(30).runs) == 1

    def test_the_end_of_a_run_cannot_be_forged_by_another(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(BEGUN), ago=timedelta(hours=2))
        channel.put(fenced(ENDED), u=STRANGER)
        (entry,) = ledger().read(30).runs
        assert (entry.ended, entry.done) == (False, {})


class TestTheRoom:
    """Whether a room of the name is the ledger of the calling account."""

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"t": "c"}, "is a public channel"),
            ({"ro": False}, "can be written by all of its members"),
            ({"ro": None}, "can be written by all of its members"),
            ({"encrypted": True}, "is encrypted"),
            ({"u": STRANGER}, "was made by somebody else"),
            ({"u": None}, "was made by somebody else"),
        ],
    )
    @pytest.mark.parametrize("turned", [False, True], ids=["empty", "changed since"])
    def test_one_that_is_not_ends_the_run(
        self, channel: Channel, ledger: Open, more: dict[str, Any], says: str, turned: bool
    ) -> None:
        channel.group.update(more)
        if turned:
            channel.put(fenced(BEGUN))
            channel.put("r", t="room_changed_privacy", u=STRANGER)
        with pytest.raises(TargetError) as caught:
            ledger().read(30)
        assert caught.value.code == "ledger-not-ours"
        assert caught.value.ends_run
        assert says in caught.value.message
        assert channel.server.sent("POST") == []

    def test_one_that_shows_nothing_is_none(self, channel: Channel, ledger: Open) -> None:
        channel.server.route(INFO, {"group": None, "success": True})
        with pytest.raises(TargetError, match="public channel"):
            ledger().read(30)

    def test_one_of_another_author_of_the_task_is(self, channel: Channel, ledger: Open) -> None:
        channel.group["u"] = STRANGER
        assert ledger("strangerId").read(30) == Memory()

    @pytest.mark.parametrize("kind", ["au", "ru", "ul", "uj", "ult", "added-user-to-team"])
    def test_who_comes_and_goes_changes_nothing(self, channel: Channel, ledger: Open, kind: str) -> None:
        channel.put(fenced(BEGUN))
        channel.put("reader", t=kind)
        ledger().read(30)
        assert channel.server.sent("GET", INFO) == []

    def test_after_any_other_change_it_is_looked_at(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(BEGUN))
        channel.put("", t="of-a-later-version")
        assert len(ledger().read(30).runs) == 1
        assert len(channel.server.sent("GET", INFO)) == 1


class TestDamage:
    """Messages of the account that this version can make nothing of: counted, and nothing more."""

    @pytest.mark.parametrize(
        "text",
        [
            "Hello.",
            "",
            fenced(BEGUN)[:-20],
            fenced(json.dumps(BEGUN)[:-5]),
            fenced("[]"),
            fenced("5"),
            fenced('"x"'),
            fenced("[" * 100_000),
            fenced({**BEGUN, "v": 99}),
            fenced({**BEGUN, "v": "1"}),
            fenced({key: value for key, value in BEGUN.items() if key != "v"}),
            fenced({key: value for key, value in BEGUN.items() if key != "run"}),
            fenced({**BEGUN, "run": 5}),
            fenced({**BEGUN, "run": ""}),
            fenced({**BEGUN, "job": None}),
            fenced({**BEGUN, "ticket": 4711}),
            fenced({**BEGUN, "phase": "middle"}),
            fenced({**BEGUN, "phase": None}),
            fenced({key: value for key, value in BEGUN.items() if key != "users"}),
            fenced({**BEGUN, "users": ["aliceId"]}),
            fenced({**BEGUN, "users": {"aliceId": 5}}),
            fenced({**ENDED, "done": None}),
            fenced({**ENDED, "done": ["aliceId"]}),
            fenced({**ENDED, "done": {"totp": "aliceId"}}),
            fenced({**ENDED, "done": {"totp": [5]}}),
            fenced({**ENDED, "last": "yes"}),
            fenced({key: value for key, value in ENDED.items() if key != "last"}),
        ],
    )
    def test_it_is_counted_and_what_can_be_read_still_counts(self, channel: Channel, ledger: Open, text: str) -> None:
        channel.put(text)
        channel.put(fenced({**BEGUN, "run": "good"}))
        memory = ledger().read(30)
        assert memory.unreadable == 1
        assert [entry.run for entry in memory.runs] == ["good"]

    @pytest.mark.parametrize("ts", [None, 5, "yesterday", {"$date": 1}])
    def test_a_message_without_a_time_is_one(self, channel: Channel, ledger: Open, ts: Any) -> None:
        message = channel.put(fenced(BEGUN))
        channel.server.route(HISTORY, {"messages": [{**message, "ts": ts}], "success": True})
        assert ledger().read(30) == Memory(unreadable=1, writer="svc")

    def test_an_end_without_a_beginning_makes_no_person_known(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced(ENDED))
        memory = ledger().read(30)
        assert memory.of("aliceId") == []
        assert memory.done("aliceId", "totp") is None

    def test_fields_of_a_later_version_are_no_damage(self, channel: Channel, ledger: Open) -> None:
        channel.put(fenced({**BEGUN, "more": {"of": "it"}, "process": None}))
        (entry,) = ledger().read(30).runs
        assert entry.process == ""


class TestMaking:
    """The first run that needs it makes it."""

    def test_it_is_private_read_only_and_open_for_the_account_itself(self, channel: Channel, ledger: Open) -> None:
        channel.there = False
        ledger().open()
        (seen,) = channel.server.sent("POST")
        assert (seen.path, seen.json) == (
            "/api/v1/groups.create",
            {"name": "access-ledger", "members": [], "readOnly": True, "extraData": {"encrypted": False}},
        )

    def test_auditors_are_invited_once_it_is_there(self, channel: Channel, ledger: Open) -> None:
        channel.there = False
        ledger().open(["auditorId", "otherId"])
        assert [seen.json for seen in channel.server.sent("POST", "/api/v1/groups.invite")] == [
            {"roomId": "roomId", "userId": "auditorId"},
            {"roomId": "roomId", "userId": "otherId"},
        ]

    @pytest.mark.parametrize("messages", [0, 1])
    def test_one_that_is_there_is_not_made_again(self, channel: Channel, ledger: Open, messages: int) -> None:
        for _number in range(messages):
            channel.put(fenced(BEGUN))
        opened = ledger()
        opened.read(30)
        opened.open(["auditorId"])
        assert channel.server.sent("POST") == []
        opened.begin(BEGUN, "Offboarding begins.", {"aliceId": "alice"})
        assert channel.server.sent("POST")[0].json["message"]["rid"] == "roomId"

    def test_one_that_a_run_beside_this_one_has_made_is_taken(self, channel: Channel, ledger: Open) -> None:
        channel.there = False
        opened = ledger()
        opened.read(30)
        channel.there = True
        channel.server.route("/api/v1/groups.create", TAKEN, method="POST")
        opened.open()
        opened.begin(BEGUN, "Offboarding begins.", {"aliceId": "alice"})
        assert len(channel.said) == 1

    def test_a_name_that_somebody_else_has_taken_ends_the_run(self, channel: Channel, ledger: Open) -> None:
        channel.there = False
        channel.server.route("/api/v1/groups.create", TAKEN, method="POST")
        with pytest.raises(TargetError) as caught:
            ledger().open()
        assert (caught.value.code, caught.value.ends_run) == ("ledger-not-ours", True)
        assert "the calling account is not in it" in caught.value.message

    def test_any_other_refusal_is_the_servers(self, channel: Channel, ledger: Open) -> None:
        refused = (403, {"success": False, "error": "unauthorized"})
        channel.server.route("/api/v1/groups.create", refused, method="POST")
        with pytest.raises(Refused) as caught:
            ledger().open()
        assert caught.value.code == "unauthorized"
        assert "create-p" in caught.value.message


class TestWriting:
    """What is written is read again, whatever its length."""

    RECORD: ClassVar = {key: BEGUN[key] for key in ("run", "job", "ticket", "operator", "process")}

    @pytest.mark.parametrize("people", [1, 3, 500])
    @pytest.mark.parametrize("ticket", [None, "INC-1", "https://tickets.example.com/" + "x" * 1500, 'ü"\n```\n'])
    def test_a_run_is_remembered_as_it_was(
        self, channel: Channel, ledger: Open, people: int, ticket: str | None
    ) -> None:
        record = {**self.RECORD, "ticket": ticket}
        users = {f"id{number:015}": f"somebody.number.{number}" for number in range(people)}
        done = {user: ["sessions", "status"] if number % 2 else ["sessions"] for number, user in enumerate(users)}
        opened = ledger()
        opened.read(30)
        opened.begin(record, f"Offboarding {ticket} begins.", users)
        opened.end(record, f"Offboarding {ticket} ended.", done)
        (entry,) = ledger().read(30).runs
        assert (entry.users, entry.done, entry.ticket, entry.ended) == (users, done, ticket, True)
        assert entry.author == "callerId"
        assert max(map(len, channel.said)) <= 5000
        assert people < 500 or len(channel.said) > 6

    def test_people_read_the_sentence_before_the_line_for_machines(self, channel: Channel, ledger: Open) -> None:
        opened = ledger()
        opened.read(30)
        opened.begin(self.RECORD, "Offboarding INC-1 by olga begins with 1 account (alice).", {"aliceId": "alice"})
        (text,) = channel.said
        sentence, fence, line, end = text.split("\n")
        assert sentence == "Offboarding INC-1 by olga begins with 1 account (alice)."
        assert (fence, end) == ("```json", "```")
        assert json.loads(line) == {**self.RECORD, "v": 1, "phase": "begin", "users": {"aliceId": "alice"}}

    def test_what_is_taken_away_is_there_before_it_is_taken(self, channel: Channel, ledger: Open) -> None:
        users = {f"id{number:015}": f"somebody.number.{number}" for number in range(300)}
        was = {user: {"roles": ["user", f"role{number}"]} for number, user in enumerate(users) if number % 2}
        opened = ledger()
        opened.read(30)
        opened.begin(self.RECORD, "Begins.", users, was)
        told: dict[str, Any] = {}
        for text in channel.said:
            told |= json.loads(text.split("\n")[2]).get("was", {})
        assert told == was
        assert max(map(len, channel.said)) <= 5000
        (entry,) = ledger().read(30).runs
        assert entry.users == users

    def test_a_run_that_did_nothing_ends_all_the_same(self, channel: Channel, ledger: Open) -> None:
        opened = ledger()
        opened.read(30)
        opened.begin(self.RECORD, "Begins.", {"aliceId": "alice"})
        opened.end(self.RECORD, "Ended.", {})
        (entry,) = ledger().read(30).runs
        assert (entry.ended, entry.done) == (True, {})


def run_of(name: str, **more: Any) -> Entry:
    """Return a run with alice and bob in it."""
    given: dict[str, Any] = {"job": "offboard", "ticket": None, "process": "", "began": None}
    return Entry(run=name, **{**given, "users": {"aliceId": "alice", "bobId": "bob"}, **more})


def test_the_newest_run_that_took_a_step_is_the_one_that_counts() -> None:
    new = run_of("new", done={"aliceId": ["sessions"]})
    middle = run_of("middle", done={"aliceId": ["sessions", "totp"]})
    old = run_of("old", done={"aliceId": ["totp"], "bobId": ["totp"]})
    memory = Memory([new, middle, old])
    assert memory.done("aliceId", "sessions") is new
    assert memory.done("aliceId", "totp") is middle
    assert memory.done("bobId", "totp") is old
    assert memory.done("bobId", "password") is None
    assert memory.done("carolId", "totp") is None


def test_what_an_account_took_is_told_from_what_others_did() -> None:
    own = run_of("own", author="callerId", done={"aliceId": ["sessions"], "bobId": ["totp"]})
    begun = run_of("begun", author="callerId")
    memory = Memory([own, begun, run_of("theirs", author="strangerId", done={"aliceId": ["password"]})])
    assert memory.taken_by("callerId") == {"sessions", "totp"}
    assert memory.taken_by("nobodyId") == frozenset()


def test_a_run_is_broken_off_until_a_later_one_of_the_same_job_took_its_people_up() -> None:
    broken = run_of("broken")
    assert Memory([broken]).broken_off() == [broken]
    # Another job finishes nothing of it, and somebody is left over where not all are taken up.
    other = run_of("other", job="recover", ended=True)
    some = run_of("some", users={"aliceId": "alice"}, ended=True)
    assert Memory([some, other, broken]).broken_off() == [broken]
    assert Memory([some, broken]).unfinished("aliceId", "offboard") is None
    assert Memory([some, broken]).unfinished("bobId", "offboard") is broken
    rest = run_of("rest", users={"bobId": "bob"}, ended=True)
    assert Memory([rest, some, broken]).broken_off() == []
    assert Memory([run_of("ended", ended=True)]).broken_off() == []


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("access-ledger", True),
        ("A_1.b-c", True),
        ("", False),
        ("access ledger", False),
        ("access/ledger", False),
        ("ledger\n", False),
        ("über", False),
    ],
)
def test_names_are_those_that_the_server_takes(name: str, taken: bool) -> None:
    assert bool(NAME.fullmatch(name)) is taken


def test_it_is_said_what_it_means_that_there_is_none() -> None:
    assert "(No room.)" in unavailable(RocketChatError("x", "No room."))
    assert "would reset and mail again" in unavailable(RocketChatError("x", "No room."))
