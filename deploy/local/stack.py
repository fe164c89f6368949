"""`python -m deploy.local.stack`: starts, stops and shows the whole of Countersign on this machine."""

import signal
import sys
import time
from pathlib import Path

import click

from deploy.local import family, lifecycle, summary, supervisor
from deploy.local.layout import ROOT, Layout
from shared.command_line import new_console

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

console = new_console(highlight=False)

in_directory = click.option(
    "--directory",
    "layout",
    default=ROOT / ".local",
    show_default=".local",
    type=click.Path(path_type=Path),
    callback=lambda _context, _option, path: Layout(path.resolve()),
    help="Where the stack keeps its data, settings and logs.",
)


@click.group(help=__doc__)
def main() -> None:
    """Gathers the commands below."""


@main.command()
@in_directory
@click.option("--detach", is_flag=True, help="Return when everything is ready; `stop` ends it.")
@click.option("--ports", type=click.Choice(["default", "auto"]), default="default", help="auto: free ones.")
def up(layout: Layout, ports: str, *, detach: bool) -> None:
    """Start everything and stay until Ctrl-C."""
    if supervisor.is_running(layout):
        console.print("Countersign is running already; `make status` shows where, `make stop` ends it.")
        return
    _heed_signals()
    try:
        _up(layout, on_free_ports=ports == "auto", detach=detach)
    except KeyboardInterrupt:
        console.print("Stopping ...")
        _end(layout)
    except lifecycle.FAILURES as error:
        click.echo(lifecycle.explain(layout, error), err=True)
        _end(layout)
        sys.exit(1)
    except Exception:
        _end(layout)
        raise


@main.command()
@in_directory
def stop(layout: Layout) -> None:
    """End everything that runs in the directory."""
    running = any(family.members(layout))
    _end(layout)
    console.print("Stopped." if running else "Nothing is running.")


@main.command()
@in_directory
def status(layout: Layout) -> None:
    """Show what runs, where, and every account; the exit status is 1 when nothing does."""
    if not supervisor.is_running(layout):
        console.print("Nothing is running; `make run` starts it.")
        sys.exit(1)
    summary.show_processes(layout, console)
    if layout.stack.exists():
        summary.show(layout, console, all_accounts=True)


def _up(layout: Layout, *, on_free_ports: bool, detach: bool) -> None:
    began = time.monotonic()
    running = lifecycle.start(layout, on_free_ports=on_free_ports, say=lambda step: console.print(f"{step} ..."))
    summary.show(layout, console)
    console.print(f"Ready in {time.monotonic() - began:.1f} seconds.")
    if detach:
        console.print("It runs in the background; `make stop` ends it.")
    else:
        console.print("Ctrl-C ends it.")
        running.supervisor.wait()
        # Somebody else ended the supervisor, with `make stop` or by force.
        _end(layout)


def _end(layout: Layout) -> None:
    """Ends the stack; a second Ctrl-C does not leave half of it running."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    lifecycle.end(layout)


def _heed_signals() -> None:
    """Makes a SIGTERM, or a terminal that is closed, end the stack as Ctrl-C does."""
    for number in STOP_SIGNALS:
        # Ctrl-C too: a shell makes what it starts in the background ignore it.
        signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    main()
