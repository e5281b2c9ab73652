"""Resolver: an authorized contact approves on a ticket or by e-mail, then a support representative activates."""

import pytest

from grantkit import (
    AccessRules,
    Agent,
    InvalidInput,
    Member,
    NotFound,
    OpenEnded,
    Reason,
    SupportAccess,
    Team,
)
from grantkit.errors import ActingThroughGrant, ConsentMissing, NotEntitled, NotOffered
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import Counter, document, kinds, utc

CONNIE = Member("m-connie", tenant="acme", roles={"authorized-contact"}, name="Connie")
CARL = Member("m-carl", tenant="acme", roles={"authorized-contact"}, name="Carl")
ADA = Member("m-ada", tenant="acme", roles={"admin", "owner"}, name="Ada")
REP = Agent("a-rep", teams={"support"}, name="Rita")
RON = Agent("a-ron", teams={"support"}, name="Ron")
ENG = Agent("a-eng", teams={"product-engineering"}, name="Enno")
SAL = Agent("a-sal", teams={"sales"}, name="Sal")


def rules():
    """Return the rules as they can be lived by today: tickets are named, and end nothing by themselves yet."""
    changed = document("resolver")
    changed["flows"]["access"]["start"]["tickets"] = "required"
    del changed["flows"]["access"]["delegate"]
    return AccessRules.from_data(changed)


RULES = rules()


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture(params=STORES)
def access(request, tmp_path, clock):
    with opened(request.param, tmp_path) as store:
        yield SupportAccess(store, rules=RULES, clock=clock, id_factory=Counter())


def on_the_form(access, ticket="T-1", by=CONNIE, **more):
    """Tick the box on the ticket form."""
    told = {"ends": OpenEnded(), "reference": f"portal/{ticket}", "reason": "The import hangs", **more}
    return access.consent("acme", by=by, flow="approval", tickets=[ticket], **told)


def activate(access, consent, by=REP, **more):
    """Activate, as the ticket's page does."""
    told = {"ends": OpenEnded(), "tickets": ["T-1"], "reason": "Looking into the import", **more}
    return access.activate("acme", under=consent.id, by=by, **told)


def change(access, ticket="T-1", by=CONNIE, **more):
    """Approve a change, in writing."""
    told = {"ends": OpenEnded(), "reference": f"mail-{ticket}", "reason": "Go and change it", **more}
    return access.consent("acme", by=by, flow="change", tickets=[ticket], **told)


def ask(access):
    """Ask for an approval, as for a ticket that came by e-mail."""
    return access.request(
        "acme", by=REP, flow="approval", ends=OpenEnded(), reason="The import hangs", tickets=["T-1"]
    )


def said(access, agent, action, tenant="acme"):
    """Return the reason that a decision gives."""
    return access.authorize(agent, tenant, action).reason


@pytest.mark.parametrize("action", ["case:read", "case:update"])
@pytest.mark.parametrize("agent", [REP, ENG, SAL])
def test_no_access_by_default(access, agent, action):
    """[R1] With nothing approved, nobody of the vendor gets in."""
    assert Reason.NO_GRANT is said(access, agent, action)
    assert () == access.visible_tenants(agent)


def test_an_approval_lets_nobody_in_by_itself(access):
    """[R1] An approval is no access yet: until somebody activates, nothing is open and nothing is on the list."""
    on_the_form(access)
    change(access)

    for action in ("case:read", "case:update"):
        assert Reason.NO_GRANT is said(access, REP, action)
    assert () == access.visible_tenants(REP)
    assert () == access.grants("acme")


@pytest.mark.parametrize("by", [ADA, Member("m-connie", tenant="globex", roles={"authorized-contact"}), REP])
def test_only_authorized_contacts_approve(access, by):
    """[R2] Neither an admin and owner, nor another tenant's contact, nor support itself can approve."""
    with no_trace(access, NotEntitled):
        on_the_form(access, by=by)
    with no_trace(access, NotEntitled):
        change(access, by=by)


def test_an_admin_answers_no_request_for_approval(access):
    """[R2] What support asks for is answered by an authorized contact, and not by an admin."""
    asked = ask(access)
    with no_trace(access, NotEntitled) as refusal:
        agree(access, asked, by=ADA, reference="portal/T-1")
    assert ("tenant:authorized-contact",) == refusal.value.needs
    with no_trace(access, NotEntitled):
        access.deny("acme", asked.id, by=ADA)

    agree(access, asked, by=CARL, reference="portal/T-1")
    assert "approved" == str(access.requests("acme")[0].state)


