"""Tickets: access that is bound to them lasts until the last one is solved, and no longer than its term."""

import pytest

from grantkit import AccessRules, Agent, Elapsed, InvalidInput, Member, OpenEnded, SupportAccess, System
from grantkit.errors import (
    ActingThroughGrant,
    ConsentMissing,
    ExceedsParent,
    IllegalTransition,
    NotEntitled,
    TenantFrozen,
)
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import Counter, document, kinds, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
VIC = Member("m-vic", tenant="acme", roles={"viewer"})
CONNIE = Member("m-connie", tenant="acme", roles={"authorized-contact"}, name="Connie")
KIM, LOU = (Agent(f"a-{name}", teams={"support"}, name=name.title()) for name in ("kim", "lou"))
HOOK = System("ticket-hook")
EIGHT = Elapsed(hours=8)
START = "2027-03-03T12:00:00Z"
RULES = AccessRules.from_data(
    {
        "flows": {
            "access": {"start": {"by": ["approvers", "vendor:*"]}, "delegate": {"to": ["agent"], "depth": 2}}
        }
    }
)
TWO = {"tickets": ["T-1", "T-2"], "until_tickets": True}


@pytest.fixture
def clock():
    return FakeClock(START)


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as opened_store:
        yield opened_store


@pytest.fixture
def access(store, clock):
    return SupportAccess(store, rules=RULES, clock=clock, id_factory=Counter())


def give(access, to=KIM, **more):
    return access.grant("acme", by=ANA, to=to, **({"ends": EIGHT, "reason": "Help"} | TWO | more))


def why(access, agent=KIM):
    return access.authorize(agent, "acme", "board:read").reason


def test_several_open_tickets_keep_access_until_each_is_solved(access):
    """[R12, R14, N3] Solving one of two tickets keeps access and the answer names the other; solving it ends access."""
    grant = give(access)
    access.resolve_ticket("acme", "T-1", by=HOOK)

    decision = access.authorize(KIM, "acme", "board:read")
    assert decision.allowed
    assert "until ticket T-2 is solved" in decision.explain()

    access.resolve_ticket("acme", "T-2", by=KIM)
    assert "ended_by_tickets" == why(access)
    assert ["rules_adopted", "granted", "ticket_solved", "ticket_solved", "ended"] == kinds(access)
    (status,) = access.grants("acme")
    assert (grant.id, "ended_by_tickets", utc("2027-03-03 12:00")) == (
        status.grant.id,
        status.state,
        status.ended_at,
    )


def test_references_end_nothing_by_themselves(access):
    """[R14] Without until_tickets, tickets are references: solving them all is no event and ends nothing."""
    give(access, until_tickets=False)
    for ticket in ("T-1", "T-2", "T-3"):
        access.resolve_ticket("acme", ticket, by=HOOK)

    assert "allowed" == why(access)
    assert ["rules_adopted", "granted"] == kinds(access)


def test_the_earlier_of_term_and_tickets_wins(access, clock):
    """[R14] What its term has ended is expired, and stays so as a fact when its tickets are solved afterwards."""
    give(access)
    clock.advance(hours=8)
    assert "expired" == why(access)
    for ticket in ("T-1", "T-2"):
        access.resolve_ticket("acme", ticket, by=HOOK)

    assert ["expired"] == [status.state for status in access.grants("acme")]
    assert "ended" == kinds(access)[-1]
    clock.set(START)
    access.ledger.correct_clock("acme", by=HOOK)
    assert "expired" == why(access)  # as a fact: without its tickets, nothing else would end it now


def test_opening_a_ticket_again_revives_nothing(access):
    """[R12] What was ended by its last ticket takes no ticket any more, and solving again is no event."""
    grant = give(access)
    for ticket in ("T-1", "T-2"):
        access.resolve_ticket("acme", ticket, by=HOOK)
    before = kinds(access)

    access.resolve_ticket("acme", "T-2", by=HOOK)
    assert before == kinds(access)
    with no_trace(access, IllegalTransition):
        access.link_ticket("acme", grant.id, "T-2", by=ANA)
    assert "ended_by_tickets" == why(access)


