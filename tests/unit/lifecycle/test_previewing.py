"""The preview, pure: who, what in plain words, where, why, from when and until when."""

import pytest

from grantkit import Instant, OpenEnded
from unit.lifecycle.asked import world
from unit.making import HOUR, KIM, NOW, TICK, policy


def test_preview_says_everything_in_plain_words():
    """A preview names who, what, where, why with its category and tickets, and the end in UTC and in the zone."""
    flow = {"start": {"reason": {"categories": ["bug"]}}, "to": ["agent:support"], "act_as": ["any"]}
    found = world(flow, zone="Europe/Vienna", ceilings={"*": ["read-only"]}).request(
        category="bug", tickets=frozenset({"T-2", "T-1"}), act_as="m-ana"
    )
    assert (
        "Who: agent a-kim of team support, acting as member m-ana, asked by agent a-kim",
        "What: read-only: may read anything, list anything; never more than read-only allows",
        "Where: everything, at tenant acme",
        "Why: Boards missing [bug], ticket T-1, ticket T-2",
        "Until: 2027-03-03 16:00 UTC (2027-03-03 17:00 Europe/Vienna), and never later",
    ) == found.preview().lines


def test_seconds_are_shown_where_there_are_some():
    """An end that is not on the minute shows its seconds, in the zone too."""
    found = world(zone="Europe/Vienna").request(ends=Instant(NOW + HOUR + 30_000_000 * TICK))
    assert "(2027-03-03 14:00:30 Europe/Vienna)" in str(found.preview())


def test_no_reason_no_end_and_a_consent_are_said():
    """What is missing is said: no reason, no end, and that a consent lets nobody in by itself."""
    flow = {
        "yields": "consent",
        "start": {"reason": {"min": 0}},
        "ends": ["open_ended"],
        "longest": "open_ended",
    }
    shown = str(world(flow).request(reason="", ends=OpenEnded()).preview())
    assert "Why: no reason given" in shown
    assert "Until: no end" in shown
    assert "(a consent: it lets nobody in by itself)" in shown


def test_dropped_policies_are_not_shown():
    """Only what is left after narrowing is shown."""
    flow = {"steps": [{"by": ["tenant:admin"], "count": 2}], "policies": ["administrator", "read-only"]}
    found = world(flow).request(policies=("administrator", "read-only")).approve(policies=("read-only",))
    assert "What: read-only: may read anything, list anything" == found.preview().lines[1]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (policy("p", "*"), "p: may do anything"),
        (policy("p", "*:read"), "p: may read anything"),
        (policy("p", "board:*"), "p: may do anything with board"),
        (policy("p", "board:read", resource="project:1"), "p: may read board on project:1"),
        (policy("p", "board:read", deny="board:delete"), "p: may read board, and may not delete board"),
        (policy("p", deny="board:delete"), "p: allows nothing, and may not delete board"),
    ],
    ids=["everything", "verb", "noun", "resource", "deny", "deny_only"],
)
def test_policy_is_said_in_plain_words(made, expected):
    """A policy reads as what it allows, and what it denies."""
    assert expected == made.in_words()


def test_name_of_whoever_asked_is_not_in_the_row():
    """A row keeps no name; the preview shows the one that it is given."""
    assert None is world().request(KIM).preview().by.name
