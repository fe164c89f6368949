"""`make bench`: measures the figures that the README and the notes of a release give, and writes build/bench.json."""

import json
import platform
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import psutil

from deploy.bench.bench import Bench
from deploy.bench.figures import FIGURES
from deploy.local.layout import ROOT
from deploy.local.servers import embedded_servers
from shared import logs
from shared.clock import utc_now

OUTPUT = ROOT / "build" / "bench.json"
SIZES = (1_000, 100_000, 1_000_000)


@click.command()
@click.option("--only", "names", multiple=True, type=click.Choice(list(FIGURES)), help="Only this figure; again.")
@click.option("--size", "sizes", multiple=True, type=int, help="How many approvals are open; again, rising.")
@click.option("--output", default=OUTPUT, type=click.Path(path_type=Path), show_default=True, help="What is written.")
def main(names: Sequence[str], sizes: Sequence[int], output: Path) -> None:
    """Measure with a PostgreSQL of its own in a temporary directory; what is not measured now keeps its figures."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # So that the servers end, too, when the run is ended.
        signal.signal(number, signal.default_int_handler)
    # What the service would log of each message would be most of what is seen.
    logs.configure("WARNING", "console")
    found = _measured(names or list(FIGURES), tuple(sizes) or SIZES)
    output.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(output.read_text()) if output.exists() else {}
    output.write_text(json.dumps(known | found, indent=2) + "\n")
    click.echo(json.dumps(found, indent=2))


def _measured(names: Sequence[str], sizes: tuple[int, ...]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as place, embedded_servers(Path(place)) as servers:
        bench = Bench(servers.database_url, sizes, lambda words: click.echo(words, err=True))
        try:
            return {name: FIGURES[name](bench) | _when_and_where() for name in names}
        finally:
            bench.close()


def _when_and_where() -> dict[str, Any]:
    return {
        "measured_at": utc_now().isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "processors": psutil.cpu_count(),
    }


if __name__ == "__main__":
    main()
