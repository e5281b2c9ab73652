"""The record: what a customer can hold against the vendor, what can be erased, and what is left of the forgotten."""

import io
import json
import shutil
import sqlite3

import pytest

from grantkit import (
    VENDOR,
    Agent,
    Elapsed,
    InvalidInput,
    LedgerHead,
    Member,
    NotFound,
    OpenEnded,
    Reason,
    Scope,
    SupportAccess,
    System,
    Team,
)
from grantkit.errors import ActingThroughGrant, ChainBroken, IdempotencyMismatch, NotEntitled, Unavailable
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.testing import FakeClock
from grantkit.verify import check
from scenarios.world import KIM, LEE, Counter, kinds, one_flow, refused, rule_set, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana Almeida")
GUS = Member("m-gus", tenant="globex", roles={"admin"}, name="Gus")
SUPPORT = Team("support")
OPS = System("ops")
RULES = one_flow(policies=["read-only", "administrator"], amend={"ends": ["elapsed"], "policies": True})
WHY = "Boards missing since the import of Bo Berg"


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryStore()
        return
    with SQLiteStore(tmp_path / "support.db") as opened:
        yield opened


@pytest.fixture
def access(clock, store):
    return opened(store, clock)


def opened(store, clock):
    """Open support access over a store."""
    return SupportAccess(store, rules=RULES, clock=clock, id_factory=Counter())


def let_in(access, to=SUPPORT, by=ANA, hours=4, reason=WHY, **more):
    """Grant some hours."""
    return access.grant(by.tenant, by=by, to=to, ends=Elapsed(hours=hours), reason=reason, **more)


def a_day(access, clock):
    """Let a team in, shorten it, freeze somebody, and revoke: five events after the rules."""
    grant = let_in(access)
    clock.advance(hours=1)
    access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=2))
    access.freeze("acme", by=ANA, agent="a-lee")
    access.unfreeze("acme", by=ANA, agent="a-lee")
    access.revoke("acme", grant.id, by=ANA)
    return grant


def exported(access, tenant="acme"):
    """Return an export as its lines."""
    file = io.BytesIO()
    access.ledger.export(tenant, file)
    return file.getvalue().splitlines(keepends=True)


def broken(access, head=None, tenant="acme"):
    """Return where a record is broken, and why."""
    with pytest.raises(ChainBroken) as caught:
        access.ledger.verify(tenant, head)
    assert tenant == caught.value.tenant
    return caught.value.seq, caught.value.what


def edit(path, *statements):
    """Do what a database administrator can."""
    vendor = sqlite3.connect(path)
    with vendor:
        for statement in statements:
            assert vendor.execute(statement).rowcount
    vendor.close()


# --- the head that a customer keeps -----------------------------------------------------------------------------------


def test_a_record_that_nobody_changed_verifies(access, clock):
    """[N5] A record verifies against every head that was given out, and says up to where nothing has changed."""
    heads = [access.ledger.head("acme")]
    for step in (lambda: let_in(access), lambda: a_day(access, clock)):
        step()
        heads.append(access.ledger.head("acme"))

    assert [0, 2, 7] == [head.seq for head in heads]
    assert "acme: 7 events, internally consistent" == str(access.ledger.verify("acme"))
    assert "acme: 7 events, nothing up to event 2 has changed" == str(access.ledger.verify("acme", heads[1]))
    found = access.ledger.verify("acme", heads[2])
    assert (heads[2], heads[2]) == (found.head, found.against)


def test_a_head_travels_as_json(access):
    """[N5] A head is three plain values: written as JSON and read again it vouches as before."""
    let_in(access)
    head = access.ledger.head("acme")
    letter = json.dumps(head.to_data())

    assert {"tenant", "seq", "hash"} == set(json.loads(letter))
    assert head == LedgerHead.from_data(json.loads(letter))
    assert head == access.ledger.verify("acme", LedgerHead.from_data(json.loads(letter))).against
    assert f"acme at 2: {head.hash}" == str(head)


def test_a_record_without_events_verifies(access):
    """[N5] A tenant that was never written to has a head at 0 and a record that is consistent."""
    head = access.ledger.head("acme")

    assert (0, "") == (head.seq, head.hash)
    assert 0 == access.ledger.verify("acme", head).seq


def test_a_head_of_another_tenant_proves_nothing_here(access):
    """[N5] A head is a tenant's own: held against another record it is refused and not found broken."""
    let_in(access)
    with pytest.raises(InvalidInput) as caught:
        access.ledger.verify("globex", access.ledger.head("acme"))
    assert "head" == caught.value.field


