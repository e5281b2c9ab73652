"""Brakes, time, the fold, states, looking: pure."""

import attrs
import pytest

from grantkit import AccessRules, Agent, Member, OpenEnded, Scope
from grantkit.errors import GrantkitError
from grantkit.lifecycle import (
    TRANSITIONS,
    Effect,
    GrantState,
    Outcome,
    Phase,
    Slice,
    apply,
    correct_clock,
    freeze,
    may_look,
    phase_of,
    project,
    record_end,
    relinquish,
    replay,
    revoke,
    revoke_all,
    seal,
    state_of,
    touched,
    unfreeze,
)
from grantkit.lifecycle.states import step_happens
from grantkit.model import (
    HEAD,
    Amended,
    Approval,
    ClockCorrected,
    Confirmed,
    Cut,
    CutOff,
    Ended,
    Ending,
    EndRecorded,
    Event,
    Freeze,
    Frozen,
    Granted,
    Head,
    Relinquished,
    Retry,
    Revoked,
    RulesAdopted,
    Stance,
    Terms,
    Unfrozen,
    Window,
    agent_key,
    grant_key,
    nameless,
    retry_key,
)
from grantkit.rules import Selector
from unit.making import (
    ANA,
    BEN,
    GUS,
    HOUR,
    KIM,
    LEE,
    NOW,
    SUPPORT,
    SWEEP,
    a_grant,
    a_slice,
    act,
    ended,
    law,
    window,
)

FREEZE = Freeze(by=ANA, at=NOW, seq=5)
VIA = Member("m-ana", tenant="acme", roles={"admin"}, via="gr_1")
SESSION = Agent("a-kim", teams={"support"}, via="gr_1")
OWNER_OF_ONE = Member("m-cy", tenant="acme", roles_on={"project:1": {"admin"}})
WORD = law({"off_word": "Support"})
STOP = law(stop=["vendor:on-call", "tenant:boss", "grantee", "consenters"])
BOSS = Member("m-bo", tenant="acme", roles={"boss"})
ALONE = a_slice(a_grant())


def code(call):
    with pytest.raises(GrantkitError) as caught:
        call()
    return caught.value.code


HIDING = law(view={"status": ["tenant:*"]})
REFUSALS = [
    ("not_entitled", lambda: revoke(ALONE, act(BEN, STOP), "gr_1", None)),
    ("not_entitled", lambda: freeze(ALONE, act(BEN, STOP), None)),
    ("not_found", lambda: revoke(ALONE, act(Agent("a-out"), HIDING), "gr_1", None)),
    ("not_entitled", lambda: revoke(ALONE, act(KIM, HIDING), "gr_1", None)),
    ("acting_through_grant", lambda: revoke(ALONE, act(VIA), "gr_1", None)),
    ("not_found", lambda: revoke(ALONE, act(), "gr_2", None)),
    ("not_entitled", lambda: revoke(ALONE, act(BEN), "gr_1", None)),
    ("not_found", lambda: revoke(ALONE, act(GUS), "gr_1", None)),
    ("not_entitled", lambda: revoke(ALONE, act(OWNER_OF_ONE), "gr_1", None)),
    ("not_entitled", lambda: revoke(ALONE, act(KIM), "gr_1", None)),
    ("not_entitled", lambda: revoke(ALONE, act(SWEEP), "gr_1", None)),
    ("confirmation_mismatch", lambda: revoke(ALONE, act(rules=WORD), "gr_1", None)),
    ("confirmation_mismatch", lambda: revoke(ALONE, act(rules=WORD), "gr_1", "SUPPORT")),
    ("confirmation_mismatch", lambda: revoke(a_slice(a_grant(ended=ended())), act(rules=WORD), "gr_1", "no")),
    ("acting_through_grant", lambda: relinquish(ALONE, act(attrs.evolve(SESSION, via="gr_9")), "gr_1")),
    ("not_found", lambda: relinquish(ALONE, act(KIM), "gr_2")),
    ("not_entitled", lambda: relinquish(ALONE, act(Agent("support")), "gr_1")),
    ("not_entitled", lambda: relinquish(ALONE, act(ANA), "gr_1")),
    ("acting_through_grant", lambda: revoke_all(ALONE, act(VIA), None)),
    ("not_entitled", lambda: revoke_all(ALONE, act(OWNER_OF_ONE), None)),
    ("not_entitled", lambda: revoke_all(ALONE, act(KIM), None)),
    ("acting_through_grant", lambda: freeze(ALONE, act(VIA), None)),
    ("not_entitled", lambda: freeze(ALONE, act(BEN), None)),
    ("not_entitled", lambda: freeze(ALONE, act(GUS), None)),
    ("not_entitled", lambda: freeze(ALONE, act(KIM), None)),
    ("acting_through_grant", lambda: unfreeze(ALONE, act(VIA), None, revoke=False)),
    ("not_entitled", lambda: unfreeze(ALONE, act(OWNER_OF_ONE), None, revoke=False)),
    ("not_entitled", lambda: unfreeze(ALONE, act(LEE, STOP), None, revoke=True)),
    ("clock_behind", lambda: unfreeze(a_slice(seen_at=NOW + HOUR), act(), None, revoke=True)),
    ("not_found", lambda: record_end(ALONE, act(SWEEP), "gr_2")),
    ("not_entitled", lambda: correct_clock(ALONE, act())),
]


