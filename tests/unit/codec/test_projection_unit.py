"""The projection that is made of the record alone, and how it is held against the one that lies there."""

import attrs
import pytest

from grantkit.codec import Projection
from grantkit.errors import ChainBroken
from grantkit.lifecycle import replay
from grantkit.model import (
    HEAD,
    Confirmed,
    Event,
    Frozen,
    Granted,
    Head,
    Revoked,
    RulesAdopted,
    Stance,
    agent_key,
    grant_key,
)
from unit.making import ANA, HOUR, NOW, a_grant

BODIES = (
    RulesAdopted("d", "first"),
    Granted(a_grant(rules="d", consent_seq=0)),
    Frozen("a-kim"),
    RulesAdopted("e", "second"),
    Revoked("gr_1"),
    RulesAdopted("d", "first"),
    Confirmed("gr_1"),
)


def event(seq, body, **changed):
    """Return the event that *body* becomes under the rules that were in force."""
    rules = "d" if seq in (1, 2, 3, 6, 7) else "e"
    said = {
        "tenant": "acme",
        "at": NOW + seq * HOUR,
        "clock": None,
        "actor": ANA,
        "rules": rules,
        "hash": str(seq),
    }
    return Event(**{**said, "seq": seq, "body": body, **changed})


EVENTS = tuple(event(seq, body) for seq, body in enumerate(BODIES, 1))


def folded(events=EVENTS):
    """Fold events."""
    projection = Projection("acme")
    for each in events:
        projection.fold(each)
    return projection


def broken(call):
    """Return where and how something is broken."""
    with pytest.raises(ChainBroken) as caught:
        call()
    return caught.value.seq, caught.value.what


def test_projection_is_what_the_record_folds_to():
    """Folded event by event, the rows are those of the one fold, and the head is theirs."""
    projection = folded()
    assert replay(EVENTS) == projection.rows
    assert projection.rows[HEAD] == projection.head
    assert Head(tenant="acme") == Projection("acme").head


def test_rules_are_named_by_their_first_adoption():
    """Of each rule set, the first event that adopted it is remembered, also when it came back later."""
    assert {"d": 1, "e": 4} == folded().adopted


@pytest.mark.parametrize(
    "odd",
    [
        event(5, Revoked("gr_2")),
        event(5, Granted(a_grant(rules="e", consent_seq=0))),
        event(6, Revoked("gr_1"), rules="e"),
        event(5, Revoked("gr_1"), tenant="globex"),
        event(5, Revoked("gr_1"), at=NOW),
        event(5, Revoked("gr_1"), clock=NOW + 5 * HOUR),
        event(5, Revoked("gr_1"), rules="d"),
        event(5, Revoked("gr_1"), rules=""),
        event(5, RulesAdopted("f", ""), rules="e"),
    ],
    ids=["no_grant", "twice", "gap", "tenant", "time", "clock", "old_rules", "no_rules", "other_rules"],
)
def test_event_that_cannot_have_happened_is_named(odd):
    """What cannot have happened to what there was, or under the rules that held, breaks the record there."""
    projection = folded(EVENTS[:4])
    assert odd.seq == broken(lambda: projection.fold(odd))[0]


def test_rows_that_are_as_the_record_says_agree():
    """The rows that the record folds to agree with themselves, and those of an empty record with none."""
    folded().agree(replay(EVENTS))
    Projection("acme").agree({})


@pytest.mark.parametrize(
    ("key", "row", "seq"),
    [
        (HEAD, Head(tenant="acme", seq=7), 7),
        (agent_key("a-kim"), Stance(agent="a-kim"), 3),
        (grant_key("gr_1"), a_grant(rules="d", consent_seq=2), 5),
        (grant_key("gr_9"), a_grant("gr_9"), 7),
        (agent_key("a-lee"), Stance(agent="a-lee"), 7),
        (agent_key("a-lee"), None, 7),
    ],
    ids=["head", "unfrozen", "revived", "made_up", "made_up_stance", "made_up_unread"],
)
def test_row_that_is_not_as_the_record_says_is_named_by_its_last_event(key, row, seq):
    """A row that was changed is named by the last event that touched it; one that was made up, by the last of all."""
    kept = {**replay(EVENTS), key: row}
    assert (seq, f"the row {' '.join(key)} that decisions read is not as the record says") == broken(
        lambda: folded().agree(kept)
    )


@pytest.mark.parametrize(("key", "seq"), [(HEAD, 7), (agent_key("a-kim"), 3), (grant_key("gr_1"), 5)])
def test_row_that_is_missing_or_cannot_be_read_is_named(key, seq):
    """A row that is not there, or of which a store can say nothing, is named by the last event that touched it."""
    rows = replay(EVENTS)
    assert seq == broken(lambda: folded().agree({**rows, key: None}))[0]
    assert seq == broken(lambda: folded().agree({other: rows[other] for other in rows if other != key}))[0]


def test_first_of_several_rows_is_named():
    """Of several rows that are wrong, the one with the smallest sequence is named."""
    rows = replay(EVENTS)
    wrong = {
        **rows,
        grant_key("gr_1"): None,
        agent_key("a-kim"): None,
        HEAD: attrs.evolve(rows[HEAD], hash=""),
    }
    assert 3 == broken(lambda: folded().agree(wrong))[0]


def test_rows_beside_an_empty_record_are_named_by_nothing():
    """Rows of a tenant that has no record at all were made up: there is not even a first event to name."""
    assert 0 == broken(lambda: Projection("acme").agree({grant_key("gr_1"): a_grant()}))[0]
    assert 0 == broken(lambda: Projection("acme").agree({HEAD: None}))[0]