def sealed(seq, old, new):
    """Return how to put other words into a sealed event."""
    edited = f"CAST(replace(CAST(sealed AS TEXT), '{old}', '{new}') AS BLOB)"
    return f"UPDATE entries SET sealed = {edited} WHERE seq = {seq} AND CAST(sealed AS TEXT) LIKE '%{old}%'"  # noqa: S608  # ours


EDITS = {
    "who consented": (2, sealed(2, "m-ana", "m-bob")),
    "until when": (3, sealed(3, "PT2H", "PT9H")),
    "that it was revoked": (6, sealed(6, "revoked", "relinquished")),
    "why": (2, "UPDATE texts SET text = 'They asked us to' WHERE what = 'reason'"),
    "whose name": (4, "UPDATE texts SET text = 'Bo' WHERE seq = 4 AND what LIKE 'name:%'"),
    "a text that is gone": (2, "DELETE FROM texts WHERE what = 'reason'"),
    "an event that is gone": (4, "DELETE FROM entries WHERE seq = 4"),
    "the last event gone": (6, "DELETE FROM entries WHERE seq = 6"),
    "all events gone": (1, "DELETE FROM entries"),
    "a grant that never ended": (6, "UPDATE grants SET ended = 0"),
    "a grant that is gone": (6, "DELETE FROM grants"),
    "a cut-off that nobody made": (5, "UPDATE stances SET cut_off = 1"),
    "where the record stands": (6, "DELETE FROM heads"),
    "the rules that were adopted": (1, "UPDATE documents SET document = CAST('{}' AS BLOB)"),
    "the rules gone": (1, "DELETE FROM documents"),
}


@pytest.mark.parametrize(("seq", "statement"), EDITS.values(), ids=EDITS.keys())
def test_what_a_vendor_edits_in_its_database_is_found(tmp_path, clock, seq, statement):
    """[N5] Whatever is edited in or deleted from the database, verify names the first event at which it shows."""
    path = tmp_path / "support.db"
    with SQLiteStore(path) as store:
        a_day(opened(store, clock), clock)
    edit(path, statement)

    with SQLiteStore(path) as store:
        assert seq == broken(opened(store, clock))[0]


def test_a_backup_put_back_is_found_with_a_head(tmp_path, clock):
    """[N5] An older copy of the database is consistent in itself: that a revocation is missing only a head can tell."""
    path, backup = tmp_path / "support.db", tmp_path / "backup.db"
    with SQLiteStore(path) as store:
        grant = let_in(opened(store, clock))
    shutil.copy(path, backup)
    with SQLiteStore(path) as store:
        access = opened(store, clock)
        access.revoke("acme", grant.id, by=ANA)
        kept_by_ana = access.ledger.head("acme")

    with SQLiteStore(backup) as store:
        access = opened(store, clock)
        assert access.authorize(KIM, "acme", "board:read")
        assert 2 == access.ledger.verify("acme").seq
        assert (3, "it is missing: the head says that there are 3") == broken(access, kept_by_ana)


def test_a_record_made_up_from_end_to_end_is_found_with_a_head(store, clock):
    """[N5] Another history from end to end passes for want of a head, and fails with the one given out."""
    access = opened(store, clock)
    a_day(access, clock)
    kept_by_ana = access.ledger.head("acme")

    forged = opened(MemoryStore(), FakeClock("2027-03-03T14:20:00Z"))
    let_in(forged)
    for agent in ("a-lee", "a-max"):  # and nobody ever revoked
        forged.freeze("acme", by=ANA, agent=agent)
        forged.unfreeze("acme", by=ANA, agent=agent)
    assert kept_by_ana.seq == forged.ledger.verify("acme").seq
    seq, what = broken(forged, kept_by_ana)
    assert (6, "it, or one before it, is not the one that the head was taken of") == (seq, what)


# --- the export -------------------------------------------------------------------------------------------------------


def test_an_export_is_checked_without_the_vendor(access, clock):
    """[N5] What was exported is checked by its lines alone, and stands where the export said."""
    a_day(access, clock)
    file = io.BytesIO()
    head = access.ledger.export("acme", file)

    assert (
        access.ledger.head("acme")
        == head
        == check(iter(file.getvalue().splitlines(keepends=True)), head).head
    )


