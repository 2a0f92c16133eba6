"""The one table of roles and scopes."""

import pytest

from fanfold.accounts.permissions import OPEN, OWNERS, READS, Role, Service, check, needed
from fanfold.errors import Forbidden
from tests.template.stack import routes, surface_routes

ROUTES = sorted({*routes(), *surface_routes()} - OPEN)
ALL = frozenset[Service]()


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_has_a_role_and_a_service(route: str) -> None:
    least, services = needed(route)
    check(route, Role.OWNER, ALL)
    check(route, least, services)
    for role in [role for role in Role if not role.covers(least)]:
        with pytest.raises(Forbidden, match=f"needs one of role {least}"):
            check(route, role, ALL)
    with pytest.raises(Forbidden, match="this key is for"):
        check(route, Role.OWNER, frozenset(Service) - services)


def test_a_viewer_changes_nothing() -> None:
    for route in ROUTES:
        if not route.startswith("GET ") and route not in READS:
            with pytest.raises(Forbidden):
                check(route, Role.VIEWER, ALL)


def test_every_exception_is_a_route() -> None:
    assert set(ROUTES) >= OWNERS | READS
