"""The books: when they are in order nothing is said; whatever is wrong is named."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from deploy.faults.books import Evidence, check
from deploy.faults.findings import Fault
from deploy.faults.injectors import Injected
from deploy.faults.load import open_parts
from deploy.faults.people import Authority, People, Seat
from deploy.faults.records import Attempt, Record, Seen
from deploy.faults.script import Course
from deploy.faults.snapshot import ApprovalRow, DeadLetter, EventRow, MessageRow, RepeatedRow
from tests.faults.bookkeeping import (
    ANN,
    APPROVAL,
    ASK,
    CORRELATION,
    JOHN,
    LATER,
    NOON,
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


def test_who_became_an_official_in_the_run_decides_for_an_organization_that_had_none() -> None:
    evidence = in_order()
    nobodys = replace(PART, authority=Authority("cms", "cms"))
    record = replace(evidence.records[0], ask=replace(ASK, parts=(nobodys,)))
    cms = People(requesters={}, seats=(Seat(nobodys.authority, ANN),), newcomers=())
    changed = with_rows(replace(evidence, records=[record], people=cms), askings=evidence.snapshot.askings[:1])
    assert Fault.NOT_ASKED in found(changed)
    made = replace(evidence.snapshot.requests[0], id=uuid4(), user_id=JOHN.user_id, role_name="State Security Official")
    approved = replace(evidence.snapshot.parts[0], id=uuid4(), request_id=made.id)
    known = with_rows(changed, requests=[*changed.snapshot.requests, made], parts=[*changed.snapshot.parts, approved])
    assert Fault.NOT_ASKED not in found(known)


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
    known = with_rows(again, notices=broken_off)
    killed = Injected("kill mailer after 250", "smtp", -1.0, 0.5, "")
    findings = check(replace(known, injected=[killed]))
    assert (findings.differences, findings.mails_repeated) == ([], 1)


def test_a_repeat_without_a_fault_that_broke_the_first_try_off_is_caught() -> None:
    again = replace(in_order(), mails=[*in_order().mails, mail(NOTICES[0])])
    known = with_rows(again, notices=[replace(NOTICES[0], unknown=1), *NOTICES[1:]])
    assert found(known) == {Fault.MAIL_REPEATED}
    much_later = Injected("kill mailer", "notify-mailer", 300.0, 300.0, "")
    other_process = Injected("kill mailer", "approval-mailer", 0.0, 0.0, "")
    assert found(replace(known, injected=[much_later, other_process])) == {Fault.MAIL_REPEATED}


def test_a_try_that_the_journal_knows_was_cut_off_excuses_no_repeat() -> None:
    mails = [*in_order().mails, mail(NOTICES[0], "cut_after_data"), mail(NOTICES[0])]
    known = with_rows(in_order(), notices=[replace(NOTICES[0], unknown=1), *NOTICES[1:]])
    killed = Injected("kill mailer after 250", "smtp", -1.0, 0.5, "")
    assert found(replace(known, mails=mails, injected=[killed])) == {Fault.MAIL_REPEATED}


def test_a_dead_letter_is_poison_or_a_difference() -> None:
    poison = DeadLetter("notify_svc", uuid4(), "NobodyKnowsThis", None, '{"data": "poison-1"}')
    ours = DeadLetter("notify_svc", uuid4(), "ApprovalClosed", "KeyError", "{}")
    put_in = [Injected("poison", "notify_svc", 100.0, 100.0, "", ("poison-1",))]
    assert check(replace(with_rows(in_order(), dead=[poison]), injected=put_in)).poison == 1
    assert found(replace(with_rows(in_order(), dead=[poison, ours]), injected=put_in)) == {Fault.DEAD_LETTER}


def test_poison_stands_in_one_dead_letter_unless_the_broker_forgot_it() -> None:
    poison = DeadLetter("notify_svc", uuid4(), "NobodyKnowsThis", None, '{"data": "poison-1"}')
    put_in = Injected("poison", "notify_svc", 100.0, 100.0, "", ("poison-1",))
    flushed = Injected("broker flushed", "valkey", 160.0, 160.0, "", forgotten=("poison-1",))
    of_another = replace(flushed, forgotten=("poison-2",))
    assert found(replace(in_order(), injected=[put_in])) == {Fault.POISON}
    assert found(replace(in_order(), injected=[put_in, of_another])) == {Fault.POISON}
    assert found(replace(in_order(), injected=[put_in, flushed])) == set()
    twice = with_rows(in_order(), dead=[poison, replace(poison, message_id=uuid4())])
    assert found(replace(twice, injected=[put_in, flushed])) == {Fault.POISON}


def test_a_request_that_was_never_sent_or_met_a_strange_page_is_a_difference() -> None:
    evidence = in_order()
    for seen in (Seen.NOTHING, Seen.UNEXPECTED):
        other = Record(ASK, None, seen)
        assert found(replace(evidence, records=[*evidence.records, other])) == {Fault.NOT_ACCEPTED}


def undecided(evidence: Evidence) -> Evidence:
    """Returns the evidence with the request still waiting for a decision, and nothing told of any."""
    kept = [each for each in NOTICES if each.template in ("request_received", "decision_wanted")]
    evidence.records[0].attempts.clear()
    rows = evidence.snapshot
    still = with_rows(
        evidence,
        requests=[replace(rows.requests[0], state="pending")],
        parts=[replace(part, state="pending") for part in rows.parts],
        approvals=[replace(rows.approvals[0], state="asked", decided_by=None)],
        askings=[replace(asking, ended_at=None) for asking in rows.askings],
        events=rows.events[:1],
        decisions=[],
        audited_decisions=[],
        grants=[],
        audited_grants=[],
        granted_in_approval=[],
        notices=kept,
    )
    return replace(still, mails=[mail(each) for each in kept])


def test_a_decision_that_never_came_is_a_difference_unless_nobody_was_to_take_it() -> None:
    evidence = undecided(in_order())
    assert found(evidence) == {Fault.UNDECIDED}
    left = replace(ASK, parts=(replace(PART, course=Course.LEFT),))
    assert found(replace(evidence, records=[replace(evidence.records[0], ask=left)])) == set()


def test_what_waits_only_for_who_became_an_official_in_the_run_need_not_be_decided() -> None:
    evidence = undecided(in_order())
    request, part = evidence.snapshot.requests[0], evidence.snapshot.parts[0]
    requests, parts = [request], [part]
    for one in (JOHN, ANN):
        assert Fault.UNDECIDED in found(with_rows(evidence, requests=requests, parts=parts))
        made = replace(request, id=uuid4(), draft_id=uuid4(), user_id=one.user_id, role_name="State Security Official")
        requests = [*requests, made]
        parts = [*parts, replace(part, id=uuid4(), request_id=made.id, state="approved")]
    assert Fault.UNDECIDED not in found(with_rows(evidence, requests=requests, parts=parts))


def test_an_official_whom_no_page_told_an_outcome_is_a_difference() -> None:
    evidence = in_order()
    tried = Attempt(PART, ANN.user_id, approves=True, at=0.0, heading="Something went wrong on our side")
    record = replace(evidence.records[0], attempts=[*evidence.records[0].attempts, tried])
    assert found(replace(evidence, records=[record])) == {Fault.NO_OUTCOME_SEEN}


def test_so_is_one_who_had_no_answer_at_all_unless_somebody_saw_the_outcome_of_that_part() -> None:
    evidence = in_order()
    tried = Attempt(PART, ANN.user_id, approves=True, at=0.0)
    alone = replace(evidence.records[0], attempts=[tried])
    assert found(replace(evidence, records=[alone])) == {Fault.NO_OUTCOME_SEEN}
    came_back = replace(evidence.records[0], attempts=[tried, *evidence.records[0].attempts])
    assert found(replace(evidence, records=[came_back])) == set()
    for plain in ("John Smith approved this request", "You no longer decide this request"):
        tried = Attempt(PART, ANN.user_id, approves=True, at=0.0, heading=plain)
        record = replace(evidence.records[0], attempts=[*evidence.records[0].attempts, tried])
        assert found(replace(evidence, records=[record])) == set()


def test_officials_come_back_for_what_nobody_saw_decided() -> None:
    record = in_order().records[0]
    assert open_parts(record) == []
    refused = Attempt(PART, JOHN.user_id, approves=True, at=0.0, heading="You no longer decide this request")
    assert open_parts(replace(record, attempts=[refused])) == [PART]
    assert open_parts(replace(record, attempts=[refused], withdrawn=Seen.ACCEPTED)) == []


def test_a_withdrawal_that_was_accepted_is_in_the_books() -> None:
    evidence = in_order()
    evidence.records[0].withdrawn = Seen.ACCEPTED
    assert found(evidence) == {Fault.LOST}
    asked = [replace(evidence.snapshot.requests[0], withdrawal_asked_at=NOON)]
    assert found(with_rows(evidence, requests=asked)) == set()


def test_nobody_is_passed_over_whom_the_mail_server_did_not_refuse() -> None:
    assert found(with_rows(in_order(), unreachable=[ANN.email])) == {Fault.PASSED_OVER}


def test_a_refusal_excuses_only_what_was_open_then() -> None:
    evidence = in_order()
    to_ann = [each for each in evidence.mails if each.recipient == ANN.email]
    theirs = [each for each in evidence.mails if each not in to_ann]
    refused = replace(evidence, mails=[*theirs, replace(mail(NOTICES[3], "refused_5xx"), at=0.0)])
    only_john = with_rows(replace(refused, zero=LATER + timedelta(minutes=1)), askings=evidence.snapshot.askings[:1])
    assert Fault.NOT_ASKED in found(only_john)
    assert Fault.NOT_ASKED not in found(replace(only_john, zero=NOON))


def test_a_closing_mail_is_owed_to_whom_a_refusal_met_only_afterwards() -> None:
    evidence = in_order()
    other = notice("decision_wanted", ANN, uuid4(), mail_id="<other@x.example>")
    mails = [each for each in evidence.mails if each.message_id != NOTICES[5].mail_id]
    known = replace(with_rows(evidence, notices=[*NOTICES, other]), mails=[*mails, mail(other, "refused_5xx")])
    assert found(replace(known, zero=LATER + timedelta(minutes=1))) == {Fault.MAIL_MISSING}
    assert found(replace(known, zero=NOON)) == set()


def test_whoever_is_asked_again_gets_a_second_mail_even_after_a_first_was_refused() -> None:
    evidence = in_order()
    ann_again = MessageRow(
        uuid4(),
        "ApprovalRequested",
        CORRELATION,
        {**evidence.snapshot.asked[0].data, "newly_asked": [ANN.user_id]},
    )
    mails = [each for each in evidence.mails if each.message_id != NOTICES[3].mail_id]
    refused = replace(evidence, mails=[*mails, mail(NOTICES[3], "refused_5xx")], zero=NOON)
    again = with_rows(refused, asked=[*evidence.snapshot.asked, ann_again])
    assert found(again) == {Fault.MAIL_MISSING}
    second = notice("decision_wanted", ANN, mail_id="<second@x.example>")
    there = with_rows(again, notices=[*NOTICES, second])
    assert found(replace(there, mails=[*again.mails, mail(second)])) == set()
