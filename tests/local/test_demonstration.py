"""The demonstration data agrees with itself and with the catalog's organizations."""

import csv
from pathlib import Path

from deploy.local.accounts import SINGLE_AUTHORITIES, demonstration_accounts
from deploy.local.demonstration import ACCOUNTS, OFFICIALS, ORGANIZATIONS, WALKS


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))


def organization_ids(kind: str) -> set[str]:
    return {next(iter(row.values())) for row in rows(ORGANIZATIONS[kind])}


def test_every_official_can_sign_in_under_the_same_name_and_address() -> None:
    accounts = {row["user_id"]: row for row in rows(ACCOUNTS)}
    for official in rows(OFFICIALS):
        account = accounts[official["user_id"]]
        assert {key: official[key] for key in ("name", "email", "phone")} == {
            key: account[key] for key in ("name", "email", "phone")
        }


def test_every_official_decides_for_an_authority_that_exists() -> None:
    for official in rows(OFFICIALS):
        kind, organization = official["authority_kind"], official["organization_id"]
        known = {kind} if kind in SINGLE_AUTHORITIES else organization_ids(kind)
        assert organization in known, official


def test_every_contract_organization_contractor_and_the_cms_have_an_official() -> None:
    served = {(official["authority_kind"], official["organization_id"]) for official in rows(OFFICIALS)}
    for kind in ("contract-organization", "mac", "ado"):
        assert {(kind, organization) for organization in organization_ids(kind)} <= served
    assert {("cms", "cms"), ("help-desk", "help-desk")} <= served


def test_a_provider_without_an_official_shows_how_a_request_goes_one_up() -> None:
    served = {row["organization_id"] for row in rows(OFFICIALS) if row["authority_kind"] == "provider"}
    assert organization_ids("provider") - served


def test_every_walk_has_an_account_that_is_nobodys_official() -> None:
    officials = {row["user_id"] for row in rows(OFFICIALS)}
    walkers = {row["user_id"] for row in rows(WALKS)}
    assert len(walkers) >= 15
    assert not walkers & officials


def test_every_account_says_what_it_is_for_and_writes_to_nobody_real() -> None:
    accounts = demonstration_accounts()
    assert all(account.may and account.email.endswith(".example") for account in accounts)
    assert len({account.user_id for account in accounts}) == len(accounts)
    assert all(6 <= len(account.user_id) <= 74 for account in accounts)
