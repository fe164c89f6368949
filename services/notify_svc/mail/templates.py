"""The email templates: found in `emails/`, styled once when they are loaded."""

from collections.abc import Callable
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).parents[1] / "emails"


class StyledLoader(FileSystemLoader):
    """Loads templates and writes `_layout/style.css` into the elements of the HTML ones.

    The inliner parses HTML: Jinja tags must stand where text may stand (not between rows of a table), their
    expressions must do without <, > and &, and a class cannot be an expression, because it is read here.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(folder)
        self._css = (folder / "_layout/style.css").read_text()
        self._inliner = CSSInliner(load_remote_stylesheets=False)

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Returns the template's source, styled when it is HTML."""
        source, name, is_current = super().get_source(environment, template)
        return self._styled(source) if template.endswith(".html") else source, name, is_current

    def _styled(self, source: str) -> str:
        if source.startswith("<!DOCTYPE"):
            with_styles = source.replace("</head>", f"<style>{self._css}</style></head>", 1)
            return self._inliner.inline(with_styles)
        return self._inliner.inline_fragment(source, self._css)


def make_environment() -> Environment:
    """Returns the environment that all emails are rendered in; a name that a context lacks is an error."""
    return Environment(
        loader=StyledLoader(),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
