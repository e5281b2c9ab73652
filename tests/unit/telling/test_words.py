"""Plain words for readers."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from grantkit import Calendar, Elapsed, EndOfDay, Instant, OpenEnded, Scope, StartOfDay, System
from grantkit.model import Holder
from grantkit.telling.foreign import inert, name_beside_id, on_one_line
from grantkit.telling.words import Words, allowed, listed, what, where

AT = datetime(2027, 3, 3, 23, 30, tzinfo=UTC)
VIENNA = Words(
    zone=ZoneInfo("Europe/Vienna"),
    zone_name="Europe/Vienna",
    names={("agent", "a-kim"): "Kim", ("member", "a-kim"): "K"},
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, 山田\nzwei", "Grüße, 山田\nzwei"),
        ("invoice\u202egnp.exe", "invoice[U+202E]gnp.exe"),
        ("a\u200bb\u2066c\ufeff", "a[U+200B]b[U+2066]c[U+FEFF]"),
        ("a\u200cb\u200dc\u200d", "a[U+200C]b[U+200D]c[U+200D]"),
        (
            "\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f527",
            "\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f527",
        ),
        ("\u2764\ufe0f a\ufe0f\ufe0e", "\u2764\ufe0f a[U+FE0F][U+FE0E]"),
        ("\ufe0f\u200d", "[U+FE0F][U+200D]"),
        (
            "a\u3164\uffa0\u115f\u2800\u034f\u17b4\u180b\U000e0100",
            "a[U+3164][U+FFA0][U+115F][U+2800][U+034F][U+17B4][U+180B][U+E0100]",
        ),
        ("a\x00b\x1bc\x85d\u2028e", "a[U+0000]b[U+001B]c[U+0085]d[U+2028]e"),
    ],
    ids=["letters", "turned", "unseen", "joined", "joins", "varied", "alone", "blank", "controls"],
)
def test_foreign_text_is_inert(text, shown):
    """Whatever turns text around, or is not seen, is spelled out; letters of every script stay."""
    assert shown == inert(text)


def test_a_reason_cannot_begin_a_line_of_its_own():
    """A text of several lines is told on one: what it says cannot pass for a line of ours."""
    assert "Sync is off / Until: never" == on_one_line("Sync is off\n\n  Until: never\n")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (AT, "Thu 4 Mar 2027, 00:30 Europe/Vienna (Wed 3 Mar 2027, 23:30 UTC)"),
        (AT.replace(hour=12, second=5), "Wed 3 Mar 2027, 13:30:05 Europe/Vienna (12:30:05 UTC)"),
    ],
    ids=["another_day", "the_same_day"],
)
def test_an_instant_is_told_by_the_readers_clock_and_in_utc(at, words):
    """A time is told by the reader's clock with the zone named, and in UTC beside it."""
    assert words == VIENNA.at(at)


def test_where_the_clocks_agree_a_time_is_told_once():
    """Where the reader's clock shows UTC, it stands there once."""
    london = Words(zone=ZoneInfo("Europe/London"), zone_name="Europe/London", names={})
    assert "Wed 3 Mar 2027, 23:30 UTC" == london.at(AT)


def test_people_are_named_with_their_ids():
    """Names stand beside ids, by side: two people of one name have two ids, and one id may be on both sides."""
    assert ("Kim (a-kim)", "K (a-kim)") == (VIENNA.named("agent", "a-kim"), VIENNA.named("member", "a-kim"))
    assert "a-lou" == VIENNA.named("agent", "a-lou")
    assert "the job hook" == VIENNA.person(System("hook"))
    assert "everybody in team support" == VIENNA.holder(Holder("team", "support"))
    assert "Kim (a-kim) of team tech" == VIENNA.holder(Holder("agent", "a-kim"), "tech")


def test_a_name_cannot_bring_an_id_of_its_own():
    """Parentheses in a name are shown as others: what stands in round ones is the id."""
    assert "Ana [m-ana] (a-eve)" == name_beside_id("Ana (m-ana)", "a-eve")
    assert "Ana [m-ana] (a-eve)" == name_beside_id("Ana \uff08m-ana\uff09", "a-eve")
    assert "a-eve" == name_beside_id("a-eve", "a-eve") == name_beside_id(None, "a-eve")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Elapsed(hours=36), "36 hours"),
        (Elapsed(days=1), "1 day"),
        (Elapsed(seconds=61), "61 seconds"),
        (Calendar(months=14, days=2), "1 year, 2 months and 2 days"),
        (Calendar(months=1), "1 month"),
        (StartOfDay(date(2027, 3, 10)), "until Wed 10 Mar 2027 begins"),
        (EndOfDay(date(2027, 3, 10), "Asia/Tokyo"), "until Wed 10 Mar 2027 ends in Asia/Tokyo"),
        (Instant(AT), "until Thu 4 Mar 2027, 00:30 Europe/Vienna (Wed 3 Mar 2027, 23:30 UTC)"),
        (OpenEnded(), "no end is set"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value.replace(" ", "_"),
)
def test_an_end_is_told_as_it_was_expressed(value, words):
    """Spans, dates with their zone and no end at all are told as they were asked for; instants by the clock."""
    assert words == VIENNA.term(value)


def test_of_several_ends_the_earliest_counts():
    """[B2] What an approver shortened is told beside what was asked for."""
    assert "4 hours" == VIENNA.asked([Elapsed(hours=4)])
    assert "the earliest of 4 hours and 90 minutes" == VIENNA.asked([Elapsed(hours=4), Elapsed(minutes=90)])


def test_ceilings_are_told_where_they_say_something():
    """[J10] What policies let somebody do is told with the ceilings that they do not go beyond."""
    assert "everything, and no more than look only" == allowed(["administrator"], [["read-only"]])
    assert "look only" == allowed(["read-only"], [["read-only"], ["administrator"]])


def test_what_takes_a_further_permission_is_told():
    """[J9, J10] What goes beyond a demand is told as taking its consent besides, where that says something."""
    letter = (("read-only",), "letter")
    assert "everything; more than look only takes a consent by flow “letter” besides" == allowed(
        ["administrator"], [], [letter]
    )
    assert "look only" == allowed(["read-only"], [], [letter])
    assert "everything, and no more than look only" == allowed(["administrator"], [["read-only"]], [letter])


def test_what_and_where():
    """Policies are told by what they let somebody do where that is known, and by name; scopes by their resources."""
    assert "look only" == what(["read-only"])
    assert "everything and what policy “fix” allows" == what(["administrator", "fix"])
    assert "nothing any more" == what([])
    assert "everything at acme" == where(Scope.whole(), "acme")
    assert "project:1 and project:2" == where(Scope.only("project:2", "project:1"), "acme")
    assert ("", "a", "a, b and c") == (listed([]), listed(["a"]), listed(["a", "b", "c"]))
