"""Whoever writes a use case records what it changes, or says here why there is nothing to record."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from shared.service import Service, installed_services
from tests.conftest import ROOT

SERVICES = list(installed_services())

READS = "reads only"
TELLS = "writes messages, and changes no state"
HISTORY = "adds a line to a history for people; the change that it tells of is recorded where it is made"
DRAFT = "a draft is its owner's own and nobody else's business until it is submitted"
LEDGER = "notices have a ledger of their own, with every try; the audit has those that failed for good"
TOLD = "keeps what approval_svc tells of its deadlines, and recorded there"
SIGN_INS = "a date, by person: each sign-in itself is recorded by the sign-in provider"
PASSING = "rows that pass with time: short-lived, or trimmed for their age"

NOT_RECORDED: dict[str, dict[str, str]] = {
    "request_svc": {
        "check_category": READS,
        "choose_category": DRAFT,
        "choose_role": DRAFT,
        "keep_organizations": DRAFT,
        "keep_role": DRAFT,
        "start_draft": DRAFT,
        "open_part": READS,
        "trim_drafts": PASSING,
        "note": HISTORY,
        "record_deadlines": TOLD,
        "note_sign_in": SIGN_INS,
        "end_questions": "a question ends with its part or with the next one, which is recorded",
    },
    "approval_svc": {
        "note_sign_in": SIGN_INS,
        "expect_sign_in": "when somebody who got a role is looked at; what follows then is recorded",
        "look_at_everybody": "when everybody is looked at; what follows then is recorded",
        "plan_review": "when the first review begins; that it has is recorded",
        "next_time": READS,
        "opening": READS,
        "tend_reviews": "recorded where each review begins, is reminded of and closes",
        "explain_request": READS,
        "simulate_deadlines": READS,
        "recipient_name": READS,
        "close": TELLS,
        "timing_of": READS,
        "assignment_if_known": READS,
        "lock_asked": READS,
        "due_of": READS,
        "put_off_by": READS,
        "tell": TELLS,
        "take_in_hand": READS,
        "end_void": "follows from the change of the directory, which is recorded with who is asked then",
        "escalates_at": READS,
        "reminders_due": READS,
        "preview_moves": READS,
        "moves_for": READS,
        "tell_plan": TELLS,
        "for_officials": "as `awaited`, for the mails about a question",
        "as_it_stands": READS,
        "tell_of_one": TELLS,
        "awaited": "makes way for the links of a mail; the mail is recorded by whoever sends it",
        "ask_wanted": "recorded as what it was that asked: routing or escalation",
        "start": "as `begin`",
        "begin": "the first plan follows from approval.asked and the policy",
        "leave_time_for": "recorded with the notice, as the end that it announces",
        "replan": "recorded by whoever changed the clock or the policy",
        "conclude": TELLS,
        "request_decision": TELLS,
        "note": HISTORY,
        "mark_undelivered": HISTORY,
        "mail_at": READS,
        "end": "what was still to come of a role that ended; its end is recorded",
        "tell_given_back": TELLS,
        "mail_days": READS,
        "forget_digests": PASSING,
        "record_digest_sent": HISTORY,
        "note_failure": HISTORY,
        "record_delivery": HISTORY,
    },
    "notify_svc": {
        "note_sign_in": SIGN_INS,
        "tell_failed": TELLS,
        "call_off": LEDGER,
        "call_off_warnings": LEDGER,
        "skip_unsent": LEDGER,
        "close_account": "what identity_svc recorded",
        "forget_absence": LEDGER,
        "remember_closed": "what approval_svc recorded",
        "asked_by_mail": READS,
        "readers": READS,
        "settle_question": "what request_svc recorded; and notices have their ledger",
        "forget_old": PASSING,
        "closed_of": READS,
        "keep": LEDGER,
        "still_listed": READS,
        "record_sent": LEDGER,
        "requeue_due": LEDGER,
        "hold_notices": LEDGER,
        "release_held": LEDGER,
        "end_try": LEDGER,
    },
    "identity_svc": {
        "account_to_change": READS,
        "lock_keys": READS,
        "forget_ended": PASSING,
        "keep_access_token": PASSING,
    },
}


@dataclass(frozen=True)
class Function:
    """A function of a use case: its module, whether it is given a session, and the names of what it calls."""

    module: str
    name: str
    takes_session: bool
    called: frozenset[str]


def functions_of(service: Service) -> Iterator[Function]:
    for path in sorted((ROOT / "services" / service.name / "use_cases").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                first = node.args.args[0].arg if node.args.args else ""
                yield Function(path.stem, node.name, first == "session", frozenset(names_called(node)))


def names_called(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def recording(functions: list[Function]) -> set[tuple[str, str]]:
    """Module and name of every function that records, itself or by calling one that does."""
    found = {(one.module, one.name) for one in functions if "audit.record" in one.called}
    while True:
        more = {(one.module, one.name) for one in functions if any(leads_to(one, each) for each in found)} - found
        if not more:
            return found
        found |= more


def leads_to(function: Function, other: tuple[str, str]) -> bool:
    module, name = other
    if function.module != module and name.startswith("_"):
        return False
    return bool({name, f"{module}.{name}"} & function.called)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_use_case_records_what_it_changes_or_says_why_not(service: Service) -> None:
    functions = list(functions_of(service))
    records = recording(functions)
    use_cases = [one for one in functions if one.takes_session and not one.name.startswith("_")]
    silent = {one.name for one in use_cases if (one.module, one.name) not in records}
    assert silent == set(NOT_RECORDED[service.name])


def test_every_service_stands_in_the_table() -> None:
    assert set(NOT_RECORDED) == {service.name for service in SERVICES}