def test_the_ticket_form_is_the_record_of_consent(access):
    """[R3] The approval on the form is kept with its channel, its reference and its ticket, and whoever gave it."""
    given = on_the_form(access)

    (approval,) = given.approvals
    assert ("m-connie", "tenant:authorized-contact", "portal_ticket", "portal/T-1") == (
        approval.by.id,
        approval.selector,
        approval.channel,
        approval.reference,
    )
    assert ({"T-1"}, ("team", "support"), OpenEnded()) == (given.tickets, given.holder, given.window.ends_at)
    assert ["rules_adopted", "consented"] == kinds(access)


@pytest.mark.parametrize(
    ("more", "field"), [({"reference": None}, "reference"), ({"reference": " "}, "reference")]
)
def test_without_its_reference_an_approval_is_none(access, more, field):
    """[R3] An approval that came by a ticket or by e-mail and says not where is refused."""
    with no_trace(access, InvalidInput) as refusal:
        on_the_form(access, **more)
    assert field == refusal.value.field


@pytest.mark.parametrize("channel", ["in_product", "phone"])
def test_no_other_channel_counts(access, channel):
    """[R3] An approval by another channel than the form and e-mail is refused."""
    with no_trace(access, NotOffered) as refusal:
        on_the_form(access, channel=channel)
    assert ("channel", ("portal_ticket", "email")) == (refusal.value.field, refusal.value.offered)


def test_by_email_nothing_activates_before_the_answer_is_recorded(access, clock):
    """[R4] Until the e-mailed answer is recorded, with its reference, there is nothing to activate."""
    asked = ask(access)
    with no_trace(access, NotFound):
        access.activate("acme", under=asked.id, by=REP, ends=OpenEnded(), tickets=["T-1"], reason="Look")
    with no_trace(access, InvalidInput) as refusal:
        agree(access, asked, by=CONNIE, channel="email")
    assert "reference" == refusal.value.field
    assert Reason.NO_GRANT is said(access, REP, "case:read")

    clock.advance(hours=3)
    gave = agree(access, asked, by=CONNIE, channel="email", reference="<77@mail.acme>").gave
    (status,) = access.consents("acme")
    (event,) = (event for event in access.ledger.history("acme") if event.kind == "approved")
    assert (gave, asked.id) == (status.consent.id, status.consent.request)
    assert ("email", "<77@mail.acme>", utc("2027-03-03 17:20")) == (
        event.body.approval.channel,
        event.body.approval.reference,
        event.body.approval.at,
    )
    activate(access, status.consent)
    assert Reason.ALLOWED is said(access, REP, "case:read")


def test_two_steps_let_a_representative_in(access):
    """[R5] The contact approves, then a representative activates and names that contact: only then it is open."""
    given = on_the_form(access)
    grant = activate(access, given, contact="m-connie")

    decision = access.authorize(REP, "acme", "case:read")
    assert (Reason.ALLOWED, grant.id) == (decision.reason, decision.grant_id)
    assert (given.id, ("agent", "a-rep"), "support") == (grant.parent, grant.holder, grant.as_team)
    assert ["rules_adopted", "consented", "granted"] == kinds(access)
    assert REP == access.ledger.history("acme")[-1].actor
    assert Reason.NO_GRANT is said(access, RON, "case:read"), "whoever activated, and nobody else"


def never(access):
    """Name an approval that never was."""
    return "co_none"


def revoked(access):
    """Name one that was revoked."""
    given = on_the_form(access)
    access.revoke("acme", given.id, by=CARL)
    return given.id


def cut_off(access):
    """Name one from before a cut-off."""
    given = on_the_form(access)
    access.revoke_all("acme", by=CARL)
    return given.id


def denied(access):
    """Name a request that was denied."""
    asked = ask(access)
    return access.deny("acme", asked.id, by=CONNIE).id


def another_kind(access):
    """Name the approval of a change."""
    return change(access).id


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (never, NotFound),
        (revoked, ConsentMissing),
        (cut_off, ConsentMissing),
        (denied, NotFound),
        (another_kind, NotOffered),
    ],
)
def test_without_a_live_approval_nothing_activates(access, make, error):
    """[R5] With an approval that never was, was denied, is over, or is for something else, activation is refused."""
    under = make(access)

    with no_trace(access, error):
        access.activate(
            "acme", under=under, by=REP, flow="access", ends=OpenEnded(), tickets=["T-1"], reason="Look"
        )
    assert Reason.NO_GRANT is said(access, REP, "case:read")


@pytest.mark.parametrize("contact", ["m-carl", "m-ada", "a-rep"])
def test_the_contact_that_is_named_must_be_the_one(access, contact):
    """[R5] Naming somebody else than the contact who approved refuses the activation."""
    given = on_the_form(access)

    with no_trace(access, ConsentMissing) as refusal:
        activate(access, given, contact=contact)
    assert (given.id, f"was not given by {contact}") == (refusal.value.parent, refusal.value.why)


