"""The nouns: what they are as data and as text, and what holds of them."""

import pickle
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from grantkit import (
    READ_ONLY,
    Agent,
    Calendar,
    Elapsed,
    EndOfDay,
    Grant,
    Instant,
    Member,
    OpenEnded,
    Scope,
    Soonest,
    StartOfDay,
    System,
)
from grantkit.errors import InvalidInput
from grantkit.inputs import FrozenMap, a_kind_of, boolean, identifier, integer, one_of, optional, text
from grantkit.model import (
    NEVER,
    Amended,
    Approval,
    ClockCorrected,
    Confirmed,
    Consented,
    ConsentEnded,
    CutOff,
    Demand,
    Ending,
    EndRecorded,
    Erased,
    Event,
    Freeze,
    Frozen,
    Granted,
    Head,
    Holder,
    LedgerHead,
    Relinquished,
    Retry,
    Revoked,
    RulesAdopted,
    Stance,
    TenantForgotten,
    Terms,
    Unfrozen,
    Window,
    agent_key,
    from_micros,
    grant_key,
    holder_of,
    micros,
    retry_key,
)
from grantkit.model.durations import parse_calendar, parse_days, parse_elapsed, spell_calendar, spell_elapsed
from grantkit.model.wording import about, ago, iso, plainly
from grantkit.policy import Layer, parse_resource
from unit.making import ANA, HOUR, KIM, NOW, SUPPORT, SWEEP, TICK, a_consent, a_grant, ended, window

TERMS = [
    (Elapsed(hours=4), {"elapsed": "PT4H"}, "PT4H elapsed"),
    (Elapsed(weeks=1, days=1, minutes=1, seconds=1), {"elapsed": "P8DT1M1S"}, "P8DT1M1S elapsed"),
    (
        Calendar(months=13, weeks=1, zone="UTC"),
        {"calendar": "P1Y1M7D", "zone": "UTC"},
        "P1Y1M7D by the calendar in UTC",
    ),
    (Calendar(days=1), {"calendar": "P1D", "zone": None}, "P1D by the calendar"),
    (
        StartOfDay(date(2027, 3, 4), "UTC"),
        {"start_of_day": "2027-03-04", "zone": "UTC"},
        "the start of 2027-03-04 in UTC",
    ),
    (EndOfDay(date(2027, 3, 4)), {"end_of_day": "2027-03-04", "zone": None}, "the end of 2027-03-04"),
    (Instant(NOW), {"instant": "2027-03-03T12:00:00.000000Z"}, "2027-03-03T12:00:00.000000Z"),
    (OpenEnded(), "open_ended", "no end"),
    (Soonest(), "soonest", "as soon as possible"),
]


@pytest.mark.parametrize(
    ("term", "data", "words"),
    TERMS,
    ids=[type(row[0]).__name__ + str(n) for n, row in enumerate(TERMS)],
)
def test_term_is_spelled_one_way(term, data, words):
    """A term has one spelling as data and one in words."""
    assert (data, words) == (term.to_data(), str(term))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("PT4H", 14_400),
        ("P28D", 2_419_200),
        ("P1W", 604_800),
        ("PT90M", 5_400),
        ("P1DT1S", 86_401),
        ("PT0S", 0),
    ],
)
def test_elapsed_duration_is_read(written, seconds):
    """An elapsed duration is so many seconds, and its one spelling reads the same."""
    assert seconds == parse_elapsed("f", written) == parse_elapsed("f", spell_elapsed(seconds))


@pytest.mark.parametrize(
    ("written", "span"),
    [("P1M", (1, 0)), ("P2M10D", (2, 10)), ("P1Y", (12, 0)), ("P1W", (0, 7)), ("P0D", (0, 0))],
)
def test_calendar_duration_is_read(written, span):
    """A calendar duration is months and days, and its one spelling reads the same."""
    assert span == parse_calendar("f", written) == parse_calendar("f", spell_calendar(*span))


