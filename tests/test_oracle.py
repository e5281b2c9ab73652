"""Hand-computed cases that pin the reference model itself."""

from typing import Any

import pytest

from oracle import NEVER, Actor, Answer, Ask, Call, Grant, Member, Oracle

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
T0 = 1_000_000 * HOUR
ADMIN: Member = ("member", "m-ana", "acme", {"admin"}, {}, None)
OTHER_ADMIN: Member = ("member", "m-bob", "acme", {"admin"}, {}, None)
PROJECTS = {"project:1": {"owner"}, "project:2": {"admin"}}
OWNER_OF_P1: Member = ("member", "m-cy", "acme", {"guest"}, PROJECTS, None)
FOREIGN: Member = ("member", "m-ana", "globex", {"admin", "owner"}, {}, None)
KIM: Actor = ("agent", "a-kim", {"support"}, None)
LEE: Actor = ("agent", "a-lee", {"support"}, None)
SYSTEM: Actor = ("system", "sweeper")
TEAM = ("team", "support")
REFUSED = "refused"


def allow(*action: str, resource: str = "*", effect: str = "allow") -> dict[str, Any]:
    """Return a statement."""
    return {"effect": effect, "action": list(action), "resource": [resource]}


def flow(**changes: Any) -> dict[str, Any]:
    """Return a flow that offers much, with changes."""
    base: dict[str, Any] = {
        "steps_by": ["tenant:admin", "tenant:owner"], "policies": ["*"], "act_as": True,
        "to": ["agent", "team", "agent:support", "agent:tech"], "whole": True, "resources": ["*"], "most": 20,
        "ends": {"elapsed", "instant", "open_ended"}, "shortest": 60 * SECOND, "longest": 30 * DAY,
        "ahead": DAY, "amend_ends": {"elapsed", "instant"}, "amend_policies": True, "single": False,
        "off_word": None, "word": None, "entry_required": False, "reason_min": 1,
    }  # fmt: skip
    return base | changes


