"""Mail servers on their worst days: a real SMTP conversation that goes wrong at a stage of the test's choice."""

import io
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

STAGES = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "text")
"""What a client waits to be answered, in this order; "text" is the mail itself with its last dot."""


class Fate(Enum):
    """What the server does at the stage, instead of answering as it should."""

    HANGS = "says nothing"
    CUTS = "ends the connection"
    DRIPS = "sends a byte now and then, and never a whole line"


@dataclass
class RoughServer:
    """An aiosmtpd would answer too well: this one speaks just enough SMTP to go wrong anywhere.

    `fates` says what happens at a stage: a Fate, or an answer such as "451 4.3.0 Later"; what befalls "after the text"
    comes when that was answered with a 250. `only_for` limits what is
    said of the stages after MAIL to one recipient.
    """

    fates: dict[str, Fate | str] = field(default_factory=dict)
    only_for: str | None = None
    texts: list[bytes] = field(default_factory=list)
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self.stopping.set()
        self._listening.close()

    def _serve(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            try:
                for stage, usual, whom in self._conversation(lines):
                    self._answer(connection, stage, usual, whom)
            except (OSError, EndedError):
                return

    def _conversation(self, lines: io.BufferedReader) -> Iterator[tuple[str, str, str]]:
        yield "greeting", "220 here", ""
        whom = ""
        for line in lines:
            verb = line.split()[0].upper().decode() if line.split() else ""
            if verb == "RCPT":
                whom = line.decode()
            # A client whose EHLO is refused falls back to HELO: what befalls the one befalls the other.
            verb = "EHLO" if verb == "HELO" else verb
            yield verb, {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 fine"), whom
            if verb == "DATA" and not self._applies("DATA", whom):
                self.texts.append(b"".join(iter(lines.readline, b".\r\n")))
                yield "text", f"250 queued as {len(self.texts)}", whom

    def _applies(self, stage: str, whom: str) -> bool:
        late = stage in ("RCPT", "DATA", "text")
        return stage in self.fates and not (late and self.only_for and self.only_for not in whom)

    def _answer(self, connection: socket.socket, stage: str, usual: str, whom: str) -> None:
        fate = self.fates.get(stage, usual) if self._applies(stage, whom) else usual
        if fate is Fate.HANGS:
            self.stopping.wait(20)
            raise EndedError
        if fate is Fate.CUTS:
            raise EndedError
        while fate is Fate.DRIPS:
            connection.sendall(b"2")
            if self.stopping.wait(0.1):
                raise EndedError
        connection.sendall(f"{fate}\r\n".encode())
        taken = stage == "text" and fate == usual
        if taken and "after the text" in self.fates:
            raise EndedError
        if stage == "QUIT" or str(fate).startswith("421") or (stage == "greeting" and fate != usual):
            raise EndedError


class EndedError(Exception):
    """The server ends the conversation."""