@pytest.mark.parametrize(
    ("read", "written", "code"),
    [
        (parse_elapsed, "P1M", "bad_duration"),
        (parse_elapsed, "P1Y", "bad_duration"),
        (parse_elapsed, "P1000000D", "bad_duration"),
        (parse_elapsed, "P366001D", "out_of_range"),
        (parse_calendar, "PT1H", "bad_duration"),
        (parse_calendar, "P1DT1M", "bad_duration"),
        (parse_calendar, "P1DT1S", "bad_duration"),
        (parse_days, "P1M", "bad_duration"),
        (parse_days, "P", "bad_duration"),
        (parse_days, "P1DT", "bad_duration"),
        (parse_days, "P1D\n", "bad_duration"),
        (parse_days, "p1d", "bad_duration"),
        (parse_days, None, "bad_duration"),
        (parse_days, "P\u0661D", "bad_duration"),
    ],
)
def test_duration_of_another_kind_is_refused(read, written, code):
    """Months are no elapsed time, hours no calendar time, and other forms no duration."""
    with pytest.raises(InvalidInput) as caught:
        read("f", written)
    assert ("f", code) == (caught.value.field, caught.value.code)


def test_days_are_read():
    """Days may be said as weeks."""
    assert [0, 1, 14] == [parse_days("f", written) for written in ("P0D", "P1D", "P2W")]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=3, hours=5), "3 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=59), "59 seconds"),
        (TICK, "less than a second"),
    ],
)
def test_span_is_said_in_its_largest_whole_unit(span, words):
    """A span is rounded down, so that nobody is promised more than there is."""
    assert words == about(span)
    assert ("just now" if span < timedelta(minutes=1) else f"{words} ago") == ago(span)


def test_instant_is_written_for_people_and_for_machines():
    """To the minute unless there is more, for people; with all six digits, for machines."""
    at = datetime(2027, 3, 3, 18, 20, tzinfo=UTC)
    assert ["2027-03-03 18:20 UTC", "2027-03-03 18:20:07 UTC", "2027-03-03 18:20:00.000009 UTC"] == [
        plainly(each) for each in (at, at.replace(second=7), at.replace(microsecond=9))
    ]
    assert "2027-03-03T18:20:00.000009Z" == iso(at.replace(microsecond=9))


def test_microseconds_lose_nothing():
    """An instant survives the integer that stores keep, to the microsecond, at both bounds too."""
    for at in (NOW, NOW + TICK, datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC), NEVER):
        assert at == from_micros(micros(at))
    assert 1 == micros(NOW + TICK) - micros(NOW)


def test_window_says_what_it_is():
    """A window is its two ends; an open one closes after every instant and says so aloud."""
    open_end = Window(NOW, OpenEnded())
    assert {"starts_at": "2027-03-03T12:00:00.000000Z", "ends_at": "open_ended"} == open_end.to_data()
    assert {"starts_at": "2027-03-03T12:00:00.000000Z", "ends_at": "2027-03-03T13:00:00.000000Z"} == Window(
        NOW,
        NOW + HOUR,
    ).to_data()
    assert Window(NOW, NOW + HOUR) == open_end.ending(NOW + HOUR)
    assert NEVER == open_end.closes
    assert open_end.holds(datetime(8999, 12, 31, tzinfo=UTC))


def test_role_is_held_over_the_whole_scope():
    """A role for the tenant covers all of it; a role on resources covers those, and only if all are among them."""
    ben = Member(
        "m-ben",
        tenant="acme",
        roles={"guest"},
        roles_on={"account:ben": {"owner"}, "account:cy": {"admin"}},
    )
    mine, both = (
        [parse_resource("r", "account:ben")],
        [parse_resource("r", text) for text in ("account:ben", "account:cy")],
    )
    assert [True, True, True] == [ben.holds("guest"), ben.holds("guest", mine), ben.holds("*")]
    assert [False, True, False] == [ben.holds("owner"), ben.holds("owner", mine), ben.holds("owner", both)]
    assert [True, True, False] == [ben.holds_somewhere(role) for role in ("owner", "guest", "boss")]
    assert ben.to_data()["roles_on"] == {"account:ben": ["owner"], "account:cy": ["admin"]}


def test_principals_are_named_by_side_and_id():
    """Who acts is spelled by side and id; a key of a grant is a kind and an id."""
    assert ["agent a-kim", "member m-ana", "system sweep", "team support"] == [
        str(who) for who in (KIM, ANA, SWEEP, SUPPORT)
    ]
    assert (
        (Holder("agent", "a-kim"), Holder("team", "support"))
        == (holder_of(KIM), holder_of(SUPPORT))
        == KIM.holders
    )
    assert {"kind": "agent", "id": "a-kim", "teams": ["support"], "name": "Kim", "via": None} == KIM.to_data()
    assert {"kind": "system", "id": "sweep"} == SWEEP.to_data()
    assert ("sweep", None) == (SWEEP.id, SWEEP.via)
    assert Agent("m-ana") != ANA


