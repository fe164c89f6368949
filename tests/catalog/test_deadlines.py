"""The deadline policy as data: its defaults, whom an override is for, and what its schema refuses."""

from datetime import time
from pathlib import Path

import pytest

from shared.catalog import Catalog, CatalogError, load
from shared.catalog.check import check
from tests.catalog.conftest import Spoil

ANYWHERE = "cms-general-user"
SURVEYOR = "contract-surveyor"


def with_overrides(spoil: Spoil, *lines: str) -> Catalog:
    words = "".join(f"  - {{{line}, sources: {{countersign: Time}}}}\n" for line in lines)
    return load(spoil("deadlines.yaml", "overrides:\n", "overrides:\n" + words))


def refusals(directory: Path) -> list[str]:
    with pytest.raises(CatalogError) as refused:
        load(directory)
    return [str(problem) for problem in refused.value.problems]


def test_the_defaults_are_those_that_were_promised(catalog: Catalog) -> None:
    policy = catalog.deadline_policy(ANYWHERE, None)
    assert (policy.reminders, policy.escalation, policy.expiry, policy.expiry_notices) == ((2, 4), 5, 20, (5, 1))
    assert policy.mail_hours == (time(8), time(18))
    assert policy.nudge_every == 2
    assert (policy.inactivity.warnings, policy.inactivity.end) == ((50, 53, 55, 57, 59), 60)
    assert (policy.review.every_months, policy.role_duration.days) == (12, None)


def test_state_agencies_keep_their_states_holidays_and_others_do_not(catalog: Catalog) -> None:
    assert catalog.deadline_policy(SURVEYOR, "state").state_holidays
    assert not catalog.deadline_policy(SURVEYOR, "contract-organization").state_holidays


def test_an_override_changes_what_it_names_for_whom_it_names(spoil: Spoil) -> None:
    catalog = with_overrides(spoil, f"role: {SURVEYOR}, expiry: 30, reminders: [1]")
    surveyor, other = catalog.deadline_policy(SURVEYOR, "state"), catalog.deadline_policy(ANYWHERE, "state")
    assert (surveyor.expiry, surveyor.reminders, surveyor.escalation) == (30, (1,), 5)
    assert (other.expiry, other.reminders) == (20, (2, 4))


def test_the_most_particular_override_counts_whatever_the_order(spoil: Spoil) -> None:
    catalog = with_overrides(
        spoil,
        f"role: {SURVEYOR}, organization_kind: provider, expiry: 11",
        f"role: {SURVEYOR}, expiry: 12, escalation: 6",
        "organization_kind: provider, expiry: 13, escalation: 7, nudge_every: 3",
    )
    surveyor = catalog.deadline_policy(SURVEYOR, "provider")
    assert (surveyor.expiry, surveyor.escalation, surveyor.nudge_every) == (11, 6, 3)
    assert catalog.deadline_policy(SURVEYOR, None).expiry == 12
    assert catalog.deadline_policy(ANYWHERE, "provider").expiry == 13


def test_a_policy_says_where_it_comes_from(catalog: Catalog) -> None:
    documents = [source.document for source in catalog.deadline_policy(ANYWHERE, "state").sources]
    assert documents == ["access-job-aid", "countersign"]


def test_escalation_can_be_left_out(spoil: Spoil) -> None:
    catalog = with_overrides(spoil, f"role: {ANYWHERE}, escalation: null")
    assert catalog.deadline_policy(ANYWHERE, None).escalation is None
    assert catalog.deadline_policy(SURVEYOR, None).escalation == 5


