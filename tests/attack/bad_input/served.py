"""A service's web process as it runs in production, and a client that can send what no HTTP library would."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

from deploy.local.ports import HOST, free_numbers

PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str
    """Empty, too, when the server hung up without a word."""


@dataclass(frozen=True)
class Served:
    """A web process on a port of this machine."""

    port: int

    def send(self, raw: bytes, *, then_close: bool = False) -> Answer:
        """Sends these bytes, whatever they are, and returns the answer; `then_close` says that no more will come."""
        with socket.create_connection((HOST, self.port), timeout=PATIENCE_SECONDS) as connection:
            with suppress(ConnectionError):  # the server may refuse before it has read everything
                connection.sendall(raw)
                if then_close:
                    connection.shutdown(socket.SHUT_WR)
            return self._answer(connection)

    def _answer(self, connection: socket.socket) -> Answer:
        answer = HTTPResponse(connection)
        answer.begin()
        return Answer(answer.status, dict(answer.headers), answer.read().decode(errors="replace"))

    def request(self, line: str | bytes, *headers: str, body: bytes = b"", then_close: bool = False) -> Answer:
        """Sends a request of one line, these headers and a body."""
        first = line.encode() if isinstance(line, str) else line
        lines = [first, b"Host: 127.0.0.1", b"Connection: close", *(header.encode("latin-1") for header in headers)]
        return self.send(b"\r\n".join([*lines, b"", b""]) + body, then_close=then_close)


@contextmanager
def serving(service: str, environ: Mapping[str, str], folder: Path) -> Iterator[Served]:
    """Runs `countersign run <service> web` until the block ends."""
    port, ready = free_numbers(1)[0], folder / "ready"
    own = {f"{service.upper()}_BIND": f"{HOST}:{port}", "READY_FILE": str(ready), "WEB_WORKERS": "1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("countersign"), "run", service, "web"],
            env={**os.environ, **environ, **own},
            stdout=log,
            stderr=log,
        )
    try:
        for _ in range(PATIENCE_SECONDS * 20):
            if ready.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        assert process.poll() is None, (folder / "log").read_text()
        yield Served(port)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
