"""The books of the mails: what the rules owe each person, and what the mail server took for them.

A mail is owed for a request or an approval, to one address, from one template. It is known in the ledger by its
Message-ID, and must say of itself what the ledger says of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from deploy.faults.findings import Fault, Findings
from deploy.faults.injectors import Injected
from deploy.faults.mails import ABSENT, ACTING, ANSWER, ASKING, DIGEST, HANDED, OUTCOMES, QUESTION, WANTED, Mail
from deploy.faults.snapshot import ApprovalRow, AskingRow, NoticeRow, RequestRow, Snapshot

CLOSED = frozenset({"approved", "rejected", "withdrawn"})
DECIDED = frozenset({"approved", "rejected"})
TO_REQUESTER = frozenset({"request_received", *OUTCOMES})
OF_SEVERAL = frozenset({ABSENT, ACTING, DIGEST})
"""Mails about no one approval: each is about an absence, or a digest, by whose id all of it is kept together."""
LEASE_SECONDS = 70.0
"""How long a mailer may hold a notice, with the settings of a run: what was broken off is sent again after it."""
SLACK_SECONDS = 2.0
"""Between the journal's time of a mail and that of the fault which struck it."""
NO_250 = frozenset({"cut_after_data", "hung"})
"""Tries without a known end of which the journal knows that the mail was not taken."""
BREAKS_OFF = frozenset({"kill mailer after 250", "postgres restarted at once", "postgres connections cut"})
"""The faults after which the mailer may not know what it has sent; a kill of the mailer at any time is another."""


@dataclass(frozen=True)
class Happened:
    """The faults, and the time at which `time.monotonic()` was 0."""

    injected: Sequence[Injected]
    zero: datetime

    def refused_at(self, mails: Iterable[Mail]) -> dict[str, datetime]:
        """Returns when each address was refused for good for the first time."""
        refused = [mail for mail in mails if mail.outcome == "refused_5xx"]
        return {
            mail.recipient: self.zero + timedelta(seconds=mail.at)
            for mail in sorted(refused, key=lambda mail: mail.at, reverse=True)
        }

    def broke_off(self, at: float) -> bool:
        """Whether a fault may have kept the mailer from recording a mail that was taken at `at`."""
        return any(
            each.began - SLACK_SECONDS <= at + LEASE_SECONDS and at <= each.ended + SLACK_SECONDS
            for each in self.injected
            if each.kind in BREAKS_OFF or (each.kind == "kill mailer" and each.target == "notify-mailer")
        )


@dataclass(frozen=True)
class Key:
    """What a mail is for: an address, a template, and the id of a request, an approval, an absence or a digest."""

    recipient: str
    template: str
    about: UUID


@dataclass(frozen=True)
class Owed:
    """So many mails, at least and at most, for one key."""

    key: Key
    request_id: UUID | None
    least: int = 1
    most: int = 1


class Ledger:
    """The notices, found by the Message-IDs of the mails, and what the mail server did with each."""

    def __init__(self, snapshot: Snapshot, mails: Sequence[Mail]) -> None:
        self.notices = {notice.mail_id: notice for notice in snapshot.notices if notice.mail_id}
        self.taken: dict[Key, set[str]] = defaultdict(set)
        """The Message-IDs that the mail server accepted."""
        self.refused: dict[Key, set[str]] = defaultdict(set)
        """The Message-IDs that it refused for good."""
        self.skipped = Counter(_key(notice) for notice in snapshot.notices if notice.state == "skipped")
        self.waiting = Counter(_key(notice) for notice in snapshot.notices if notice.waits)
        """What goes out when the mail hours of its reader begin, and need not have come yet."""
        for mail in mails:
            if (notice := self.notices.get(mail.message_id)) is None:
                continue
            if mail.outcome == "accepted":
                self.taken[_key(notice)].add(mail.message_id)
            elif mail.outcome == "refused_5xx":
                self.refused[_key(notice)].add(mail.message_id)

    def not_sent(self, key: Key) -> int:
        """Returns how many of these mails were overtaken, or wait for the mail hours."""
        return self.skipped[key] + self.waiting[key]

    def reached(self, recipient: str, approval_id: UUID) -> bool:
        """Whether the official got a mail that asks for the decision."""
        return any(self.taken[Key(recipient, template, approval_id)] for template in ASKING)