@pytest.mark.parametrize(
    ("words", "by", "expected"),
    [
        ("  expiry: 20\n", "", "defaults.expiry: This key is missing."),
        ("expiry: 20", "expire: 20", "defaults.expire: This key is not known here; check its spelling."),
        ("expiry: 20", "expiry: 0", "defaults.expiry: Must be a whole number from 1 to 3660."),
        ("expiry: 20", "expiry: 2.5", "defaults.expiry: Must be a whole number."),
        ("[2, 4]", "2", "defaults.reminders: Must be a list of whole numbers from 1 to 3660, such as [2, 4]."),
        ("[2, 4]", "[2, yes]", "defaults.reminders: Must be a list of whole numbers from 1 to 3660, such as [2, 4]."),
        ("[2, 4]", "[2, 2]", "defaults.reminders: Must name each number once."),
        ('"18:00"', "18:00", 'defaults.mail_hours: Must be two times in quotes, such as ["08:00", "18:00"].'),
        ('"18:00"', '"08:00"', "defaults.mail_hours: The second time must be later than the first."),
        ("silence: keep", "silence: ask", "defaults.review.silence: Must be one of: keep, remove."),
        ("    state_holidays: yes\n", "", "overrides[1]: Must change something."),
        (
            "  - organization_kind: state\n    state",
            "  - state",
            "overrides[1].role: Must name a role, an organization_kind, or both.",
        ),
        (
            "  - organization_kind: state\n",
            "  - organization_kind: county\n",
            "overrides[1].organization_kind: Must be one of: state, contract-organization, mac, ado, provider.",
        ),
    ],
)
def test_a_slip_in_the_policy_is_told_with_its_key(spoil: Spoil, words: str, by: str, expected: str) -> None:
    assert f"deadlines.yaml: {expected}" in refusals(spoil("deadlines.yaml", words, by))


IMPOSSIBLE = {
    "deadline_overrides_refer": (
        "  - organization_kind: state\n",
        "  - role: contract-inspector\n",
        "contract-inspector: The role “contract-inspector” does not exist.",
    ),
    "an override twice": (
        "overrides:\n",
        "overrides:\n  - {organization_kind: state, expiry: 15, sources: {countersign: Time}}\n",
        "state: 2 overrides are for this; put them together.",
    ),
    "the holidays of an unknown state": (
        "  - organization_kind: state\n",
        "  - organization_kind: mac\n",
        "mac: Has state holidays, and nothing says in which state these are.",
    ),
    "deadlines_come_in_order": (
        "reminders: [2, 4]",
        "reminders: [2, 20]",
        "defaults: A reminder must come before the expiry.",
    ),
    "an escalation after the end": (
        "    state_holidays: yes\n",
        "    state_holidays: yes\n    escalation: 20\n",
        "state: The escalation must come before the expiry.",
    ),
    "a notice before the beginning": (
        "expiry_notices: [5, 1]",
        "expiry_notices: [20]",
        "defaults: An expiry notice must come after officials were asked.",
    ),
    "an end without notice": (
        "expiry_notices: [5, 1]",
        "expiry_notices: []",
        "defaults: Nothing expires unannounced: an expiry notice is needed.",
    ),
    "a warning after the end": (
        "57, 59]",
        "57, 60]",
        "defaults: A warning of inactivity must come before the roles end.",
    ),
    "a notice longer than the role": (
        "days: null",
        "days: 30",
        "defaults: The end of a role must be announced while it is held.",
    ),
    "a review without end": (
        "every_months: 12",
        "every_months: 1",
        "defaults: A review must be over before the next one begins.",
    ),
    "a policy from nowhere": (
        "    sources: {countersign: Time}",
        "    sources: {custom: Time}",
        "state: The document “custom” is not in documents.yaml.",
    ),
}


@pytest.mark.parametrize("slip", IMPOSSIBLE)
def test_a_policy_that_cannot_be_kept_is_found(spoil: Spoil, slip: str) -> None:
    words, by, expected = IMPOSSIBLE[slip]
    problems = check(load(spoil("deadlines.yaml", words, by)))
    assert f"deadlines.yaml: {expected}" in [str(problem) for problem in problems]


def test_a_fault_of_the_defaults_is_told_once(spoil: Spoil) -> None:
    problems = check(load(spoil("deadlines.yaml", "reminders: [2, 4]", "reminders: [2, 20]")))
    assert len(problems) == 1
