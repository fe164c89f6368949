"""Which figures `make bench` measures."""

from collections.abc import Callable
from typing import Any

from deploy.bench import deadline_tick
from deploy.bench.bench import Bench

FIGURES: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "deadline tick": deadline_tick.measure,
}
"""By name, in the order in which they are measured; each returns what goes into build/bench.json under its name."""