def test_an_export_holds_the_evidence_of_consent(clock, store):
    """[N5] Sealed is who consented in which role, by which channel, what they saw and which word they typed."""
    access = SupportAccess(store, rules=rule_set("project-platform"), clock=clock, id_factory=Counter())
    scope = Scope.only("project:42")
    access.grant("acme", by=ANA, to=SUPPORT, scope=scope, ends=OpenEnded(), reason=WHY, word="Support")

    first, document, adopted, granted = map(json.loads, exported(access))
    assert {"format": "grantkit-ledger-1", "tenant": "acme"} == first
    assert "Support" == document["document"]["flows"]["handshake"]["steps"][0]["word"]
    assert document["digest"] == adopted["entry"]["body"]["digest"] == granted["entry"]["rules"]
    (approval,) = granted["entry"]["body"]["grant"]["approvals"]
    assert {"kind": "member", "id": "m-ana", "tenant": "acme", "roles": ["admin"]} == approval["by"]
    assert ("Support", "in_product", "tenant:admin") == (
        approval["word"],
        approval["channel"],
        approval["selector"],
    )
    assert 64 == len(approval["digest"])
    assert {"reason": WHY, "name:member:m-ana": "Ana Almeida"} == {
        text["what"]: text["text"] for text in granted["texts"]
    }


def test_who_may_have_the_record(access):
    """[R13] With `by`, the record is shown and exported to whom the rules' view of the history names alone."""
    let_in(access)
    for actor in (KIM, GUS, Member("m-ben", tenant="acme", roles={"member"}), OPS):
        file = io.BytesIO()
        with pytest.raises(NotEntitled):
            access.ledger.export("acme", file, by=actor)
        with pytest.raises(NotEntitled):
            access.ledger.history("acme", by=actor)
        assert b"" == file.getvalue()
    assert 2 == access.ledger.export("acme", io.BytesIO(), by=ANA).seq


def test_an_export_of_a_broken_record_is_none(tmp_path, clock):
    """[N5] A record that does not hold can't be exported: no customer is handed what would not verify."""
    path = tmp_path / "support.db"
    with SQLiteStore(path) as store:
        a_day(opened(store, clock), clock)
    edit(path, "UPDATE texts SET text = 'They asked us to' WHERE what = 'reason'")

    with SQLiteStore(path) as store:
        access = opened(store, clock)
        with pytest.raises(ChainBroken) as caught:
            exported(access)
        assert 2 == caught.value.seq
        assert 6 == len(access.ledger.history("acme"))  # it can still be looked at


def test_a_file_that_fails_fails_the_export(access):
    """[N5] Where the file can't be written, the export fails, and no head vouches for a part."""
    let_in(access)

    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(Unavailable) as caught:
        access.ledger.export("acme", Full())
    assert "the file" == caught.value.what


# --- erasing ----------------------------------------------------------------------------------------------------------


def test_words_are_erased_and_the_record_still_proves(access, clock):
    """[N5] Words go for good; the record still verifies, with heads from before, and says that they are gone."""
    a_day(access, clock)
    before = access.ledger.head("acme")

    assert 2 == access.ledger.erase("acme", by=OPS, events=[2])

    assert "erased" == kinds(access)[-1]
    found = access.ledger.verify("acme", before)
    assert (7, 2) == (found.seq, found.erased)
    assert "acme: 7 events, nothing up to event 6 has changed, 2 texts erased" == str(found)
    assert (7, 2) == (check(iter(exported(access)), before).head.seq, check(iter(exported(access))).erased)


def test_where_words_were_erased_the_history_says_nothing(access, clock):
    """[N5] Where words were erased there are none, and what was done, when and by which id is all there as before."""
    a_day(access, clock)
    before = access.ledger.history("acme")
    assert all("by Ana Almeida" in str(event) for event in before)
    access.ledger.erase("acme", by=OPS, events=[2], people=["m-ana"])
    after = access.ledger.history("acme")

    assert ("", None) == (after[1].body.grant.reason, after[1].actor.name)
    assert [str(event).replace("Ana Almeida", "m-ana") for event in before] == [
        str(event) for event in after[:-1]
    ]
    assert "erased by ops: texts of events 1, 2, 3, 4, 5, 6" in str(after[-1])
    assert not [word for word in (WHY, "Almeida") if word.encode() in b"".join(exported(access))]
    assert ("",) == tuple(status.grant.reason for status in access.grants("acme"))


