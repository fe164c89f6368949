"""Text that people or other systems wrote, made fit to be stored, shown and mailed.

What is dropped has no shape of its own but changes how, or whether, its neighbours are read: control characters (which
PostgreSQL, mail headers and terminals take amiss), characters that turn the direction of writing (Unicode Technical
Report 36, section 2.5), and invisible ones, in which a second text can hide. Joiners stay: scripts and emoji need them.
"""

import re

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls; tab and line end stay
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # without width
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # halves of characters, and what is no character
)
_BLANK = re.compile("[\\s\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0]*")
_FORMULA = ("=", "+", "-", "@")
LONGEST_NAME = 200


def clean(text: str) -> str:
    """Returns the text stripped, its line ends as "\\n", without control, direction and invisible characters.

    A text of which nothing can be seen becomes empty.
    """
    kept = _DROPPED.sub("", _BREAKS.sub("\n", text)).strip()
    return "" if _BLANK.fullmatch(kept) else kept


def one_line(text: str) -> str:
    """Returns the text cleaned, with line ends, tabs and runs of spaces folded into single spaces."""
    return " ".join(clean(text).split())


def name_problem(name: str) -> str | None:
    """Says in a sentence why an imported name cannot be used, or returns None.

    Names are read in lists that go back into spreadsheets, which take some beginnings for a formula (OWASP, CSV
    Injection).
    """
    if one_line(name) != name:
        return "This holds characters that cannot be seen, or more than one line."
    if len(name) > LONGEST_NAME:
        return f"This is longer than {LONGEST_NAME} characters."
    if name.startswith(_FORMULA):
        return f"This begins with “{name[0]}”: a spreadsheet would take it for a formula."
    return None
