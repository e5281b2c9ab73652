"""Erasing and forgetting, pure: which texts of an event go, who may, and what rows lose by it."""

import attrs
import pytest

from grantkit import Agent, LedgerHead, Member
from grantkit.errors import ActingThroughGrant, NotEntitled
from grantkit.lifecycle import Erasure, apply, erase, forget, project, replay, to_erase, touched
from grantkit.model import (
    HEAD,
    Amended,
    Approval,
    Confirmed,
    Ended,
    Ending,
    EndRecorded,
    Erased,
    Event,
    Frozen,
    Granted,
    Head,
    Retry,
    Revoked,
    TenantForgotten,
    Terms,
    grant_key,
    nameless,
    retry_key,
)
from unit.making import ANA, BEN, HOUR, KIM, LEE, NOW, SWEEP, a_grant, act

YES = Approval(by=nameless(ANA), selector="tenant:admin", at=NOW, reference="T-1: yes", digest="d" * 64)
ALSO = Approval(by=nameless(KIM), selector="vendor:duty", at=NOW, reference="by phone", digest="d" * 64)
RETRY = Retry(actor=("member", "acme", "m-ana"), verb="grant", key="k-1", payload="p" * 64, subject="gr_1")
USE = (RETRY.actor, "grant", "k-1")
GRANT = a_grant(reason="Boards missing", approvals=(YES, ALSO), consent_seq=0)
TERMS = Terms(window=GRANT.window, term=None, layers=GRANT.layers, demands=(), entry_required=False)
LATER = attrs.evolve(YES, reference="T-2: longer")
AMENDED = Amended(grant_id="gr_1", old=TERMS, new=TERMS, approval=LATER)


def event(seq, body, actor=ANA, retry=None):
    return Event(
        tenant="acme",
        seq=seq,
        at=NOW + seq * HOUR,
        clock=None,
        actor=actor,
        rules="",
        body=body,
        retry=retry,
        hash=str(seq),
    )


RECORD = (event(1, Granted(GRANT), retry=RETRY), event(2, AMENDED), event(3, Revoked("gr_1"), actor=KIM))
LAST = LedgerHead(tenant="acme", seq=3, hash="d" * 64)
NONE = LedgerHead(tenant="acme", seq=0, hash="")
NOBODY = frozenset[str]()
NOTHING = frozenset[int]()


# --- which texts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "whats", "grant", "key"),
    [
        (
            RECORD[0],
            {"name:member:m-ana", "reason", "reference:member:m-ana", "reference:agent:a-kim", "payload"},
            "gr_1",
            USE,
        ),
        (RECORD[1], {"name:member:m-ana", "reference:member:m-ana"}, "gr_1", None),
        (event(2, attrs.evolve(AMENDED, approval=None)), {"name:member:m-ana"}, None, None),
        (RECORD[2], {"name:agent:a-kim"}, None, None),
        (event(4, Confirmed("gr_1"), actor=LEE, retry=RETRY), {"payload"}, None, USE),
        (event(4, Granted(a_grant(reason="Why")), actor=BEN), {"reason"}, "gr_1", None),
    ],
    ids=["granted", "amended", "amended_alone", "revoked", "confirmed", "reason_alone"],
)
def test_every_text_of_an_event_goes(found, whats, grant, key):
    """Of an event that is named, every text goes, and with it what rows hold of the same words."""
    erasure = to_erase(found, frozenset({found.seq}), NOBODY)
    assert whats == set(erasure.whats)
    assert (found.seq, grant and ("grant", grant), key) == (erasure.seq, erasure.row, erasure.key)


def test_names_of_people_go_wherever_they_stand():
    """Of people who are named by id, the names go, and neither reasons nor references; of others, nothing."""
    found = [to_erase(each, NOTHING, frozenset({"m-ana", "a-lee"})) for each in RECORD]
    assert [("name:member:m-ana",)] * 2 == [each.whats for each in found[:2]]
    assert [(1, None, None), (2, None, None)] == [(each.seq, each.row, each.key) for each in found[:2]]
    assert None is found[2]


