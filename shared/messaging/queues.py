"""How messages go through each queue: in which order, how many at a time, how many at once."""

from dataclasses import dataclass

from shared.contracts import QUEUES, SUBSCRIBERS
from shared.contracts.registry import NOTIFY_MAIL


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """The rules of one queue.

    `window` is how many messages of one sender may be in the broker and not yet known to be taken: what is more waits
    in the sender's outbox, where lanes take turns and where a broker cannot lose it. `chunk` is how many messages
    travel as one task: a task costs about fifty times what a message costs, unless the message is slow to handle.
    """

    ordered: bool = True
    window: int = 1000
    chunk: int = 20


_TRAFFIC: dict[str, Traffic] = {
    # A mail may take minutes where the server is slow: it travels alone, so that it holds up no other. Which mail goes
    # first means nothing, since each says all that it has to say.
    NOTIFY_MAIL: Traffic(ordered=False, window=100, chunk=1),
}
ALL_QUEUES = tuple(queue for queues in QUEUES.values() for queue in queues)


def traffic(queue: str) -> Traffic:
    """Returns the rules of a queue."""
    return _TRAFFIC.get(queue, Traffic())


def queue_of(type: str, service: str) -> str:
    """Returns the queue on which a service hears messages of a type; its main one for a type that it does not hear."""
    heard = {message.type(): queues for message, queues in SUBSCRIBERS.items()}.get(type, ())
    return next((queue for queue in heard if queue in QUEUES.get(service, ())), service)
