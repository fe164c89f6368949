"""The one table of settings, made from the classes that read them."""

from shared.service import installed_services
from shared.settings import Described, describe


def as_markdown() -> str:
    """Returns a Markdown table: variable, who reads it, default, what it is."""
    rows: dict[str, tuple[Described, list[str]]] = {}
    for service in installed_services():
        for row in describe(service.load(service.settings)):
            rows.setdefault(row.name, (row, []))[1].append(service.name)
    lines = ["| variable | read by | default | what it is |", "|---|---|---|---|"]
    for name in sorted(rows):
        row, readers = rows[name]
        who = "all" if len(readers) == len(list(installed_services())) else ", ".join(readers)
        default = "required" if row.default is None else f"`{row.default}`" if row.default else "empty"
        secret = " Secret: also from the file named in " + f"`{name}_FILE`." if row.secret else ""
        lines.append(f"| `{name}` | {who} | {default} | {row.help}.{secret} |")
    return "\n".join(lines)
