"""Sockets that wait no longer than a deadline, however slowly the other side speaks.

A socket's own timeout begins anew with each byte: a server that sends one every 29 seconds keeps a sender for ever.
"""

import io
import socket
import time
from collections.abc import Callable
from typing import Any

CHUNK = 16384
"""Bytes handed over at once; TLS records are no larger (RFC 8446, section 5.1)."""


class Deadline:
    """How long may be waited: for one answer, and for everything together. Seconds; begins with `start`."""

    def __init__(self, each: float, altogether: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = each
        self._altogether = altogether
        self._clock = clock
        self._patient = False
        self.start()

    def start(self) -> None:
        """Begins anew, for another mail."""
        self._patient = False
        self._ends = self._clock() + self._altogether

    def be_patient(self) -> None:
        """From now on a single answer may take all the time that is left."""
        self._patient = True

    def left(self) -> float:
        """Returns how long to wait for the next bytes. Raises TimeoutError when the time is over."""
        left = self._ends - self._clock()
        if left <= 0:
            raise TimeoutError(f"the mail server took longer than {self._altogether:g} s for one mail")
        return left if self._patient else min(left, self._each)


class TimedSocket:
    """What smtplib uses of a socket, plain or TLS, with every wait bounded by the deadline."""

    def __init__(self, inner: socket.socket, deadline: Deadline) -> None:
        self.inner = inner
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Sends everything. Raises TimeoutError."""
        view = memoryview(data)
        for start in range(0, len(view), CHUNK):
            self.inner.settimeout(self._deadline.left())
            self.inner.sendall(view[start : start + CHUNK])

    def recv_into(self, buffer: Any) -> int:
        """Reads what has come. Raises TimeoutError."""
        self.inner.settimeout(self._deadline.left())
        return self.inner.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Returns what reads lines; smtplib wants nothing but "rb"."""
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """Closes the connection."""
        self.inner.close()


class _Reader(io.RawIOBase):
    def __init__(self, timed: TimedSocket) -> None:
        super().__init__()
        self._timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._timed.recv_into(buffer)


def connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Returns a connection to the first of the host's addresses that takes one. Raises OSError.

    Looking the name up is bounded by the resolver's own settings alone.
    """
    refused: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(deadline.left())
            made.connect(address)
        except OSError as error:
            made.close()
            refused = error
        else:
            return made
    raise refused or OSError("the mail server's name has no address")
