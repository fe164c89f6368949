"""The role finder: tick the privileges that you need and see the roles that give them."""

from flask import Blueprint, render_template, request

from shared.catalog import by_section, the_catalog
from shared.web.access import public

pages = Blueprint("finder", __name__, url_prefix="/role-finder")


@pages.get("")
@public("the matrix is a published job aid; the page holds no personal data")
def show() -> str:
    """Shows all privileges, and the roles for those that are ticked, least privilege first."""
    known = {privilege.id: privilege for privilege in the_catalog().privileges}
    wanted = [each for each in dict.fromkeys(request.args.getlist("privilege")) if each in known]
    matches = [
        (match, the_catalog().category(match.role.category), [known[each].action for each in match.to_grant])
        for match in the_catalog().roles_with(wanted)
    ]
    return render_template(
        "role_finder.html",
        sections=by_section(the_catalog().privileges),
        wanted=[known[each] for each in wanted],
        wanted_ids=set(wanted),
        matches=matches,
        asked="find" in request.args,
    )
