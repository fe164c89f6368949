"""`make faults`: proves under load and faults that nothing is lost; exits with 1 when the books show any difference."""

import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from deploy.faults import report
from deploy.faults.kinds import KINDS
from deploy.faults.run import QUIET_SECONDS, CannotBeginError, Options, run
from deploy.local import lifecycle
from deploy.local.layout import ROOT, Layout
from shared.command_line import new_console

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIGURES = ROOT / "build" / "faults.json"
STORIES = "faults-differences.txt"
"""Beside the figures."""
MINUTES, REQUESTS = 6.0, 500
SHORT_MINUTES, SHORT_REQUESTS = 0.25, 20
SHORT_KINDS = (
    "kill worker",
    "kill relay",
    "kill web",
    "broker flushed",
    "broker killed without its data",
    "postgres connections cut",
    "messages repeated",
    "messages out of order",
    "poison",
)
"""Those from which a stack recovers within seconds: no pause between two tries to send a mail is waited for."""

console = new_console(highlight=False)


@click.command()
@click.option("--seed", default=1, show_default=True, help="Of the plan of faults and of everybody's choices.")
@click.option("--minutes", default=MINUTES, show_default=True, help="How long people act.")
@click.option("--requests", default=REQUESTS, show_default=True, help="How many roles are asked for.")
@click.option("--only", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only this kind of fault; again.")
@click.option("--often", default=1, show_default=True, help="How many plans of faults are laid over one another.")
@click.option("--patience", default=QUIET_SECONDS, show_default=True, help="Seconds to wait for quiet, at most.")
@click.option("--calm", is_flag=True, help="Without any fault.")
@click.option("--short", is_flag=True, help="A few requests and faults, as in `make test`.")
@click.option("--directory", type=click.Path(path_type=Path), help="Keep the stack's data and logs here.")
@click.option("--figures", default=FIGURES, type=click.Path(path_type=Path), help="Where the figures go.")
def main(
    seed: int,
    minutes: float,
    requests: int,
    kinds: Sequence[str],
    often: int,
    patience: float,
    calm: bool,
    short: bool,
    directory: Path | None,
    figures: Path,
) -> None:
    """Start a stack, load it, put faults into it, wait for quiet, and check the books from outside."""
    if short:
        minutes, requests, kinds = SHORT_MINUTES, SHORT_REQUESTS, kinds or SHORT_KINDS
    for number in STOP_SIGNALS:
        # So that the stack is ended, too, when the run is.
        signal.signal(number, signal.default_int_handler)
    chosen = () if calm else kinds or None
    options = Options(seed=seed, seconds=minutes * 60, requests=requests, kinds=chosen, often=often, patience=patience)
    with ExitStack() as places:
        place = directory or Path(places.enter_context(tempfile.TemporaryDirectory(prefix="countersign-faults-")))
        sys.exit(_run(options, place, figures))


def _run(options: Options, directory: Path, figures: Path) -> int:
    directory.mkdir(parents=True, exist_ok=True)
    try:
        result, stories = run(options, directory, lambda words: console.print(words, markup=False))
    except lifecycle.FAILURES as error:
        click.echo(lifecycle.explain(Layout(directory.resolve()), error), err=True)
        return 1
    except CannotBeginError as error:
        click.echo(str(error), err=True)
        return 1
    report.write(result, figures)
    report.show(result, console)
    differences = result.findings.differences
    for each in differences:
        console.print(
            f"{each.fault.value}: {each.what}" + (f" [{each.request_id}]" if each.request_id else ""), markup=False
        )
    if stories:
        figures.with_name(STORIES).write_text(stories)
        console.print(stories, markup=False)
    console.print("Nothing is lost." if not differences else f"{len(differences)} differences.", markup=False)
    return int(bool(differences))


if __name__ == "__main__":
    main()
