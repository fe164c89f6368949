"""Running what time makes due by hand, as if it were another time: after days without a beat, or to look ahead."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from shared.clock import as_utc
from shared.command_line import opened
from shared.service import find_service


@click.command()
@click.argument("service")
@click.option("--at", "at", required=True, help="The instant, with its offset from UTC: 2026-11-24T09:00:00Z")
@click.option("--sweeps", is_flag=True, help="Also what the relay looks after about once a second.")
def tick(service: str, at: str, *, sweeps: bool) -> None:
    """Run each regular task of SERVICE once, as if it were the instant that --at names.

    What the beat ran before or runs later does not count. Sweeps take what others have in hand for abandoned when
    the instant is late enough: stop the service's other processes first.
    """
    now = _instant(at)
    done = dict(_run(service, now, sweeps=sweeps))
    if not done:
        raise click.ClickException(f"{service} has no regular task")
    for name, succeeded in done.items():
        click.echo(f"{name}: {'done' if succeeded else 'failed'}")
    if not all(done.values()):
        raise SystemExit(1)


def _instant(text: str) -> datetime:
    try:
        return as_utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise click.BadParameter("must be an instant such as 2026-11-24T09:00:00Z", param_hint="--at") from error


def _run(name: str, now: datetime, *, sweeps: bool) -> Iterator[tuple[str, bool]]:
    """Yields the name of each task and whether it succeeded; one that fails stops no other."""
    from shared.beat import Tick, run_tick

    try:
        service = find_service(name)
    except LookupError as error:
        raise click.ClickException(str(error)) from error
    with opened(service.load(service.settings)) as (database, settings):
        ticks = list(service.load_for(service.schedule, settings) or ())
        if sweeps:
            swept = service.load(service.sweeps) or ()
            ticks += [Tick(sweep.__name__.replace("_", " "), timedelta(), sweep) for sweep in swept]
        for each in ticks:
            yield each.name, run_tick(database, each, now)
