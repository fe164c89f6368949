"""The page that people arrive at (access job aid 3.1, Figure 10)."""

from flask import Blueprint, render_template

from shared.web.access import public

pages = Blueprint("welcome", __name__)


@pages.get("/")
@public("people arrive here before they log in; it shows nobody's data")
def show() -> str:
    """Shows Welcome to iQIES: Request User Role, or Log in."""
    return render_template("welcome.html")