def check_mails(snapshot: Snapshot, mails: Sequence[Mail], happened: Happened, findings: Findings) -> None:
    """Adds what is missing, repeated, owed to nobody, or says something else than the ledger."""
    ledger = Ledger(snapshot, mails)
    _check_words(snapshot, ledger, mails, findings)
    _check_repeats(ledger, mails, happened, findings)
    all_owed = {owed.key: owed for owed in _owed(snapshot, ledger, happened.refused_at(mails))}
    for key, owed in all_owed.items():
        _check_owed(ledger, key, owed, findings)
    requests = {notice.mail_id: notice.request_id for notice in snapshot.notices}
    for key, taken in ledger.taken.items():
        if taken and key not in all_owed:
            text = f"{key.template} to {key.recipient} was owed to nobody"
            findings.add(Fault.MAIL_NOT_OWED, text, requests.get(next(iter(taken))))


def _check_owed(ledger: Ledger, key: Key, owed: Owed, findings: Findings) -> None:
    count = len(ledger.taken[key])
    refused = len(ledger.refused[key] - ledger.taken[key])
    if count < owed.least - refused:
        often = f"{count} of {owed.least} times" if count else "never"
        findings.add(Fault.MAIL_MISSING, f"{key.template} {often} came to {key.recipient}", owed.request_id)
    elif count < owed.least:
        findings.mails_refused += owed.least - count
    elif count > owed.most:
        text = f"{key.template} came to {key.recipient} as {count} mails, not {owed.most}"
        findings.add(Fault.MAIL_NOT_OWED, text, owed.request_id)


def _check_words(snapshot: Snapshot, ledger: Ledger, mails: Iterable[Mail], findings: Findings) -> None:
    """A mail must be what the ledger says that it is, and be in it at all."""
    for mail in mails:
        notice = ledger.notices.get(mail.message_id)
        if notice is None:
            findings.add(Fault.MAIL_NOT_OWED, f"the ledger has no {mail.message_id} to {mail.recipient}")
        elif (notice.template, notice.recipient_address, str(notice.correlation_id)) != (
            mail.template,
            mail.recipient,
            mail.correlation_id,
        ):
            text = f"{mail.message_id} is {mail.template} to {mail.recipient}, the ledger says otherwise"
            findings.add(Fault.MAIL_NOT_OWED, text, notice.request_id)


def _check_repeats(ledger: Ledger, mails: Sequence[Mail], happened: Happened, findings: Findings) -> None:
    """A Message-ID may come again only after a try that a fault broke off between the 250 and our commit.

    The ledger says then that nobody knows how it ended; so it says of tries, too, that the journal knows were not
    taken: those excuse nothing.
    """
    taken: dict[str, list[float]] = defaultdict(list)
    for mail in mails:
        if mail.outcome == "accepted":
            taken[mail.message_id].append(mail.at)
    not_taken = Counter(mail.message_id for mail in mails if mail.outcome in NO_250)
    for message_id, times in taken.items():
        notice = ledger.notices.get(message_id)
        again = len(times) - 1
        if not again or notice is None:
            continue
        what = f"{notice.template} came {again + 1} times to {notice.recipient_address}"
        if notice.unknown - not_taken[message_id] < again:
            findings.add(Fault.MAIL_REPEATED, f"{what}, and the ledger knows of none", notice.request_id)
        elif not all(happened.broke_off(at) for at in sorted(times)[:-1]):
            findings.add(Fault.MAIL_REPEATED, f"{what}, and no fault broke the first off", notice.request_id)
        else:
            findings.mails_repeated += again


def _owed(snapshot: Snapshot, ledger: Ledger, refused_at: Mapping[str, datetime]) -> Iterator[Owed]:
    approvals: dict[UUID, list[ApprovalRow]] = defaultdict(list)
    for approval in snapshot.approvals:
        approvals[approval.request_id].append(approval)
    askings: dict[UUID, list[AskingRow]] = defaultdict(list)
    for asking in snapshot.askings:
        askings[asking.approval_id].append(asking)
    times = _times_asked(snapshot)
    told = list(_told(snapshot))
    requests = {approval.id: approval.request_id for approval in snapshot.approvals}
    for key, count in Counter(told).items():
        # What was overtaken by the end, or by the answer, need not be sent any more.
        yield Owed(key, requests[key.about], least=max(0, count - ledger.not_sent(key)), most=count)
    for key, count in Counter(_told_of_several(snapshot)).items():
        yield Owed(key, None, least=max(0, count - ledger.not_sent(key)), most=count)
    otherwise = {key for key in told if key.template == HANDED} | _digested(snapshot)
    for request in snapshot.requests:
        yield from _owed_to_requester(request, approvals[request.id])
        for approval in approvals[request.id]:
            for asking in askings[approval.id]:
                known = bool(otherwise & {Key(asking.email, each, approval.id) for each in (HANDED, DIGEST)})
                yield _question(ledger, approval, asking, times[approval.id, asking.email], known=known)
                yield from _closing(ledger, approval, asking, refused_at)


