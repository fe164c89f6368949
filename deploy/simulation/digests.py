"""Which of the foretold mails come as a digest instead, and which digests come each business day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from deploy.simulation.cases import Case
from deploy.simulation.hours import Everybody
from deploy.simulation.mails import DIGEST, Mail
from deploy.simulation.turns import Change, Why
from deploy.simulation.world import World

LEFT_TO_DIGEST = {"decision_wanted", "reminder"}
"""What somebody who wants digests only has no mail of its own of."""
TOGETHER = {"reminder", "expiry_notice", "escalated", "escalated_first"}
"""What comes as one mail when it is due about several approvals at the same instant."""
ASKING = {
    "decision_wanted",
    "reminder",
    "nudge",
    "escalated",
    "escalated_first",
    "expiry_notice",
    "answer",
    "handed_over",
    DIGEST,
}
"""After which somebody is told of the end of an approval; what only a daily digest listed is not found in the next."""


@dataclass
class Reached:
    """Whom a mail about which approval reached, and when; that of a digest counts until they are not asked any more."""

    mails: dict[tuple[str, UUID], list[Mail]] = field(default_factory=lambda: defaultdict(list))

    def note(self, mails: Iterable[Mail]) -> None:
        """Notes whom these mails reached, none of which is a daily digest."""
        for mail in mails:
            for about in mail.about if mail.template in ASKING else ():
                self.mails[mail.to, about].append(mail)

    def by_the_end(self, who: str, case: Case) -> bool:
        """Whether a mail about the approval had reached somebody who is asked when it ends."""
        since = max(begin for begin, _ in case.spans(who))
        had = [mail for mail in self.mails[who, case.part.approval_id] if mail.at <= case.ends]
        return any(mail.template != DIGEST or mail.at >= since for mail in had)


def with_digests(mails: Iterable[Mail], world: World) -> Iterator[Mail]:
    """Yields the mails as they are with what each official chose, and with one mail for what is due together."""
    by_digest = _only_by_digest(world)
    together: dict[tuple[datetime, str], list[Mail]] = defaultdict(list)
    for mail in mails:
        if mail.to in by_digest and mail.template in LEFT_TO_DIGEST:
            continue
        if mail.template in TOGETHER:
            together[mail.at, mail.to].append(mail)
        else:
            yield mail
    for (at, to), several in together.items():
        about = tuple(sorted({each for mail in several for each in mail.about}))
        yield from several if len(about) == 1 else [Mail(at, DIGEST, to, about)]


def newly_asked(cases: Sequence[Case], world: World, hours: Everybody) -> Iterator[Mail]:
    """Yields what those are mailed whom it brings approvals that somebody goes, or is back: of several one mail.

    It waits for the mail hours, those of the person for several and those of the organization for one, and says
    nothing of what is not theirs any more by then.
    """
    by_digest = _only_by_digest(world)
    found: dict[tuple[int, str], list[tuple[Change, Case]]] = defaultdict(list)
    for case in cases:
        for turn in case.turns:
            if turn.why is Why.ABSENCE and turn.change:
                for who in turn.new - by_digest:
                    found[turn.change.order, who].append((turn.change, case))
    for (_, who), brought in found.items():
        since = brought[0][0].at
        theirs = [case for _, case in brought]
        at = hours[who].mail_at(since) if len(theirs) > 1 else theirs[0].mail_at(since)
        about = sorted(case.part.approval_id for case in theirs if case.stays(who, since, at))
        if about:
            yield Mail(at, DIGEST if len(theirs) > 1 else "decision_wanted", who, tuple(about))


def handed_over(cases: Sequence[Case]) -> Iterator[Mail]:
    """Yields what receivers are mailed, at once: of several that went in one go and in the same names, one mail."""
    found: dict[tuple[object, ...], list[Mail]] = defaultdict(list)
    for case in cases:
        for turn in case.turns:
            if turn.handed is not None:
                together = case.part.approval_id if turn.handed.pile is None else turn.handed.pile
                mail = Mail(turn.at, "handed_over", turn.handed.receiver, (case.part.approval_id,))
                found[turn.at, together, turn.acted_for].append(mail)
    for mails in found.values():
        about = tuple(sorted(each for mail in mails for each in mail.about))
        yield from mails if len(mails) == 1 else [Mail(mails[0].at, DIGEST, mails[0].to, about)]


def daily(cases: Sequence[Case], world: World, hours: Everybody, start: datetime, end: datetime) -> Iterator[Mail]:
    """Yields the digest of each business day to each official who wants them and for whom something waits."""
    waiting: dict[str, list[tuple[datetime, datetime, UUID]]] = defaultdict(list)
    for case in cases:
        for who in {who for turn in case.turns for who in turn.after}:
            waiting[who] += [(since, until, case.part.approval_id) for since, until in case.spans(who)]
    for someone in world.officials:
        if someone.mails == "immediate":
            continue
        days = hours[someone.user_id]
        at = days.next_day(start)
        while at < end:
            listed = [what for since, until, what in waiting[someone.user_id] if since <= at < until]
            if listed:
                yield Mail(at, DIGEST, someone.user_id, tuple(sorted(listed)))
            at = days.next_day(at)


def _only_by_digest(world: World) -> frozenset[str]:
    return frozenset(each.user_id for each in world.officials if each.mails == "digest")
