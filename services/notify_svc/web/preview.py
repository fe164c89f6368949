"""The policy of a frame that shows a mail: the styles of this mail's elements by their hashes, and nothing else."""

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser


def policy(html: str) -> str:
    """Returns the Content-Security-Policy under which these inline styles work (CSP Level 3, `unsafe-hashes`)."""
    found = _Styles()
    found.feed(html)
    found.close()
    hashes = " ".join(f"'sha256-{each}'" for each in sorted(map(_digest, found.styles)))
    styles = f"'unsafe-hashes' {hashes}" if hashes else "'none'"
    return f"default-src 'none'; style-src {styles}; frame-ancestors 'self'; sandbox"


def _digest(style: str) -> str:
    return b64encode(sha256(style.encode()).digest()).decode()


class _Styles(HTMLParser):
    """Gathers the values of `style` attributes as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.styles: set[str] = set()

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.styles |= {value for name, value in attrs if name == "style" and value}