@pytest.mark.parametrize("people", [{"ana"}, {"m-an"}, {"M-ANA"}, {"member:m-ana"}, {"name"}, {"sweep"}])
def test_id_is_compared_whole(people):
    """No part of an id, no other case and no kind before it names anybody."""
    assert None is to_erase(RECORD[0], NOTHING, frozenset(people))
    assert None is to_erase(event(1, Frozen(None), actor=SWEEP), NOTHING, frozenset(people))


def test_ids_with_colons_are_whole_ids():
    """An id may hold colons: it is all that comes after the kind."""
    found = event(1, Frozen(None), actor=Member("x:y:z", tenant="acme", name="Xyz"))
    assert ("name:member:x:y:z",) == to_erase(found, NOTHING, frozenset({"x:y:z"})).whats
    assert None is to_erase(found, NOTHING, frozenset({"z", "y:z", "x"}))


def test_texts_that_are_gone_do_not_go_again():
    """An event without a text, or of which they went already, gives nothing."""
    assert None is to_erase(event(1, Frozen(None), actor=SWEEP), frozenset({1}), NOBODY)
    assert None is to_erase(event(1, Frozen(None), actor=nameless(ANA)), frozenset({1}), frozenset({"m-ana"}))
    assert None is to_erase(RECORD[0], frozenset({2, 3}), NOBODY)


# --- the events -------------------------------------------------------------------------------------------------------


def test_event_says_which_texts_are_gone():
    """What goes is said by sequence and what it was; the rows that lose by it are named once each, in order."""
    found = [
        Erasure(1, ("reason", "payload"), ("grant", "gr_2"), USE),
        Erasure(2, ("reference:member:m-ana",), ("grant", "gr_1"), None),
        Erasure(3, ("reason", "name:member:m-ana"), ("grant", "gr_2"), None),
    ]
    (body,) = erase(act(SWEEP), found).bodies
    texts = (
        (1, "reason"),
        (1, "payload"),
        (2, "reference:member:m-ana"),
        (3, "reason"),
        (3, "name:member:m-ana"),
    )
    assert Erased(texts=texts, grants=("gr_1", "gr_2"), keys=(USE,)) == body


@pytest.mark.parametrize(
    ("many", "sizes"), [(0, []), (1, [1]), (500, [500]), (501, [500, 1]), (1000, [500, 500])]
)
def test_no_event_names_texts_without_bound(many, sizes):
    """Many texts are erased by several events of at most five hundred, each text in one."""
    found = [Erasure(seq, ("name:member:m-ana",), None, None) for seq in range(1, many + 1)]
    bodies = erase(act(SWEEP), found).bodies
    assert sizes == [len(body.texts) for body in bodies]
    assert list(range(1, many + 1)) == [seq for body in bodies for seq, _ in body.texts]


@pytest.mark.parametrize("by", [KIM, SWEEP, Agent("a-keeper")])
def test_whoever_keeps_the_record_erases_and_forgets(by):
    """An agent of the vendor and a job may."""
    assert 1 == len(erase(act(by), [Erasure(1, ("reason",), "gr_1", None)]).bodies)
    assert 1 == len(forget(act(by), LAST).bodies)


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (ANA, NotEntitled),
        (BEN, NotEntitled),
        (attrs.evolve(ANA, via="gr_1"), ActingThroughGrant),
        (attrs.evolve(KIM, via="gr_1"), ActingThroughGrant),
    ],
    ids=["admin", "member", "session_as_member", "session"],
)
def test_nobody_else_erases_or_forgets(by, error):
    """No member does, and nobody inside of a support session, be there something to erase or not."""
    for call in (
        lambda: erase(act(by), []),
        lambda: erase(act(by), [Erasure(1, ("reason",), "gr_1", None)]),
        lambda: forget(act(by), NONE),
        lambda: forget(act(by), LAST),
    ):
        with pytest.raises(error):
            call()


def test_forgetting_keeps_the_last_head():
    """The event that a tenant was forgotten holds where its record stood; what never began is not forgotten."""
    assert (TenantForgotten(LAST),) == forget(act(SWEEP), LAST).bodies
    assert () == forget(act(SWEEP), NONE).bodies


# --- what rows lose ---------------------------------------------------------------------------------------------------


def erased(*texts, grants=("gr_1",), keys=()):
    return event(4, Erased(texts=texts, grants=grants, keys=keys), actor=SWEEP)