def test_solving_is_a_fact_about_the_links_that_are_there(access):
    """[R12] A ticket solved before it is linked ends nothing afterwards; linked by consent, it must be solved anew."""
    access.resolve_ticket("acme", "T-1", by=HOOK)
    give(access, tickets=["T-1"])
    assert "allowed" == why(access)

    access.resolve_ticket("acme", "T-1", by=HOOK)
    assert "ended_by_tickets" == why(access)


def test_linking_another_ticket_takes_who_could_grant(access):
    """[R12] Another ticket lengthens, so a member entitled to grant links it; nobody else may, with nothing written."""
    grant = give(access, tickets=["T-1"])
    for nobody in (KIM, VIC, HOOK):
        with no_trace(access, NotEntitled):
            access.link_ticket("acme", grant.id, "T-2", by=nobody)
    with no_trace(access, ActingThroughGrant):
        access.link_ticket("acme", grant.id, "T-2", by=ANA.under(grant.id))

    linked = access.link_ticket("acme", grant.id, "T-2", by=ANA)
    assert ({"T-1", "T-2"}, 2) == (linked.open_tickets, linked.version)
    assert linked == access.link_ticket("acme", grant.id, "T-2", by=ANA)
    access.resolve_ticket("acme", "T-1", by=HOOK)
    assert "allowed" == why(access)
    access.resolve_ticket("acme", "T-2", by=HOOK)
    assert "ended_by_tickets" == why(access)


def test_who_agreed_to_another_ticket_is_evidence(access):
    """[N5, R12] The yes to a further ticket is sealed with its terms, and found among the evidence."""
    grant = give(access, tickets=["T-1"])
    access.link_ticket("acme", grant.id, "T-2", by=ANA, text="What it means.")

    last = access.ledger.evidence("acme", grant.id).agreements[-1]
    assert ("m-ana", f"ticket T-2 of grant {grant.id}") == (last.by.id, last.about)
    assert 64 == len(last.approval.text_digest)


def test_nothing_is_linked_while_frozen_and_solving_goes_on(access):
    """[B7, R12] A freeze keeps tickets from being linked, and keeps nobody from reporting one solved."""
    grant = give(access)
    access.freeze("acme", by=ANA)
    with no_trace(access, TenantFrozen):
        access.link_ticket("acme", grant.id, "T-3", by=ANA)
    for ticket in ("T-1", "T-2"):
        access.resolve_ticket("acme", ticket, by=HOOK)
    access.unfreeze("acme", by=ANA)
    assert "ended_by_tickets" == why(access)


def test_who_may_report_a_ticket_solved(access):
    """[R12] Anybody of the tenant or the vendor may report it, but no other tenant's member, and no support session."""
    give(access, to=KIM)
    with no_trace(access, NotEntitled):
        access.resolve_ticket("acme", "T-1", by=Member("m-ana", tenant="globex", roles={"admin"}))
    with no_trace(access, ActingThroughGrant):
        access.resolve_ticket("acme", "T-1", by=KIM.under("gr_1"))
    access.resolve_ticket("acme", "T-1", by=VIC)
    assert ["rules_adopted", "granted", "ticket_solved"] == kinds(access)


def test_the_tenants_brake_beats_open_tickets(access):
    """[R13] Whatever tickets are open, the customer switches off at any time; solving them later changes nothing."""
    grant = give(access)
    access.revoke("acme", grant.id, by=ANA)
    before = kinds(access)

    access.resolve_ticket("acme", "T-1", by=HOOK)
    assert ("revoked", before) == (why(access), kinds(access))


def test_a_request_binds_what_comes_of_it(access):
    """[R14, J4] What is asked for until its tickets says so in the preview, and its grant ends with them."""
    asked = access.request("acme", by=KIM, ends=EIGHT, reason="Help", tickets=["T-1"], until_tickets=True)
    assert "ended before by solving ticket T-1" in str(access.preview("acme", asked.id))
    agree(access, asked, by=ANA)
    assert "allowed" == why(access)
    access.resolve_ticket("acme", "T-1", by=HOOK)
    assert "ended_by_tickets" == why(access)


