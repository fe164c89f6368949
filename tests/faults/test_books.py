"""The books: when they are in order nothing is said; whatever is wrong is named."""

from dataclasses import replace
from uuid import uuid4

from deploy.faults.books import Evidence, check
from deploy.faults.findings import Fault
from deploy.faults.records import Attempt, Record, Seen
from deploy.faults.snapshot import ApprovalRow, DeadLetter, EventRow, MessageRow, RepeatedRow
from tests.faults.bookkeeping import (
    ANN,
    APPROVAL,
    ASK,
    CORRELATION,
    JOHN,
    LATER,
    NOTICES,
    PART,
    REQUEST,
    in_order,
    mail,
    notice,
    with_rows,
)


def found(evidence: Evidence) -> set[Fault]:
    return {each.fault for each in check(evidence).differences}


def test_books_in_order_show_no_difference() -> None:
    assert check(in_order()).differences == []


def test_a_request_that_was_accepted_and_is_nowhere_is_lost() -> None:
    evidence = in_order()
    other = Record(ASK, str(uuid4()), Seen.ACCEPTED)
    assert found(replace(evidence, records=[*evidence.records, other])) == {Fault.LOST}


def test_a_request_without_an_answer_may_be_there_or_not() -> None:
    evidence = in_order()
    evidence.records[0].submitted = Seen.UNSURE
    assert found(evidence) == set()
    nowhere = Record(ASK, str(uuid4()), Seen.UNSURE)
    assert found(replace(evidence, records=[*evidence.records, nowhere])) == set()


def test_a_request_that_nobody_sent_is_a_strangers() -> None:
    assert found(replace(in_order(), records=[])) == {Fault.STRANGER}


def test_a_request_that_approval_svc_never_heard_of_is_lost() -> None:
    assert Fault.LOST in found(with_rows(in_order(), approval_requests=[]))


def test_services_that_differ_about_a_decision_are_caught() -> None:
    evidence = in_order()
    pending = [replace(part, state="pending") for part in evidence.snapshot.parts]
    assert Fault.STATES_DIFFER in found(with_rows(evidence, parts=pending))


def test_a_withdrawal_that_nothing_came_of_is_lost() -> None:
    evidence = in_order()
    open_still = with_rows(
        evidence,
        requests=[replace(evidence.snapshot.requests[0], state="pending", withdrawal_asked_at=LATER)],
        parts=[replace(part, state="pending") for part in evidence.snapshot.parts],
        approvals=[replace(approval, state="asked", decided_by=None) for approval in evidence.snapshot.approvals],
    )
    assert Fault.LOST in found(open_still)


def test_two_messages_about_one_decision_mean_that_it_was_decided_twice() -> None:
    evidence = in_order()
    again = MessageRow(uuid4(), "ApprovalDecided", CORRELATION, evidence.snapshot.decisions[0].data)
    assert found(with_rows(evidence, decisions=[*evidence.snapshot.decisions, again])) == {Fault.DECIDED_TWICE}


def test_two_lines_about_one_decision_mean_that_it_was_decided_twice() -> None:
    evidence = in_order()
    events = [*evidence.snapshot.events, EventRow(REQUEST, "rejected", "Alabama")]
    assert found(with_rows(evidence, events=events)) == {Fault.DECIDED_TWICE}


def test_a_message_that_took_effect_twice_is_caught() -> None:
    line = RepeatedRow(REQUEST, "Mail to Ann Brown was sent (decision wanted).", 2)
    assert found(with_rows(in_order(), repeated=[line])) == {Fault.EFFECT_TWICE}


def test_two_officials_who_are_both_told_that_the_decision_is_theirs_are_caught() -> None:
    evidence = in_order()
    evidence.records[0].attempts.append(
        Attempt(PART, ANN.user_id, approves=False, at=0.0, heading="You rejected this request")
    )
    assert found(evidence) == {Fault.DECIDED_TWICE, Fault.DECISION_DIFFERS}


def test_a_decision_that_its_official_saw_and_that_is_not_kept_is_caught() -> None:
    rejected = [ApprovalRow(APPROVAL, REQUEST, "Alabama", "rejected", LATER, JOHN.user_id, "state", "AL")]
    assert Fault.DECISION_DIFFERS in found(with_rows(in_order(), approvals=rejected))


def test_an_official_who_was_never_asked_is_named() -> None:
    evidence = in_order()
    assert Fault.NOT_ASKED in found(with_rows(evidence, askings=evidence.snapshot.askings[:1]))


