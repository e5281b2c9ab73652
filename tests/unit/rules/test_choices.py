"""Choices of end: exact terms and bare shapes."""

import pytest

from grantkit.rules import Choice, surely_longer


@pytest.mark.parametrize(
    ("data", "choice", "spelled"),
    [
        ({"elapsed": "PT12H"}, Choice("elapsed", 43_200), {"elapsed": "PT12H"}),
        ({"elapsed": "P4W"}, Choice("elapsed", 28 * 86_400), {"elapsed": "P28D"}),
        ({"calendar": "P2M10D"}, Choice("calendar", (2, 10)), {"calendar": "P2M10D"}),
        ({"calendar": "P1Y"}, Choice("calendar", (12, 0)), {"calendar": "P1Y"}),
        ({"start_of_day": "P1D"}, Choice("start_of_day", 1), {"start_of_day": "P1D"}),
        ({"end_of_day": "P0D"}, Choice("end_of_day", 0), {"end_of_day": "P0D"}),
        ({"end_of_day": "P1W"}, Choice("end_of_day", 7), {"end_of_day": "P7D"}),
        (
            {"elapsed": "PT1H", "from": "end"},
            Choice("elapsed", 3600, True),
            {"elapsed": "PT1H", "from": "end"},
        ),
    ],
)
def test_exact_choice_reads_and_spells(data, choice, spelled):
    """An exact choice keeps its span, is concrete, and has one spelling."""
    assert choice == Choice.parse("ends", data)
    assert spelled == choice.to_data()
    assert choice.concrete is True


@pytest.mark.parametrize(
    "kind", ["elapsed", "calendar", "start_of_day", "end_of_day", "instant", "open_ended"]
)
def test_bare_choice_leaves_the_value_to_the_caller(kind):
    """A bare shape, and an open end, is never used unless the caller says so."""
    assert Choice(kind) == Choice.parse("ends", kind)
    assert kind == Choice(kind).to_data()
    assert Choice(kind).concrete is False


@pytest.mark.parametrize(
    ("value", "field", "code"),
    [
        ("never", "ends[0]", "unknown"),
        (None, "ends[0]", "wrong_type"),
        (0, "ends[0]", "wrong_type"),
        ([], "ends[0]", "wrong_type"),
        ({}, "ends[0]", "required"),
        ({1: "PT1H"}, "ends[0]", "wrong_type"),
        ({"from": "end"}, "ends[0]", "required"),
        ({"elapsed": "PT1H", "calendar": "P1D"}, "ends[0]", "ambiguous"),
        ({"instant": "2027-01-01"}, "ends[0].instant", "unknown_key"),
        ({"open_ended": True}, "ends[0].open_ended", "unknown_key"),
        ({"elapsed": "PT1H", "zone": "Europe/Vienna"}, "ends[0].zone", "unknown_key"),
        ({"elapsed": None}, "ends[0].elapsed", "bad_duration"),
        ({"elapsed": "P1M"}, "ends[0].elapsed", "bad_duration"),
        ({"elapsed": "PT0S"}, "ends[0].elapsed", "out_of_range"),
        ({"calendar": "PT1H"}, "ends[0].calendar", "bad_duration"),
        ({"calendar": "P0D"}, "ends[0].calendar", "out_of_range"),
        ({"calendar": "P9999Y"}, "ends[0].calendar", "out_of_range"),
        ({"calendar": "P999999D"}, "ends[0].calendar", "out_of_range"),
        ({"start_of_day": "P1M"}, "ends[0].start_of_day", "bad_duration"),
        ({"end_of_day": "P999999D"}, "ends[0].end_of_day", "out_of_range"),
        ({"elapsed": "PT1H", "from": "now"}, "ends[0].from", "unknown"),
        ({"calendar": "P1M", "from": "end"}, "ends[0].from", "law"),
        ({"end_of_day": "P1D", "from": "end"}, "ends[0].from", "law"),
    ],
)
def test_choice_that_says_no_end_is_refused(refusal, value, field, code):
    """A choice has one kind and a span longer than nothing; calendar spans and dates never chain."""
    assert (field, code) == refusal(Choice.parse, "ends[0]", value)


@pytest.mark.parametrize(
    ("parts", "field", "code"),
    [
        (("forever",), "kind", "unknown"),
        (("elapsed", 0), "span", "out_of_range"),
        (("elapsed", True), "span", "wrong_type"),
        (("elapsed", (1, 0)), "span", "wrong_type"),
        (("calendar", 30), "span", "wrong_type"),
        (("calendar", (1,)), "span", "wrong_type"),
        (("calendar", (0, 0)), "span", "out_of_range"),
        (("calendar", (-1, 40)), "span", "out_of_range"),
        (("start_of_day", -1), "span", "out_of_range"),
        (("instant", 5), "span", "wrong_type"),
        (("open_ended", 5), "span", "wrong_type"),
        (("elapsed", 5, 1), "from_end", "wrong_type"),
        (("elapsed", None, True), "from", "law"),
    ],
)
def test_choice_by_parts_is_no_laxer(refusal, parts, field, code):
    """A choice made of its parts obeys the grammar of the document."""
    assert (field, code) == refusal(Choice, *parts)


@pytest.mark.parametrize(
    ("one", "other", "longer"),
    [
        (Choice("elapsed", 61), Choice("elapsed", 60), True),
        (Choice("elapsed", 60), Choice("elapsed", 60), False),
        (Choice("calendar", (1, 1)), Choice("calendar", (1, 0)), True),
        (Choice("calendar", (1, 0)), Choice("calendar", (1, 0)), False),
        (Choice("calendar", (1, 0)), Choice("calendar", (0, 30)), False),
        (Choice("calendar", (0, 1)), Choice("calendar", (1, 0)), False),
        (Choice("start_of_day", 2), Choice("end_of_day", 0), True),
        (Choice("start_of_day", 1), Choice("end_of_day", 0), False),
        (Choice("end_of_day", 1), Choice("start_of_day", 1), True),
        (Choice("calendar", (24, 0)), Choice("elapsed", 60), False),
        (Choice("end_of_day", 90), Choice("elapsed", 60), False),
        (Choice("elapsed", 60), Choice("open_ended"), False),
    ],
)
def test_longer_only_where_comparable(one, other, longer):
    """A span is surely longer only than one of its own kind; a month against thirty days is open."""
    assert longer is surely_longer(one, other)