def test_what_is_bound_names_a_ticket(access):
    """[R14] Nothing is bound to no ticket at all: it would never end by one, or end at once."""
    with no_trace(access, InvalidInput) as caught:
        give(access, tickets=[])
    assert "tickets" == caught.value.field


def test_what_is_handed_on_is_bound_to_what_is_open(access):
    """[R8, R12] A child inherits the open tickets, is linked to no other, and ends with them as its parent does."""
    grant = give(access)
    access.resolve_ticket("acme", "T-1", by=HOOK)
    child = access.delegate("acme", grant.id, by=KIM, to=LOU, reason="Knows it")
    assert (True, {"T-2"}) == (child.until_tickets, child.open_tickets)

    with no_trace(access, ExceedsParent):
        access.delegate("acme", grant.id, by=KIM, to=Agent("a-max"), reason="Too", tickets=["T-1"])
    with no_trace(access, ExceedsParent):
        access.link_ticket("acme", child.id, "T-3", by=ANA)
    access.resolve_ticket("acme", "T-2", by=HOOK)
    assert ("ended_by_tickets", "ended_by_tickets") == (why(access), why(access, LOU))


def test_other_tenants_tickets_are_others(access):
    """[R12] A ticket of the same name at another tenant is another ticket."""
    give(access, tickets=["T-1"])
    access.resolve_ticket("globex", "T-1", by=HOOK)
    assert "allowed" == why(access)


def test_a_representative_binds_to_approved_tickets_only(store, clock):
    """[R12, R14] Under an approval for one ticket, access is bound to that one: another would outlast it."""
    rules = AccessRules.from_data(document("resolver"))
    access = SupportAccess(store, rules=rules, clock=clock, id_factory=Counter())
    told = {"ends": OpenEnded(), "reason": "Import hangs"}
    consent = access.consent(
        "acme", by=CONNIE, flow="approval", tickets=["T-1"], channel="email", reference="<7@acme>", **told
    )
    with no_trace(access, ExceedsParent) as caught:
        access.activate("acme", under=consent.id, by=KIM, tickets=["T-1", "T-99"], **told)
    assert "tickets" == caught.value.field
    with no_trace(access, ConsentMissing):
        access.activate("acme", under=consent.id, by=KIM, tickets=["T-99"], **told)

    grant = access.activate("acme", under=consent.id, by=KIM, tickets=["T-1"], **told)
    linked = access.link_ticket("acme", grant.id, "T-2", by=CONNIE, channel="email", reference="<8@acme>")
    assert {"T-1", "T-2"} == linked.open_tickets
    access.resolve_ticket("acme", "T-1", by=HOOK)
    assert "allowed" == why(access)
    access.resolve_ticket("acme", "T-2", by=HOOK)
    assert "ended_by_tickets" == why(access)


def test_solving_works_without_the_hosts_rules(store, clock):
    """[R12] Where the rules cannot be had, a ticket that is solved ends access all the same."""
    rules = {"acme": RULES}
    access = SupportAccess(store, rules=rules.__getitem__, clock=clock, id_factory=Counter())
    give(access, tickets=["T-1"])
    rules.clear()
    access.resolve_ticket("acme", "T-1", by=HOOK)
    rules["acme"] = RULES
    assert "ended_by_tickets" == why(access)


def test_nobody_becomes_a_member(access, store):
    """[R9] Whatever agents are given, hand on and enter, nothing in the record makes a member of them or a seat."""
    grant = give(access)
    access.delegate("acme", grant.id, by=KIM, to=LOU, reason="Knows it")
    access.enter("acme", grant.id, by=KIM)
    access.resolve_ticket("acme", "T-1", by=KIM)

    assert {"head", "grant", "session"} == {key[0] for key in store.rows("acme")}
    assert {"granted", "entered", "rules_adopted", "ticket_solved"} == {*kinds(access)}
