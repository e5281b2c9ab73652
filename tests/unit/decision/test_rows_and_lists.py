"""Rows that a store should not have handed back, and lists that say where."""

import pytest

from grantkit import InvalidInput, Reason, Scope
from grantkit.decision import TenantFacts, authorize, visible
from grantkit.decision.candidates import rows
from grantkit.inputs import FrozenMap
from grantkit.model import Freeze, Head, Stance
from grantkit.policy import READ_ONLY, Layer, parse_action
from unit.making import ANA, KIM, LEE, NOW, a_grant, ended, law, policy, window

READ = parse_action("action", "board:read")
FREEZE = Freeze(by=ANA, at=NOW, seq=3)


def facts(*grants, **changed):
    return TenantFacts(head=Head(tenant="acme"), grants=grants, **changed)


def decide(found, **changed):
    return authorize(KIM, "acme", "board:read", NOW, facts=found, **changed)


def test_a_stance_under_another_agents_key_denies():
    """What is held against this agent is not known where somebody else's row stands in its place."""
    stance = Stance(agent="a-lee", freeze=FREEZE)
    assert Reason.STORE_UNAVAILABLE is decide(facts(a_grant(), stances=FrozenMap({"a-kim": stance}))).reason


def test_an_ancestor_under_another_key_is_missing():
    """A live consent cannot stand in for the one that a grant rests on."""
    other = a_grant("gr_other")
    found = facts(a_grant(parent="gr_gone"), lineage=FrozenMap({"gr_gone": other}))
    assert Reason.CONSENT_ENDED is decide(found).reason


def test_what_cannot_be_judged_opens_no_secret():
    """An ancestor that is no row at all leaves the tenant hidden, and denies."""
    hiding = law(view={"status": ["tenant:*"]})
    decision = decide(facts(a_grant(parent="gr_bad"), lineage={"gr_bad": object()}), rules=hiding)
    assert (Reason.STORE_UNAVAILABLE, True) == (decision.reason, decision.conceal)


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_rows_of_one_id_the_one_that_says_less_is_believed(turned):
    """A torn read that gives a grant live and ended denies, in either order."""
    pair = (a_grant(), a_grant(ended=ended(), version=2))
    found = facts(*(reversed(pair) if turned else pair))
    assert 1 == len(rows(found))
    decision = decide(found)
    assert (Reason.REVOKED, "gr_1", 1) == (decision.reason, decision.grant_id, len(decision.considered))


def test_what_is_no_grant_is_no_reason_to_say_that_there_is_none():
    """A row that is no grant is dropped; if nothing else is there, the facts are not to be had."""
    assert Reason.STORE_UNAVAILABLE is decide(facts(object())).reason
    assert decide(facts(object(), a_grant())).allowed


def test_a_grant_has_one_consented_layer():
    """What was consented to is one layer: two of them would each have to allow, and amending would mix them."""
    with pytest.raises(InvalidInput) as caught:
        a_grant(layers=(Layer.of(READ_ONLY), Layer.of()))
    assert ("grant.layers", "duplicate") == (caught.value.field, caught.value.code)


def test_a_list_is_read_for_the_agent_who_asks():
    """Facts read for somebody else list nothing, with and without an action."""
    found = facts(a_grant(), agent=LEE.id)
    assert (None, None) == tuple(visible(KIM, found, law(), NOW, action) for action in (READ, None))


def test_a_list_says_which_places_are_open():
    """Patterns, names and exceptions are read together; the tenant as a whole is asked about by itself."""
    boards = policy("boards", "board:read", resource="board:*", deny=None)
    held = a_grant(layers=(Layer.of(boards),), window=window())
    rules = law(
        policies={
            "boards": [
                *boards.to_data(),
                {"effect": "deny", "action": ["*"], "resource": ["board:7"]},
            ]
        }
    )
    found = visible(KIM, facts(held), rules, NOW, READ)
    assert (("board:*",), {"board:7"}) == (found.patterns, found.excluded)
    assert [False, True, False, False] == [
        found.includes(place) for place in (None, "board:1", "board:7", "task:1")
    ]
    assert "acme: board:* but not board:7" == str(found)
    with pytest.raises(InvalidInput):
        found.includes("board")


def test_a_list_names_what_a_scope_names():
    """Listed resources are open by name, and nothing else is."""
    found = visible(KIM, facts(a_grant(scope=Scope.only("project:42"))), law(), NOW, READ)
    assert (False, {"project:42"}, ()) == (found.tenant_wide, found.resources, found.patterns)
    assert "acme: project:42" == str(found)


def test_a_printed_decision_says_what_the_agent_may_know():
    """What is printed may be read by anybody: it is the agent's explanation."""
    decision = decide(facts(), rules=law(view={"status": ["tenant:*"]}))
    assert decision.explain(to="agent") == str(decision)


def test_where_a_deny_bites_nobody_is_told_to_ask_for_more():
    """More consent would not help where what was consented to denies the action itself."""
    held = a_grant(layers=(Layer.of(READ_ONLY, policy("no-boards", deny="board:read")),))
    rules = law(policies={"no-boards": policy("no-boards", deny="board:read").to_data()})
    denied = decide(facts(held), rules=rules)
    assert denied.explain().endswith("and that denies board:read.")
    lacking = authorize(KIM, "acme", "board:write", NOW, facts=facts(a_grant()))
    assert lacking.explain().endswith("board:write is not part of it. Ask acme for more.")