def rules(changes: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """Return a rule set with one flow, with changes to it or to the rules."""
    base: dict[str, Any] = {
        "policies": {"writer": [allow("*:write")], "no-board": [allow("board:*", effect="deny")]},
        "ceilings": {}, "demands": [], "flows": {"access": flow(**(changes or {}))}, "stop": [],
    }  # fmt: skip
    return base | others


def call(actor: Actor = ADMIN, now: int = T0, law: dict[str, Any] | None = None, digest: str = "r1") -> Call:
    """Return who calls, when and under which rules."""
    return Call("acme", actor, now, law or rules(), digest)


def give(oracle: Oracle, by: Call, gid: str = "g1", **changes: Any) -> Answer:
    """Grant the team four hours of looking, with changes."""
    terms: dict[str, Any] = {
        "holder": TEAM, "policies": ["read-only"], "end": ("elapsed", 4 * HOUR), "flow": "access",
        "reason": "x",
    }  # fmt: skip
    return oracle.grant(by, gid, **terms | changes)


def ask(now: int, action: str = "board:read", law: dict[str, Any] | None = None, **changes: Any) -> Ask:
    """Return Kim's question, with changes."""
    base = Ask("a-kim", {"support"}, "acme", action, None, now, law or rules())
    return base._replace(**changes)


def kinds(oracle: Oracle) -> list[str]:
    """Return the kinds of events, after checking that their sequence has no gap."""
    log = oracle.logs.get("acme", [])
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    return [event.kind for event in log]


@pytest.fixture
def oracle() -> Oracle:
    """Return an empty world."""
    return Oracle()


def test_default_deny(oracle: Oracle):
    """With nothing recorded every question is denied with `no_grant`, also about an unknown tenant."""
    assert oracle.decide(ask(T0)) == (False, "no_grant", None)
    assert oracle.facts("acme").seen_at == NEVER


def test_window_is_half_open(oracle: Oracle):
    """Access begins at the start instant and is over at the end instant."""
    give(oracle, call(), start=T0 + HOUR)
    answers = [oracle.decide(ask(at)) for at in (T0 + HOUR - 1, T0 + HOUR, T0 + 5 * HOUR - 1, T0 + 5 * HOUR)]
    assert [reason for _, reason, _ in answers] == ["not_yet_active", "allowed", "allowed", "expired"]
    assert all(gid == "g1" for _, _, gid in answers)


def halves_compose() -> bool:
    """Tell whether [a, b) and [b, c) allow, one at a time, exactly when [a, c) does."""
    law = rules({"shortest": 1})
    first, second, whole = Oracle(), Oracle(), Oracle()
    give(first, call(law=law), end=("instant", T0 + HOUR))
    give(second, call(law=law), start=T0 + HOUR, end=("elapsed", HOUR))
    give(whole, call(law=law), end=("elapsed", 2 * HOUR))
    instants = [edge + step for edge in (T0, T0 + HOUR, T0 + 2 * HOUR) for step in (-1, 0, 1)]
    return all(
        first.decide(ask(at))[0] + second.decide(ask(at))[0] == whole.decide(ask(at))[0] for at in instants
    )


def test_halves_of_an_interval_compose(monkeypatch: pytest.MonkeyPatch):
    """Two halves of an interval allow exactly as the whole; a model whose end is off by one is found out."""
    assert halves_compose()
    for slip in (-1, 1):
        with monkeypatch.context() as patch:
            patch.setattr(Grant, "over", lambda self, at, slip=slip: self.end + slip <= at)
            assert not halves_compose()


def test_revocation_is_a_fact_at_every_now(oracle: Oracle):
    """A revoked grant denies before, at and after the revocation, and a second revocation is no event."""
    give(oracle, call())
    assert oracle.revoke(call(OTHER_ADMIN, T0 + HOUR), "g1")[0] == "ok"
    assert oracle.revoke(call(now=T0 + 2 * HOUR), "g1")[0] == "ok"
    assert kinds(oracle) == ["rules_adopted", "granted", "ended"]
    assert {oracle.decide(ask(at))[1] for at in (T0 + HOUR, T0 + HOUR - 1, T0 + 9 * DAY)} == {"revoked"}


def test_clock_guard_and_correction(oracle: Oracle):
    """A clock over 60 s behind denies and refuses to widen, yet narrows; correcting it lifts the guard."""
    give(oracle, call(now=T0))
    behind = T0 - 60 * SECOND - 1
    assert oracle.decide(ask(behind))[1] == "clock_rollback"
    assert oracle.decide(ask(behind + 1))[1] == "not_yet_active"
    assert give(oracle, call(now=behind), "g2") == (REFUSED, {"ClockBehind"})
    assert oracle.unfreeze(call(now=behind)) == (REFUSED, {"ClockBehind"})
    assert oracle.revoke(call(now=behind), "g1") == ("ok", "g1")
    assert oracle.logs["acme"][-1].time == T0
    assert oracle.correct_clock(call(ADMIN, behind)) == (REFUSED, {"NotEntitled"})
    assert oracle.correct_clock(call(SYSTEM, behind))[0] == "ok"
    assert oracle.correct_clock(call(SYSTEM, behind))[0] == "ok"
    assert kinds(oracle)[-2:] == ["ended", "clock_corrected"]
    assert oracle.facts("acme").seen_at == behind
    assert give(oracle, call(now=behind), "g2")[0] == "ok"


def test_what_the_record_has_seen_stays_seen(oracle: Oracle):
    """An end that lies before the last event is over, even for a clock that reads a little earlier."""
    give(oracle, call(), end=("elapsed", HOUR))
    oracle.freeze(call(now=T0 + HOUR + SECOND), agent="a-lee")
    assert oracle.decide(ask(T0 + HOUR - SECOND))[1] == "expired"


def test_cut_off_is_a_watermark(oracle: Oracle):
    """A cut-off silences all consent up to it and none that follows; the same again is no event."""
    give(oracle, call())
    give(oracle, call(), "g2", start=T0 + HOUR)
    oracle.revoke_all(call())
    oracle.revoke_all(call(now=T0 + SECOND))
    assert kinds(oracle) == ["rules_adopted", "granted", "granted", "cut_off"]
    assert oracle.decide(ask(T0 + 2 * HOUR)) == (False, "cut_off", "g2")
    give(oracle, call(), "g3")
    assert oracle.decide(ask(T0)) == (True, "allowed", "g3")


def test_cut_off_of_one_agent(oracle: Oracle):
    """A cut-off of one agent spares the team's others, and leaves a team's grant amendable."""
    give(oracle, call())
    give(oracle, call(), "g2", holder=("agent", "a-kim"))
    oracle.revoke_all(call(), agent="a-kim")
    assert oracle.decide(ask(T0))[1] == "cut_off"
    assert oracle.decide(ask(T0, agent_id="a-lee"))[0]
    assert oracle.amend(call(), "g1", 1, end=("elapsed", HOUR)) == ("ok", 2)
    assert oracle.amend(call(), "g2", 1, end=("elapsed", HOUR)) == (REFUSED, {"IllegalTransition"})


def test_freeze_blocks_until_lifted(oracle: Oracle):
    """A freeze denies and refuses to widen, never to narrow, and lifting it brings access back."""
    give(oracle, call())
    assert oracle.freeze(call(OWNER_OF_P1))[0] == oracle.freeze(call())[0] == "ok"
    assert oracle.decide(ask(T0)) == (False, "frozen", None)
    assert give(oracle, call(), "g2") == (REFUSED, {"TenantFrozen"})
    assert oracle.amend(call(), "g1", 1, end=("elapsed", 5 * HOUR)) == (REFUSED, {"TenantFrozen"})
    assert oracle.amend(call(), "g1", 1, end=("elapsed", 3 * HOUR)) == ("ok", 2)
    assert oracle.unfreeze(call(OWNER_OF_P1)) == (REFUSED, {"NotEntitled"})
    assert oracle.unfreeze(call())[0] == oracle.unfreeze(call())[0] == "ok"
    assert oracle.decide(ask(T0))[0]
    assert kinds(oracle)[2:] == ["frozen", "amended", "unfrozen"]


def test_freeze_of_one_agent(oracle: Oracle):
    """An agent's freeze denies that agent alone and refuses grants that name them, not their team's."""
    give(oracle, call())
    oracle.freeze(call(), agent="a-kim")
    assert (oracle.decide(ask(T0))[1], oracle.decide(ask(T0, agent_id="a-lee"))[0]) == ("frozen", True)
    assert give(oracle, call(), "g2", holder=("agent", "a-kim")) == (REFUSED, {"TenantFrozen"})
    assert give(oracle, call(), "g2")[0] == "ok"


def test_unfreeze_with_revoke(oracle: Oracle):
    """Unfreezing with `revoke` cuts off first, also where nothing is frozen."""
    give(oracle, call())
    oracle.freeze(call())
    oracle.unfreeze(call(), revoke=True)
    assert kinds(oracle)[2:] == ["frozen", "cut_off", "unfrozen"]
    assert oracle.decide(ask(T0))[1] == "cut_off"
    oracle.unfreeze(call(), agent="a-kim", revoke=True)
    assert kinds(oracle)[5:] == ["cut_off"]


def test_entitlement_is_one_role_over_the_whole_scope(oracle: Oracle):
    """Roles on single resources count only where one and the same role holds on each of them."""
    one, two = frozenset({"project:1"}), frozenset({"project:1", "project:2"})
    assert give(oracle, call(OWNER_OF_P1)) == (REFUSED, {"NotEntitled"})
    assert give(oracle, call(OWNER_OF_P1), scope=two) == (REFUSED, {"NotEntitled"})
    assert give(oracle, call(OWNER_OF_P1), scope=one) == ("ok", "g1")
    assert oracle.decide(ask(T0, resource="project:1"))[0]
    assert oracle.decide(ask(T0, resource="project:2"))[1] == oracle.decide(ask(T0))[1] == "out_of_scope"


def test_who_never_consents(oracle: Oracle):
    """Foreign members, agents, systems, sessions under a grant and the grantee in person never consent."""
    inside: Member = ("member", "m-ana", "acme", {"admin"}, {}, "g0")
    self_made: Member = ("member", "a-kim", "acme", {"admin"}, {}, None)
    for actor, error in (
        (FOREIGN, "NotEntitled"), (KIM, "NotEntitled"), (SYSTEM, "NotEntitled"),
        (inside, "ActingThroughGrant"),
    ):  # fmt: skip
        assert give(oracle, call(actor)) == (REFUSED, {error})
    assert give(oracle, call(self_made), holder=("agent", "a-kim")) == (REFUSED, {"SelfApproval"})
    assert not oracle.logs


def test_every_refusal_is_named_and_nothing_is_appended(oracle: Oracle):
    """A refused grant names all that speaks against it and appends nothing, not even the rules."""
    law = rules({"word": "Support", "ends": {"elapsed"}, "policies": ["read-only"], "longest": DAY})
    terms = {"policies": ["writer"], "end": ("instant", T0 + 3 * DAY), "start": T0 + DAY + 1, "reason": " "}
    assert give(oracle, call(FOREIGN, law=law), word="support", **terms) == (REFUSED, {"NotEntitled"})
    assert give(oracle, call(OWNER_OF_P1, law=law), word="support", **terms) == (
        REFUSED,
        {
            "NotEntitled",
            "ConfirmationMismatch",
            "TermNotOffered",
            "CapExceeded",
            "NotOffered",
            "InvalidInput",
        },
    )
    assert give(oracle, call(law=law), word=" Support ")[0] == "ok"
    assert kinds(oracle) == ["rules_adopted", "granted"]


def test_terms(oracle: Oracle):
    """Spans count from the start, the bounds are inclusive, and an open end under a cap is the cap."""
    law = rules({"longest": 2 * HOUR})
    minute, cap = 60 * SECOND, 2 * HOUR
    spans = {minute: "ok", minute - 1: {"TermNotOffered"}, cap: "ok", cap + 1: {"CapExceeded"}}
    for span, outcome in spans.items():
        assert outcome in give(oracle, call(law=law), f"g{span}", start=T0 + HOUR, end=("elapsed", span))
    give(oracle, call(law=law), "capped", end=("open_ended",))
    assert oracle.facts("acme").grants["capped"].end == T0 + 2 * HOUR
    give(oracle, call(law=rules({"longest": None})), "open", end=("open_ended",))
    assert oracle.facts("acme").grants["open"].end is None
    assert oracle.decide(ask(T0 + 999 * DAY)) == (True, "allowed", "open")


def test_a_deny_silences_its_own_grant_only(oracle: Oracle):
    """Among policies of one grant a deny wins; another grant allows all the same."""
    give(oracle, call(), policies=["read-only", "no-board"])
    assert oracle.decide(ask(T0)) == (False, "action_not_permitted", "g1")
    assert oracle.decide(ask(T0, "wiki:read"))[0]
    give(oracle, call(), "g2", end=("elapsed", HOUR))
    assert oracle.decide(ask(T0)) == (True, "allowed", "g2")


def test_an_edited_policy_only_narrows(oracle: Oracle):
    """A policy made wider adds nothing, one made narrower bites at once, one gone is `policy_withdrawn`."""
    give(oracle, call(), policies=["writer"])
    wider, narrower, gone = ({"writer": [allow("*")]}, {"writer": [allow("wiki:write")]}, {})
    assert oracle.decide(ask(T0, "board:erase", rules(policies=wider)))[1] == "action_not_permitted"
    assert oracle.decide(ask(T0, "board:write", rules(policies=narrower)))[1] == "action_not_permitted"
    assert oracle.decide(ask(T0, "board:write", rules(policies=gone)))[1] == "policy_withdrawn"
    assert oracle.decide(ask(T0, "board:erase", rules(policies=gone)))[1] == "action_not_permitted"


def test_patterns(oracle: Oracle):
    """With no resource asked only the resource pattern `*` matches; a pattern's parts are literal or `*`."""
    law = rules(policies={"p": [allow("board:*", resource="project:*")]})
    give(oracle, call(law=law), policies=["p"])
    asked = [("board:x", "project:1"), ("board:x", None), ("boards:x", "project:1"), ("board:x", "team:1")]
    assert [oracle.decide(ask(T0, a, law, resource=r))[0] for a, r in asked] == [True, False, False, False]
    assert oracle.visible(ask(T0, "board:x", law), (None, "project:1", "team:1")) == {"project:1"}


def test_ceilings_bind_the_capacity(oracle: Oracle):
    """A bare agent is bound by all their teams together, a named capacity by that team, then and today."""
    open_, shut = ["administrator"], ["read-only"]
    law = rules(ceilings={"support": shut, "tech": open_, "other": open_})
    both = frozenset({"support", "tech"})
    give(oracle, call(law=law), "bare", holder=("agent", "a-kim"), policies=["writer"], holder_teams=both)
    assert oracle.decide(ask(T0, "x:write", law, teams={"tech"})) == (False, "over_ceiling", "bare")
    capacity = {"holder": ("agent", "a-kim"), "as_team": "tech"}
    assert give(oracle, call(law=law), "tech", **capacity, policies=["writer"])[1] == {"NotOffered"}
    give(oracle, call(law=law), "tech", **capacity, policies=["writer"], holder_teams=both)
    assert oracle.decide(ask(T0, "x:write", law, teams=both)) == (True, "allowed", "tech")
    oracle.revoke(call(law=law), "bare")
    assert oracle.decide(ask(T0, "x:write", law, teams={"support"})) == (False, "revoked", "bare")
    lowered = rules(ceilings={"other": shut})
    assert oracle.decide(ask(T0, "x:write", lowered, teams={"tech"})) == (False, "over_ceiling", "tech")
    barred = rules(ceilings={"other": open_, "*": shut})
    assert oracle.decide(ask(T0, "x:write", barred, teams={"tech"}))[1] == "over_ceiling"


def test_demands_entry_and_acting_as(oracle: Oracle):
    """A demand, an entry rule and the member's own right each deny, pinned or of today, nearest first."""
    give(oracle, call(), policies=["administrator"])
    demanding = rules(demands=[{"beyond": ["read-only"], "needs": "permission"}])
    assert oracle.decide(ask(T0, "x:write", demanding))[1] == "needs_consent"
    assert oracle.decide(ask(T0, "x:read", demanding))[0]
    assert oracle.decide(ask(T0, law=rules({"entry_required": True})))[1] == "entry_required"
    give(oracle, call(law=rules({"entry_required": True})), "as", act_as="m-dan")
    assert oracle.decide(ask(T0, act_as="m-dan")) == (False, "member_lacks_right", "as")
    assert oracle.decide(ask(T0, act_as="m-dan", member_may=True)) == (False, "entry_required", "as")
    assert oracle.decide(ask(T0, act_as="m-eve", member_may=True)) == (False, "no_grant", None)


def test_amend_needs_its_right(oracle: Oracle):
    """The agent may only shorten; lengthening needs the flow's rule, the cap counts from the first start."""
    give(oracle, call())
    assert oracle.amend(call(KIM), "g1", 1, end=("elapsed", 5 * HOUR)) == (REFUSED, {"NotEntitled"})
    assert oracle.amend(call(KIM), "g1", 1, policies=[]) == (REFUSED, {"NotEntitled"})
    assert oracle.amend(call(KIM, T0 + HOUR), "g1", 1, end=("elapsed", HOUR)) == ("ok", 2)
    assert oracle.facts("acme").grants["g1"].end == T0 + 2 * HOUR
    assert oracle.amend(call(), "g1", 1, end=("elapsed", HOUR)) == (REFUSED, {"StaleVersion"})
    later = call(now=T0 + HOUR)
    assert oracle.amend(later, "g1", 2, end=("elapsed", HOUR)) == ("ok", 2)
    assert oracle.amend(later, "g1", 2, end=("elapsed", 30 * DAY)) == (REFUSED, {"CapExceeded"})
    assert oracle.amend(later, "g1", 2, end=("instant", T0 + 30 * DAY)) == ("ok", 3)
    assert oracle.amend(later, "g1", 3, end=("instant", T0 + HOUR))[1] >= {"IllegalTransition"}
    assert oracle.amend(later, "g9", 1, end=("elapsed", HOUR)) == (REFUSED, {"NotFound"})
    fixed = call(now=T0 + HOUR, law=rules({"amend_ends": set()}))
    assert oracle.amend(fixed, "g1", 3, end=("elapsed", 29 * DAY + 23 * HOUR)) == ("ok", 3)
    over = call(now=T0 + 30 * DAY)
    assert oracle.amend(over, "g1", 3, policies=["read-only"]) == (REFUSED, {"IllegalTransition"})
    assert kinds(oracle) == ["rules_adopted", "granted", "amended", "amended"]


def test_amended_policies(oracle: Oracle):
    """Dropping a policy narrows unless it denies; what stays keeps its pin, what is added takes today's."""
    give(oracle, call(), policies=["writer", "no-board"])
    fixed = rules({"amend_policies": False})
    assert oracle.amend(call(law=fixed), "g1", 1, policies=["writer"]) == (REFUSED, {"NotOffered"})
    later = rules(policies={"writer": [allow("*")], "no-board": []}, ceilings={"*": ["read-only", "writer"]})
    new = call(law=later, digest="r2")
    assert oracle.amend(new, "g1", 1, policies=["writer", "read-only"]) == ("ok", 2)
    assert kinds(oracle) == ["rules_adopted", "granted", "rules_adopted", "amended"]
    assert oracle.decide(ask(T0, "x:erase", later))[1] == "action_not_permitted"
    assert oracle.decide(ask(T0, "board:write", later))[0]
    give(oracle, call(law=rules(ceilings={"*": ["read-only"]})), "g2", policies=["administrator"])
    assert oracle.decide(ask(T0, "x:erase", rules())) == (False, "over_ceiling", "g2")
    assert oracle.amend(call(law=fixed), "g1", 2, policies=[]) == ("ok", 3)


def test_a_widening_pins_the_ceilings_of_its_day(oracle: Oracle):
    """What stands when consent widens stays binding after it is gone; a narrowing pins nothing."""
    low = rules(ceilings={"*": ["read-only"]})
    give(oracle, call(), policies=["administrator"])
    oracle.amend(call(law=low), "g1", 1, end=("elapsed", 3 * HOUR))
    assert oracle.decide(ask(T0, "x:erase"))[0]
    oracle.amend(call(law=low), "g1", 2, end=("elapsed", 5 * HOUR))
    assert oracle.decide(ask(T0, "x:erase")) == (False, "over_ceiling", "g1")


def test_more_of_a_grant_is_asked_of_todays_flow(oracle: Oracle):
    """Where the flow no longer gives to this holder, over this scope, or at all, nothing is widened; less always is."""
    give(oracle, call())
    give(oracle, call(), "bare", holder=("agent", "a-kim"))
    one = frozenset({"project:1"})
    give(oracle, call(), "tech", holder=("agent", "a-kim"), as_team="tech", holder_teams={"tech"}, scope=one)
    cases = (
        ("g1", {"to": ["agent", "team:tech"]}), ("g1", {"whole": False}), ("bare", {"to": ["agent:tech", "team"]}),
        ("tech", {"to": ["agent", "agent:duty"]}), ("tech", {"resources": ["board:*"]}), ("tech", {"most": 0}),
    )  # fmt: skip
    for gid, changes in cases:
        law = rules(changes)
        longer = {"end": ("elapsed", 5 * HOUR)}
        assert oracle.amend(call(law=law), gid, 1, **longer) == (REFUSED, {"NotOffered"})
        assert oracle.amend(call(law=law), gid, 1, policies=["writer"]) == (REFUSED, {"NotOffered"})
    law = rules({"to": ["team:support", "agent:tech"]})
    assert oracle.amend(call(law=law), "g1", 1, end=("elapsed", 5 * HOUR)) == ("ok", 2)
    assert oracle.amend(call(law=law), "tech", 1, end=("elapsed", 5 * HOUR)) == ("ok", 2)
    gone = rules(flows={})
    assert "NotEntitled" in oracle.amend(call(law=gone), "g1", 2, policies=["writer"])[1]
    assert oracle.amend(call(law=gone), "g1", 2, end=("elapsed", HOUR)) == ("ok", 3)


def test_to_a_foreign_member_no_grant_is_there(oracle: Oracle):
    """A member of another tenant hears the same of a grant that is there and of one that is not."""
    give(oracle, call())
    outsider = call(FOREIGN)
    for gid in ("g1", "absent"):
        found = [
            oracle.revoke(outsider, gid),
            oracle.relinquish(outsider, gid),
            oracle.amend(outsider, gid, 7, policies=["writer"], word="no"),
            oracle.amend(outsider, gid, 1, end=("elapsed", HOUR)),
        ]
        assert found == [(REFUSED, {"NotFound"})] * 4


def test_brakes(oracle: Oracle):
    """Granter, consenters and `stop` may revoke; the holder relinquishes, even through that grant."""
    law = rules({"off_word": "Off"}, stop=["vendor:duty"])
    for gid in ("g1", "g2", "g3"):
        give(oracle, call(law=law), gid)
    demoted: Member = ("member", "m-ana", "acme", set(), {}, None)
    duty: Actor = ("agent", "a-duty", {"duty"}, None)
    assert oracle.revoke(call(demoted, law=law), "g1") == (REFUSED, {"ConfirmationMismatch"})
    assert oracle.revoke(call(OWNER_OF_P1, law=law), "g1", word="Off") == (REFUSED, {"NotEntitled"})
    assert oracle.revoke(call(demoted, law=law), "g1", word="Off")[0] == "ok"
    assert oracle.revoke(call(duty, law=law), "g2", word="Off")[0] == "ok"
    through: Actor = ("agent", "a-lee", {"support"}, "g3")
    assert oracle.relinquish(call(duty), "g3") == (REFUSED, {"NotEntitled"})
    assert oracle.relinquish(call(through), "g2") == (REFUSED, {"ActingThroughGrant"})
    assert oracle.relinquish(call(through), "g3")[0] == "ok"
    assert [grant.ended for grant in oracle.facts("acme").grants.values()] == [
        ("revoked", T0), ("revoked", T0), ("relinquished", T0),
    ]  # fmt: skip
    assert oracle.revoke_all(call(demoted)) == (REFUSED, {"NotEntitled"})
    assert oracle.revoke_all(call(duty, law=law))[0] == oracle.freeze(call(duty, law=law))[0] == "ok"
    assert oracle.unfreeze(call(duty, law=law)) == (REFUSED, {"NotEntitled"})


def test_single(oracle: Oracle):
    """A single grant asked again with nothing more is given back, no event; with more it is refused."""
    law = rules({"single": True})
    give(oracle, call(law=law))
    assert give(oracle, call(law=law), "g2", end=("elapsed", HOUR)) == ("ok", "g1")
    assert give(oracle, call(law=law, now=T0 + 1), "g2")[0] == REFUSED
    assert give(oracle, call(law=law), "g2", policies=["writer"])[0] == REFUSED
    assert kinds(oracle) == ["rules_adopted", "granted"]
    assert give(oracle, call(law=law, now=T0 + 4 * HOUR), "g2") == ("ok", "g2")


def test_sweep_records_ends_once(oracle: Oracle):
    """A sweep records each end that has passed once, as a cut-off where one had silenced the grant."""
    give(oracle, call(), "g2", end=("elapsed", HOUR))
    oracle.revoke_all(call())
    give(oracle, call(), "g1", end=("elapsed", HOUR))
    give(oracle, call(), "g3")
    assert oracle.sweep(T0 + HOUR - 1) == ("ok", [])
    assert oracle.sweep(T0 + HOUR) == ("ok", [("acme", "g1", "expired"), ("acme", "g2", "cut_off")])
    assert oracle.sweep(T0 + HOUR) == ("ok", [])
    oracle.correct_clock(call(SYSTEM, T0))
    assert oracle.amend(call(), "g1", 2, end=("elapsed", 2 * HOUR)) == (REFUSED, {"IllegalTransition"})
    assert oracle.decide(ask(T0, "x:read")) == (True, "allowed", "g3")
    oracle.revoke(call(), "g3")
    assert oracle.decide(ask(T0, "x:read")) == (False, "expired", "g1")  # over later than g3, as recorded


def test_considered(oracle: Oracle):
    """Of the grants that are over only each holder's last is considered, the smallest id among equals."""
    for gid, hours in (("g2", 2), ("g1", 2), ("g0", 1)):
        give(oracle, call(), gid, end=("elapsed", hours * HOUR))
    named = {"holder": ("agent", "a-kim"), "as_team": "support", "holder_teams": {"support"}}
    give(oracle, call(), "mine", **named, end=("elapsed", HOUR))
    at = T0 + 3 * HOUR
    assert [grant.gid for grant in oracle.considered(ask(at))] == ["g1", "mine"]
    assert [grant.gid for grant in oracle.considered(ask(at, teams={"tech"}))] == []
    oracle.revoke(call(now=at), "g0")
    assert oracle.decide(ask(at)) == (False, "expired", "g1")
    oracle.revoke(call(now=at), "g1")
    assert oracle.decide(ask(at)) == (False, "revoked", "g1")


def test_the_answer_names_the_latest_end(oracle: Oracle):
    """Of several grants that count the one with the latest end is named, then the smallest id."""
    for gid, hours in (("g3", 2), ("g2", 5), ("g1", 5), ("g0", 1)):
        give(oracle, call(), gid, end=("elapsed", hours * HOUR))
    assert oracle.decide(ask(T0))[2] == "g1"
    give(oracle, call(law=rules({"longest": None})), "open", end=("open_ended",))
    assert oracle.decide(ask(T0))[2] == "open"


def test_valid_until_and_lists(oracle: Oracle):
    """`valid_until` is the next flip by time alone, past adjoining grants; lists are pointwise answers."""
    scope = frozenset({"project:1"})
    give(oracle, call(), end=("elapsed", HOUR))
    give(oracle, call(), "g2", start=T0 + HOUR, end=("elapsed", HOUR), scope=scope)
    oracle.grant(
        Call("globex", FOREIGN, T0, rules(), "r1"), "h1", holder=("agent", "a-lee"), policies=["read-only"],
        end=("elapsed", HOUR), flow="access", reason="x",
    )  # fmt: skip
    assert oracle.valid_until(ask(T0)) == T0 + HOUR
    assert oracle.valid_until(ask(T0, resource="project:1")) == T0 + 2 * HOUR
    assert oracle.valid_until(ask(T0 - HOUR)) == T0
    assert oracle.valid_until(ask(T0 + 2 * HOUR)) is None
    places = None, "project:1", "board:1"
    everywhere = oracle.visible(ask(T0), places)
    assert everywhere == {None, "project:1", "board:1"}
    assert oracle.visible(ask(T0 + HOUR), places) == {"project:1"}
    assert oracle.visible(ask(T0, tenant="globex"), places) == set()


def test_other_tenants_play_no_part(oracle: Oracle):
    """An agent's grant at one tenant says nothing at another, and each has its own sequence."""
    give(oracle, call())
    assert oracle.decide(ask(T0, tenant="globex")) == (False, "no_grant", None)
    oracle.freeze(Call("globex", FOREIGN, T0, rules(), "r1"))
    assert oracle.decide(ask(T0))[0]
    assert [event.seq for event in oracle.logs["globex"]] == [1, 2]
