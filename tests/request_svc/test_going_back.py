"""Previous in STEP 2 keeps what was chosen, as far as it was."""

import pytest

from shared.catalog import Catalog
from tests.pages import soup
from tests.request_svc.conftest import Browser, checked


def test_previous_in_step_2_keeps_the_choice_that_was_not_saved(ada: Browser) -> None:
    path = ada.start("state-agency")
    previous = soup(ada.open(path)).select_one("button[value=previous]")
    assert previous
    assert (previous.get_text(), previous.has_attr("formnovalidate")) == ("Previous", True)
    answer = ada.send(path, {"role": "state-agency-clia-billing-user", "button": "previous"})
    assert (answer.status_code, answer.location) == (303, path.removesuffix("role") + "category")
    assert checked(ada.open(path)) == {"state-agency-clia-billing-user"}


@pytest.mark.parametrize("role", ["", "wizard", "cms-view-only-user"])
def test_previous_in_step_2_without_a_choice_of_the_page_leaves_the_draft_alone(ada: Browser, role: str) -> None:
    path = ada.start("state-agency")
    ada.send(path, {"role": "state-agency-clia-billing-user"})
    assert ada.send(path, {"role": role, "button": "previous"}).status_code == 303
    assert checked(ada.open(path)) == {"state-agency-clia-billing-user"}


def test_previous_in_step_2_keeps_an_option_and_a_choice_that_lacks_one(ada: Browser, catalog: Catalog) -> None:
    path = ada.start("cms")
    role = catalog.role("iqan-provider-type-admin")
    for option in (role.options[0].id, ""):
        ada.send(path, {"role": role.id, f"option-{role.id}": option, "button": "previous"})
        assert checked(ada.open(path)) == {role.id, option} - {""}
