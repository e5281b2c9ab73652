"""What tickets, sessions and uses do to rows, and what cannot have happened to one."""

import attrs
import pytest

from grantkit import VENDOR, Agent, Elapsed, InvalidInput, Member, SupportAccess
from grantkit.codec import open_entry, read_row, row_text, seal_all
from grantkit.decision import TenantFacts, authorize
from grantkit.errors import Corrupt, NotEntitled
from grantkit.lifecycle import LinkIntent, apply, link_ticket
from grantkit.model import (
    Approval,
    ConsentEnded,
    CutOff,
    Ending,
    Entered,
    Erased,
    Event,
    Frozen,
    Left,
    Reinstated,
    Revoked,
    Session,
    Suspended,
    TicketLinked,
    TicketSolved,
    Usage,
    Use,
    Used,
    agent_key,
    consent_key,
    cut_key,
    grant_key,
    session_key,
    usage_key,
)
from grantkit.stores import MemoryStore
from unit.making import ANA, HOUR, KIM, NOW, a_consent, a_grant, a_slice, act, law, window

BOUND = {"tickets": frozenset({"T-1", "T-2"}), "until_tickets": True}
YES = Approval(by=Member("m-ana", tenant="acme"), selector="tenant:admin", at=NOW, digest="d" * 64)
SESSION = Session(
    id="se_1", tenant="acme", grant="gr_1", agent="a-kim", window=window(0, 2), reason="Why", seq=3
)
USE = Use(grant="gr_1", agent="a-kim", hour=NOW, count=2, last=NOW + HOUR / 2)


def happened(body, seq=5, tenant="acme", actor=KIM):
    return Event(tenant=tenant, seq=seq, at=NOW, clock=None, actor=actor, rules="", body=body)


