# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run: look everybody up, plan everything, refuse or show it, write person by person, look again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.addresses import Addresses
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import (
    EVERYBODY,
    lookup_table,
    the_inactive,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import UNKNOWN, Wanted, look_up, resolve
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.protected import Protected
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, with_rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import each, listed
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    InputError,
    Refused,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.progress import Progress
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, Session, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import Stopped, stopping
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.evidence import Evidence
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import announce_rate_limit, foresee
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job, Line, Warn
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.memory import Recall
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.result import (
    NOT_ATTEMPTED,
    Person,
    Report,
    Taken,
    now,
    summed_up,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.targets import Targets, bound, check_approved
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Plan, Scene

# So many people are worth a look-up each for the sake of a diagnosis.
_FEW = 20
_NO_TURN = "Not attempted, because the run stopped before its turn."


def run(job: Job, targets: Targets, access: Access, warn: Warn, evidence: Evidence) -> Report:
    """Do a job for the targets and report; this never raises for what a server, a network or a disk can do."""
    about = {**evidence.facts, "workspace": access.connection.url, "started": now()}
    report = Report(job, [Person(wanted) for wanted in targets.wanted], about)
    actions = [action for step in job.steps for action in step.actions]
    try:
        evidence.start(about)
        ask_who = not evidence.asks_ledger
        with open_session(access, actions, warn, pool_size=targets.concurrency, ask_who=ask_who) as session:
            report.version = session.version
            try:
                recall = evidence.recall(session)
            finally:
                met = {"server_version": "{}.{}".format(*session.version), "account": session.account.username}
                report.facts.update(met)
                evidence.meet(**met)
            try:
                _Run(job, targets, session, report, warn, evidence, recall).go()
            except RocketChatError as error:
                report.end(error)
            if job.diagnosis and not targets.check_mode:
                report.surroundings = job.diagnosis.look(session, False)
            evidence.conclude(report)
    except RocketChatError as error:
        report.end(error)
    evidence.close(report)
    return report


class _Run:
    """What one run holds."""

    def __init__(
        self,
        job: Job,
        targets: Targets,
        session: Session,
        report: Report,
        warn: Warn,
        evidence: Evidence,
        recall: Recall,
    ) -> None:
        self.job = job
        self.targets = targets
        self.session = session
        self.report = report
        self.warn = warn
        self.evidence = evidence
        self.recall = recall

    def go(self) -> None:
        """Take the run from its first question to its last."""
        for words in self.recall.told():
            self.evidence.warn(words)
        announce_rate_limit(self.session, len(self.targets.wanted), self.warn)
        self._look_everybody_up()
        if self.job.diagnosis and self.targets.check_mode:
            # Before anything is refused: who is refused wants to know most.
            self.report.surroundings = self.job.diagnosis.look(self.session, True)
        self._check_secrets()
        self._plan()
        self._refuse()
        pending = [person for person in self.report.people if person.pending]
        # Ending the sessions of who is inactive already is no more than making sure.
        self._brake(sum(any(t.step.name != "sessions" or not self.job.whole for t in p.pending) for p in pending))
        self._check_code(pending)
        steps = [step for step in self.job.steps if any(taken.step is step for p in pending for taken in p.pending)]
        # Who leaves is shut out whatever the workspace says of second factors.
        early = self.job.whole and not self.job.leaves_inactive
        foresee(
            self.session,
            steps,
            self.warn,
            check_mode=self.targets.check_mode,
            reset_early=early,
            answered=self.recall.memory.taken_by(self.session.account.user_id),
        )
        if self.targets.check_mode:
            if pending:
                self.evidence.foresee(self.session)
            for person in pending:
                for taken in person.pending:
                    taken.succeed(None)
        else:
            self.evidence.begin(self.session, pending)
            self._write(pending)
            if self.job.whole:
                self._look_again(pending)
        self._sum_up()

    def _look_everybody_up(self) -> None:
        asked, steps = bound(self.targets), self.job.steps
        wanted = [one for one in asked if isinstance(one, Wanted)]
        singly = any(step.whole_record or step.rooms for step in steps)
        # A list does not show all that tells what keeps somebody out.
        singly = singly or (self.job.diagnosis is not None and self.targets.check_mode and len(wanted) <= _FEW)
        known = lookup_table(self.session.client, [] if singly else wanted, concurrency=self.targets.concurrency)
        addresses = Addresses(self.session.client, self.session.version, wanted, concurrency=self.targets.concurrency)
        resolved = resolve(
            self.session.client,
            wanted,
            self.session.account,
            self._check,
            concurrency=self.targets.concurrency,
            known=known,
            own_account_hint=self.job.own_account_hint,
            show=with_rooms(self.session.version) if any(step.rooms for step in steps) else None,
            addresses=addresses.find,
        )
        people = [
            Person(given, error=one) for given, one in zip(self.targets.wanted, asked) if isinstance(one, TargetError)
        ]
        self.report.people = [*(Person(t.wanted, t.user, t.error) for t in resolved), *people]
        self._spare_protected()
        for person in self.report.people if self.targets.skip_unknown else []:
            if person.error and person.error.code == UNKNOWN:
                person.skip(person.error.message)

    def _spare_protected(self) -> None:
        users = [person.user for person in self.report.people if person.user and not person.error]
        protected = Protected(self.session, self.targets.protected, users)
        for person in self.report.people:
            if person.user and not person.error:
                try:
                    protected.check(person.user)
                except TargetError as error:
                    person.error = error

    def _check_secrets(self) -> None:
        """Refuse a secret that stands in what is told of a run: Ansible would hide it in every name and address."""
        account = self.session.account
        told = [self.session.access.connection.url, account.username, account.user_id]
        told += [text for person in self.report.people for text in (person.username, person.user_id) if text]
        for option, secret in self.session.access.secrets():
            if any(secret in text for text in told):
                raise InputError(
                    f"The value of {option} stands in the address of the workspace, or in the name or id of somebody on"
                    " the list or of the calling account. Ansible would hide it there, and the evidence would be"
                    " worthless. Choose a secret that is no word."
                )

    def _check(self, user: User) -> None:
        check_approved(user, self.targets.approved_ids, own_doing=self.recall.for_this_ticket(user))
        self.recall.check_nobody_else(user)
        if self.job.check:
            self.job.check(user)
        for step in self.job.steps:
            step.check(user)

    def _plan(self) -> None:
        """Look at everybody once more where a step needs that, and say what each step would do to each."""
        scene = Scene(self.session, self.targets.concurrency, self.warn, self.recall.unfinished)
        people = [person for person in self.report.people if person.user and not person.error]
        for line in self.job.lines:
            needless = {p.user.user_id: self._needless(line, p, p.user) for p in people if p.user}
            seen = line.step.inspect(scene, [p.user for p in people if p.user and not needless[p.user.user_id]])
            for person in people:
                if person.user:
                    plan = needless[person.user.user_id]
                    plan = plan or line.step.plan(person.user, seen.get(person.user.user_id))
                    person.taken.append(Taken(line.step, plan))
        objected = False
        for person in people:
            objection = next((taken.plan.objection for taken in person.pending if taken.plan.objection), None)
            if objected and not self.targets.keep_going and not self.job.whole:
                person.leave(TargetError(NOT_ATTEMPTED, _NO_TURN))
            elif objection:
                person.fail(objection)
                objected = True
                self.report.failure = self.report.failure or (None if self.job.whole else objection)

    def _needless(self, line: Line, person: Person, user: User) -> Plan | None:
        """Return why a step is not for an account at all, or was taken before; ``None`` where it is to be planned.

        Whoever has signed in since the sessions ended is signed out again where this run changes something.
        """
        past = self.recall.past(user, line.step)
        again = line.if_changed and any(taken.plan.changed for taken in person.taken)
        if past and (past.quiet or not again):
            return line.step.spared(past)
        reason = line.unless(user) if line.unless and not self.recall.begun(user, line.step) else ""
        return Plan(False, reason, "inactive") if reason else None

    def _refuse(self) -> None:
        """Stop before the first write where somebody on the list cannot be served.

        A job of several steps stops for who is not who they should be even if it is to go on after errors. A job of one
        step goes as far as the server would let it.
        """
        strangers = [person for person in self.report.people if person.error and not person.taken]
        problems = [person for person in self.report.people if person.error] if self.job.whole else strangers
        if not problems or (self.targets.keep_going and not (self.job.whole and strangers)):
            return
        errors = [person.error for person in problems if person.error]
        would_be = "would be" if self.targets.check_mode and not strangers else "was"
        self.report.message = f"Nobody {would_be} {self.job.verb}. " + listed([error.message for error in errors])
        code = errors[0].code if len(errors) == 1 else "bad-targets"
        raise TargetError(code, self.report.message, {"targets": len(self.report.people), "bad_targets": len(problems)})

    def _brake(self, number: int) -> None:
        """Refuse to change more people at once than a list in order would name."""
        most = self.targets.most
        if most and number > most:
            self.report.message = (
                f"{number} accounts would be {self.job.verb}, and one run may change {most} (max_accounts). Nothing was"
                " done. If the list is right, run once with a higher number."
            )
            raise TargetError("too-many-accounts", self.report.message, {"accounts": number, "max_accounts": most})

    def _check_code(self, pending: Sequence[Person]) -> None:
        """Refuse a code that works once where more than one would be asked for."""
        asked = [p for p in pending for t in p.pending if any(action.two_factor for action in t.step.actions)]
        if len(asked) > 1 and self.session.two_factor.has_single_use_code:
            raise InputError(
                f"two_factor_code works only once, but {self._how_much(pending)}. Name one account a run, or give"
                " two_factor_secret or a token that bypasses two-factor authentication."
            )

    def _how_much(self, pending: Sequence[Person]) -> str:
        if len(pending) > 1:
            return f"{len(pending)} accounts are to be {self.job.verb}"
        return "several steps of this job ask for one"

    # Writing

    def _write(self, pending: Sequence[Person]) -> None:
        progress = Progress(self.job.verb, len(pending))

        def one(person: Person) -> None:
            self._write_one(person, progress)

        outcomes = each(
            pending,
            one,
            keep_going=self.targets.keep_going,
            concurrency=self.targets.concurrency,
            progress=progress,
        )
        for person, outcome in zip(pending, outcomes):
            self.report.failure = self.report.failure or outcome.error
            person.leave(TargetError(NOT_ATTEMPTED, _NO_TURN))
        if stopping() and self.report.failure is None:
            self.report.failure = Stopped()

    def _write_one(self, person: Person, progress: Progress) -> None:
        """Take every step of one person, in the job's order; raise the first failure when all are through.

        After a failure that every request would meet alike, only what protects is still tried, and only where the
        server itself said no. What the failed step was to do besides is tried in any case.
        """
        broken: dict[str, RocketChatError] = {}
        taken_before: set[str] = set()
        lines = {line.step.name: line for line in self.job.lines}
        # Nobody is pending without an account.
        user = cast(User, person.user)
        self.evidence.intend(person)
        for taken in _in_order(person.pending, lines):
            line = lines[taken.step.name]
            if line.within in taken_before:
                taken.succeed(Done(0))
                self.evidence.took(person, taken)
                continue
            reason = "" if line.within in broken else self._hindrance(line.needs, broken)
            if not reason and broken and line.if_changed and not any(t.may_have_changed for t in person.taken):
                reason = "nothing was changed that it would have to protect"
            if reason:
                taken.leave(reason)
                broken[taken.step.name] = next(iter(broken.values()))
                continue
            progress.at(taken.step.label)
            try:
                taken.succeed(taken.step.act(self.session, user))
                taken_before.add(taken.step.name)
            except RocketChatError as error:
                taken.fail(error)
                broken[taken.step.name] = error
            self.evidence.took(person, taken)
        if broken:
            raise next(iter(broken.values()))

    def _hindrance(self, needs: Sequence[str], broken: dict[str, RocketChatError]) -> str:
        """Say why a step is not taken after what failed before it, or nothing."""
        if any(not isinstance(error, (Refused, TargetError)) for error in broken.values()):
            return "the run stopped before"
        failed = [step.label for step in self.job.steps if step.name in broken and step.name in needs]
        return f"this failed before: {failed[0]}" if failed else ""

    # Looking again

    def _look_again(self, pending: Sequence[Person]) -> None:
        """Read back what the server shows of everybody who was changed; a difference is a failure."""
        changed = [person for person in pending if person.user and person.changed]
        wanted = [Wanted("user_id", person.user_id or "") for person in changed]
        # Whoever is not in the list is asked for, so that the shorter one is enough.
        among = the_inactive(self.session.version) if self.job.leaves_inactive else EVERYBODY
        known = lookup_table(self.session.client, wanted, concurrency=self.targets.concurrency, among=among)

        def again(target: Wanted) -> User:
            return known(target) or look_up(self.session.client, target)

        outcomes = each(
            wanted,
            again,
            keep_going=True,
            concurrency=self.targets.concurrency,
            progress=Progress("read back", len(wanted)),
        )
        for person, outcome in zip(changed, outcomes):
            done = [taken for taken in person.taken if taken.result == "done"]
            if outcome.error:
                person.error = TargetError(
                    "not-read-back",
                    f"Everything was sent, but it could not be read back: {outcome.error.message}",
                )
                continue
            for taken in done:
                wrong = taken.step.contradicts(outcome.value) if outcome.value else ""
                if wrong:
                    taken.fail(TargetError("not-as-reported", f"{taken.step.label}: {wrong}."))

    def _sum_up(self) -> None:
        """Say in one message what failed, where anything did."""
        message, bad = summed_up(self.report, check_mode=self.targets.check_mode)
        if not message:
            return
        self.report.message = message
        if self.report.failure is None:
            self.report.failure = TargetError("bad-targets", message, {"bad_targets": bad})


def _in_order(pending: Sequence[Taken], lines: Mapping[str, Line]) -> list[Taken]:
    """Return the steps of one person as they are taken: one that the next does as well comes after that."""
    order = list(pending)
    for number, (taken, following) in enumerate(zip(pending, pending[1:])):
        if lines[taken.step.name].within == following.step.name:
            order[number : number + 2] = [following, taken]
    return order
