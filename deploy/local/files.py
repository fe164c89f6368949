"""Files with secrets in them."""

import os
from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Puts `text` in the place of `file`, at once and readable by its owner alone."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    new.replace(file)