CANNOT = {
    "a ticket of another grant": (
        grant_key("gr_1"),
        a_grant(**BOUND),
        TicketSolved(ticket="T-1", grants=("gr_2",)),
    ),
    "a ticket it is not bound to": (
        grant_key("gr_1"),
        a_grant(**BOUND),
        TicketSolved(ticket="T-9", grants=("gr_1",)),
    ),
    "a ticket of what is not bound": (
        grant_key("gr_1"),
        a_grant(tickets=frozenset({"T-1"})),
        TicketSolved(ticket="T-1", grants=("gr_1",)),
    ),
    "a ticket solved twice": (
        grant_key("gr_1"),
        a_grant(**BOUND, solved=frozenset({"T-1"})),
        TicketSolved(ticket="T-1", grants=("gr_1",)),
    ),
    "a link to another": (
        grant_key("gr_1"),
        a_grant(),
        TicketLinked(grant_id="gr_2", ticket="T-1", approval=YES),
    ),
    "a ticket of another consent": (
        consent_key("co_1"),
        a_consent(),
        TicketSolved(ticket="T-1", consents=("co_2",)),
    ),
    "the end of another consent": (consent_key("co_1"), a_consent(), ConsentEnded("co_2", Ending.REVOKED)),
    "a session that is there": (session_key("se_1"), SESSION, Entered(SESSION)),
    "a session of another tenant": (
        session_key("se_1"),
        None,
        Entered(attrs.evolve(SESSION, tenant="globex")),
    ),
    "leaving twice": (session_key("se_1"), attrs.evolve(SESSION, left_at=NOW), Left("se_1")),
    "leaving another": (session_key("se_1"), SESSION, Left("se_2")),
    "leaving nothing": (session_key("se_1"), None, Left("se_1")),
    "a use that is none": (usage_key("gr_1", "a-kim"), None, Revoked("gr_1")),
    "a use of another": (usage_key("gr_2", "a-kim"), None, Used((USE,))),
    "a use under another kind of row": (usage_key("gr_1", "a-kim"), SESSION, Used((USE,))),
    "a suspension at a tenant": (agent_key("a-kim"), None, Suspended("a-kim")),
    "a reinstatement at a tenant": (agent_key("a-kim"), None, Reinstated("a-kim")),
    "a cut that is none": (cut_key(5), None, Frozen(None)),
    "a cut at another place": (cut_key(4), None, CutOff(None)),
    "a row of no known kind": (("team", "x"), None, Frozen(None)),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_have_happened_is_refused(name):
    """A record that says something happened to a row to which it cannot have is corrupt, not obeyed."""
    key, row, body = CANNOT[name]
    with pytest.raises(ValueError, match="cannot have happened"):
        apply(key, row, happened(body))


def test_what_tickets_do_to_rows():
    """Solving marks a ticket, linking adds one and opens it again, of grants and of consents."""
    solved = apply(
        grant_key("gr_1"), a_grant(**BOUND), happened(TicketSolved(ticket="T-1", grants=("gr_1",)))
    )
    assert ({"T-2"}, 1) == (solved.open_tickets, solved.version)
    linked = apply(
        grant_key("gr_1"), solved, happened(TicketLinked(grant_id="gr_1", ticket="T-1", approval=YES), seq=6)
    )
    assert ({"T-1", "T-2"}, 2, 6) == (linked.open_tickets, linked.version, linked.approvals[-1].seq)
    consent = apply(
        consent_key("co_1"), a_consent(**BOUND), happened(TicketSolved(ticket="T-1", consents=("co_1",)))
    )
    assert {"T-2"} == consent.open_tickets


def test_what_sessions_and_uses_become():
    """Leaving dates a session, erasing takes its reason and no other's, and uses add up to the last of them."""
    key = session_key("se_1")
    left = apply(key, SESSION, happened(Left("se_1")))
    assert (NOW, NOW) == (left.left_at, left.over_at)
    assert "" == apply(key, SESSION, happened(Erased(((3, "reason"),), sessions=("se_1",)))).reason
    assert "Why" == apply(key, SESSION, happened(Erased(((2, "reason"),), sessions=("se_1",)))).reason
    earlier = attrs.evolve(USE, hour=NOW - HOUR, last=NOW - HOUR, count=5)
    both = apply(usage_key("gr_1", "a-kim"), None, happened(Used((USE, earlier))))
    assert (7, NOW + HOUR / 2) == (both.count, both.last)


def test_suspension_is_a_freeze_of_the_vendors_record():
    """In the vendor's record a suspension is a freeze of the agent, and reinstating lifts it."""
    key = agent_key("a-kim")
    out = apply(key, None, happened(Suspended("a-kim"), tenant=VENDOR))
    assert 5 == out.freeze.seq
    assert apply(key, out, happened(Reinstated("a-kim"), tenant=VENDOR)).freeze is None


def test_events_say_what_happened():
    """Each of these events is told in words, with ids and no free text."""
    told = [
        TicketLinked(grant_id="gr_1", ticket="T-1", approval=YES),
        TicketSolved(ticket="T-1", grants=("gr_1",)),
        Entered(attrs.evolve(SESSION, tickets=frozenset({"T-1"}))),
        Left("se_1"),
        Used((USE,)),
        Suspended("a-kim", "laptop stolen"),
        Reinstated("a-kim"),
    ]
    assert [
        "ticket T-1 to grant gr_1",
        "ticket T-1; it was keeping open gr_1",
        "session se_1 under grant gr_1, ticket T-1, until 2027-03-03 14:00 UTC",
        "session se_1",
        "grant gr_1 by a-kim: 2",
        "agent a-kim",
        "agent a-kim",
    ] == list(map(str, told))
    assert NOW + 2 * HOUR == SESSION.ends_at


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (lambda: attrs.evolve(SESSION, agent=""), "session.agent"),
        (lambda: attrs.evolve(SESSION, left_at="now"), "session.left_at"),
        (lambda: attrs.evolve(SESSION, tickets={"T-1"}), "session.tickets"),
        (lambda: attrs.evolve(USE, count=0), "use.count"),
        (lambda: attrs.evolve(USE, hour="12"), "use.hour"),
        (lambda: Usage(grant="gr_1", agent="a-kim", count=0, last=NOW), "usage.count"),
        (lambda: a_grant(until_tickets=1), "grant.until_tickets"),
        (lambda: a_grant(solved={"T-1"}), "grant.solved"),
        (lambda: a_grant(added_by=ANA), "grant.added_by"),
        (lambda: a_consent(until_tickets=None), "consent.until_tickets"),
    ],
)
def test_rows_that_say_nonsense_cannot_be_made(made, field):
    """A session, use, grant or consent with a field of the wrong kind is refused by its name."""
    with pytest.raises(InvalidInput) as caught:
        made()
    assert field == caught.value.field


