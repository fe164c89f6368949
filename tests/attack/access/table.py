"""Who may open or send what: one line for each route of every service.

`python -m tests.attack.access.table` prints it for docs/access.md. A new route without a line fails
`test_routes.py`, which sends every request of the table as every kind of person.
"""

from collections.abc import Iterator

from tests.attack.access.people import (
    ELSEWHERE,
    KINDS,
    NOBODY,
    OFFICIAL,
    OPERATOR,
    REMOVED,
    REQUESTER,
    STRANGER,
)

Outcome = int | str
"""A status, or SIGN_IN."""

SIGN_IN = "sign-in"
Line = dict[str, Outcome]
Route = tuple[str, str]
"""Method and rule."""


def everybody(outcome: Outcome) -> Line:
    return dict.fromkeys(KINDS, outcome)


def signed_in(outcome: Outcome) -> Line:
    return everybody(outcome) | {NOBODY: SIGN_IN}


def operations(outcome: Outcome) -> Line:
    return signed_in(403) | {OPERATOR: outcome}


def owner(outcome: Outcome) -> Line:
    """For the requester whose row it is; to everybody else it does not exist."""
    return signed_in(404) | {REQUESTER: outcome}


def asked(outcome: Outcome, *, removed: Outcome) -> Line:
    """For the official who was asked; to everybody else it does not exist."""
    return signed_in(404) | {OFFICIAL: outcome, REMOVED: removed}


def of_official(outcome: Outcome) -> Line:
    """For the official whose row it is; to everybody else it does not exist."""
    return signed_in(404) | {OFFICIAL: outcome}


def by_link(outcome: Outcome, *, somebody_else: Outcome) -> Line:
    """For whoever brings the official's link, unless they are signed in as somebody else."""
    others = dict.fromkeys((REQUESTER, STRANGER, ELSEWHERE, REMOVED, OPERATOR), somebody_else)
    return everybody(outcome) | others


FROM_SHARED: dict[Route, Line] = {
    ("GET", "/assets/uswds/<path:name>"): everybody(200),
    ("GET", "/assets/countersign/<path:name>"): everybody(200),
    ("GET", "/healthz"): everybody(200),
    ("GET", "/readyz"): everybody(200),
}
SIGNING_IN: dict[Route, Line] = {
    ("GET", "/sign-in"): everybody(302),
    ("GET", "/sign-in/callback"): everybody(400),
    ("POST", "/sign-out"): everybody(303),
    ("GET", "/signed-out"): everybody(200),
}
DEAD_LETTERS: dict[Route, Line] = {
    ("GET", "/operations/dead-letters"): operations(200),
    ("GET", "/operations/dead-letters/confirm"): operations(422),
    ("POST", "/operations/dead-letters/replay"): operations(422),
    ("POST", "/operations/dead-letters/close"): operations(422),
    ("GET", "/operations/dead-letters/<uuid:message_id>"): operations(200),
    ("POST", "/operations/dead-letters/<uuid:message_id>/repair"): operations(422),
}

