"""Changing a grant that stands: sooner, later, less, more, and never on a page that is out of date."""

from datetime import date

import pytest
from support_forms import form, forms

from grantkit import Scope, StartOfDay


@pytest.fixture
def cobalt(browse, access, desk):
    """An admin's browser, and what they have given: looking at invoices, until the 10th begins."""
    dora = desk.people["m-dora"]
    access.grant(
        "cobalt",
        by=dora,
        policies=["see-invoices"],
        ends=StartOfDay(date(2027, 3, 10)),
        reason="A case",
        text_version="support-terms-3",
    )
    return browse("m-dora")


def only(access, tenant):
    (status,) = access.grants(tenant)
    return status.grant


def ends(grant):
    return grant.ends_at.isoformat()


def test_an_end_can_be_moved_where_the_rules_say_so(cobalt, access):
    """A later date is new consent, in the customer's zone; one that the rules do not offer is refused."""
    change = form(cobalt.get("/tenants/cobalt/support"), "/amend")
    assert ["", "soonest", "start_of_day"] == change.offered["ends"]
    assert 403 == change.send(cobalt, ends="calendar P1Y").status
    after = change.send(cobalt, ends="start_of_day", day="2027-03-20")
    assert (200, "2027-03-20T04:00:00+00:00") == (after.status, ends(only(access, "cobalt")))
    assert "Until Sat 20 Mar 2027, 00:00 (04:00 UTC)" in after.text
    assert "It is changed from now on." in after.text


def test_as_soon_as_possible_is_as_the_rules_say(cobalt, access):
    """Where access lasts at least for the rest of the day, it ends as tomorrow begins."""
    after = form(cobalt.get("/tenants/cobalt/support"), "/amend").send(cobalt, ends="soonest")
    assert (200, "2027-03-04T05:00:00+00:00") == (after.status, ends(only(access, "cobalt")))


def test_what_may_be_done_can_be_changed_where_the_rules_say_so(cobalt, access):
    """Ticking and unticking policies changes what is allowed, and leaves the end as it is."""
    change = form(cobalt.get("/tenants/cobalt/support"), "/amend")
    assert ["see-invoices"] == change.sent["policies"]
    after = change.send(cobalt, policies=["fix-meters"])
    grant = only(access, "cobalt")
    assert (("fix-meters",), "2027-03-10T05:00:00+00:00") == (grant.policies, ends(grant))
    assert "What Look at and change meters." in after.text


def test_a_page_that_is_out_of_date_changes_nothing(cobalt, browse, access):
    """Whoever changes what has been changed since is shown how it stands now."""
    change = form(cobalt.get("/tenants/cobalt/support"), "/amend")
    change.send(cobalt, ends="soonest")
    late = change.send(cobalt, policies=["administrator"])
    assert (409, ("see-invoices",)) == (late.status, only(access, "cobalt").policies)
    assert "Somebody has changed this since you saw it." in late.text
    assert ["2"] == form(late, "/amend").sent["version"]


def test_who_may_not_revoke_may_not_change(browse, access, desk):
    """There is no such form for anybody else, and one that is made by hand is refused."""
    ben = desk.people["m-ben"]
    grant = access.grant("acme", by=ben, scope=Scope.only("account:ben"), text_version="privacy-2023-04")
    ines = browse("m-ines")
    assert [] == forms(ines.get("/tenants/acme/support"), "/amend")
    told = {"version": "1", "ends": "elapsed PT1H", "policies": "view-and-resolve"}
    assert 403 == ines.post(f"/tenants/acme/grants/{grant.id}/amend", **told).status
    assert (
        422
        == browse("m-ben").post(f"/tenants/acme/grants/{grant.id}/amend", **{**told, "version": "x"}).status
    )
    assert 1 == only(access, "acme").version