def test_erasing_changes_no_decision(access, clock):
    """[N5] Decisions rest on no reason and no name: with all of them erased, each is what it was."""
    let_in(access)
    let_in(access, to=KIM, hours=1)
    access.freeze("acme", by=ANA, agent="a-lee")
    asked = [
        (agent, at) for agent in (KIM, LEE, Agent("a-zoe")) for at in ("14:20", "15:20", "18:20", "19:00")
    ]

    def answers():
        found = [
            access.authorize(agent, "acme", "board:read", utc(f"2027-03-03 {at}")) for agent, at in asked
        ]
        return [(str(each.reason), each.grant_id, each.valid_until, each.explain()) for each in found]

    before = answers()
    access.ledger.erase("acme", by=OPS, events=[1, 2, 3, 4])
    assert before == answers()
    assert {"allowed", "frozen", "expired", "no_grant"} == {reason for reason, *_ in before}


def test_a_reference_is_erased_with_its_event(clock, store):
    """[R4] Where consent came by e-mail, the reference goes with the event's other words, and the channel stays."""
    steps = [{"by": ["tenant:admin"], "channels": ["email"]}]
    access = SupportAccess(store, rules=one_flow(steps=steps), clock=clock)
    let_in(access, reference="mail 77 of Ana Almeida")
    assert 3 == access.ledger.erase("acme", by=OPS, events=[2])

    (approval,) = access.grants("acme")[0].grant.approvals
    assert ("email", None) == (approval.channel, approval.reference)
    assert b"mail 77" not in b"".join(exported(access))
    assert 7 > access.ledger.verify("acme").seq


def test_erasing_again_is_nothing(access):
    """[N5] What is gone does not go again, and no event says so twice."""
    let_in(access)
    assert 2 == access.ledger.erase("acme", by=OPS, events=[2])
    head = access.ledger.head("acme")

    assert 0 == access.ledger.erase("acme", by=OPS, events=[2])
    assert 0 == access.ledger.erase("acme", by=OPS, people=["a-nobody"])
    assert 0 == access.ledger.erase("globex", by=OPS, people=["m-ana"])
    assert head == access.ledger.head("acme")


def test_only_whoever_keeps_the_record_erases(access):
    """[N5] No member erases what they said, no session under a grant does, and what is not there is not found."""
    grant = let_in(access)
    said = {"events": [2]}
    with refused(access, NotEntitled):
        access.ledger.erase("acme", by=ANA, **said)
    with refused(access, ActingThroughGrant):
        access.ledger.erase("acme", by=Agent("a-kim", teams={"support"}, via=grant.id), **said)
    with refused(access, NotFound):
        access.ledger.erase("acme", by=OPS, events=[2, 3])
    with refused(access, NotFound):
        access.ledger.erase("globex", by=OPS, events=[1])
    with refused(access, InvalidInput):
        access.ledger.erase("acme", by=OPS)
    assert 2 == access.ledger.erase("acme", by=KIM, **said)


def test_a_key_works_after_its_words_were_erased(access):
    """[N5] With a reason goes the digest that it could be guessed from; the key alone then gives the grant back."""
    grant = let_in(access, key="k-1")
    with pytest.raises(IdempotencyMismatch):
        let_in(access, key="k-1", reason="Something else")

    assert 3 == access.ledger.erase("acme", by=OPS, events=[2])

    assert grant.id == let_in(access, key="k-1").id == let_in(access, key="k-1", reason="Something else").id
    assert grant.id != let_in(access, key="k-2").id
    assert 1 == kinds(access).count("erased")
    assert 5 > access.ledger.verify("acme").erased > 2


# --- forgetting -------------------------------------------------------------------------------------------------------


def test_a_forgotten_tenant_is_gone(access, clock):
    """[N5] Who is forgotten leaves nothing: no event, no grant, no list entry, nothing that allows anything."""
    let_in(access, key="k-1", hours=200)
    let_in(access, by=GUS, hours=200)
    clock.advance(hours=1)

    head = access.ledger.head("acme")
    assert head == access.ledger.forget_tenant("acme", by=OPS)

    assert ((), ()) == (access.ledger.history("acme"), access.grants("acme"))
    assert Reason.NO_GRANT is access.authorize(KIM, "acme", "board:read").reason
    assert Reason.NO_GRANT is access.ledger.as_of("acme", KIM, "board:read", at=clock.now()).reason
    assert ["globex"] == [seen.tenant for seen in access.visible_tenants(KIM)]
    assert [b'{"format":"grantkit-ledger-1","tenant":"acme"}\n'] == exported(access)
    assert 0 == access.ledger.verify("acme").seq
    assert 2 == access.ledger.verify("globex", access.ledger.head("globex")).seq


