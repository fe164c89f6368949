"""What is dear and the same for every test of a process is made once: connections, statements, templates."""

from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine


class Engines:
    """Makes engines as `create_engine` does; those for one database with the same options share what is dear.

    Each has its own listeners. Whoever disposes of one closes the connections of all, which open others when they
    need them.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Engine] = {}

    def create(self, url: str, **options: Any) -> Engine:
        """Returns an engine."""
        key = url, repr(sorted(options.items()))
        if key not in self._made:
            self._made[key] = create_engine(url, **options)
        return self._made[key].execution_options()

    def dispose(self) -> None:
        """Closes every connection."""
        for engine in self._made.values():
            engine.dispose()


class CompiledTemplates(BytecodeCache):
    """Keeps compiled templates for the next application; a template that was changed has another checksum."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fills the bucket, if the template was compiled before."""
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what the bucket has."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()
