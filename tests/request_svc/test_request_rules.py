"""The life of a request as plain rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from request_svc.domain.refusals import NotPendingError
from request_svc.domain.requests import (
    DecisionEffect,
    PartState,
    RequestState,
    check_withdrawal,
    effect_of_decision,
    state_after_decision,
)


def test_the_first_decision_stands() -> None:
    assert effect_of_decision(PartState.PENDING) is DecisionEffect.APPLY
    assert effect_of_decision(PartState.APPROVED) is DecisionEffect.SEEN
    assert effect_of_decision(PartState.REJECTED) is DecisionEffect.SEEN


def test_no_decision_revives_what_was_withdrawn() -> None:
    assert effect_of_decision(PartState.WITHDRAWN) is DecisionEffect.TOO_LATE


@given(st.sampled_from(RequestState), st.lists(st.sampled_from(PartState), min_size=1))
def test_a_request_is_decided_with_its_last_part(before: RequestState, parts: list[PartState]) -> None:
    after = state_after_decision(before, parts)
    if before is not RequestState.PENDING:
        assert after is before
    else:
        assert (after is RequestState.DECIDED) == (PartState.PENDING not in parts)


@pytest.mark.parametrize("state", [RequestState.DECIDED, RequestState.WITHDRAWN])
def test_only_a_pending_request_can_be_withdrawn(state: RequestState) -> None:
    check_withdrawal(RequestState.PENDING)
    with pytest.raises(NotPendingError, match=state.value):
        check_withdrawal(state)
