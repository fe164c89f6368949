"""Operator commands about last sign-ins and reviews: `countersign reviews` and `countersign inactivity`."""

from __future__ import annotations

import click

from shared.command_line import new_console, opened, table_of


@click.group()
def reviews() -> None:
    """Reviews of the roles that people have."""


@reviews.command("list")
def list_command() -> None:
    """List the reviews under way."""
    from approval_svc import review_queries
    from approval_svc.settings import Settings
    from shared.clock import format_instant

    with opened(Settings) as (database, settings), database.reading() as session:
        rows = []
        for review in review_queries.all_reviews(session):
            lines = review_queries.lines_of(session, review)
            left = f"{sum(line.is_open for line in lines)} of {len(lines)}"
            ends = format_instant(review.ends_at, settings.display_zone)
            rows.append((review.authority_name, left, ends, ", ".join(review.asked)))
    new_console().print(table_of(("Authority", "Roles left", "Ends", "Asked"), rows))


@reviews.command("open")
@click.argument("authority_kind")
@click.argument("organization_id")
def open_command(authority_kind: str, organization_id: str) -> None:
    """Begin a review of an organization's roles now, before its time (for national roles: cms cms)."""
    from approval_svc.domain.routing import AuthorityId
    from approval_svc.settings import Settings
    from approval_svc.use_cases.open_review import open_review
    from shared.clock import format_instant, utc_now

    authority = AuthorityId(kind=authority_kind, id=organization_id)
    with opened(Settings) as (database, settings), database.transaction() as session:
        review = open_review(session, authority, utc_now())
        if review is None:
            raise click.ClickException(f"{authority} has nothing to review, nobody to do it, or a review under way.")
        asked, ends = ", ".join(review.asked), format_instant(review.ends_at, settings.display_zone)
    click.echo(f"Review opened: asked {asked}, to be done by {ends}.")


@click.group()
def inactivity() -> None:
    """What follows when people do not sign in."""


@inactivity.command("look")
def look_command() -> None:
    """Look at everybody who has a role anew, because the policy changed."""
    from approval_svc.settings import Settings
    from approval_svc.use_cases.activity import look_at_everybody
    from shared.clock import utc_now

    with opened(Settings) as (database, _), database.transaction() as session:
        number = look_at_everybody(session, utc_now())
    click.echo(f"{number} people are looked at by the next turns of the beat.")


COMMANDS = [reviews, inactivity]