@pytest.mark.parametrize(
    ("expected", "call"),
    REFUSALS,
    ids=[f"{n}_{row[0]}" for n, row in enumerate(REFUSALS)],
)
def test_brake_is_refused_only_for_its_own_reason(expected, call):
    """A brake is refused to whoever may not brake, and for a missing word; nothing else stands in its way."""
    assert expected == code(call)


@pytest.mark.parametrize("by", [ANA, LEE, BOSS, KIM], ids=["role", "stop_team", "stop_role", "stop_grantee"])
@pytest.mark.parametrize(
    "grant",
    [a_grant(), a_grant(window=window(1, 2)), a_grant(window=window(-2, 0))],
    ids=["live", "scheduled", "over"],
)
def test_whoever_may_stop_revokes_whatever_has_not_ended_as_a_fact(by, grant):
    """A revocation is recorded for live, scheduled and expired grants, by every one whom law or rules let stop."""
    assert (Revoked("gr_1"),) == revoke(a_slice(grant), act(by, STOP), "gr_1", None).bodies


def test_consenter_revokes_without_the_role():
    """Whoever consented may revoke though the role is gone; a namesake on another side or tenant may not."""
    grant = a_grant(approvals=(Approval(by=BEN, selector="tenant:admin", at=NOW, digest="d"),))
    assert (Revoked("gr_1"),) == revoke(a_slice(grant), act(BEN), "gr_1", None).bodies
    for said, namesake in (("not_found", Member("m-ben", tenant="globex")), ("not_entitled", Agent("m-ben"))):
        assert said == code(lambda namesake=namesake: revoke(a_slice(grant), act(namesake), "gr_1", None))


def test_role_of_its_day_revokes_under_later_rules():
    """Holders of a role that could consent then may revoke, also when the flow is gone."""
    grant = a_grant(flow="gone", consenting_roles=frozenset({"boss"}))
    assert (Revoked("gr_1"),) == revoke(a_slice(grant), act(BOSS), "gr_1", "whatever").bodies


def test_brakes_work_however_far_behind_the_clock_is():
    """No brake disbelieves the clock, and none minds a freeze."""
    slice_ = a_slice(a_grant(), seen_at=NOW + 99 * HOUR, freeze=FREEZE)
    assert (Revoked("gr_1"),) == revoke(slice_, act(), "gr_1", None).bodies
    assert (Relinquished("gr_1"),) == relinquish(slice_, act(KIM), "gr_1").bodies
    assert (CutOff(None),) == revoke_all(slice_, act(), None).bodies
    assert (Frozen("a-kim"),) == freeze(slice_, act(), "a-kim").bodies


