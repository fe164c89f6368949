"""The officials whom no mail reaches: what operations see, and how they mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from approval_svc import mail_queries, organization_queries, queries
from approval_svc.settings import Settings
from approval_svc.tables import AskingRow, OfficialRow
from approval_svc.use_cases.restore_address import AddressNotRefusedError, restore_address
from approval_svc.web import directory
from shared.clock import utc_now
from shared.logs import mask
from shared.web.access import operations
from shared.web.current import database, settings

pages = Blueprint("addresses", __name__, url_prefix="/operations/addresses")


@dataclass(frozen=True)
class DeadAddress:
    """A person at an address that takes no mail, with the authorities that they stand for and what went to others."""

    official: OfficialRow
    address: str
    authorities: tuple[str, ...]
    moved: tuple[AskingRow, ...]


@pages.get("")
@operations
def index() -> str:
    """Shows the officials whose mail is refused, the requests that moved, and who was asked though no mail arrived."""
    with database().reading() as session:
        officials = queries.refused_addresses(session)
        moved = queries.moved_away_from(session, officials)
        named = organization_queries.organizations_named(session)
        dead = _dead_addresses(officials, moved, named)
        undelivered = mail_queries.undelivered(session)
    return render_template(
        "operations_addresses.html",
        dead=dead,
        undelivered=undelivered,
        mask=mask,
        notices=f"{settings(Settings).notify_public_url}/notices",
        restored=request.args.get("restored", ""),
    )


@pages.post("/<uuid:official_id>/works-again")
@operations
def works_again(official_id: UUID) -> Response:
    """Makes the official reachable again; leads back to the list, which no longer has them."""
    now = utc_now()
    try:
        with database().transaction() as session:
            restore_address(session, official_id, settings(Settings).link_lifetime, now)
    except AddressNotRefusedError:
        return redirect(url_for(".index", restored="before"), 303)
    return redirect(url_for(".index", restored="now"), 303)


def _dead_addresses(
    officials: Sequence[OfficialRow], moved: Sequence[AskingRow], named: directory.Names
) -> list[DeadAddress]:
    groups = [list(rows) for _, rows in groupby(officials, key=lambda row: (row.refused_at, row.user_id, row.email))]
    return [
        DeadAddress(
            official=rows[0],
            address=mask(rows[0].email),
            authorities=tuple(directory.authority_name(row, named) for row in rows),
            moved=tuple(asking for asking in moved if asking.official_id in {row.id for row in rows}),
        )
        for rows in groups
    ]
