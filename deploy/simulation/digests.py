"""Which of the foretold mails come as a digest instead, and which digests come each business day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import digest_queries
from approval_svc.use_cases.mail_days import mail_days
from deploy.simulation.cases import Case
from deploy.simulation.mails import DIGEST, Mail
from deploy.simulation.world import World

LEFT_TO_DIGEST = {"decision_wanted", "reminder"}
"""What somebody who wants digests only has no mail of its own of."""
TOGETHER = {"reminder", "expiry_notice", "escalated", "escalated_first"}
"""What comes as one mail when it is due about several approvals at the same instant."""
ASKING = {"decision_wanted", "reminder", "nudge", "escalated", "escalated_first", "expiry_notice", "answer", DIGEST}
"""After which somebody is told of the end of an approval; what only a daily digest listed is not found in the next."""


@dataclass
class Reached:
    """Whom a mail about which approval reached first, and when."""

    first: dict[tuple[str, UUID], datetime] = field(default_factory=dict)

    def note(self, mails: Iterable[Mail]) -> None:
        """Notes whom these mails reached, none of which is a daily digest."""
        for mail in mails:
            for about in mail.about if mail.template in ASKING else ():
                key = mail.to, about
                self.first[key] = min(mail.at, self.first.get(key, mail.at))

    def by(self, who: str, approval_id: UUID, at: datetime) -> bool:
        """Whether a mail about the approval reached the person by then."""
        return self.first.get((who, approval_id), at) < at or self.first.get((who, approval_id)) == at


def with_digests(mails: Iterable[Mail], world: World) -> Iterator[Mail]:
    """Yields the mails as they are with what each official chose, and with one mail for what is due together."""
    by_digest = {each.user_id for each in world.officials if each.mails == "digest"}
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


def daily(session: Session, world: World, cases: Sequence[Case], start: datetime, end: datetime) -> Iterator[Mail]:
    """Yields the digest of each business day to each official who wants them and for whom something waits."""
    waiting: dict[str, list[tuple[datetime, datetime, UUID]]] = defaultdict(list)
    for case in cases:
        for who, since in case.asked.items():
            waiting[who].append((since, case.ends, case.part.approval_id))
    for someone in world.officials:
        if someone.mails == "immediate":
            continue
        days = mail_days(session, digest_queries.rows_of(session, someone.user_id))
        at = days.next_digest(start)
        while at < end:
            listed = [what for since, ends, what in waiting[someone.user_id] if since <= at < ends]
            if listed:
                yield Mail(at, DIGEST, someone.user_id, tuple(sorted(listed)))
            at = days.next_digest(at)