def test_braking_twice_is_one_event():
    """What has ended, is cut off or is frozen already makes no second event."""
    over = a_slice(a_grant(ended=ended()))
    assert (
        Outcome(bodies=(), subject=("grant", "gr_1"))
        == revoke(over, act(), "gr_1", None)
        == relinquish(over, act(KIM), "gr_1")
    )
    assert () == revoke_all(a_slice(seq=3, cut_off=3), act(), None).bodies
    assert (CutOff(None),) == revoke_all(a_slice(seq=4, cut_off=3), act(), None).bodies
    assert (CutOff(None),) == revoke_all(a_slice(), act(), None).bodies
    cut = (Stance(agent="a-kim", cut_off=3),)
    assert () == revoke_all(a_slice(seq=3, stances=cut), act(), "a-kim").bodies
    assert (CutOff("a-lee"),) == revoke_all(a_slice(seq=3, stances=cut), act(), "a-lee").bodies
    assert () == freeze(a_slice(freeze=FREEZE), act(), None).bodies
    assert () == freeze(a_slice(stances=(Stance(agent="a-kim", freeze=FREEZE),)), act(), "a-kim").bodies
    assert (Frozen("a-kim"),) == freeze(a_slice(stances=(Stance(agent="a-kim"),)), act(), "a-kim").bodies


def test_session_may_relinquish_the_grant_it_runs_under():
    """Giving back the very grant is the one thing that a support session may do."""
    assert (Relinquished("gr_1"),) == relinquish(ALONE, act(SESSION), "gr_1").bodies
    named = a_slice(a_grant(holder=KIM))
    assert (Relinquished("gr_1"),) == relinquish(named, act(KIM), "gr_1").bodies


def test_word_switches_off():
    """The exact word, outer white space aside, revokes; a flow that is gone asks for none."""
    assert (Revoked("gr_1"),) == revoke(ALONE, act(rules=WORD), "gr_1", " Support\n").bodies


@pytest.mark.parametrize(("by", "rules"), [(ANA, None), (OWNER_OF_ONE, None), (LEE, STOP), (BOSS, STOP)])
def test_whoever_consents_to_anything_may_freeze(by, rules):
    """Anyone who may consent to anything, and whom stop names, may freeze the whole tenant."""
    assert (Frozen(None),) == freeze(ALONE, act(by, rules), None).bodies


@pytest.mark.parametrize(("by", "rules"), [(ANA, None), (LEE, STOP), (BOSS, STOP)])
def test_whoever_consents_to_all_may_cut_off(by, rules):
    """Who consents for the tenant as a whole, and whom stop names, may cut off."""
    assert (CutOff(None),) == revoke_all(ALONE, act(by, rules), None).bodies


def test_unfreezing_lifts_what_stands_and_may_cut_off_first():
    """Unfreezing lifts one freeze, none where there is none, and cuts off first where asked."""
    frozen = a_slice(freeze=FREEZE, stances=(Stance(agent="a-kim", freeze=FREEZE),))
    assert (Unfrozen(None),) == unfreeze(frozen, act(), None, revoke=False).bodies
    assert (CutOff("a-kim"), Unfrozen("a-kim")) == unfreeze(frozen, act(), "a-kim", revoke=True).bodies
    assert () == unfreeze(ALONE, act(), None, revoke=False).bodies
    assert (CutOff(None),) == unfreeze(ALONE, act(), None, revoke=True).bodies