@pytest.mark.parametrize("by", [ENG, SAL, CONNIE, ADA])
def test_only_representatives_activate(access, by):
    """[R5] Engineers, sales, and even the contact cannot activate: representatives do."""
    given = on_the_form(access)

    with no_trace(access, NotEntitled):
        activate(access, given, by=by, to=REP)


@pytest.mark.parametrize("tickets", [["T-2"], ["t-1"], ["T-1 bis"]])
def test_the_ticket_must_be_the_one_that_was_approved(access, tickets):
    """[R5] An approval on one ticket activates nothing on another."""
    given = on_the_form(access)

    with no_trace(access, ConsentMissing):
        activate(access, given, tickets=tickets)


def test_a_representative_activates_for_nobody_outside_the_team(access):
    """[R5] The approval is for the support team: nobody else can be let in under it."""
    given = on_the_form(access)

    for to in (ENG, SAL):
        with no_trace(access, NotOffered):
            activate(access, given, to=to)
    assert ("agent", "a-ron") == activate(access, given, to=RON).holder


def test_access_cannot_be_granted_around_the_approval(access):
    """[R5] There is no way in past the two steps: not by a grant, not by a request."""
    with no_trace(access, NotOffered):
        access.grant("acme", by=CONNIE, flow="access", to=REP, reason="Come in", tickets=["T-1"])
    with no_trace(access, NotOffered):
        access.request("acme", by=REP, flow="access", reason="Let me in", tickets=["T-1"])


def test_what_rests_on_an_approval_ends_with_it(access):
    """[R5] The contact takes the approval back: every access that was activated under it is over at once."""
    given = on_the_form(access)
    grant = activate(access, given)
    access.revoke("acme", given.id, by=CONNIE)

    decision = access.authorize(REP, "acme", "case:read")
    assert (Reason.CONSENT_ENDED, grant.id) == (decision.reason, decision.grant_id)


def test_no_change_without_its_own_approval(access):
    """[R10] Access lets support look; a configuration or data change is denied and the answer names what it takes."""
    activate(access, on_the_form(access))

    decision = access.authorize(REP, "acme", "config:update")
    assert (Reason.NEEDS_CONSENT, ("change",)) == (decision.reason, decision.needs)
    assert Reason.ALLOWED is said(access, REP, "config:read")


def test_a_written_approval_opens_the_change_on_its_ticket(access):
    """[R10] A written approval of a change opens it on the ticket that it names, beside the access."""
    activate(access, on_the_form(access))
    written = change(access)
    assert "written" == written.approvals[0].channel
    assert Reason.ALLOWED is said(access, REP, "config:update")

    access.revoke("acme", written.id, by=CONNIE)
    assert Reason.NEEDS_CONSENT is said(access, REP, "config:update")
    assert Reason.ALLOWED is said(access, REP, "config:read")


def test_a_change_for_another_ticket_opens_nothing(access):
    """[R10] The approval of a change on another ticket is of no use on this one."""
    activate(access, on_the_form(access))
    change(access, "T-2")

    assert Reason.NEEDS_CONSENT is said(access, REP, "config:update")


def test_a_change_approved_for_another_team_opens_nothing(access):
    """[R10] The approval of a change by engineering is of no use to support."""
    activate(access, on_the_form(access))
    change(access, to=Team("product-engineering"))

    assert Reason.NEEDS_CONSENT is said(access, REP, "config:update")


def test_the_approval_of_access_is_no_approval_of_a_change(access):
    """[R10] Several approvals of access, by both contacts, do not amount to one of a change."""
    activate(access, on_the_form(access))
    activate(access, on_the_form(access, by=CARL))

    assert Reason.NEEDS_CONSENT is said(access, REP, "config:update")


def test_the_vendor_ends_it_when_done(access):
    """[R11] The representative ends the access when the investigation is complete; support may end it for them."""
    first, second = activate(access, on_the_form(access)), activate(access, on_the_form(access), by=RON)
    access.relinquish("acme", first.id, by=REP)
    access.revoke("acme", second.id, by=REP)

    assert (Reason.RELINQUISHED, Reason.REVOKED) == (
        said(access, REP, "case:read"),
        said(access, RON, "case:read"),
    )


def test_activation_is_not_open_to_a_session(access):
    """[R5] A support session activates nothing, not even under another approval."""
    given = on_the_form(access)
    grant = activate(access, given)
    inside = Agent("a-rep", teams={"support"}, via=grant.id)

    with no_trace(access, ActingThroughGrant):
        activate(access, given, by=inside)