def test_scope_says_where():
    """A scope is the whole or what it lists, sorted."""
    some = Scope.only("project:43", "project:42")
    assert ("everything", "project:42, project:43") == (str(Scope.whole()), str(some))
    assert {"tenant": False, "resources": ["project:42", "project:43"]} == some.to_data()
    assert (None, some.resources) == (Scope.whole().over, some.over)


APPROVAL = Approval(by=ANA, selector="tenant:admin", at=NOW, digest="d" * 64)


def test_grant_is_whole_as_data():
    """A grant as data holds everything that was agreed to."""
    grant = a_grant(
        term=Elapsed(hours=4),
        tickets=frozenset({"T-2", "T-1"}),
        demands=(Demand(beyond=Layer.of(READ_ONLY), needs="written"),),
        consenting_roles=frozenset({"owner", "admin"}),
        approvals=(APPROVAL,),
        ended=ended(),
    )
    data = grant.to_data()
    only_where_so = {"clipped", "added_by", "until_tickets", "solved"}
    assert set(data) == set(attrs.fields_dict(Grant)) - only_where_so
    bound = a_grant(tickets=frozenset({"T-1", "T-2"}), until_tickets=True, solved=frozenset({"T-1"}))
    assert (True, ["T-1"]) == (bound.to_data()["until_tickets"], bound.to_data()["solved"])
    assert KIM.to_data() == a_grant(parent="gr_0", added_by=KIM).to_data()["added_by"]
    assert a_grant(clipped=True).to_data()["clipped"] is True
    assert {"kind": "team", "id": "support"} == data["holder"]
    assert ["T-1", "T-2"] == data["tickets"]
    assert ["admin", "owner"] == data["consenting_roles"]
    assert "written" == data["demands"][0]["needs"]
    assert ("tenant:admin", "in_product", None) == tuple(
        data["approvals"][0][key] for key in ("selector", "channel", "word")
    )
    assert {"how": "revoked", "at": "2027-03-03T11:00:00.000000Z", "by": ANA.to_data(), "seq": 9} == data[
        "ended"
    ]
    assert (None, None) == (a_grant().to_data()["term"], a_grant().to_data()["ended"])
    assert "grant gr_1" == str(grant)
    assert (NOW - HOUR, NOW + 4 * HOUR, NOW - HOUR) == (grant.starts_at, grant.ends_at, grant.over_at)
    assert grant.unsolicited
    assert not a_grant(request="rq_1").unsolicited
    assert ("read-only",) == grant.policies
    assert grant == pickle.loads(pickle.dumps(grant))  # noqa: S301


def test_grant_without_a_layer_cannot_be_made():
    """A grant of no layer at all would allow everything, so there is none."""
    with pytest.raises(InvalidInput) as caught:
        a_grant(layers=())
    assert ("grant.layers", "blank") == (caught.value.field, caught.value.code)


def test_consent_rests_on_nothing_and_is_over_when_it_ends():
    """A consent has no parent, and is over at the earlier of its window's end and its recorded end."""
    assert None is a_consent().parent
    assert (NOW + 4 * HOUR, NOW - HOUR) == (a_consent().over_at, a_consent(ended=ended()).over_at)


