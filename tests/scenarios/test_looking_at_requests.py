"""Looking at requests and consents: every kind of end kept apart, and by whom what may be seen."""

import pytest

from grantkit import AccessRules, Agent, Elapsed, InvalidInput, Member, NotFound, SupportAccess, System, Team
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, opened
from scenarios.world import KIM, LEE, ZOE, Counter, kinds, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles={"admin"}, name="Ben")
VIC = Member("m-vic", tenant="acme", roles={"member"}, name="Vic")
SUPPORT = Team("support")
EIGHT = Elapsed(hours=8)


def rules(**more):
    """Return rules with two ways in, one of which yields a consent."""
    flow = {"policies": ["read-only", "administrator"]}
    standing = {"yields": "consent", "start": {"by": ["approvers", "vendor:*"]}}
    return AccessRules.from_data(
        {"schema": 1, "name": "test", "flows": {"access": flow, "standing": flow | standing}, **more}
    )


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T12:00:00Z")


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as opened_store:
        yield opened_store


@pytest.fixture
def access(store, clock):
    return SupportAccess(store, rules=rules(), clock=clock, id_factory=Counter())


def ask(access, by=KIM, flow="access", **more):
    """Ask for eight hours."""
    return access.request("acme", by=by, flow=flow, **({"ends": EIGHT, "reason": "Boards missing"} | more))


def every_end(access, clock):
    """Bring about one of each end; return how each request is named."""
    names = {}
    for name in ("denied", "withdrawn", "relinquished", "revoked", "expired", "live", "lapsed"):
        asked = ask(access, ends=Elapsed(days=20) if name == "live" else EIGHT)
        names[asked.id] = name
        if name == "denied":
            access.deny("acme", asked.id, by=BEN, reason="No")
        elif name == "withdrawn":
            access.withdraw("acme", asked.id, by=KIM)
        elif name != "lapsed":
            more = {"ends": Elapsed(hours=1)} if name == "expired" else {}
            gave = agree(access, asked, by=ANA, **more).gave
            if name == "relinquished":
                access.relinquish("acme", gave, by=KIM)
            if name == "revoked":
                access.revoke("acme", gave, by=BEN)
    clock.advance(days=7)
    return names


def test_every_kind_of_end_is_kept_apart_in_the_lists(access, clock):
    """[B6] Denied, withdrawn, given back, revoked, expired and lapsed are told apart in lists, with when and who."""
    names = every_end(access, clock)
    noon = utc("2027-03-03 12:00")
    found = {names[each.request.id]: each for each in access.requests("acme")}

    assert {
        "denied": ("denied", noon, "m-ben", None, None),
        "withdrawn": ("withdrawn", noon, "a-kim", None, None),
        "relinquished": ("approved", noon, "m-ana", "relinquished", noon),
        "revoked": ("approved", noon, "m-ana", "revoked", noon),
        "expired": ("approved", noon, "m-ana", "expired", utc("2027-03-03 13:00")),
        "live": ("approved", noon, "m-ana", "live", None),
        "lapsed": ("lapsed", None, None, None, None),
    } == {
        name: (
            str(each.state),
            each.decided_at,
            None if each.settled_by is None else each.settled_by.id,
            None if each.access is None else str(each.access.state),
            each.access_ended_at,
        )
        for name, each in found.items()
    }
    assert {"lapsed": utc("2027-03-10 12:00")} == {
        name: each.lapsed_at for name, each in found.items() if each.lapsed_at is not None
    }


def test_every_kind_of_end_is_kept_apart_in_the_history(access, clock):
    """[B6] In the history each end has a word of its own, once the sweep has recorded what came by time."""
    every_end(access, clock)
    clock.advance(days=8)
    access.delivery.sweep()
    access.revoke_all("acme", by=ANA)

    said = kinds(access)
    for kind, times in (
        ("denied", 1),
        ("withdrawn", 1),
        ("relinquished", 1),
        ("revoked", 1),
        ("ended", 1),
        ("lapsed", 1),
        ("cut_off", 1),
    ):
        assert (kind, times) == (kind, said.count(kind))
    assert () == access.delivery.sweep()


def test_lists_are_filtered(access, clock):
    """[B6] Lists can be asked for by state, flow, holder and person, and by several of these at once."""
    first, second = ask(access), ask(access, LEE)
    third = ask(access, KIM, "standing", to=SUPPORT)
    agree(access, second, by=ANA)
    agree(access, third, by=BEN)

    def found(**more):
        return [each.request.id for each in access.requests("acme", **more)]

    assert [first.id, second.id, third.id] == found()
    assert [first.id] == found(states=["pending"])
    assert [second.id, third.id] == found(states=["approved"])
    assert [first.id, third.id] == found(states=["pending", "approved"], actor="a-kim")
    assert [third.id] == found(flow="standing")
    assert [second.id, third.id] == found(holder=LEE)  # as itself, and as one of the team
    assert [third.id] == found(holder=SUPPORT)
    assert [second.id] == found(actor="m-ana")
    assert [] == found(actor="m-ana", flow="standing")
    assert [first.id, second.id] == found(limit=2)
    assert [third.id] == [each.consent.request for each in access.consents("acme", actor="m-ben")]
    assert [] == list(access.consents("acme", states=["revoked"]))
    assert [second.id] == [each.grant.request for each in access.grants("acme", holder=LEE)]