@pytest.mark.parametrize(
    ("grant", "head", "expected"),
    [
        (a_grant(), {}, ()),
        (a_grant(window=window(1, 2)), {}, ()),
        (a_grant(window=Window(NOW, OpenEnded())), {}, ()),
        (a_grant(ended=ended(), window=window(-2, -1)), {}, ()),
        (a_grant(window=window(-2, 0)), {}, (EndRecorded("gr_1", Ending.EXPIRED),)),
        (a_grant(window=window(-2, -1)), {"cut_off": 1}, (EndRecorded("gr_1", Ending.CUT_OFF),)),
        (a_grant(), {"cut_off": 1}, ()),
        (a_grant(), {"seen_at": NOW + 9 * HOUR}, (EndRecorded("gr_1", Ending.EXPIRED),)),
    ],
)
def test_end_is_recorded_once_it_has_come(grant, head, expected):
    """An end that came by itself is recorded once, as a cut-off where one had silenced the grant before."""
    assert expected == record_end(a_slice(grant, **head), act(SWEEP), "gr_1").bodies


def test_record_that_ran_ahead_is_set_back():
    """A record ahead of the clock is set back to it by a system; one that is not is left alone."""
    assert (ClockCorrected(NOW),) == correct_clock(a_slice(seen_at=NOW + HOUR), act(SWEEP)).bodies
    assert () == correct_clock(a_slice(seen_at=NOW), act(SWEEP)).bodies


STATES = [
    (a_grant(), {}, "live", Phase.LIVE),
    (a_grant(window=window(1, 2)), {}, "scheduled", Phase.SCHEDULED),
    (a_grant(window=window(-2, 0)), {}, "expired", Phase.OVER),
    (a_grant(), {"cut_off": 1}, "cut_off", Phase.OVER),
    *((a_grant(ended=ended(how)), {}, how.value, Phase.ENDED) for how in Ending),
]


@pytest.mark.parametrize(
    ("grant", "head", "state", "phase"),
    STATES,
    ids=[f"{n}_{row[2]}" for n, row in enumerate(STATES)],
)
def test_grant_is_in_one_state(grant, head, state, phase):
    """A grant is in one state, a recorded end before a cut-off before time, and the table speaks for its phase."""
    slice_ = a_slice(grant, **head)
    assert (state, phase) == (state_of(slice_, grant, NOW), phase_of(slice_, grant, NOW))
    for step in ("amend", "revoke", "relinquish", "record_end"):
        effect = TRANSITIONS[phase, step]
        if effect is Effect.REFUSED:
            assert "illegal_transition" == code(lambda step=step: step_happens(slice_, grant, NOW, step))
        else:
            assert (effect is Effect.HAPPENS) is step_happens(slice_, grant, NOW, step)


def test_table_of_transitions_is_whole():
    """Every phase and step is in the table, and nothing else."""
    steps = {"amend", "link_ticket", "revoke", "relinquish", "resolve_ticket", "record_end"}
    assert {(phase, step) for phase in Phase for step in steps} == set(TRANSITIONS)


def test_agents_cut_off_touches_what_names_it():
    """A cut-off of an agent ends what names that agent, not what its team holds."""
    cut = (Stance(agent="a-kim", cut_off=1),)
    assert "cut_off" == state_of(a_slice(stances=cut), a_grant(holder=KIM), NOW)
    assert "live" == state_of(a_slice(stances=cut), a_grant(), NOW)
    assert "live" == state_of(a_slice(), a_grant(holder=KIM), NOW)
    assert GrantState.LIVE == state_of(a_slice(stances=cut), a_grant(holder=KIM, consent_seq=2), NOW)


# --- the fold ---------------------------------------------------------------------------------------------------------

RETRY = Retry(actor=("member", "m-ana"), verb="grant", key="k-1", payload="p", subject="gr_1")
TERMS = Terms(window=window(), term=None, layers=a_grant().layers, demands=(), entry_required=False)
SHORTER = attrs.evolve(TERMS, window=window(end=1), entry_required=True)


def event(seq, body, retry=None, tenant="acme"):
    return Event(
        tenant=tenant,
        seq=seq,
        at=NOW + seq * HOUR,
        clock=None,
        actor=ANA,
        rules="r",
        body=body,
        retry=retry,
        hash=str(seq),
    )