def test_the_vendors_record_keeps_the_last_head(access, clock):
    """[N5] The vendor's own record says that a tenant was forgotten, by whom, and where its record stood."""
    a_day(access, clock)
    head = access.ledger.head("acme")
    kept_by_ana = exported(access)
    access.ledger.forget_tenant("acme", by=OPS)

    (event,) = access.ledger.history(VENDOR)
    assert ("tenant_forgotten", head, OPS) == (event.kind, event.body.head, event.actor)
    assert "tenant_forgotten by ops: tenant acme, whose record stood at 6" in str(event)
    assert "@vendor: 1 event, internally consistent" == str(access.ledger.verify(VENDOR))
    # Who kept an export can still show that it is the record that was forgotten.
    assert head == check(iter(kept_by_ana), event.body.head).against


def test_forgetting_twice_is_once(access):
    """[N5] A tenant that is forgotten already, or was never known, is no event in the vendor's record."""
    let_in(access)
    assert access.ledger.forget_tenant("acme", by=OPS)

    assert None is access.ledger.forget_tenant("acme", by=OPS)
    assert None is access.ledger.forget_tenant("globex", by=OPS)
    assert ["tenant_forgotten"] == kinds(access, VENDOR)


def test_consent_after_forgetting_begins_a_new_record(access, clock):
    """[N5] New consent begins at 1, under rules adopted anew: no head, key, freeze or cut-off of before reaches it."""
    let_in(access, key="k-1")
    access.revoke_all("acme", by=ANA)
    access.freeze("acme", by=ANA)
    old = access.ledger.head("acme")
    access.ledger.forget_tenant("acme", by=OPS)
    clock.advance(hours=1)
    assert Reason.NO_GRANT is access.authorize(KIM, "acme", "board:read").reason

    grant = let_in(access, key="k-1")

    assert ["rules_adopted", "granted"] == kinds(access)
    assert (Reason.ALLOWED, grant.id) == (
        access.authorize(KIM, "acme", "board:read").reason,
        access.authorize(KIM, "acme", "board:read").grant_id,
    )
    assert 2 == access.ledger.verify("acme").seq
    assert (3, f"it is missing: the head says that there are {old.seq}") == broken(access, old)
    access.ledger.forget_tenant("acme", by=OPS)
    assert [old.seq, 2] == [event.body.head.seq for event in access.ledger.history(VENDOR)]
    assert 2 == access.ledger.verify(VENDOR).seq


def test_other_tenants_live_on_by_the_same_rules(access):
    """[N5] Rule documents outlive who is forgotten: another tenant under the same rules still verifies."""
    let_in(access)
    let_in(access, by=GUS)
    head = access.ledger.head("globex")
    access.ledger.forget_tenant("acme", by=OPS)

    assert head == access.ledger.verify("globex", head).against
    assert Reason.ALLOWED is access.authorize(KIM, "globex", "board:read").reason


def test_only_whoever_keeps_the_record_forgets(access):
    """[N5] No member and no session under a grant can make a record go, and the vendor's own can't be forgotten."""
    grant = let_in(access)
    with refused(access, NotEntitled):
        access.ledger.forget_tenant("acme", by=ANA)
    with refused(access, ActingThroughGrant):
        access.ledger.forget_tenant("acme", by=Agent("a-kim", teams={"support"}, via=grant.id))
    with refused(access, InvalidInput):
        access.ledger.forget_tenant(VENDOR, by=OPS)
    assert () == access.ledger.history(VENDOR)
    assert access.ledger.forget_tenant("acme", by=KIM)


def test_the_vendors_record_is_for_the_vendor(access):
    """[N5] Nobody of a tenant, and no agent, looks into the vendor's own record: it names other tenants."""
    let_in(access)
    access.ledger.forget_tenant("acme", by=OPS)
    for actor in (ANA, GUS, KIM):
        with pytest.raises(NotEntitled):
            access.ledger.history(VENDOR, by=actor)
        with pytest.raises(NotEntitled):
            access.ledger.export(VENDOR, io.BytesIO(), by=actor)
    assert 1 == len(access.ledger.history(VENDOR, by=OPS))