def test_an_approved_decision_without_a_grant_and_a_grant_without_one_are_caught() -> None:
    evidence = in_order()
    assert found(with_rows(evidence, grants=[], granted_in_approval=[])) == {Fault.GRANTS_DIFFER}
    stranger = replace(evidence.snapshot.grants[0], id=uuid4(), part_id=uuid4())
    grants = [*evidence.snapshot.grants, stranger]
    assert found(with_rows(evidence, grants=grants)) == {Fault.GRANTS_DIFFER}


def test_a_decision_and_a_grant_that_the_audit_does_not_tell_of_are_caught() -> None:
    assert found(with_rows(in_order(), audited_decisions=[])) == {Fault.DECISION_DIFFERS}
    assert found(with_rows(in_order(), audited_decisions=[str(APPROVAL)] * 2)) == {Fault.DECIDED_TWICE}
    assert found(with_rows(in_order(), audited_grants=[])) == {Fault.GRANTS_DIFFER}


def test_each_mail_that_does_not_come_is_missing() -> None:
    for missing in NOTICES:
        evidence = in_order()
        left = [each for each in evidence.mails if each.message_id != missing.mail_id]
        differences = check(replace(evidence, mails=left)).differences
        if missing.template == "decision_wanted" and missing.recipient_id == ANN.user_id:
            # Then she need not be told either that it is over: that mail, which came, is let pass.
            assert [each.fault for each in differences] == [Fault.MAIL_MISSING]
        else:
            assert [each.what for each in differences] == [
                f"{missing.template} never came to {missing.recipient_address}"
            ]


def test_a_question_that_was_overtaken_by_the_decision_is_not_owed() -> None:
    evidence = in_order()
    overtaken = [each if each.recipient_id != ANN.user_id else replace(each, state="skipped") for each in NOTICES]
    to_ann = [each for each in evidence.mails if each.recipient != ANN.email]
    assert found(replace(with_rows(evidence, notices=overtaken), mails=to_ann)) == set()


def test_a_mail_that_was_refused_for_good_is_not_missing_but_counted() -> None:
    evidence = in_order()
    approved = NOTICES[1]
    refused = [mail(each, "refused_5xx") if each is approved else mail(each) for each in NOTICES]
    findings = check(replace(evidence, mails=refused))
    assert (findings.differences, findings.mails_refused) == ([], 1)


def test_a_second_notice_of_one_kind_is_owed_to_nobody() -> None:
    evidence = in_order()
    again = notice("approved", JOHN, None, recipient_address=NOTICES[1].recipient_address, mail_id="<again@x.example>")
    more = with_rows(evidence, notices=[*NOTICES, again])
    assert found(replace(more, mails=[*evidence.mails, mail(again)])) == {Fault.MAIL_NOT_OWED}


def test_a_mail_to_a_stranger_is_owed_to_nobody() -> None:
    evidence = in_order()
    stranger = notice("rejected", ANN, None)
    more = with_rows(evidence, notices=[*NOTICES, stranger])
    assert found(replace(more, mails=[*evidence.mails, mail(stranger)])) == {Fault.MAIL_NOT_OWED}


def test_a_mail_that_the_ledger_does_not_know_is_caught() -> None:
    evidence = in_order()
    assert found(replace(evidence, mails=[*evidence.mails, mail(notice("approved", ANN))])) == {Fault.MAIL_NOT_OWED}


def test_a_repeat_is_let_pass_only_when_the_ledger_says_that_a_try_broke_off() -> None:
    evidence = in_order()
    again = replace(evidence, mails=[*evidence.mails, mail(NOTICES[0])])
    assert found(again) == {Fault.MAIL_REPEATED}
    broken_off = [replace(each, unknown=1) if each is NOTICES[0] else each for each in NOTICES]
    findings = check(with_rows(again, notices=broken_off))
    assert (findings.differences, findings.mails_repeated) == ([], 1)


def test_a_dead_letter_is_poison_or_a_difference() -> None:
    poison = DeadLetter("notify_svc", uuid4(), "NobodyKnowsThis", None, '{"data": "poison-1"}')
    ours = DeadLetter("notify_svc", uuid4(), "ApprovalClosed", "KeyError", "{}")
    assert check(replace(with_rows(in_order(), dead=[poison]), marks=["poison-1"])).poison == 1
    assert found(replace(with_rows(in_order(), dead=[poison, ours]), marks=["poison-1"])) == {Fault.DEAD_LETTER}