@pytest.mark.parametrize(
    "event",
    [
        happened(Entered(SESSION), actor=ANA),
        happened(Suspended("a-kim"), tenant="acme", actor=KIM),
    ],
    ids=["entered by a member", "read as it is"],
)
def test_who_entered_is_who_did_it(event):
    """A record that lets a member enter cannot be read: whoever enters is the agent who did it."""
    _, (entry,) = seal_all([attrs.evolve(event, seq=1)], "", b"s" * 32)
    if isinstance(event.body, Entered):
        with pytest.raises(Corrupt):
            open_entry(entry)
    else:
        assert event.body == open_entry(entry).body


def test_who_handed_on_is_an_agent_without_a_name():
    """A sealed grant that names a member, or a name, as whoever handed it on cannot be read."""
    good = row_text(a_grant(parent="gr_0", added_by=Agent("a-kim")))
    assert "a-kim" == read_row("grant", good).added_by.id
    for bad in (
        good.replace('"added_by":{"id":"a-kim","kind":"agent"', '"added_by":{"id":"a-kim","kind":"system"'),
        good.replace(
            '"added_by":{"id":"a-kim","kind":"agent"', '"added_by":{"id":"a-kim","kind":"agent","name":"Kim"'
        ),
    ):
        assert bad != good
        with pytest.raises(Corrupt):
            read_row("grant", bad)


def test_a_longest_of_days_binds_from_the_next_session_on():
    """What the flow says today cuts a session short only as a span of hours, which needs no zone to be read."""
    grant = a_grant(entry_required=True, holder=KIM)
    facts = TenantFacts.of(grant, sessions=[attrs.evolve(SESSION, window=window(-1, 2))])

    def why(entry):
        return authorize(KIM, "acme", "board:read", NOW, facts=facts, rules=law({"entry": entry})).reason

    assert "allowed" == why({"longest": {"elapsed": "PT2H"}})
    assert "entry_required" == why({"longest": {"elapsed": "PT1H"}})
    assert "allowed" == why({"longest": {"end_of_day": "P0D"}})


def test_a_flow_that_is_gone_takes_no_ticket():
    """Nobody can consent to more of a grant whose flow the rules have dropped, not even to a further ticket."""
    slice_ = a_slice(a_grant(flow="gone", consenting_roles=frozenset({"admin"})))
    intent = LinkIntent(
        grant_id="gr_1",
        ticket="T-1",
        word=None,
        channel=None,
        reference=None,
        text_digest=None,
        text_version=None,
    )
    with pytest.raises(NotEntitled):
        link_ticket(slice_, act(), intent, predicates={}, same_person=None)


def test_a_ticket_of_the_one_above_may_be_linked_below():
    """What was handed on may be linked to a ticket that the grant above it is linked to, and to no other."""
    access = SupportAccess(MemoryStore(), rules=law({"delegate": {"to": ["agent"]}}))
    told = {"ends": Elapsed(hours=1), "reason": "x"}
    grant = access.grant("acme", by=ANA, to=KIM, tickets=["T-1", "T-2"], **told)
    child = access.delegate("acme", grant.id, by=KIM, to=Agent("a-lou"), reason="y", tickets=["T-1"])
    assert {"T-1", "T-2"} == access.link_ticket("acme", child.id, "T-2", by=ANA).tickets