OLD = Terms(window=window(), term=None, layers=(Layer.of(READ_ONLY),), demands=(), entry_required=False)
NEW = attrs.evolve(OLD, window=Window(NOW, OpenEnded()), layers=(Layer.of(),), term=OpenEnded())
CONSENTED = {
    key: value
    for key, value in a_grant().to_data().items()
    # What the event says itself, and what becomes of a grant later, is not in what was consented to.
    if key not in ("tenant", "rules", "consent_seq", "version", "ended")
}
EVENTS = [
    (
        RulesAdopted("d" * 64, "meister"),
        {"digest": "d" * 64, "name": "meister"},
        "rules meister (dddddddddddd)",
    ),
    (RulesAdopted("d" * 64, ""), {"digest": "d" * 64, "name": ""}, "rules without a name (dddddddddddd)"),
    (
        Granted(a_grant()),
        {"grant": CONSENTED},
        "grant gr_1 to team support for everything, read-only, until 2027-03-03 16:00 UTC",
    ),
    (Confirmed("gr_1"), {"grant_id": "gr_1"}, "grant gr_1 stands"),
    (
        Amended(grant_id="gr_1", old=OLD, new=NEW, approval=APPROVAL),
        {"grant_id": "gr_1", "old": OLD.to_data(), "new": NEW.to_data(), "approval": APPROVAL.to_data()},
        "grant gr_1 now with no end (was until 2027-03-03 16:00 UTC), no policy (was read-only)",
    ),
    (
        Amended(grant_id="gr_1", old=OLD, new=OLD, approval=None),
        {"grant_id": "gr_1", "old": OLD.to_data(), "new": OLD.to_data(), "approval": None},
        "grant gr_1 now as before",
    ),
    (Revoked("gr_1"), {"grant_id": "gr_1"}, "grant gr_1"),
    (Relinquished("gr_1"), {"grant_id": "gr_1"}, "grant gr_1"),
    (EndRecorded("gr_1", Ending.EXPIRED), {"grant_id": "gr_1", "how": "expired"}, "grant gr_1 (expired)"),
    (CutOff(None), {"agent": None}, "the whole tenant"),
    (Frozen("a-kim"), {"agent": "a-kim"}, "agent a-kim"),
    (Unfrozen("a-kim"), {"agent": "a-kim"}, "agent a-kim"),
    (Unfrozen(None), {"agent": None}, "the whole tenant"),
    (CutOff("a-kim"), {"agent": "a-kim"}, "agent a-kim"),
    (Frozen(None), {"agent": None}, "the whole tenant"),
    (
        Erased(
            texts=((2, "reason"), (2, "name:member:m-ana"), (3, "payload")),
            grants=("gr_1",),
            keys=((("member", "acme", "m-ana"), "grant", "k-1"),),
        ),
        {
            "texts": [[2, "reason"], [2, "name:member:m-ana"], [3, "payload"]],
            "grants": ["gr_1"],
            "keys": [[["member", "acme", "m-ana"], "grant", "k-1"]],
        },
        "texts of events 2, 3",
    ),
    (
        Erased(texts=((2, "reason"),)),
        {"texts": [[2, "reason"]], "grants": [], "keys": []},
        "texts of event 2",
    ),
    (
        TenantForgotten(LedgerHead(tenant="globex", seq=3, hash="d" * 64)),
        {"head": {"tenant": "globex", "seq": 3, "hash": "d" * 64}},
        "tenant globex, whose record stood at 3",
    ),
    (ClockCorrected(NOW), {"seen_at": "2027-03-03T12:00:00.000000Z"}, "to 2027-03-03 12:00 UTC"),
]


@pytest.mark.parametrize(
    ("body", "data", "words"),
    EVENTS,
    ids=[f"{n}_{row[0].kind}" for n, row in enumerate(EVENTS)],
)
def test_event_says_what_happened(body, data, words):
    """An event is one line for people, and whole as data."""
    event = Event(tenant="acme", seq=7, at=NOW, clock=None, actor=ANA, rules="d" * 64, body=body)
    assert f"2027-03-03 12:00 UTC  #7 {body.kind} by Ana: {words}" == str(event)
    assert {
        "tenant": "acme",
        "seq": 7,
        "at": "2027-03-03T12:00:00.000000Z",
        "clock": None,
        "actor": ANA.to_data(),
        "rules": "d" * 64,
        "kind": body.kind,
        "body": data,
        "retry": None,
    } == event.to_data()


def test_terms_say_when_they_end():
    """The terms of an amendment have an end and policies, as the grant has."""
    assert (NOW + 4 * HOUR, ("read-only",)) == (OLD.ends_at, OLD.policies)


def test_event_names_whoever_acted():
    """A member or agent is named by name, else by id; a job by its name; the clock and the key are kept."""
    retry = Retry(actor=("member", "m-ana"), verb="grant", key="k-1", payload="p" * 64, subject="gr_1")
    event = Event(
        tenant="acme",
        seq=7,
        at=NOW,
        clock=NOW - HOUR,
        actor=SWEEP,
        rules="",
        body=Revoked("gr_1"),
        retry=retry,
    )
    assert "by sweep:" in str(event)
    assert "by a-lee:" in str(attrs.evolve(event, actor=Agent("a-lee")))
    assert "2027-03-03T11:00:00.000000Z" == event.to_data()["clock"]
    assert {
        "actor": ["member", "m-ana"],
        "verb": "grant",
        "key": "k-1",
        "payload": "p" * 64,
        "subject": "gr_1",
    } == event.to_data()["retry"]


