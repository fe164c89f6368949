"""How an approval came to need no decision any more."""

from enum import StrEnum


class Closing(StrEnum):
    """Why no mail about a waiting approval is of use any more."""

    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    EXPIRED = "expired"
