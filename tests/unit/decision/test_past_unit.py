"""Answers about the past: made of rows, readable, and of no truth value."""

import pytest

from grantkit import AccessRules, PastDecision, Reason
from grantkit.decision import Decision, ask, facts_from, reach_verdict
from grantkit.model import HEAD, Cut, Head, Stance, agent_key, cut_key, grant_key
from unit.making import KIM, LEE, NOW, a_grant, window

GRANTS = (a_grant("gr_1"), a_grant("gr_2", window=window(-9, -5)), a_grant("gr_3", holder=LEE, parent="gr_1"))
ROWS = {
    HEAD: Head(tenant="acme", seq=7, rules="d" * 64, seen_at=NOW),
    agent_key("a-kim"): Stance(agent="a-kim", cut_off=3),
    agent_key("a-lee"): Stance(agent="a-lee"),
    cut_key(3): Cut(agent="a-kim", seq=3, at=NOW),
    **{grant_key(each.id): each for each in GRANTS},
}


def past(action="board:read", known_at=7, rows=ROWS, agent=KIM):
    """Return an answer about the past from rows."""
    question = ask(agent, "acme", action, NOW, resource=None, act_as=None)
    facts, rules = facts_from(rows, "acme", agent.id), AccessRules()
    return PastDecision(Decision(question, facts, rules, reach_verdict(question, facts, rules)), known_at)


def test_rows_are_facts():
    """The whole projection gives a decision its head, every grant, its ancestors, and what is held against whom."""
    facts = facts_from(ROWS, "acme", "a-kim")
    assert (ROWS[HEAD], "a-kim", set(GRANTS)) == (facts.head, facts.agent, set(facts.grants))
    assert {each.id: each for each in GRANTS} == dict(facts.lineage)
    assert {"a-kim": ROWS["agent", "a-kim"], "a-lee": ROWS["agent", "a-lee"]} == dict(facts.stances)


def test_no_rows_are_the_facts_of_a_tenant_that_never_was():
    """Before the first event there is a head at nothing, and no grant."""
    facts = facts_from({}, "acme", "a-kim")
    assert (Head(tenant="acme"), ()) == (facts.head, facts.grants)
    assert Reason.NO_GRANT is past(rows={}, known_at=0).reason


def test_answer_about_the_past_has_no_truth_value():
    """Whoever would let somebody in by it gets an error, be the answer yes or no."""
    for answer in (past(agent=LEE), past("board:delete")):
        with pytest.raises(TypeError, match="guards nothing"):
            bool(answer)
        with pytest.raises(TypeError, match="guards nothing"):
            print("let in" if answer else "kept out")  # noqa: T201


def test_answer_about_the_past_shows_what_the_decision_was():
    """It has the parts of a decision: whether, why, by which grant, for whom, where and when."""
    rows = {key: row for key, row in ROWS.items() if key[0] not in ("agent", "cut")}
    yes, no = past(rows=rows), past("board:delete", rows=rows)
    assert (True, Reason.ALLOWED, "gr_1", GRANTS[0]) == (yes.allowed, yes.reason, yes.grant_id, yes.grant)
    assert (False, Reason.ACTION_NOT_PERMITTED, "gr_1") == (no.allowed, no.reason, no.grant_id)
    assert (KIM, "acme", NOW, "d" * 64, 7) == (yes.agent, yes.tenant, yes.at, yes.rules, yes.known_at)
    question = ask(KIM, "acme", "board:read", NOW, resource="project:42", act_as="m-ana")
    facts, rules = facts_from(rows, "acme", "a-kim"), AccessRules()
    asked = PastDecision(Decision(question, facts, rules, reach_verdict(question, facts, rules)), 7)
    assert ("board:read", "project:42", "m-ana") == (str(asked.action), str(asked.resource), asked.act_as)
    assert ("board:read", None, None) == (str(yes.action), yes.resource, yes.act_as)
    assert ["gr_1", "gr_2"] == sorted(each.grant.id for each in yes.considered)
    assert (None, None) == (past(rows={}).grant, past(rows={}).grant_id)


def test_answer_about_the_past_says_what_it_rests_on():
    """It reads as the decision did, after the instant, what was known of the record, and under which rules."""
    yes = past(agent=LEE)
    assert str(yes).startswith(
        "At 2027-03-03 12:00 UTC, as known by event 7 of acme, under rules dddddddddddd: Allowed."
    )
    assert str(yes) == yes.explain()
    assert str(past(rows={}, known_at=0)).startswith(
        "At 2027-03-03 12:00 UTC, as known before the first event of acme, under the safe rules: Denied: no_grant."
    )
    assert "<PastDecision allowed agent=a-lee tenant=acme known_at=7>" == repr(yes)


def test_answer_about_the_past_is_plain_data():
    """As data it is the decision, with what was known and under which rules."""
    yes = past(agent=LEE)
    data = yes.to_dict()
    assert (7, "d" * 64) == (data.pop("known_at"), data.pop("rules"))
    assert yes._decision.to_dict() == data
    assert ("allowed", "a-lee") == (data["reason"], data["agent"])