def test_rows_are_plain_data():
    """The rows of the projection are plain data, with and without a freeze."""
    freeze = Freeze(by=ANA, at=NOW, seq=5)
    frozen = {"by": ANA.to_data(), "at": "2027-03-03T12:00:00.000000Z", "seq": 5}
    head = {
        "tenant": "acme",
        "seq": 0,
        "hash": "",
        "seen_at": "1970-01-01T00:00:00.000000Z",
        "rules": "",
        "freeze": None,
        "cut_off": 0,
    }
    assert head == Head(tenant="acme").to_data()
    assert head | {"freeze": frozen} == Head(tenant="acme", freeze=freeze).to_data()
    assert head | {"hash": "d" * 64} == Head(tenant="acme", hash="d" * 64).to_data()
    assert {"agent": "a-kim", "freeze": frozen, "cut_off": 0} == Stance(
        agent="a-kim",
        freeze=freeze,
    ).to_data()
    assert {"agent": "a-kim", "freeze": None, "cut_off": 3} == Stance(agent="a-kim", cut_off=3).to_data()


def test_keys_of_rows_cannot_be_joined_into_each_other():
    """A key keeps its parts apart, so that no id can spell another key."""
    keys = [
        retry_key(("member", "a"), "b", "c"),
        retry_key(("member", "a|b"), "", "c"),
        agent_key("x"),
        grant_key("x"),
    ]
    assert 4 == len(set(keys))


def test_frozen_map_cannot_be_changed():
    """A frozen map is a mapping with a hash, equal to its like, and has no way in."""
    one = FrozenMap({"a": 1, "b": 2})
    assert {"a": 1, "b": 2} == one
    assert (1, 2, ["a", "b"]) == (one["a"], len(one), list(one))
    assert hash(one) == hash(FrozenMap([("b", 2), ("a", 1)]))
    assert "FrozenMap({'a': 1, 'b': 2})" == repr(one)
    assert one == pickle.loads(pickle.dumps(one))  # noqa: S301
    with pytest.raises(TypeError):
        one["c"] = 3


def test_edge_returns_what_is_right():
    """Right values come back as they are, texts trimmed."""
    assert ("a" * 200, None, 3, True, "b", "x y") == (
        identifier("f", "a" * 200),
        optional(identifier, "f", None),
        integer("f", 3, least=3, most=3),
        boolean("f", True),
        one_of("f", "b", ("a", "b")),
        text("f", " x y\n", least=2),
    )
    assert "x\n\ty" == text("f", "x\n\ty")
    assert "a" == optional(identifier, "f", "a")


def test_text_that_is_far_too_long_is_not_remembered():
    """A refused id of a megabyte leaves nothing behind: flooding the door fills no memory."""
    from grantkit import inputs  # noqa: PLC0415

    before = inputs._is_id.cache_info().currsize
    with pytest.raises(InvalidInput):
        identifier("f", "a" * 1_000_001)
    assert before == inputs._is_id.cache_info().currsize


def test_system_has_a_name():
    """A job is known by its name."""
    assert "ticket-hook" == System("ticket-hook").name


def test_what_others_make_is_taken_by_its_kind():
    """An object of another library may be of a class made from the one that is asked for; nothing else passes."""

    class Made(timedelta):
        pass

    a_kind_of("span", Made(hours=1), timedelta)
    a_kind_of("span", timedelta(hours=1), int, timedelta)
    with pytest.raises(InvalidInput) as caught:
        a_kind_of("span", "PT1H", int, timedelta)

    assert ("span", "wrong_type", "int or timedelta") == (
        caught.value.field,
        caught.value.code,
        caught.value.wants,
    )


def test_consents_say_what_they_are():
    """A consent and the events that bring and end it read in words, and as data without what came of it."""
    consent = a_consent(reason="Boards missing", tickets=frozenset({"T-1"}))
    made, over = Consented(consent), ConsentEnded("co_1", Ending.REVOKED)

    assert "consent co_1" == str(consent) == str(over)
    assert str(made).startswith("consent co_1 to team support for everything, writer, until ")
    assert ("co_1", "written") == (made.to_data()["consent"]["id"], made.to_data()["consent"]["flow"])
    assert {"tenant", "rules", "consent_seq", "ended", "solved"}.isdisjoint(made.to_data()["consent"])
