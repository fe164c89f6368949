"""The life of a request as plain rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from request_svc.domain.refusals import NotPendingError
from request_svc.domain.requests import PartState, RequestState, check_withdrawal, state_of_request


@given(st.lists(st.sampled_from(PartState), min_size=1))
def test_a_request_ends_with_its_last_part(parts: list[PartState]) -> None:
    assert (state_of_request(parts) is RequestState.PENDING) == (PartState.PENDING in parts)


@given(st.lists(st.sampled_from([PartState.APPROVED, PartState.REJECTED]), min_size=1))
def test_a_request_that_ended_in_part_by_withdrawal_was_withdrawn(parts: list[PartState]) -> None:
    assert state_of_request(parts) is RequestState.DECIDED
    assert state_of_request([*parts, PartState.WITHDRAWN]) is RequestState.WITHDRAWN


@pytest.mark.parametrize("state", [RequestState.DECIDED, RequestState.WITHDRAWN])
def test_only_a_pending_request_can_be_withdrawn(state: RequestState) -> None:
    check_withdrawal(RequestState.PENDING)
    with pytest.raises(NotPendingError, match=state.value):
        check_withdrawal(state)