def test_history_folds_into_rows():
    """The whole projection comes from the record and nothing else: the head has its hash, and nobody in it a name."""
    approval = Approval(by=ANA, selector="tenant:admin", at=NOW, digest="d")
    events = (
        event(1, RulesAdopted("d", "x")),
        event(2, Granted(a_grant(consent_seq=0)), RETRY),
        event(3, Frozen("a-kim")),
        event(4, Frozen(None)),
        event(5, CutOff("a-kim")),
        event(6, CutOff(None)),
        event(7, Amended(grant_id="gr_1", old=TERMS, new=SHORTER, approval=approval)),
        event(8, Amended(grant_id="gr_1", old=SHORTER, new=SHORTER, approval=None)),
        event(9, Confirmed("gr_1")),
        event(10, Revoked("gr_1")),
    )
    rows = replay(events)
    grant = a_grant(
        consent_seq=2,
        window=window(end=1),
        entry_required=True,
        approvals=(attrs.evolve(approval, seq=7),),
        version=4,
        ended=Ended(how=Ending.REVOKED, at=NOW + 10 * HOUR, by=nameless(ANA), seq=10),
    )
    kim = Stance(agent="a-kim", freeze=Freeze(by=nameless(ANA), at=NOW + 3 * HOUR, seq=3), cut_off=5)
    whole = Freeze(by=nameless(ANA), at=NOW + 4 * HOUR, seq=4)
    head = Head(tenant="acme", seq=10, hash="10", seen_at=NOW + 10 * HOUR, rules="d", freeze=whole, cut_off=6)
    cuts = {key: row for key, row in rows.items() if key[0] == "cut"}
    assert {
        HEAD: head,
        grant_key("gr_1"): grant,
        agent_key("a-kim"): kim,
        retry_key(RETRY.actor, "grant", "k-1"): RETRY,
        **cuts,
    } == rows
    assert [("a-kim", 5), (None, 6)] == [(row.agent, row.seq) for row in cuts.values()]
    after = project(
        rows,
        (event(11, Unfrozen(None)), event(12, Unfrozen("a-kim")), event(13, ClockCorrected(NOW))),
    )
    assert Head(tenant="acme", seq=13, hash="13", seen_at=NOW, rules="d", cut_off=6) == after[HEAD]
    assert attrs.evolve(kim, freeze=None) == after[agent_key("a-kim")]


@pytest.mark.parametrize(
    ("body", "how"),
    [
        (Relinquished("gr_1"), Ending.RELINQUISHED),
        (Revoked("gr_1"), Ending.REVOKED),
        (EndRecorded("gr_1", Ending.EXPIRED), Ending.EXPIRED),
        (EndRecorded("gr_1", Ending.CUT_OFF), Ending.CUT_OFF),
    ],
)
def test_grant_ends_once_in_its_own_way(body, how):
    """Each end is recorded in its own way, and goes up by one version."""
    row = apply(grant_key("gr_1"), a_grant(), event(9, body))
    assert (how, 9, 2) == (row.ended.how, row.ended.seq, row.version)