def test_a_state_that_there_is_none_of_is_refused(access):
    """[B6] A state that no request can be in is refused, and not taken for an empty list."""
    with pytest.raises(InvalidInput) as refusal:
        access.requests("acme", states=["live"])
    assert "states" == refusal.value.field


def test_the_consents_are_listed(access, clock):
    """[T10] Consents are listed with their end and policies, and with when and how they ended."""
    given = access.consent("acme", by=ANA, flow="standing", to=SUPPORT, ends=EIGHT, reason="For today")
    clock.advance(hours=1)
    access.revoke("acme", given.id, by=BEN)
    late = access.consent("acme", by=ANA, flow="standing", to=SUPPORT, ends=EIGHT, reason="For today")

    assert [
        (given.id, "revoked", utc("2027-03-03 13:00"), "m-ben"),
        (late.id, "live", None, None),
    ] == [
        (each.consent.id, str(each.state), each.ended_at, each.settled_by and each.settled_by.id)
        for each in access.consents("acme")
    ]
    assert (utc("2027-03-03 21:00"), ("read-only",)) == (late.window.ends_at, late.policies)


@pytest.mark.parametrize(
    ("status", "seers"),
    [
        (["tenant:*", "vendor:*"], {"m-ana", "m-vic", "a-kim", "a-lee", "a-zoe"}),
        (["tenant:*"], {"m-ana", "m-vic"}),
        (["approvers"], {"m-ana"}),
        (["requester"], {"a-kim"}),
        (["grantee"], {"a-lee"}),
        (["tenant:member", "vendor:sales"], {"m-vic", "a-zoe"}),
    ],
    ids=["all", "tenant", "approvers", "requester", "grantee", "some"],
)
def test_who_sees_a_request_is_a_rule(store, clock, status, seers):
    """[P9] Who sees a request, and its preview, is what the rules say; to everybody else it is not there."""
    access = SupportAccess(store, rules=rules(view={"status": status}), clock=clock)
    asked = ask(access, KIM, to=LEE)

    for by in (ANA, VIC, KIM, LEE, ZOE, Member("m-ana", tenant="globex", roles={"admin"}), System("job")):
        sees = by.id in seers and getattr(by, "tenant", "acme") == "acme"
        assert [asked.id] * sees == [each.request.id for each in access.requests("acme", by=by)]
        if sees:
            assert asked.id == access.preview("acme", asked.id, by=by).request.id
            continue
        with pytest.raises(NotFound):
            access.preview("acme", asked.id, by=by)


def test_who_sees_a_consent_is_a_rule(store, clock):
    """[P9] Who sees a consent is what the rules say: here whoever gave it, and any member who could."""
    access = SupportAccess(store, rules=rules(view={"status": ["consenters", "grantee"]}), clock=clock)
    given = access.consent("acme", by=ANA, flow="standing", to=SUPPORT, ends=EIGHT, reason="For today")

    assert [([given.id]), [], [given.id], []] == [
        [each.consent.id for each in access.consents("acme", by=by)] for by in (ANA, BEN, KIM, ZOE)
    ]


def test_every_member_sees_end_and_policies(access):
    """[T10] Any member reads the end and the policies of what was asked for, and of what came of it."""
    asked = ask(access, policies=["administrator"])
    agree(access, asked, by=ANA, ends=Elapsed(hours=2))

    (status,) = access.requests("acme", by=VIC)
    assert (("administrator",), utc("2027-03-03 14:00")) == (
        status.access.grant.policies,
        status.access.grant.ends_at,
    )


def test_lists_of_another_tenant_are_empty(access):
    """[P9] Of a tenant without requests and consents, and of one that never was, lists are empty."""
    ask(access)

    assert ((), (), ()) == (access.requests("globex"), access.consents("globex"), access.grants("globex"))


def test_an_agent_outside_probes_for_no_request(store, clock):
    """[P8] To an agent from whom the tenant is hidden, a request of others and none at all are one and the same."""
    access = SupportAccess(store, rules=rules(view={"status": ["tenant:*"]}), clock=clock)
    asked = ask(access)
    outside = Agent("a-sly", teams={"sales"})

    for verb in ("deny", "withdraw"):
        told = []
        for ident in (asked.id, "rq_none"):
            with pytest.raises(NotFound) as refusal:
                getattr(access, verb)("acme", ident, by=outside)
            told.append(str(refusal.value).replace(ident, "ID"))
        assert told[0] == told[1]


def test_why_it_was_denied_can_be_read_and_erased(access, store):
    """[B6] The list says why a request was denied; once erased it says nothing, and the record still verifies."""
    asked = ask(access)
    access.deny("acme", asked.id, by=BEN, reason="Not while the audit runs")
    (status,) = access.requests("acme", by=KIM)
    assert "Not while the audit runs" == status.request.settled.reason

    (denied,) = (event.seq for event in access.ledger.history("acme") if event.kind == "denied")
    assert 1 <= access.ledger.erase("acme", by=System("retention"), events=[denied])

    (status,) = access.requests("acme", by=KIM)
    assert ("", "Boards missing") == (status.request.settled.reason, status.request.reason)
    assert access.ledger.verify("acme").erased