TABLE: dict[str, dict[Route, Line]] = {
    "request_svc": FROM_SHARED
    | SIGNING_IN
    | DEAD_LETTERS
    | {
        ("GET", "/"): everybody(200),
        ("GET", "/assets/request/<path:name>"): everybody(200),
        ("GET", "/roles"): everybody(200),
        ("GET", "/roles/<role_id>"): everybody(200),
        ("GET", "/role-finder"): everybody(200),
        ("GET", "/request-role"): signed_in(200),
        ("POST", "/request-role"): signed_in(422),
        ("GET", "/request-role/<uuid:draft_id>/category"): owner(200),
        ("POST", "/request-role/<uuid:draft_id>/category"): owner(422),
        ("GET", "/request-role/<uuid:draft_id>/role"): owner(200),
        ("POST", "/request-role/<uuid:draft_id>/role"): owner(422),
        ("GET", "/request-role/<uuid:draft_id>/organizations"): owner(200),
        ("POST", "/request-role/<uuid:draft_id>/organizations"): owner(422),
        ("GET", "/my-profile"): signed_in(200),
        ("GET", "/my-profile/requests/<uuid:request_id>/progress"): owner(200),
        ("GET", "/my-profile/requests/<uuid:request_id>/withdraw"): owner(200),
        ("POST", "/my-profile/requests/<uuid:request_id>/withdraw"): owner(303),
        ("POST", "/my-profile/requests/<uuid:request_id>/nudge"): owner(303),
        ("GET", "/my-profile/requests/<uuid:request_id>/questions/<uuid:question_id>"): owner(200),
        ("POST", "/my-profile/requests/<uuid:request_id>/questions/<uuid:question_id>"): owner(422),
        ("GET", "/my-profile/roles/<uuid:grant_id>/disciplines"): owner(200),
        ("POST", "/my-profile/roles/<uuid:grant_id>/disciplines"): owner(422),
        ("GET", "/my-profile/roles/<uuid:grant_id>/give-back"): owner(200),
        ("POST", "/my-profile/roles/<uuid:grant_id>/give-back"): owner(303),
    },
    "approval_svc": FROM_SHARED
    | SIGNING_IN
    | DEAD_LETTERS
    | {
        ("GET", "/"): everybody(302),
        ("GET", "/decide/<token>"): by_link(200, somebody_else=403),
        ("POST", "/decide/<token>"): by_link(422, somebody_else=303),
        ("POST", "/decide/<token>/confirm"): by_link(422, somebody_else=403),
        ("POST", "/decide/<token>/new-link"): everybody(303),
        # Back to the page of the decision, which says why.
        ("GET", "/decide/<token>/hand-over"): by_link(200, somebody_else=303),
        ("POST", "/decide/<token>/hand-over"): by_link(422, somebody_else=303),
        ("GET", "/decide/<token>/opinion"): by_link(200, somebody_else=303),
        ("POST", "/decide/<token>/opinion"): by_link(422, somebody_else=303),
        ("GET", "/decide/<token>/comment"): by_link(200, somebody_else=303),
        ("POST", "/decide/<token>/comment"): by_link(422, somebody_else=303),
        ("GET", "/opinion/<opinion_token>"): by_link(200, somebody_else=403) | {ELSEWHERE: 200, OFFICIAL: 403},
        ("POST", "/opinion/<opinion_token>"): by_link(422, somebody_else=403) | {ELSEWHERE: 422, OFFICIAL: 403},
        ("GET", "/reviews"): signed_in(200),
        ("GET", "/reviews/<uuid:review_id>"): asked(200, removed=404),
        ("POST", "/reviews/<uuid:review_id>"): asked(422, removed=404),
        ("POST", "/reviews/<uuid:review_id>/answer"): asked(422, removed=404),
        ("GET", "/my-opinions"): signed_in(200),
        ("GET", "/my-opinions/<uuid:opinion_id>"): signed_in(404) | {ELSEWHERE: 200},
        ("POST", "/my-opinions/<uuid:opinion_id>"): signed_in(404) | {ELSEWHERE: 422},
        ("POST", "/decide/<token>/question"): by_link(422, somebody_else=403),
        ("GET", "/digests/<digest_token>"): by_link(200, somebody_else=403),
        # On to the page of one request, or back to the digest when its link does not open that.
        ("GET", "/digests/<digest_token>/requests/<uuid:approval_id>"): everybody(302),
        ("POST", "/digests/<digest_token>/confirm"): by_link(422, somebody_else=403),
        ("POST", "/digests/<digest_token>/act"): by_link(422, somebody_else=403),
        ("GET", "/my-mail"): signed_in(200),
        ("POST", "/my-mail"): signed_in(422),
        ("GET", "/my-approvals"): signed_in(200),
        ("POST", "/my-approvals/confirm"): signed_in(422),
        ("POST", "/my-approvals/act"): signed_in(422),
        ("GET", "/approvals/<uuid:approval_id>"): asked(200, removed=410),
        ("POST", "/approvals/<uuid:approval_id>"): asked(422, removed=303),
        ("POST", "/approvals/<uuid:approval_id>/confirm"): asked(422, removed=410),
        ("POST", "/approvals/<uuid:approval_id>/question"): asked(422, removed=410),
        ("GET", "/approvals/<uuid:approval_id>/hand-over"): asked(200, removed=303),
        ("POST", "/approvals/<uuid:approval_id>/hand-over"): asked(422, removed=303),
        ("GET", "/approvals/<uuid:approval_id>/opinion"): asked(200, removed=303),
        ("POST", "/approvals/<uuid:approval_id>/opinion"): asked(422, removed=303),
        ("GET", "/approvals/<uuid:approval_id>/comment"): asked(200, removed=303),
        ("POST", "/approvals/<uuid:approval_id>/comment"): asked(422, removed=303),
        ("GET", "/my-absence"): signed_in(200),
        ("POST", "/my-absence"): signed_in(422),
        ("GET", "/my-absence/<uuid:absence_id>"): of_official(200),
        ("POST", "/my-absence/<uuid:absence_id>"): of_official(422),
        ("POST", "/my-absence/<uuid:absence_id>/cancel"): of_official(303),
        # Nothing was approved: back to the page that says so.
        ("POST", "/decide/<token>/revoke"): everybody(303),
        ("POST", "/approvals/<uuid:approval_id>/revoke"): asked(303, removed=303),
        ("GET", "/roles"): signed_in(200),
        ("GET", "/roles/<uuid:grant_id>"): of_official(200) | {OPERATOR: 200},
        ("POST", "/roles/<uuid:grant_id>/remove"): of_official(422) | {OPERATOR: 422},
        ("GET", "/operations"): operations(200),
        ("GET", "/operations/requests/<uuid:request_id>/explain"): operations(200),
        ("GET", "/operations/unroutable"): operations(200),
        ("GET", "/operations/stuck"): operations(200),
        ("GET", "/operations/officials"): operations(200),
        ("GET", "/operations/deadlines"): operations(200),
        ("GET", "/operations/addresses"): operations(200),
        ("POST", "/operations/addresses/<uuid:official_id>/works-again"): operations(303),
    },
    "notify_svc": FROM_SHARED
    | SIGNING_IN
    | DEAD_LETTERS
    | {
        ("GET", "/"): operations(200),
        ("GET", "/notices/<uuid:notice_id>"): operations(200),
        # The notice is on its way still: back to its page.
        ("GET", "/notices/<uuid:notice_id>/send-again"): operations(303),
        ("POST", "/notices/<uuid:notice_id>/send-again"): operations(303),
        ("GET", "/templates"): operations(200),
        ("GET", "/templates/<name>"): operations(200),
        ("GET", "/templates/<name>/html"): operations(200),
        ("POST", "/bounces/<provider>"): everybody(403),
    },
    "identity_svc": FROM_SHARED
    | {
        ("GET", "/"): everybody(302),
        ("GET", "/login"): everybody(200),
        ("POST", "/login"): everybody(400),
        ("GET", "/login/help"): everybody(200),
        ("GET", "/sign-up"): everybody(200),
        ("GET", "/terms"): everybody(200),
        # To the login page of the provider itself, which has no other.
        ("GET", "/account"): everybody(200) | {NOBODY: 303},
        ("GET", "/authorize"): everybody(400),
        ("POST", "/authorize"): everybody(303),
        ("POST", "/token"): everybody(400),
        ("GET", "/userinfo"): everybody(401),
        ("POST", "/userinfo"): everybody(401),
        ("GET", "/logout"): everybody(200) | {NOBODY: 303},
        ("POST", "/logout"): everybody(303),
        ("POST", "/logout/confirmed"): everybody(303),
        ("GET", "/logged-out"): everybody(200),
        ("GET", "/.well-known/openid-configuration"): everybody(200),
        ("GET", "/jwks.json"): everybody(200),
    },
}