def _owed_to_requester(request: RequestRow, approvals: Sequence[ApprovalRow]) -> Iterator[Owed]:
    address = request.email.lower()
    yield Owed(Key(address, "request_received", request.id), request.id)
    ends = {approval.state for approval in approvals}
    if ends & DECIDED and ends <= CLOSED:
        verdicts = ends & DECIDED
        template = next(iter(verdicts)) if len(verdicts) == 1 else "decided_in_part"
        yield Owed(Key(address, template, request.id), request.id)


def _told(snapshot: Snapshot) -> Iterator[Key]:
    """Yields what is owed because people talked: to a requester who is asked, to who asked, to who received."""
    for message in snapshot.told:
        data, about = message.data, UUID(message.data["approval_id"])
        if message.type == "InformationAsked":
            yield Key(data["requester"]["email"].lower(), QUESTION, about)
            continue
        wanted, template = (data["told"], ANSWER) if "told" in data else ([data["handed_to"]], HANDED)
        for official in data["officials"]:
            if official["official_id"] in wanted:
                yield Key(official["email"].lower(), template, about)


def _told_of_several(snapshot: Snapshot) -> Iterator[Key]:
    """Yields what is owed of absences that have begun, to both, and the digests."""
    for message in snapshot.absent:
        data, about = message.data, UUID(message.data["absence_id"])
        yield Key(data["official"]["email"].lower(), ABSENT, about)
        if data["substitute"]:
            yield Key(data["substitute"]["email"].lower(), ACTING, about)
    for message in snapshot.digests:
        yield Key(message.data["official"]["email"].lower(), DIGEST, UUID(message.data["digest_id"]))


def _digested(snapshot: Snapshot) -> set[Key]:
    """Returns whom a digest told of which approval."""
    return {
        Key(message.data["official"]["email"].lower(), DIGEST, UUID(entry["approval_id"]))
        for message in snapshot.digests
        for entry in message.data["entries"]
    }


def _question(ledger: Ledger, approval: ApprovalRow, asking: AskingRow, times: int, *, known: bool) -> Owed:
    """Whoever is asked gets a mail each time; one that the asking's end overtook need not be sent any more.

    `known`: to whom it was handed over has the mail of that, and whom a digest told has that.
    """
    key, owed = Key(asking.email, WANTED, approval.id), max(times, 0 if known else 1)
    overtaken = ledger.waiting[key] + (ledger.skipped[key] if asking.ended_at is not None or times > 1 else 0)
    return Owed(key, approval.request_id, least=max(0, owed - overtaken), most=owed)


def _closing(
    ledger: Ledger, approval: ApprovalRow, asking: AskingRow, refused_at: Mapping[str, datetime]
) -> Iterator[Owed]:
    """Whoever had been asked by a mail learns that it is over; whoever decided gets a receipt.

    Whose address had been refused by then may have been passed over.
    """
    if approval.state not in CLOSED:
        return
    decided_it = approval.state in DECIDED and asking.user_id == approval.decided_by
    template = (
        "decision_recorded" if decided_it else "withdrawn" if approval.state == "withdrawn" else "already_handled"
    )
    refused = refused_at.get(asking.email)
    certain = asking.ended_at == approval.state_since and (refused is None or refused > approval.state_since)
    heard = decided_it or ledger.reached(asking.email, approval.id)
    yield Owed(Key(asking.email, template, approval.id), approval.request_id, least=int(certain and heard))


def _times_asked(snapshot: Snapshot) -> Counter[tuple[UUID, str]]:
    """Returns how often each official was asked anew for each approval by a mail of its own: after an absence, say."""
    times: Counter[tuple[UUID, str]] = Counter()
    for message in snapshot.asked:
        new = set(message.data["newly_asked"]) - set(message.data.get("by_digest", ()))
        for official in message.data["officials"]:
            if official["official_id"] in new:
                times[UUID(message.data["approval_id"]), official["email"].lower()] += 1
    return times


def _key(notice: NoticeRow) -> Key:
    if notice.template in OF_SEVERAL:
        return Key(notice.recipient_address, notice.template, notice.correlation_id)
    about = notice.request_id if notice.template in TO_REQUESTER else notice.approval_id
    return Key(notice.recipient_address, notice.template, about or notice.id)
