"""Plain words: what customers read of instants, spans and policies."""

from datetime import UTC, date, datetime

import pytest
from examples.helpdesk import plain

from grantkit import (
    ADMINISTRATOR,
    READ_ONLY,
    Calendar,
    Elapsed,
    EndOfDay,
    Instant,
    OpenEnded,
    PermissionPolicy,
    Scope,
    StartOfDay,
    System,
)
from grantkit.model import Demand, Holder
from grantkit.policy import Layer

NAMES = {"a-kim": "Kim", "m-ana": "Ana"}
WORDS = plain.Words(
    zone="Asia/Tokyo", name_of=lambda ident: NAMES.get(ident, ident), places={"project:42": "The new shop"}
)


def policy(name, *statements):
    return PermissionPolicy.from_data(
        name,
        [{"effect": effect, "action": actions, "resource": where} for effect, actions, where in statements],
    )


SEE = policy("see", ("allow", ["invoice:read", "invoice:list"], ["*"]))
FIX = policy("fix", ("allow", ["meter:read", "meter:update"], ["*"]))
HELP = policy("help", ("allow", ["*:read", "task:update", "comment:create"], ["project:*"]))
BUT = policy("but", ("allow", ["*"], ["*"]), ("deny", ["invoice:update", "payment:*"], ["*"]))


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        pytest.param([READ_ONLY], "look at everything, change nothing", id="looking"),
        pytest.param([ADMINISTRATOR], "do anything", id="anything"),
        pytest.param([ADMINISTRATOR, SEE], "do anything", id="anything and more"),
        pytest.param([SEE], "look at invoices, change nothing", id="looking at some"),
        pytest.param([SEE, FIX], "look at invoices and look at and change meters", id="two"),
        pytest.param(
            [HELP], "look at everything, change tasks and add comments in projects", id="in projects"
        ),
        pytest.param([BUT], "do anything, but not change invoices or do anything with payments", id="but"),
        pytest.param([policy("none")], "do nothing at all", id="nothing"),
        pytest.param(
            [policy("one", ("allow", ["sync:restart"], ["account:ben"]))],
            "restart syncs in account ben",
            id="a place",
        ),
        pytest.param(
            [policy("history", ("allow", ["history:erase-all"], ["*"]))],
            "erase all histories",
            id="two words",
        ),
    ],
)
def test_policies_are_said_together(chosen, words):
    """What policies allow is one phrase, for of each alone it would promise too much or too little."""
    assert words == plain.policies(chosen)


def test_what_a_ceiling_bounds_is_said_as_what_is_left():
    """Anything under a ceiling of looking is looking, and is not sold as anything."""
    layers = (Layer.of(ADMINISTRATOR), Layer.of(READ_ONLY, kind="ceiling"))
    assert ("look at everything, change nothing", ()) == plain.what(["administrator"], layers)


def test_a_ceiling_that_bounds_something_else_is_said_beside_it():
    """Two layers of which neither is everything are both shown: no phrase says what they have in common."""
    layers = (Layer.of(FIX), Layer.of(READ_ONLY, kind="ceiling"), Layer.of(ADMINISTRATOR, kind="ceiling"))
    assert (
        "look at and change meters",
        ("Never more than this, whatever is agreed: look at everything, change nothing.",),
    ) == plain.what(["fix"], layers)


def test_what_an_approver_dropped_is_not_said():
    """Only the policies that are left count."""
    layers = (Layer.of(SEE, FIX), Layer.of(SEE, kind="narrowed"))
    assert ("look at invoices, change nothing", ()) == plain.what(["see"], layers)


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [
        pytest.param(
            ADMINISTRATOR,
            ("look at everything, change nothing", ("With a written permission besides: do anything.",)),
            id="anything",
        ),
        pytest.param(
            FIX,
            (
                "look at and change meters",
                ("Without a written permission besides, only this: look at everything, change nothing.",),
            ),
            id="something",
        ),
        pytest.param(READ_ONLY, ("look at everything, change nothing", ()), id="no more than that"),
    ],
)
def test_what_takes_a_further_consent_is_said(agreed, expected):
    """Nobody reads "do anything" where anything but looking takes a further consent."""
    demand = Demand(beyond=Layer.of(READ_ONLY), needs="written-permission")
    assert expected == plain.what([agreed.name], [Layer.of(agreed)], [demand])


@pytest.mark.parametrize(
    ("term", "words"),
    [
        pytest.param(Elapsed(days=28), "4 weeks", id="weeks"),
        pytest.param(Elapsed(hours=36), "36 hours", id="hours"),
        pytest.param(Elapsed(seconds=90), "90 seconds", id="seconds"),
        pytest.param(Elapsed(days=1), "1 day", id="one"),
        pytest.param(Calendar(weeks=1), "1 week", id="a week"),
        pytest.param(Calendar(years=1), "1 year", id="a year"),
        pytest.param(Calendar(months=14, days=10), "1 year, 2 months and 10 days", id="all of it"),
        pytest.param(StartOfDay(date(2027, 3, 4)), "until Thu 4 Mar 2027 begins", id="start"),
        pytest.param(EndOfDay(date(2027, 3, 4)), "until Thu 4 Mar 2027 ends", id="end"),
        pytest.param(Instant(datetime(2027, 3, 4, tzinfo=UTC)), "until a point in time", id="instant"),
        pytest.param(OpenEnded(), "until somebody ends it", id="open"),
    ],
)
def test_an_end_reads_as_it_was_expressed(term, words):
    """A span is said in the unit in which it was meant, and a date with whether it is still in it."""
    assert words == plain.term(term)


def test_an_instant_is_told_in_the_customers_zone_and_in_utc():
    """Both readings are there, and the one in UTC has its date where that is another."""
    evening = datetime(2027, 3, 3, 20, 0, tzinfo=UTC)
    morning = datetime(2027, 3, 3, 1, 0, 5, tzinfo=UTC)
    assert ("Thu 4 Mar 2027, 05:00", "Wed 3 Mar 2027, 20:00 UTC") == (
        WORDS.at(evening),
        WORDS.beside(evening),
    )
    assert ("Wed 3 Mar 2027, 10:00:05", "01:00:05 UTC") == (WORDS.at(morning), WORDS.beside(morning))


def test_people_are_told_apart_by_their_ids():
    """Somebody's id stands beside their name, since two people may have the same; unknown ones have the id alone."""
    assert "Kim (a-kim) of team support" == WORDS.holder(Holder("agent", "a-kim"), "support")
    assert "team support" == WORDS.holder(Holder("team", "support"))
    assert "a-new" == WORDS.named("a-new")
    assert "the job sweep" == WORDS.person(System("sweep"))


def test_places_have_the_names_that_people_gave_them():
    """A scope is said with the names of its places, and as everything where it is the whole."""
    assert "The new shop and project 7" == WORDS.scope(Scope.only("project:42", "project:7"))
    assert "everything" == WORDS.scope(Scope.whole())


def test_a_sentence_begins_large_and_keeps_the_rest():
    """Names within a sentence are not written small."""
    assert "Ben’s McCoy account" == plain.sentence("ben’s McCoy account")


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("tenant:group-creator", "group creator"),
        ("tenant:*", "any member"),
        ("vendor:*", "any agent"),
        ("vendor:on-call", "team on-call"),
    ],
)
def test_a_selector_reads_as_people(selector, words):
    """Who may answer is told without the spelling of the rules."""
    assert words == plain.selector(selector)
