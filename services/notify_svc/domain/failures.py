"""Why a mail was not taken: the kinds are types, because what follows differs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What a mail server said: `code` is its three digits (RFC 5321, section 4.2), None when it said nothing.

    `text` is one line in which addresses are masked, fit to be stored and shown.
    """

    code: int | None
    text: str

    def __str__(self) -> str:
        return self.text if self.code is None else f"{self.code} {self.text}"


class DeliveryFailure(Exception):  # noqa: N818  # no name ends in Error: "delivery failure" is what mail calls it (RFC 3464)
    """A mail was not taken. `answer` says what the server answered or what went wrong instead."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer))
        self.answer = answer


class PermanentFailure(DeliveryFailure):
    """The mail will never be taken for this recipient: no such mailbox, or refused by policy.

    Trying again would bring the same answer and harms the sender's standing. The notice is failed at once, and
    approval_svc hears of it, because a Security Official who cannot be written to must not hold up a request.
    """


class FaultOfOurs(DeliveryFailure):
    """We could not write the mail: its template or what was stored for it is wrong. No server was asked.

    The recipient's address has no part in it. A few tries bridge the time in which a release is taken back; then the
    notice is failed, operations see why in the ledger, and send it again once the template is mended.
    """


class TemporaryFailure(DeliveryFailure):
    """The mail may be taken later: the server is away, busy, full, greylisting, or misconfigured on our side.

    The recipient did nothing wrong, so the notice stays queued and is tried again with growing pauses. Nobody is
    told until the tries run out.
    """


class ServerFailure(TemporaryFailure):
    """The server itself is in trouble, or wants nothing from us: no mail would fare better now.

    It could not be reached, greeted us with a refusal, did not let us sign in or refused our sender's address, hung up,
    or did not answer in time. Several in a row pause all sending (`domain/breaker.py`).
    """


class UnknownOutcome(ServerFailure):
    """The server had the whole text and then went away or stayed silent: it may have taken the mail.

    RFC 5321, section 6.1, leaves no choice but to send it again. The Message-ID is the same, and the ledger says that
    the next try may be a repeat.
    """


# These speak of our own sign-in at the server, not of the recipient: an operator mends them and no mail is lost.
# 530 authentication required, 534 mechanism too weak, 535 credentials invalid, 538 encryption required (RFC 4954).
ABOUT_US = frozenset({530, 534, 535, 538})


def failure(answer: Answer) -> DeliveryFailure:
    """Returns the kind of failure that a server's answer to RCPT or DATA means (RFC 5321, section 4.2.1)."""
    if answer.code is not None and answer.code >= 500 and answer.code not in ABOUT_US:
        return PermanentFailure(answer)
    return TemporaryFailure(answer)