REFUSALS = (SIGN_IN, 403, 404, 410)

ASK = {"category": "contractor", "role": "contract-surveyor", "survey_for": "cms", "surveyor_status": "new"}
DECISION = {"decision": "approved"}
QUESTION = {"question": "Which surveys?", "correct": "phone"}
ANSWER = {"answer": "Those of nursing homes.", "phone": "555-0199"}
ABSENCE = {"first_day": "12/24/2099", "last_day": "12/24/2099", "substitute": "carl"}
HANDING_OVER = {"receiver": "carl", "note": "Hers."}
OPINION = {"adviser": "carl", "question": "Do you know her?"}
COMMENT = {"text": "I wait.", "readers": "everybody"}
MANY = {"act": "approve", "approval": "<approval_id>"}
FORMS: dict[Route, list[dict[str, str]]] = {
    ("POST", "/request-role/<uuid:draft_id>/category"): [ASK],
    ("POST", "/request-role/<uuid:draft_id>/role"): [ASK, ASK | {"button": "previous"}],
    ("POST", "/request-role/<uuid:draft_id>/organizations"): [
        ASK | {"contract_organizations": "certisurv", "button": button}
        for button in ("submit", "previous", "skip", "search")
    ],
    ("POST", "/my-profile/roles/<uuid:grant_id>/disciplines"): [{"disciplines": "registered-nurse"}],
    ("POST", "/operations/dead-letters/replay"): [{"letter": "<message_id>"}],
    ("POST", "/operations/dead-letters/close"): [{"letter": "<message_id>", "reason": "gone"}],
    ("POST", "/operations/dead-letters/<uuid:message_id>/repair"): [{"data": "{}"}],
    ("POST", "/my-profile/requests/<uuid:request_id>/questions/<uuid:question_id>"): [ANSWER],
    ("POST", "/decide/<token>/question"): [QUESTION],
    ("POST", "/approvals/<uuid:approval_id>/question"): [QUESTION],
    ("POST", "/reviews/<uuid:review_id>"): [{"said": "confirm", "role": "<grant_id>"}],
    ("POST", "/reviews/<uuid:review_id>/answer"): [{"said": "remove", "role": "<grant_id>", "reason": "gone"}],
    ("POST", "/decide/<token>"): [DECISION],
    ("POST", "/decide/<token>/confirm"): [DECISION],
    ("POST", "/my-approvals/confirm"): [MANY, MANY | {"act": "reject"}],
    ("POST", "/my-approvals/act"): [
        MANY,
        MANY | {"act": "reject", "reason": "not-needed"},
        MANY | {"act": "hand-over"} | HANDING_OVER,
    ],
    ("POST", "/digests/<digest_token>/confirm"): [{"act": "approve", "approval": "<approval_id>"}],
    ("POST", "/digests/<digest_token>/act"): [{"act": "approve", "approval": "<approval_id>"}],
    ("POST", "/my-mail"): [{"mails": "digest"}],
    ("POST", "/approvals/<uuid:approval_id>"): [DECISION],
    ("POST", "/decide/<token>/revoke"): [{"reason": "A mistake"}],
    ("POST", "/approvals/<uuid:approval_id>/revoke"): [{"reason": "A mistake"}],
    ("POST", "/roles/<uuid:grant_id>/remove"): [{"reason": "Left"}],
    ("POST", "/my-profile/roles/<uuid:grant_id>/give-back"): [{"reason": "I work elsewhere"}],
    ("POST", "/decide/<token>/hand-over"): [HANDING_OVER],
    ("POST", "/decide/<token>/opinion"): [OPINION],
    ("POST", "/decide/<token>/comment"): [COMMENT],
    ("POST", "/approvals/<uuid:approval_id>/hand-over"): [HANDING_OVER],
    ("POST", "/approvals/<uuid:approval_id>/opinion"): [OPINION],
    ("POST", "/approvals/<uuid:approval_id>/comment"): [COMMENT],
    ("POST", "/opinion/<opinion_token>"): [{"answer": "I know her."}],
    ("POST", "/my-opinions/<uuid:opinion_id>"): [{"answer": "I know her."}],
    ("POST", "/my-absence"): [ABSENCE],
    ("POST", "/my-absence/<uuid:absence_id>"): [ABSENCE],
    ("POST", "/approvals/<uuid:approval_id>/confirm"): [DECISION],
}
"""What a person who may would send; refused people try it too. `<…_id>` stands for the id of a row."""


def as_markdown() -> Iterator[str]:
    """Yields the lines of docs/access.md below its introduction."""
    for service, routes in TABLE.items():
        yield f"\n## {service}\n"
        yield f"| | {' | '.join(KINDS)} |"
        yield f"|---|{'---|' * len(KINDS)}"
        for (method, rule), line in routes.items():
            yield f"| `{method} {rule}` | {' | '.join(str(line[kind]) for kind in KINDS)} |"


if __name__ == "__main__":
    print("\n".join(as_markdown()))  # noqa: T201 - this is what the program is for
