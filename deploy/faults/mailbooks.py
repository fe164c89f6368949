"""The books of the mails: what the rules owe each person, and what the mail server took for them.

A mail is owed for a request or an approval, to one address, from one template. It is known in the ledger by its
Message-ID, and must say of itself what the ledger says of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from deploy.faults.findings import Fault, Findings
from deploy.faults.mails import OUTCOMES, WANTED, Mail
from deploy.faults.snapshot import ApprovalRow, AskingRow, NoticeRow, RequestRow, Snapshot

CLOSED = frozenset({"approved", "rejected", "withdrawn"})
DECIDED = frozenset({"approved", "rejected"})
TO_REQUESTER = frozenset({"request_received", *OUTCOMES})


@dataclass(frozen=True)
class Key:
    """What a mail is for: an address, a template, and the id of a request or an approval."""

    recipient: str
    template: str
    about: UUID


@dataclass(frozen=True)
class Owed:
    """So many mails, at least and at most, for one key."""

    key: Key
    request_id: UUID
    least: int = 1
    most: int = 1


class Ledger:
    """The notices, found by the Message-IDs of the mails, and what the mail server did with each."""

    def __init__(self, snapshot: Snapshot, mails: Sequence[Mail]) -> None:
        self.notices = {notice.mail_id: notice for notice in snapshot.notices if notice.mail_id}
        self.taken: dict[Key, set[str]] = defaultdict(set)
        """The Message-IDs that the mail server accepted."""
        self.refused: set[Key] = set()
        self.skipped: set[Key] = {_key(notice) for notice in snapshot.notices if notice.state == "skipped"}
        for mail in mails:
            if (notice := self.notices.get(mail.message_id)) is None:
                continue
            if mail.outcome == "accepted":
                self.taken[_key(notice)].add(mail.message_id)
            elif mail.outcome == "refused_5xx":
                self.refused.add(_key(notice))

    def reached(self, recipient: str, approval_id: UUID) -> bool:
        """Whether the official got a mail that asks for the decision."""
        return bool(self.taken[Key(recipient, WANTED, approval_id)])


def check_mails(snapshot: Snapshot, mails: Sequence[Mail], findings: Findings) -> None:
    """Adds what is missing, repeated, owed to nobody, or says something else than the ledger."""
    ledger = Ledger(snapshot, mails)
    _check_words(snapshot, ledger, mails, findings)
    _check_repeats(ledger, mails, findings)
    unreached = {mail.recipient for mail in mails if mail.outcome == "refused_5xx"}
    all_owed = {owed.key: owed for owed in _owed(snapshot, ledger, unreached)}
    for key, owed in all_owed.items():
        _check_owed(ledger, key, owed, findings)
    requests = {notice.mail_id: notice.request_id for notice in snapshot.notices}
    for key, taken in ledger.taken.items():
        if taken and key not in all_owed:
            text = f"{key.template} to {key.recipient} was owed to nobody"
            findings.add(Fault.MAIL_NOT_OWED, text, requests.get(next(iter(taken))))


def _check_owed(ledger: Ledger, key: Key, owed: Owed, findings: Findings) -> None:
    count = len(ledger.taken[key])
    if count < owed.least:
        if key in ledger.refused:
            findings.mails_refused += 1
        else:
            findings.add(Fault.MAIL_MISSING, f"{key.template} never came to {key.recipient}", owed.request_id)
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


def _check_repeats(ledger: Ledger, mails: Iterable[Mail], findings: Findings) -> None:
    """A Message-ID may come again only after a try of which the ledger says that nobody knows how it ended."""
    for message_id, count in Counter(mail.message_id for mail in mails if mail.outcome == "accepted").items():
        notice = ledger.notices.get(message_id)
        if count == 1 or notice is None:
            continue
        if notice.unknown >= count - 1:
            findings.mails_repeated += count - 1
        else:
            text = f"{notice.template} came {count} times to {notice.recipient_address}, and the ledger knows of none"
            findings.add(Fault.MAIL_REPEATED, text, notice.request_id)


def _owed(snapshot: Snapshot, ledger: Ledger, unreached: set[str]) -> Iterator[Owed]:
    approvals: dict[UUID, list[ApprovalRow]] = defaultdict(list)
    for approval in snapshot.approvals:
        approvals[approval.request_id].append(approval)
    askings: dict[UUID, list[AskingRow]] = defaultdict(list)
    for asking in snapshot.askings:
        askings[asking.approval_id].append(asking)
    times = _times_asked(snapshot)
    for request in snapshot.requests:
        yield from _owed_to_requester(request, approvals[request.id])
        for approval in approvals[request.id]:
            for asking in askings[approval.id]:
                yield _question(ledger, approval, asking, times[approval.id, asking.email])
                yield from _closing(ledger, approval, asking, unreached)


def _owed_to_requester(request: RequestRow, approvals: Sequence[ApprovalRow]) -> Iterator[Owed]:
    address = request.email.lower()
    yield Owed(Key(address, "request_received", request.id), request.id)
    ends = {approval.state for approval in approvals}
    if ends & DECIDED and ends <= CLOSED:
        verdicts = ends & DECIDED
        template = next(iter(verdicts)) if len(verdicts) == 1 else "decided_in_part"
        yield Owed(Key(address, template, request.id), request.id)


def _question(ledger: Ledger, approval: ApprovalRow, asking: AskingRow, times: int) -> Owed:
    """Whoever is asked gets a mail; one that was overtaken by the end of the asking need not be sent any more."""
    key = Key(asking.email, WANTED, approval.id)
    overtaken = asking.ended_at is not None and key in ledger.skipped
    return Owed(key, approval.request_id, least=0 if overtaken else 1, most=max(times, 1))


def _closing(ledger: Ledger, approval: ApprovalRow, asking: AskingRow, unreached: set[str]) -> Iterator[Owed]:
    """Whoever had been asked by a mail learns that it is over; whoever decided gets a receipt."""
    if approval.state not in CLOSED:
        return
    decided_it = approval.state in DECIDED and asking.user_id == approval.decided_by
    template = (
        "decision_recorded" if decided_it else "withdrawn" if approval.state == "withdrawn" else "already_handled"
    )
    certain = asking.ended_at == approval.state_since and asking.email not in unreached
    heard = decided_it or ledger.reached(asking.email, approval.id)
    yield Owed(Key(asking.email, template, approval.id), approval.request_id, least=int(certain and heard))


def _times_asked(snapshot: Snapshot) -> Counter[tuple[UUID, str]]:
    """Returns how often each official was asked anew for each approval: after they could be reached again, say."""
    times: Counter[tuple[UUID, str]] = Counter()
    for message in snapshot.asked:
        new = set(message.data["newly_asked"])
        for official in message.data["officials"]:
            if official["official_id"] in new:
                times[UUID(message.data["approval_id"]), official["email"].lower()] += 1
    return times


def _key(notice: NoticeRow) -> Key:
    about = notice.request_id if notice.template in TO_REQUESTER else notice.approval_id
    return Key(notice.recipient_address, notice.template, about or notice.id)