GRANT_KEY = grant_key("gr_1")
IMPOSSIBLE = [
    ("granted_twice", GRANT_KEY, a_grant(), Granted(a_grant())),
    ("revoked_unheard_of", GRANT_KEY, None, Revoked("gr_1")),
    ("amended_unheard_of", GRANT_KEY, None, Amended(grant_id="gr_1", old=TERMS, new=TERMS, approval=None)),
    ("revoked_twice", GRANT_KEY, a_grant(ended=ended()), Revoked("gr_1")),
    ("given_back_twice", GRANT_KEY, a_grant(ended=ended()), Relinquished("gr_1")),
    ("ended_twice", GRANT_KEY, a_grant(ended=ended()), EndRecorded("gr_1", Ending.EXPIRED)),
    ("frozen_grant", GRANT_KEY, a_grant(), Frozen(None)),
    ("head_that_is_a_grant", HEAD, a_grant(), Revoked("gr_1")),
    ("grant_that_is_a_head", GRANT_KEY, Head(tenant="acme"), Revoked("gr_1")),
    ("agent_that_is_a_head", agent_key("a-kim"), Head(tenant="acme"), Frozen("a-kim")),
    ("gap", HEAD, Head(tenant="acme", seq=3), Frozen(None)),
    ("head_of_another_tenant", HEAD, Head(tenant="globex", seq=8), Frozen(None)),
    ("freeze_of_another_agent", agent_key("a-kim"), Stance(agent="a-kim"), Unfrozen("a-lee")),
    ("rules_are_no_matter_of_an_agent", agent_key("a-kim"), Stance(agent="a-kim"), RulesAdopted("d", "n")),
    ("end_of_another_grant", GRANT_KEY, a_grant(), Revoked("gr_2")),
    ("key_used_twice", retry_key(RETRY.actor, "grant", "k-1"), RETRY, Revoked("gr_1")),
    ("key_without_one", retry_key(RETRY.actor, "grant", "k-1"), None, Revoked("gr_1")),
    ("row_of_no_kind", ("shadow",), None, Revoked("gr_1")),
]


@pytest.mark.parametrize(
    ("key", "row", "body"),
    [row[1:] for row in IMPOSSIBLE],
    ids=[row[0] for row in IMPOSSIBLE],
)
def test_impossible_event_is_an_error(key, row, body):
    """A record that says what cannot have happened is corrupt, and the fold says so."""
    with pytest.raises(ValueError, match="cannot have happened"):
        apply(key, row, event(9, body))


def test_ended_grant_cannot_be_amended():
    """No record can lengthen a grant that has ended."""
    body = Amended(grant_id="gr_1", old=TERMS, new=attrs.evolve(TERMS, window=window(end=99)), approval=None)
    with pytest.raises(ValueError, match="cannot have happened"):
        apply(GRANT_KEY, a_grant(ended=ended()), event(9, body))


def test_event_touches_the_head_and_what_it_is_about():
    """Every event touches the head, and the rows that it is about."""
    assert (HEAD,) == touched(event(1, Frozen(None))) == touched(event(1, Confirmed("gr_1")))
    assert {HEAD, agent_key("a-kim")} <= set(touched(event(1, CutOff("a-kim"))))
    assert HEAD in touched(event(1, CutOff(None)))
    assert (HEAD, agent_key("a-kim")) == touched(event(1, Unfrozen("a-kim")))
    assert (HEAD, GRANT_KEY, retry_key(RETRY.actor, "grant", "k-1")) == touched(
        event(1, Revoked("gr_1"), RETRY),
    )
    assert (HEAD, GRANT_KEY) == touched(event(1, EndRecorded("gr_1", Ending.EXPIRED)))


# --- sealing ----------------------------------------------------------------------------------------------------------


def test_first_command_under_new_rules_adopts_them():
    """Bodies are numbered without gaps after the head; new rules are adopted first; the key is in the last."""
    rules = AccessRules(name="new")
    slice_ = a_slice(seq=4, seen_at=NOW + HOUR, rules="old")
    events = seal(slice_, act(rules=rules), (CutOff(None), Unfrozen(None)), RETRY)
    assert [(5, "rules_adopted"), (6, "cut_off"), (7, "unfrozen")] == [
        (each.seq, each.kind) for each in events
    ]
    assert [None, None, RETRY] == [each.retry for each in events]
    assert [(NOW + HOUR, NOW)] * 3 == [(each.at, each.clock) for each in events]
    known = attrs.evolve(slice_, head=Head(tenant="acme", seq=4, rules=rules.digest))
    only = seal(known, act(rules=rules), (CutOff(None),))
    assert [(5, NOW, None, rules.digest, ANA)] == [
        (each.seq, each.at, each.clock, each.rules, each.actor) for each in only
    ]
    assert () == seal(slice_, act(rules=rules), (), RETRY)