def became(*texts, **more):
    """Return the grant of the record after texts were erased."""
    return project(replay(RECORD), (erased(*texts, **more),))[grant_key("gr_1")]


BEFORE = replay(RECORD)[grant_key("gr_1")]


def test_grant_loses_the_texts_that_are_gone():
    """A row loses its reason and the references that are erased, each by the event that it was sealed in."""
    assert ["T-1: yes", "by phone", "T-2: longer"] == [each.reference for each in BEFORE.approvals]
    assert attrs.evolve(BEFORE, reason="") == became((1, "reason"))
    for seq, what, place in (
        (1, "reference:member:m-ana", 0),
        (1, "reference:agent:a-kim", 1),
        (2, "reference:member:m-ana", 2),
    ):
        left = [each.reference for number, each in enumerate(BEFORE.approvals) if number != place]
        after = became((seq, what))
        assert None is after.approvals[place].reference
        assert left == [each.reference for number, each in enumerate(after.approvals) if number != place]
        assert BEFORE == attrs.evolve(after, approvals=BEFORE.approvals)


def test_grant_keeps_all_else():
    """Erasing leaves the end, the version, the terms and whoever consented as they were."""
    after = became(
        (1, "reason"),
        (1, "reference:member:m-ana"),
        (2, "reference:member:m-ana"),
        (1, "reference:agent:a-kim"),
    )
    assert Ended(how=Ending.REVOKED, at=NOW + 3 * HOUR, by=nameless(KIM), seq=3) == after.ended
    assert [nameless(ANA), nameless(KIM), nameless(ANA)] == [each.by for each in after.approvals]
    assert (3, BEFORE.layers, BEFORE.window) == (after.version, after.layers, after.window)
    assert {None} == {each.reference for each in after.approvals}


@pytest.mark.parametrize(
    "text",
    [(2, "reason"), (1, "payload"), (1, "name:member:m-ana"), (3, "reference:member:m-ana"), (9, "reason")],
)
def test_texts_of_other_events_are_not_this_grants(text):
    """What went from another event, or is no text of a grant, takes nothing from the row."""
    assert BEFORE == became(text)


def test_key_loses_its_payload():
    """With the payload of a key goes the digest that the row holds; the key and what it made stay."""
    rows = project(replay(RECORD), (erased((1, "payload"), grants=(), keys=(USE,)),))
    assert attrs.evolve(RETRY, payload="") == rows[retry_key(*USE)]
    assert {HEAD, retry_key(*USE)} == set(rows)


def test_erasure_touches_what_it_names():
    """An erasure changes the head, the grants and the keys that it names, and no other row."""
    found = erased((1, "reason"), grants=("gr_1", "gr_2"), keys=(USE,))
    assert (HEAD, grant_key("gr_1"), grant_key("gr_2"), retry_key(*USE)) == touched(found)


@pytest.mark.parametrize(
    ("key", "row", "body"),
    [
        (grant_key("gr_9"), None, Erased(texts=((1, "reason"),), grants=("gr_9",))),
        (retry_key(*USE), None, Erased(texts=((1, "payload"),), keys=(USE,))),
        (retry_key(*USE), RETRY, Revoked("gr_1")),
        (grant_key("gr_1"), BEFORE, EndRecorded("gr_1", Ending.EXPIRED)),
    ],
    ids=["no_grant", "no_key", "key_of_another_event", "ended_again"],
)
def test_what_is_not_there_cannot_lose_anything(key, row, body):
    """A row that is not there cannot lose a text, and only an erasure takes one from a row."""
    with pytest.raises(ValueError, match="cannot have happened"):
        apply(key, row, event(4, body, actor=SWEEP))


def test_tenant_that_was_forgotten_touches_the_vendors_head_alone():
    """In the vendor's record, a tenant that was forgotten moves the head, and makes no other row."""
    found = attrs.evolve(event(1, TenantForgotten(LAST), actor=SWEEP), tenant="@vendor")
    assert (HEAD,) == touched(found)
    assert {HEAD: Head(tenant="@vendor", seq=1, hash="1", seen_at=NOW + HOUR)} == replay((found,))
