"""Officials and operations take roles away: who may, on which page, and that nobody does so with their own."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from approval_svc.domain.ending import Ender, Held
from approval_svc.domain.refusals import NotYoursToEndError, OwnRoleError, RefusedError, RoleEndedError
from approval_svc.domain.routing import AuthorityId, OrganizationId, Requester
from approval_svc.tables import GrantRow, OfficialRow
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.remove_role import NoSuchRoleError, Person, remove_role
from shared.contracts import EndedBecause, Organization, RoleEndOrdered, RoleGivenBack
from shared.contracts import Person as Holder
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import ALABAMA, ANGELA, LIFETIME, NOW, grant, published, removal
from tests.pages import heading, words

AL, CMS, HELP = (
    AuthorityId(kind="state", id="AL"),
    AuthorityId(kind="cms", id="cms"),
    AuthorityId(kind="help-desk", id="help-desk"),
)
IN_ALABAMA = OrganizationId(kind="state", id="AL")
ROLE = "state-agency-sc-general-user"
ALASKA = Organization(kind="state", id="AK", name="Alaska", time_zone="America/Anchorage")
DESK = replace(LORETTA, user_id="desk", name="Olu Adeyemi", email="olu@x.example", is_operations=True)


def held(*, organization: OrganizationId | None = IN_ALABAMA, is_over: bool = False) -> Held:
    holder = Requester(user_id="angela", email="angela@x.example")
    return Held(holder=holder, organization=organization, is_over=is_over)


def ender(*authorities: AuthorityId, user_id: str = "ann", email: str = "ann@x.example", desk: bool = False) -> Ender:
    return Ender(user_id=user_id, email=email, authorities=authorities, is_operations=desk)


@pytest.mark.parametrize(
    ("role", "who", "for_whom"),
    [
        (held(), ender(AL), AL),
        (held(), ender(CMS, AL), AL),
        (held(), ender(CMS), CMS),
        (held(), ender(HELP), HELP),
        (held(organization=None), ender(CMS), CMS),
        (held(), ender(desk=True), None),
    ],
)
def test_the_organizations_officials_those_above_and_operations_may(
    role: Held, who: Ender, for_whom: AuthorityId | None
) -> None:
    assert role.refusal(who) is None
    assert role.on_behalf_of(who) == for_whom


@pytest.mark.parametrize(
    ("role", "who", "refused"),
    [
        (held(), ender(), NotYoursToEndError),
        (held(), ender(AuthorityId(kind="state", id="AK")), NotYoursToEndError),
        (held(organization=None), ender(AL), NotYoursToEndError),
        (held(), ender(AL, user_id="Angela "), OwnRoleError),
        (held(), ender(AL, email="ANGELA@x.example"), OwnRoleError),
        (held(), ender(desk=True, user_id="angela"), OwnRoleError),
        (held(is_over=True), ender(AL), RoleEndedError),
    ],
)
def test_nobody_else_may_and_nobody_their_own(role: Held, who: Ender, refused: type[RefusedError]) -> None:
    assert isinstance(role.refusal(who), refused)


def holds(world: World, holder: Holder = ANGELA, organization: Organization | None = ALABAMA, role: str = ROLE) -> UUID:
    with world.database.transaction() as session:
        given = grant(holder, role, organization, role_name="General User")
        follow_grant(session, given, LIFETIME, NOW)
        return given.grant_id


def orders(world: World) -> list[RoleEndOrdered]:
    with world.database.reading() as session:
        return published(session, RoleEndOrdered)


def test_an_official_finds_the_roles_of_their_organization_and_removes_one(world: World, loretta: OfficialRow) -> None:
    angelas = holds(world)
    holds(world, replace(ANGELA, user_id="ben", name="Ben Ortiz"), ALASKA)
    world.sign_in(LORETTA)
    listed = words(world.browser.get("/roles"))
    assert "1 role" in listed
    assert "Angela Whitaker" in listed
    assert "Ben Ortiz" not in listed

    path = f"/roles/{angelas}"
    page = world.browser.get(path)
    assert heading(page) == "Remove this role?"
    without = world.post(f"{path}/remove", page)
    assert (without.status_code, orders(world)) == (422, [])
    assert "Enter a reason" in words(without)
    assert world.post(f"{path}/remove", page, reason="Left").status_code == 303
    assert "The role is ending" in words(world.browser.get(path))

    (order,) = orders(world)
    assert (order.grant_id, order.because, order.reason) == (angelas, EndedBecause.REMOVED, "Left")
    assert (order.ordered_by, order.ordered_by_official) == ("Loretta Simmons", loretta.id)
    assert order.on_behalf_of == "Security Officials of Alabama"
    world.post(f"{path}/remove", page, reason="Left")
    assert len(orders(world)) == 1


def test_a_role_elsewhere_does_not_exist_for_an_official(world: World, loretta: OfficialRow) -> None:
    elsewhere = holds(world, organization=ALASKA)
    world.sign_in(LORETTA)
    mine = world.browser.get(f"/roles/{holds(world)}")
    assert world.browser.get(f"/roles/{elsewhere}").status_code == 404
    assert world.post(f"/roles/{elsewhere}/remove", mine, reason="Mine now").status_code == 404
    assert world.browser.get(f"/roles/{uuid4()}").status_code == 404
    assert orders(world) == []


def test_an_official_s_own_role_is_not_theirs_to_remove(world: World, loretta: OfficialRow) -> None:
    angelas = holds(world)
    own = holds(world, Holder(user_id="loretta", name="Loretta Simmons", email="other@x.example"))
    world.sign_in(LORETTA)
    page = world.browser.get(f"/roles/{own}")
    assert "This is your own role" in words(page)
    token = world.browser.get(f"/roles/{angelas}")
    assert world.post(f"/roles/{own}/remove", token, reason="Bored").status_code == 303
    assert orders(world) == []


def test_whoever_is_no_official_sees_no_roles(world: World) -> None:
    angelas = holds(world)
    world.sign_in(LORETTA)
    assert "Angela" not in words(world.browser.get("/roles"))
    assert world.browser.get(f"/roles/{angelas}").status_code == 404


def test_operations_find_any_role_by_search_and_remove_it(world: World) -> None:
    angelas = holds(world)
    holds(world, replace(ANGELA, user_id="ben", name="Ben_Ortiz"), ALASKA)
    world.sign_in(DESK)
    assert "2 roles" in words(world.browser.get("/roles"))
    assert "1 role found" in words(world.browser.get("/roles?search=whitaker+alabama"))
    assert "1 role found" in words(world.browser.get("/roles?search=n_o"))
    assert "0 roles found" in words(world.browser.get("/roles?search=%25"))
    assert world.browser.get(f"/roles?search={'x' * 101}").status_code == 422
    page = world.browser.get(f"/roles/{angelas}")
    world.post(f"/roles/{angelas}/remove", page, reason="Left")
    (order,) = orders(world)
    assert (order.ordered_by, order.ordered_by_official, order.on_behalf_of) == ("Olu Adeyemi", None, None)


def test_a_long_list_comes_in_pages(world: World, loretta: OfficialRow) -> None:
    for number in range(51):
        holds(world, replace(ANGELA, user_id=f"a{number}", name=f"Person {number:02}"))
    world.sign_in(LORETTA)
    first, second = (words(world.browser.get(f"/roles?page={number}")) for number in (1, 2))
    assert "51 roles, page 1 of 2" in first
    assert "Person 49" in first
    assert "Person 50" in second
    assert "page 2 of 2" in words(world.browser.get("/roles?page=999"))


def test_no_role_is_no_role(world: World) -> None:
    somebody = Person(user_id="desk", name="Olu", email="olu@x.example", is_operations=True)
    with world.database.transaction() as session, pytest.raises(NoSuchRoleError):
        remove_role(session, uuid4(), somebody, "Left", NOW)


def test_of_a_role_that_was_given_back_the_other_officials_are_told(world: World, loretta: OfficialRow) -> None:
    world.official("state", "AL", "ann")
    world.official("state", "AL", "gone", active=False)
    given = grant(Holder(user_id="loretta", name="Loretta", email="l@x.example"), ROLE, ALABAMA)
    with world.database.transaction() as session:
        follow_grant(session, given, LIFETIME, NOW)
        back = replace(removal(given), because=EndedBecause.GIVEN_BACK, reason="I work elsewhere")
        follow_removal(session, back, LIFETIME, NOW)
        (told,) = published(session, RoleGivenBack)
        assert session.get_one(GrantRow, given.grant_id).removed_at == NOW
    assert [each.user_id for each in told.officials] == ["ann"]
    assert (told.holder_name, told.reason, told.authority.name) == (
        "Loretta",
        "I work elsewhere",
        "Security Officials of Alabama",
    )


def test_where_the_only_official_gave_their_role_back_the_next_authority_is_told(
    world: World, loretta: OfficialRow
) -> None:
    world.official("help-desk", "help-desk", "henry")
    world.official("cms", "cms", "margaret", reachable=False)
    given = grant(Holder(user_id="loretta", name="Loretta", email="l@x.example"), ROLE, ALABAMA)
    with world.database.transaction() as session:
        follow_grant(session, given, LIFETIME, NOW)
        follow_removal(session, replace(removal(given), because=EndedBecause.GIVEN_BACK), LIFETIME, NOW)
        (told,) = published(session, RoleGivenBack)
    assert [each.user_id for each in told.officials] == ["henry"]
    assert (told.authority.kind, told.organization) == ("help-desk", ALABAMA)
