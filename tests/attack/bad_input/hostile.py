"""What an attacker, a broken browser or a careless export may send in any field, and what no answer may hold."""

from urllib.parse import quote

ALL_CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
"""Every character of C0 and C1, and DEL."""
SEPARATORS = "\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
INVISIBLE = "\u200b\u2060\u2064\ufeff\ufff9\U000e0041"
UNSEEN = ALL_CONTROLS + SEPARATORS + DIRECTIONS + INVISIBLE

SCRIPT = "<script>alert(5)</script>"
BREAKOUT = f"'\"></textarea></title></option>--><img src=x onerror=alert(5)>{SCRIPT}"
TEMPLATE = "{{ 1234*4321 }}{% for each in config %}${1234*4321}#{1234*4321}<%= 1234*4321 %>"
FORMATS = "%s %(name)s %n {0} {request} {0.__class__}"
HEADERS = "x\r\nX-Injected: yes\r\nBcc: mallory@evil.example\r\n\r\nhello"
SQL = "'; DROP TABLE outbox; --\\"
DEEP_JSON = "[" * 3000

VALUES: dict[str, str] = {
    "empty": "",
    "spaces": " \t\n ",
    "controls": f"a{ALL_CONTROLS}b",
    "unseen": f"a{SEPARATORS}{DIRECTIONS}{INVISIBLE}b",
    "html": BREAKOUT,
    "template": TEMPLATE,
    "formats": FORMATS,
    "headers": HEADERS,
    "sql": SQL,
    "huge": "A" * 100_000,
    "digits": "9" * 5000,
    "bigint": str(2**63),
    "not a number": "NaN",
    "other digits": "\N{SUPERSCRIPT TWO}\N{ARABIC-INDIC DIGIT THREE}",
    "no date": "0000-00-00T00:00:00Z",
    "far date": "9999-12-31T23:59:59.999999-14:00",
    "nil uuid": "{00000000-0000-0000-0000-000000000000}",
    "urn": "urn:uuid:FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "traversal": "/../../../../etc/passwd",
    "elsewhere": "https://evil.example//x?a=b#c",
    "deep": DEEP_JSON,
    "formula": '=HYPERLINK("https://evil.example","x")',
}

RAW_QUERIES: dict[str, str] = {
    "invalid UTF-8": "%ff%fe%c0%af%f5",
    "surrogates": "%ed%a0%80%ed%bf%bf",
    "NUL": "%00",
    "cut off": "%e2%82",
    "not percent": "%zz%u0041%",
}
"""Percent-encoded as no library of ours would."""

SHORT_VALUES = {name: quote(value, safe="") for name, value in VALUES.items() if 0 < len(value) <= 200} | RAW_QUERIES
"""Those that fit into a segment of a path, percent-encoded."""

NEVER_SHOWN = (
    "<script>alert",
    "<img src=x",
    "5332114",  # 1234*4321: a template was evaluated
    "Traceback (most",
    "sqlalchemy",
    "psycopg",
    "root:x:0",
    "&lt;class ",
    "site-packages",
)
"""Text that would show that input was taken for markup or code, or that tells of our inside."""
