"""One run: a stack, its load and its faults, the wait for quiet, and the books."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from deploy.faults import books, mails, people, snapshot, story
from deploy.faults.absences import make_absences
from deploy.faults.books import Evidence
from deploy.faults.findings import Fault, Findings
from deploy.faults.injectors import INJECTORS, Injected
from deploy.faults.kinds import KINDS
from deploy.faults.load import Load
from deploy.faults.plan import SHORTEST_GAP_SECONDS, Planned, bursts, make_plan, shortening
from deploy.faults.quiet import Watch, lags, recovery
from deploy.faults.report import Result
from deploy.faults.script import make_script
from deploy.faults.stack import Stack, StillDownError, running
from deploy.local import demonstration
from shared.catalog import the_catalog
from shared.clock import utc_now

CHANGES = {
    # A mail server that hangs, and a mailer that was killed, are to be got over within the run.
    "MAIL_TIMEOUT_SECONDS": "3",
    "MAIL_LIMIT_SECONDS": "10",
    # All browsers have one address here.
    "IDENTITY_SVC_LOGIN_RATE_BY_ADDRESS": "100000 per minute",
    "IDENTITY_SVC_LOGIN_RATE_BY_USER_ID": "1000 per minute",
}
QUIET_SECONDS = 240.0


class CannotBeginError(Exception):
    """The people of the load cannot be brought in; the message is what the command said."""


@dataclass(frozen=True)
class Options:
    """What is to be run: `seconds` of load, with the faults of `kinds` (None: of all, empty: of none).

    `often` plans of faults are laid over one another; `patience` is for how many seconds quiet is waited for.
    """

    seed: int
    seconds: float
    requests: int
    kinds: Sequence[str] | None = None
    often: int = 1
    patience: float = QUIET_SECONDS


@dataclass
class Faults:
    """The faults of a run as they happen: big ones one after the other, each small one whenever it is due."""

    stack: Stack
    plan: Sequence[Planned]
    injected: list[Injected] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def run(self, began: float, say: Callable[[str], None]) -> None:
        """Returns when the last fault is over; `began` is when the load did (`time.monotonic()`)."""
        big = [planned for planned in self.plan if KINDS[planned.kind].big]
        small = [planned for planned in self.plan if not KINDS[planned.kind].big]
        rows = [big, *([planned] for planned in small)]
        lanes = [threading.Thread(target=self._lane, args=(row, began, say), daemon=True) for row in rows]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        self.injected.sort(key=lambda injected: injected.began)

    def _lane(self, lane: Sequence[Planned], began: float, say: Callable[[str], None]) -> None:
        """Puts in one fault after the other; after one that took longer than planned, the next leaves a pause."""
        free = began
        for planned in lane:
            due = began + planned.at_seconds
            time.sleep(max(0.0, due - time.monotonic(), free - time.monotonic()))
            say(f"{time.monotonic() - began:5.0f} s  {planned.kind}: {planned.target}")
            try:
                injected = INJECTORS[planned.kind].inject(self.stack, planned.target)
                self.injected.append(replace(injected, planned=due))
            except StillDownError as error:
                self.failed.append(f"{planned.kind}, {planned.target}: {error}")
            except Exception as error:  # noqa: BLE001  # reported as a difference by _check_faults; the lane's other faults must still come
                self.failed.append(f"{planned.kind}, {planned.target}: {type(error).__name__}: {error}")
            free = time.monotonic() + SHORTEST_GAP_SECONDS


def run(options: Options, directory: Path, say: Callable[[str], None]) -> tuple[Result, str]:
    """Runs it all with its data in `directory`; returns the result, and the histories that explain what is wrong.

    Raises one of `lifecycle.FAILURES` when the stack does not start, `CannotBeginError` when its people cannot be
    brought in.
    """
    with running(directory, changes=CHANGES, shortening=shortening(options.seconds), say=say) as stack:
        cast = people.people_for(options.requests)
        _bring_in(stack, cast, directory)
        plan = _plan(options)
        crowds = bursts(plan, options.seconds)
        script = make_script(the_catalog(), cast, options.seed, options.requests, options.seconds, crowds)
        absences = make_absences(cast, options.seed, options.seconds)
        load = Load(stack, cast, script, options.seconds, stack.environment.demonstration_password, absences)
        faults = Faults(stack, plan)
        watch = Watch(stack)
        watch.start()
        began = time.monotonic()
        _act(load, faults, say)
        findings = _wait_for_quiet(stack, watch, load, options.patience, say)
        watch.stop()
        seconds = time.monotonic() - began
        watch.write(directory / "under-way.txt", began)
        evidence = _evidence(stack, load, cast, faults)
        findings.merge(books.check(evidence))
        _check_faults(stack, faults, findings)
        recovered = [recovery(each, watch.samples) for each in faults.injected]
        result = Result(
            seed=options.seed,
            seconds=seconds,
            records=load.records,
            trouble=load.trouble,
            injected=faults.injected,
            recovered=recovered,
            mails=sum(mail.outcome == "accepted" for mail in evidence.mails),
            findings=findings,
            began=began,
            lags=lags(watch.samples),
            leaves=load.absentees.leaves,
        )
        return result, _explain(stack, evidence, findings)


def _plan(options: Options) -> list[Planned]:
    if options.kinds == ():
        return []
    seeds = range(options.seed, options.seed + options.often)
    return sorted(planned for seed in seeds for planned in make_plan(seed, options.seconds, options.kinds))


def _bring_in(stack: Stack, cast: people.People, directory: Path) -> None:
    accounts, officials = people.write(cast, directory)
    for words in (
        ("accounts", "import", str(accounts), "--password-file", str(stack.layout.password)),
        ("officials", "import", str(officials)),
    ):
        done = stack.countersign(*words)
        if done.returncode:
            raise CannotBeginError(done.stdout)


def _act(load: Load, faults: Faults, say: Callable[[str], None]) -> None:
    say(f"Load: {len(load.records)} requests, {len(faults.plan)} faults")
    began = time.monotonic()
    striking = threading.Thread(target=faults.run, args=(began, say), daemon=True)
    striking.start()
    load.run()
    say(f"{time.monotonic() - began:5.0f} s  everybody has gone home")
    striking.join()


def _wait_for_quiet(stack: Stack, watch: Watch, load: Load, patience: float, say: Callable[[str], None]) -> Findings:
    """Waits until nothing is under way.

    Officials whose address was refused are then named anew, as operations do; and officials who have mail about what
    nobody saw decided come back for it.
    """
    findings = Findings()
    began = time.monotonic()
    quiet = watch.wait_until_quiet(seconds=patience)
    if quiet and any(each.outcome == "refused_5xx" for each in stack.smtp.journal):
        done = stack.countersign("officials", "import", str(demonstration.OFFICIALS))
        if done.returncode:
            findings.add(Fault.NO_RENAMING, done.stdout.strip())
        quiet = watch.wait_until_quiet(seconds=patience)
    if quiet and (late := load.come_back()):
        say(f"Officials came back for {late} decisions")
        quiet = watch.wait_until_quiet(seconds=patience)
    say(f"Quiet after {time.monotonic() - began:.0f} s" if quiet else "It does not get quiet")
    if not quiet:
        findings.add(Fault.NOT_QUIET, f"still under way: {watch.samples[-1].under_way or 'a process is away'}")
    return findings


def _evidence(stack: Stack, load: Load, cast: people.People, faults: Faults) -> Evidence:
    return Evidence(
        records=load.records,
        mails=list(mails.read(stack.smtp.journal)),
        people=cast,
        snapshot=snapshot.take(stack),
        injected=faults.injected,
        zero=utc_now() - timedelta(seconds=time.monotonic()),
        leaves=load.absentees.leaves,
    )


def _check_faults(stack: Stack, faults: Faults, findings: Findings) -> None:
    for failed in faults.failed:
        findings.add(Fault.NOT_QUIET, f"the stack was not whole after a fault: {failed}")
    if missing := len(faults.plan) - len(faults.injected) - len(faults.failed):
        findings.add(Fault.NOT_QUIET, f"{missing} faults of the plan neither came nor failed")
    audit = stack.countersign("audit", "verify")
    if audit.returncode:
        findings.add(Fault.AUDIT, audit.stdout.strip())


def _explain(stack: Stack, evidence: Evidence, findings: Findings) -> str:
    """Returns the histories of all requests with which something is wrong."""
    rows = {row.id: row for row in evidence.snapshot.requests}
    records = {record.draft_id: record for record in evidence.records}
    told = {each.request_id: None for each in findings.differences if each.request_id in rows}
    stories = []
    for request_id in told:
        row = rows[request_id]
        wrong = [f"{each.fault.value}: {each.what}" for each in findings.differences if each.request_id == request_id]
        stories.append("\n".join([*wrong, story.tell(stack, row, records.get(str(row.draft_id)), evidence.mails)]))
    return "\n\n".join(stories)
