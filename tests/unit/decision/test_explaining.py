"""The words of a decision: one line for each reason."""

from datetime import timedelta

import pytest

from grantkit import ADMINISTRATOR, READ_ONLY, AccessRules, Agent, OpenEnded, Scope, authorize
from grantkit.decision import Decision, Reason, TenantFacts, Verdict
from grantkit.model import Demand, Ending, Freeze, Head, Stance, Window
from grantkit.policy import Layer
from unit.making import ANA, HOUR, KIM, NOW, TICK, WRITER, a_consent, a_grant, decide, ended, law, window

FREEZE = Freeze(by=ANA, at=NOW, seq=5)
LOOKS = "Grant gr_1 lets team support look only"
SENTENCES = [
    ("allowed", [a_grant()], {}, f"Allowed. {LOOKS}, until 2027-03-03 16:00 UTC, 4 hours from now."),
    ("allowed_open", [a_grant(window=Window(NOW, OpenEnded()))], {}, f"Allowed. {LOOKS}, with no end set."),
    (
        "allowed_on",
        [a_grant(scope=Scope.only("board:2", "board:1"), layers=(Layer.of(ADMINISTRATOR, READ_ONLY),))],
        {"resource": "board:1"},
        (
            "Allowed. Grant gr_1 lets team support use administrator, read-only on board:1, board:2, "
            "until 2027-03-03 16:00 UTC, 4 hours from now."
        ),
    ),
    (
        "still_allowed",
        [a_grant(), a_grant("gr_2", holder=KIM, ended=ended())],
        {},
        (
            f"Allowed. {LOOKS}, until 2027-03-03 16:00 UTC, 4 hours from now. "
            "It still allows this although gr_2 (revoked) does not."
        ),
    ),
    (
        "allowed_twice",
        [a_grant(), a_grant("gr_2")],
        {},
        f"Allowed. {LOOKS}, until 2027-03-03 16:00 UTC, 4 hours from now. So does gr_2.",
    ),
    (
        "suspended",
        [a_grant()],
        {"suspended": frozenset({"a-kim"})},
        "Denied: suspended. The vendor has suspended Kim everywhere.",
    ),
    (
        "frozen",
        [],
        {"head": Head(tenant="acme", freeze=FREEZE)},
        "Denied: frozen. At acme access is frozen, whatever grants stand. Only acme can unfreeze.",
    ),
    (
        "frozen_agent",
        [],
        {"stances": [Stance(agent="a-kim", freeze=FREEZE)]},
        "Denied: frozen. At acme access by Kim is frozen, whatever grants stand. Only acme can unfreeze.",
    ),
    (
        "clock_rollback",
        [],
        {"head": Head(tenant="acme", seen_at=NOW + HOUR + TICK)},
        (
            "Denied: clock_rollback. The clock reads 2027-03-03 12:00 UTC, but the record of acme has already seen "
            "2027-03-03 13:00:00.000001 UTC. Set the clock right."
        ),
    ),
    ("no_grant", [], {}, "Denied: no_grant. Nothing at acme is open to Kim."),
    ("no_name", [], {"agent": Agent("a-lee")}, "Denied: no_grant. Nothing at acme is open to a-lee."),
    (
        "entry_required",
        [a_grant(entry_required=True)],
        {},
        f"Denied: entry_required. {LOOKS}, but only after entering, with what its flow asks for.",
    ),
    (
        "needs_consent",
        [a_grant(demands=(Demand(beyond=Layer.of(), needs="written"),))],
        {"resource": "board:1"},
        (
            f"Denied: needs_consent. {LOOKS}, "
            "but board:read on board:1 needs a consent by flow written besides. Ask acme for it."
        ),
    ),
    (
        "over_ceiling",
        [a_grant()],
        {"rules": law(ceilings={"*": []})},
        (
            f"Denied: over_ceiling. {LOOKS}, "
            "but board:read is more than Kim may do in this capacity, whatever is granted."
        ),
    ),
    (
        "action_not_permitted",
        [a_grant()],
        {"action": "board:delete"},
        f"Denied: action_not_permitted. {LOOKS}; board:delete is not part of it. Ask acme for more.",
    ),
    (
        "no_policy_at_all",
        [a_grant(layers=(Layer.of(),))],
        {},
        (
            "Denied: action_not_permitted. Grant gr_1 lets team support use no policy at all; "
            "board:read is not part of it. "
            "Ask acme for more."
        ),
    ),
    (
        "policy_withdrawn",
        [a_grant(layers=(Layer.of(WRITER),))],
        {},
        (
            "Denied: policy_withdrawn. Grant gr_1 lets team support use writer, "
            "but a policy that it rests on no longer exists. "
            "Ask acme for a new grant."
        ),
    ),
    (
        "out_of_scope",
        [a_grant(scope=Scope.only("board:1"))],
        {},
        f"Denied: out_of_scope. {LOOKS} on board:1; the tenant as a whole is outside it. Ask acme for more.",
    ),
    (
        "out_of_scope_on",
        [a_grant(scope=Scope.only("board:1"))],
        {"resource": "board:2"},
        f"Denied: out_of_scope. {LOOKS} on board:1; board:2 is outside it. Ask acme for more.",
    ),
    (
        "member_lacks_right",
        [a_grant(act_as="m-ben")],
        {"act_as": "m-ben"},
        f"Denied: member_lacks_right. {LOOKS} as m-ben, who may not do board:read.",
    ),
    (
        "consent_ended",
        [a_grant(parent="gr_0")],
        {},
        "Denied: consent_ended. What grant gr_1 rests on no longer stands. Ask acme for new consent.",
    ),
    (
        "revoked",
        [a_grant(ended=ended(at=NOW - timedelta(minutes=20)))],
        {},
        "Denied: revoked. Grant gr_1 was revoked 2027-03-03 11:40 UTC, 20 minutes ago. Kim can ask again.",
    ),
    (
        "cut_off",
        [a_grant()],
        {"head": Head(tenant="acme", cut_off=1)},
        "Denied: cut_off. acme cut off what was agreed to before, grant gr_1 too. Kim needs new consent.",
    ),
    (
        "ended_by_tickets",
        [a_grant(ended=ended(Ending.ENDED_BY_TICKETS, NOW - timedelta(days=1)))],
        {},
        (
            "Denied: ended_by_tickets. Grant gr_1 ended with its last ticket 2027-03-02 12:00 UTC, 1 day ago. "
            "Kim can ask again."
        ),
    ),
    (
        "relinquished",
        [a_grant(ended=ended(Ending.RELINQUISHED, NOW))],
        {},
        "Denied: relinquished. Grant gr_1 was given back 2027-03-03 12:00 UTC, just now. Kim can ask again.",
    ),
    (
        "expired",
        [a_grant(window=window(-3, -2))],
        {},
        "Denied: expired. Grant gr_1 ended 2027-03-03 10:00 UTC, 2 hours ago. Kim can ask again.",
    ),
    (
        "not_yet_active",
        [a_grant(window=Window(NOW + timedelta(seconds=1, microseconds=5), NOW + HOUR))],
        {},
        "Denied: not_yet_active. Grant gr_1 starts 2027-03-03 12:00:01.000005 UTC, 1 second from now.",
    ),
    (
        "not_yet_active_at_once",
        [a_grant(window=Window(NOW + TICK, NOW + HOUR))],
        {},
        "Denied: not_yet_active. Grant gr_1 starts 2027-03-03 12:00:00.000001 UTC, less than a second from now.",
    ),
]