def test_slice_gives_its_rows_by_key():
    """A slice is the rows that the fold wants, the remembered keys too."""
    stance = Stance(agent="a-kim")
    other = attrs.evolve(RETRY, key="k-2")
    slice_ = attrs.evolve(
        a_slice(a_grant(), stances=(stance,)), retries={each.row_key: each for each in (RETRY, other)}
    )
    assert {
        HEAD: Head(tenant="acme"),
        GRANT_KEY: a_grant(),
        agent_key("a-kim"): stance,
        retry_key(RETRY.actor, "grant", "k-1"): RETRY,
        retry_key(RETRY.actor, "grant", "k-2"): other,
    } == slice_.rows
    assert {HEAD: Head(tenant="acme")} == Slice(head=Head(tenant="acme")).rows


def test_slice_says_what_is_frozen():
    """The whole tenant, the agent that would hold, or nothing is frozen."""
    stances = (Stance(agent="a-kim", freeze=FREEZE), Stance(agent="a-lee"))
    found = a_slice(stances=stances)
    assert "agent a-kim" == found.frozen(KIM.holders[0])
    assert [None, None] == [found.frozen(holder) for holder in (LEE.holders[0], SUPPORT.holder)]
    assert "the whole tenant" == a_slice(freeze=FREEZE).frozen(SUPPORT.holder)


def test_slice_says_when_a_grant_was_cut_off():
    """The first cut-off that touches a grant is when it was cut off; one before its consent is none."""
    cuts = tuple(
        Cut(agent=agent, seq=seq, at=NOW + seq * HOUR)
        for agent, seq in (("a-lee", 2), ("a-kim", 4), (None, 6))
    )
    found = attrs.evolve(a_slice(), cuts=cuts)
    assert NOW + 6 * HOUR == found.cut_at(a_grant())
    assert NOW + 4 * HOUR == found.cut_at(a_grant(holder=KIM, consent_seq=3))
    assert NOW + 6 * HOUR == found.cut_at(a_grant(holder=KIM, consent_seq=5))
    assert None is found.cut_at(a_grant(consent_seq=7))
    assert {"agent": None, "seq": 6, "at": "2027-03-03T18:00:00.000000Z"} == cuts[2].to_data()


# --- looking ----------------------------------------------------------------------------------------------------------

SOME = a_grant(
    scope=Scope.only("project:1"),
    approvals=(Approval(by=BEN, selector="tenant:admin", at=NOW, digest="d"),),
)


@pytest.mark.parametrize(
    ("by", "who", "grant", "expected"),
    [
        (ANA, "approvers", None, True),
        (OWNER_OF_ONE, "approvers", None, False),
        (OWNER_OF_ONE, "approvers", SOME, True),
        (OWNER_OF_ONE, "approvers", a_grant(), False),
        (KIM, "approvers", None, False),
        (BEN, "consenters", SOME, True),
        (ANA, "consenters", SOME, False),
        (BEN, "consenters", None, False),
        (KIM, "grantee", SOME, True),
        (Agent("a-out"), "grantee", SOME, False),
        (KIM, "grantee", None, False),
        (ANA, "grantee", SOME, False),
        (KIM, "requester", SOME, False),
        (ANA, "tenant:*", SOME, True),
        (GUS, "tenant:*", SOME, False),
        (BEN, "tenant:admin", None, False),
        (OWNER_OF_ONE, "tenant:admin", SOME, True),
        (OWNER_OF_ONE, "tenant:admin", None, False),
        (KIM, "vendor:support", None, True),
        (KIM, "vendor:on-call", None, False),
        (KIM, "vendor:*", None, True),
        (SWEEP, "vendor:*", None, False),
    ],
)
def test_only_who_is_named_may_look(by, who, grant, expected):
    """Looking is for whom the view names, over the scope of what is looked at."""
    assert expected is may_look(by, "acme", AccessRules(), (Selector.parse("by", who),), grant)
    assert False is may_look(by, "acme", AccessRules(), (), grant)
