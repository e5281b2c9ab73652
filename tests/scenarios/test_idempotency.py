"""Idempotency keys: a retry gives the first result back, whatever has become of it, and writes nothing."""

import pytest

from grantkit import Elapsed, InvalidInput, Member, OpenEnded, Reason, Scope, SupportAccess, Team
from grantkit.errors import CapExceeded, IdempotencyMismatch, NotEntitled
from grantkit.model import nameless
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import KIM, Counter, kinds, one_flow, refused, rule_set, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
DORA = Member("m-dora", tenant="acme", roles={"admin"}, name="Dora")
SUPPORT = Team("support")


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def access(clock):
    rules = one_flow(policies=["read-only", "administrator"])
    return SupportAccess(MemoryStore(), rules=rules, clock=clock, id_factory=Counter())


@pytest.fixture
def platform(clock):
    return SupportAccess(MemoryStore(), rules=rule_set("project-platform"), clock=clock, id_factory=Counter())


def let_in(access, by=ANA, key="k-1", hours=4, tenant="acme", **more):
    """Grant some hours, with a key."""
    said = {"to": SUPPORT, "reason": "Boards missing", "ends": Elapsed(hours=hours)} | more
    return access.grant(tenant, by=by, key=key, **said)


def switch_on(platform, key, by=ANA):
    """Switch a project on, with a key."""
    return platform.grant(
        "acme",
        by=by,
        to=SUPPORT,
        scope=Scope.only("project:42"),
        ends=OpenEnded(),
        word="Support",
        reason="The board is empty",
        key=key,
    )


def test_a_retry_gives_the_first_grant_back(access, clock):
    """[P6] The same call with the same key gives the same grant back, later too, and is one event."""
    first = let_in(access)
    clock.advance(hours=1)

    assert first == let_in(access)
    assert ["rules_adopted", "granted"] == kinds(access)
    assert utc("2027-03-03 18:20") == first.ends_at


def test_without_a_key_every_call_is_a_new_grant(access):
    """[P6] Without a key, or with another one, the same words are another grant."""
    idents = {let_in(access, key=key).id for key in (None, None, "k-1", "k-2")}

    assert 4 == len(idents)
    assert ["rules_adopted", *["granted"] * 4] == kinds(access)


def test_a_retry_after_a_revocation_opens_nothing(access):
    """[P6] A retry that comes after the revocation gives the ended grant back and lets nobody in."""
    grant = let_in(access)
    access.revoke("acme", grant.id, by=DORA)

    again = let_in(access)

    assert (grant.id, "revoked", nameless(DORA)) == (again.id, again.ended.how.value, again.ended.by)
    decision = access.authorize(KIM, "acme", "board:read")
    assert (Reason.REVOKED, grant.id) == (decision.reason, decision.grant_id)
    assert ["rules_adopted", "granted", "revoked"] == kinds(access)


def test_a_retry_after_an_amendment_gives_the_present_terms(access):
    """[P6] A retry shows what has become of the grant: its present version and end."""
    grant = let_in(access)
    access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=1))

    again = let_in(access)

    assert (grant.id, 2, utc("2027-03-03 15:20")) == (again.id, again.version, again.ends_at)


@pytest.mark.parametrize(
    "other",
    [
        {"hours": 5},
        {"reason": "Boards gone"},
        {"policies": ["administrator"]},
        {"scope": Scope.only("project:42")},
        {"to": KIM},
        {"tickets": ["T-1"]},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_key_stands_for_one_thing(access, other):
    """[P6] A key that was used for something else is refused, and changes nothing."""
    let_in(access)

    with refused(access, IdempotencyMismatch) as refusal:
        let_in(access, **other)
    assert ("k-1", "grant") == (refusal.value.key, refusal.value.verb)


def test_a_key_is_its_users_alone(access):
    """[P6] A key is one person's at one tenant: in other hands, or elsewhere, it is another key."""
    bo = Member("m-ana", tenant="globex", roles={"admin"})

    grants = [let_in(access), let_in(access, by=DORA), let_in(access, by=bo, tenant="globex")]

    assert 3 == len({grant.id for grant in grants})
    assert (["rules_adopted", "granted", "granted"], ["rules_adopted", "granted"]) == (
        kinds(access),
        kinds(access, "globex"),
    )


def test_a_refused_command_leaves_its_key_free(access):
    """[P6] A command that was refused leaves no trace of its key: put right, it goes through."""
    with refused(access, CapExceeded):
        let_in(access, hours=24 * 31)
    with refused(access, NotEntitled):
        let_in(access, by=Member("m-ana", tenant="acme", roles={"member"}))

    assert 1 == let_in(access).version


def test_a_retry_decides_nothing(access, clock):
    """[P6] A retry gives back what was settled, also while the tenant is frozen or the clock is behind."""
    grant = let_in(access)
    access.freeze("acme", by=ANA)
    clock.advance(hours=-1)

    assert grant == let_in(access)
    assert ["rules_adopted", "granted", "frozen"] == kinds(access)


def test_on_again_with_a_key_is_remembered(platform):
    """[P6] On again with a key is confirmed in the record, so that its retry after an off opens nothing."""
    first = switch_on(platform, "k-1")
    assert first == switch_on(platform, "k-2")
    assert first == switch_on(platform, "k-2")
    assert first == switch_on(platform, None)
    assert ["rules_adopted", "granted", "confirmed"] == kinds(platform)

    platform.revoke("acme", first.id, by=ANA, word="Support")
    for key in ("k-1", "k-2"):
        again = switch_on(platform, key)
        assert (first.id, "revoked") == (again.id, again.ended.how.value)
    assert ["rules_adopted", "granted", "confirmed", "revoked"] == kinds(platform)
    assert Reason.REVOKED is platform.authorize(KIM, "acme", "task:read", resource="project:42").reason

    assert first.id != switch_on(platform, "k-3").id


@pytest.mark.parametrize("key", ["", " ", "two words", "k" * 201, 7])
def test_a_key_is_an_id(access, key):
    """[P6] A key is an id like any other: anything else is refused by name."""
    with refused(access, InvalidInput) as refusal:
        let_in(access, key=key)
    assert "key" == refusal.value.field


def test_the_key_is_in_the_record(access):
    """[N2] The event keeps the key, whose it is and what it made; the words of the call are there as a digest only."""
    grant = let_in(access)

    retry = access.ledger.history("acme")[-1].retry

    assert (("member", "acme", "m-ana"), "grant", "k-1", grant.id) == (
        retry.actor,
        retry.verb,
        retry.key,
        retry.subject,
    )
    assert 64 == len(retry.payload)


def test_an_id_that_is_given_twice_is_refused(clock):
    """[N2] A factory that gives an id twice is refused: no grant is ever written over another."""
    access = SupportAccess(
        MemoryStore(), rules=one_flow(), clock=clock, id_factory=lambda prefix: f"{prefix}1"
    )
    let_in(access, key=None)

    with refused(access, InvalidInput) as refusal:
        let_in(access, key=None)
    assert ("id_factory", "duplicate") == (refusal.value.field, refusal.value.code)