@pytest.mark.parametrize(
    ("grants", "asked", "expected"),
    [row[1:] for row in SENTENCES],
    ids=[row[0] for row in SENTENCES],
)
def test_decision_says_in_one_line_whether_why_and_what_now(grants, asked, expected):
    """Each reason has its sentence: whether, why, and what could be done now."""
    assert expected == decide(*grants, **asked).explain()


def test_store_that_fails_is_explained():
    """A decision without facts says that nothing could be read."""
    decision = decide()
    failed = Decision(decision.question, decision.facts, decision.rules, Verdict(Reason.STORE_UNAVAILABLE))
    expected = (
        "Denied: store_unavailable. What acme agreed to could not be read, so nothing is allowed. Try again."
    )
    assert expected == failed.explain()


def test_every_reason_has_a_sentence():
    """The table of sentences reaches every reason of the closed list."""
    said = {decide(*grants, **asked).reason for _, grants, asked, _ in SENTENCES}
    assert set(Reason) == said | {Reason.STORE_UNAVAILABLE}


def test_explanation_is_one_line():
    """No sentence has a line break: an explanation fits a log."""
    assert [] == [row[0] for row in SENTENCES if "\n" in decide(*row[1], **row[2]).explain()]


def test_agent_reads_what_the_host_reads_where_nothing_is_hidden():
    """Unless the rules hide the tenant, the agent's words are the host's."""
    facts = TenantFacts.of(a_grant(), consents=[a_consent()])
    decision = authorize(KIM, "acme", "board:delete", NOW, facts=facts, rules=AccessRules())
    assert decision.explain() == decision.explain("agent")
