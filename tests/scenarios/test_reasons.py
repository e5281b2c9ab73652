"""Reasons: one closed list, a story for each, and words that the host and the agent can act on."""

import pytest

from grantkit import (
    AccessDenied,
    AccessRules,
    Agent,
    Elapsed,
    Member,
    Reason,
    Scope,
    SupportAccess,
    Team,
)
from grantkit.errors import Unavailable
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.world import KIM, LEE, ZOE, Counter, Settings, one_flow, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
SUPPORT = Team("support")
BOTH = {"policies": ["read-only", "administrator"]}
HIDDEN = {"view": {"status": ["tenant:*"], "history": ["approvers"]}}
NOT_YET = {Reason.SUSPENDED, Reason.CONSENT_ENDED, Reason.ENDED_BY_TICKETS}


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T14:20:00Z")


@pytest.fixture
def settings():
    return Settings(one_flow(**BOTH))


@pytest.fixture
def access(clock, settings):
    return SupportAccess(MemoryStore(), rules=settings, clock=clock, id_factory=Counter())


def let_in(access, to=SUPPORT, ends=Elapsed(hours=4), **more):  # noqa: B008  # a term is frozen
    """Grant four hours."""
    return access.grant("acme", by=ANA, to=to, ends=ends, reason="Boards missing", **more)


def told(decision, reason, grant, words):
    """Hold a decision against its reason, its grant, and the same words to host and agent."""
    assert (reason, grant) == (decision.reason, decision.grant_id)
    assert (words, words) == (decision.explain(), decision.explain(to="agent"))
    assert (reason is Reason.ALLOWED) is decision.allowed is bool(decision)
    assert not decision.conceal


def test_each_reason_has_its_story_here():
    """[N2] The list is closed: every reason that some verb can bring about has a story in this file."""
    without = {reason for reason in Reason if f"test_{reason}" not in globals()}

    assert NOT_YET == without


def test_allowed(access):
    """[N2] An allow names the grant, what it opens and until when."""
    let_in(access)

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.ALLOWED,
        "gr_1",
        "Allowed. Grant gr_1 lets team support look only, until 2027-03-03 18:20 UTC, 4 hours from now.",
    )


def test_no_grant(access):
    """[N2] Where nothing was ever open, that is all there is to say."""
    let_in(access)

    told(
        access.authorize(ZOE, "acme", "board:read"),
        Reason.NO_GRANT,
        None,
        "Denied: no_grant. Nothing at acme is open to Zoe.",
    )


def test_frozen(access):
    """[N2] A freeze names no grant, and says who can lift it."""
    let_in(access)
    access.freeze("acme", by=ANA)

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.FROZEN,
        None,
        "Denied: frozen. At acme access is frozen, whatever grants stand. Only acme can unfreeze.",
    )


def test_clock_rollback(access, clock):
    """[N2] A clock behind the record is named with both readings."""
    let_in(access)
    clock.advance(minutes=-2)

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.CLOCK_ROLLBACK,
        None,
        "Denied: clock_rollback. The clock reads 2027-03-03 14:18 UTC, but the record of acme has already seen "
        "2027-03-03 14:20 UTC. Set the clock right.",
    )


def test_entry_required(access, settings):
    """[N2] Where a session must be entered first, the answer says so and not that something is not permitted."""
    settings.rules = one_flow(**BOTH, entry={"required": True})
    let_in(access)

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.ENTRY_REQUIRED,
        "gr_1",
        "Denied: entry_required. Grant gr_1 lets team support look only, but only after entering, with what its flow "
        "asks for.",
    )


def test_needs_consent(access, settings):
    """[N2] What goes beyond looking needs a written permission where the rules say so; looking does not."""
    settings.rules = AccessRules.from_data(
        {
            "flows": {"access": BOTH, "written": {"yields": "consent"}},
            "demands": [{"beyond": ["read-only"], "needs": "written"}],
        }
    )
    let_in(access, policies=["administrator"])

    assert Reason.ALLOWED is access.authorize(KIM, "acme", "board:read").reason
    told(
        access.authorize(KIM, "acme", "board:delete"),
        Reason.NEEDS_CONSENT,
        "gr_1",
        "Denied: needs_consent. Grant gr_1 lets team support use administrator, but board:delete needs a consent by "
        "flow written besides. Ask acme for it.",
    )
    assert ("written",) == access.authorize(KIM, "acme", "board:delete").needs
    assert () == access.authorize(KIM, "acme", "board:read").needs


def test_over_ceiling(access, settings):
    """[N2] What a team may not do whatever is granted is told from what was not granted."""
    settings.rules = one_flow(
        **BOTH, more={"ceilings": {"support": ["read-only"], "other": ["administrator"]}}
    )
    let_in(access, policies=["administrator"])

    assert Reason.ALLOWED is access.authorize(KIM, "acme", "board:read").reason
    told(
        access.authorize(KIM, "acme", "board:delete"),
        Reason.OVER_CEILING,
        "gr_1",
        "Denied: over_ceiling. Grant gr_1 lets team support use administrator, but board:delete is more than Kim may "
        "do in this capacity, whatever is granted.",
    )


def test_action_not_permitted(access):
    """[N2] What was not granted is named, with whom to ask."""
    let_in(access, scope=Scope.only("project:42"))

    told(
        access.authorize(KIM, "acme", "board:delete", resource="project:42"),
        Reason.ACTION_NOT_PERMITTED,
        "gr_1",
        "Denied: action_not_permitted. Grant gr_1 lets team support look only on project:42; board:delete on "
        "project:42 is not part of it. Ask acme for more.",
    )


def test_policy_withdrawn(access, settings):
    """[N2] [N8] A policy that is gone from the rules allows nothing, and the answer says that this is why."""
    fixing = {"fixing": [{"effect": "allow", "action": ["board:*"], "resource": ["*"]}]}
    settings.rules = one_flow(policies=["fixing"], more={"policies": fixing})
    let_in(access)
    assert Reason.ALLOWED is access.authorize(KIM, "acme", "board:fix").reason

    settings.rules = one_flow()

    told(
        access.authorize(KIM, "acme", "board:fix"),
        Reason.POLICY_WITHDRAWN,
        "gr_1",
        "Denied: policy_withdrawn. Grant gr_1 lets team support use fixing, but a policy that it rests on no longer "
        "exists. Ask acme for a new grant.",
    )
    assert Reason.ACTION_NOT_PERMITTED is access.authorize(KIM, "acme", "task:fix").reason


@pytest.mark.parametrize(
    ("resource", "where"), [("project:43", "project:43"), (None, "the tenant as a whole")]
)
def test_out_of_scope(access, resource, where):
    """[N2] What lies outside the scope is named, with whom to ask."""
    let_in(access, scope=Scope.only("project:42"))

    told(
        access.authorize(KIM, "acme", "board:read", resource=resource),
        Reason.OUT_OF_SCOPE,
        "gr_1",
        f"Denied: out_of_scope. Grant gr_1 lets team support look only on project:42; {where} is outside it. "
        "Ask acme for more.",
    )


class Rights:
    """The host's own rights of members: Ana may look at everything and do nothing."""

    def may(self, member, action, resource):
        """Say whether a member may."""
        return (member, action) == ("m-ana", "board:read")


def test_member_lacks_right(clock):
    """[N2] Acting as a member, an agent can do no more than that member."""
    rules = one_flow(policies=["administrator"], act_as=["self"])
    access = SupportAccess(
        MemoryStore(), rules=rules, clock=clock, id_factory=Counter(), member_rights=Rights()
    )
    let_in(access, act_as="m-ana")

    looked = access.authorize(KIM, "acme", "board:read", act_as="m-ana")
    assert (Reason.ALLOWED, "m-ana", KIM) == (looked.reason, looked.act_as, looked.agent)
    told(
        access.authorize(KIM, "acme", "board:delete", act_as="m-ana"),
        Reason.MEMBER_LACKS_RIGHT,
        "gr_1",
        "Denied: member_lacks_right. Grant gr_1 lets team support use administrator as m-ana, who may not do "
        "board:delete.",
    )
    assert Reason.NO_GRANT is access.authorize(KIM, "acme", "board:read").reason
    assert Reason.NO_GRANT is access.authorize(KIM, "acme", "board:read", act_as="m-ben").reason


def test_revoked(access, clock):
    """[N2] A revocation is told with the time of the deed, not with the end of the window."""
    grant = let_in(access)
    clock.advance(hours=1)
    access.revoke("acme", grant.id, by=ANA)
    clock.advance(minutes=20)

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.REVOKED,
        "gr_1",
        "Denied: revoked. Grant gr_1 was revoked 2027-03-03 15:20 UTC, 20 minutes ago. Kim can ask again.",
    )


def test_cut_off(access):
    """[N2] A cut-off is told from the revocation of one grant."""
    let_in(access)
    access.revoke_all("acme", by=ANA)

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.CUT_OFF,
        "gr_1",
        "Denied: cut_off. acme cut off what was agreed to before, grant gr_1 too. Kim needs new consent.",
    )


def test_relinquished(access):
    """[N2] What the agents' side gave back is not called revoked."""
    grant = let_in(access)
    access.relinquish("acme", grant.id, by=LEE)

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.RELINQUISHED,
        "gr_1",
        "Denied: relinquished. Grant gr_1 was given back 2027-03-03 14:20 UTC, just now. Kim can ask again.",
    )


def test_expired(access, clock):
    """[N2] What has run out is not called revoked, and the answer says since when."""
    let_in(access)
    clock.advance(days=2)

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.EXPIRED,
        "gr_1",
        "Denied: expired. Grant gr_1 ended 2027-03-03 18:20 UTC, 1 day ago. Kim can ask again.",
    )


def test_not_yet_active(access, settings):
    """[N2] What has not begun is not called expired, and the answer says when it will."""
    settings.rules = one_flow(ahead="P7D")
    let_in(access, starts=utc("2027-03-04 08:00"))

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.NOT_YET_ACTIVE,
        "gr_1",
        "Denied: not_yet_active. Grant gr_1 starts 2027-03-04 08:00 UTC, 17 hours from now.",
    )


class Down(MemoryStore):
    """A store whose reads fail."""

    def read(self, *_):
        """Fail, as a network does."""
        msg = "connection lost"
        raise ConnectionError(msg)

    load = read


def test_store_unavailable(clock):
    """[N2] A store that fails gives a deny that carries the error; a command raises."""
    access = SupportAccess(Down(), clock=clock)
    decision = access.authorize(KIM, "acme", "board:read")

    told(
        decision,
        Reason.STORE_UNAVAILABLE,
        None,
        "Denied: store_unavailable. What acme agreed to could not be read, so nothing is allowed. Try again.",
    )
    assert isinstance(decision.error, ConnectionError)
    with pytest.raises(Unavailable) as caught:
        let_in(access)
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_rules_that_cannot_be_had_deny_too():
    """[N2] Rules that cannot be had deny, and the agent learns nothing of it."""

    def gone(tenant):
        raise KeyError(tenant)

    decision = SupportAccess(MemoryStore(), rules=gone).authorize(KIM, "acme", "board:read")

    assert (Reason.STORE_UNAVAILABLE, True) == (decision.reason, decision.conceal)
    assert "Denied: no_grant. Nothing at acme is open to Kim." == decision.explain(to="agent")
    assert isinstance(decision.error, Unavailable)
    assert isinstance(decision.error.__cause__, KeyError)


def test_three_ways_of_not_now_are_never_confused(access, settings, clock):
    """[N2] Not yet active, expired and revoked stay three things when all three lie side by side."""
    settings.rules = one_flow(ahead="P7D")
    over = let_in(access, to=Agent("a-one"), ends=Elapsed(hours=1))
    ended = let_in(access, to=Agent("a-two"))
    ahead = let_in(access, to=Agent("a-three"), starts=utc("2027-03-05 08:00"))
    clock.advance(hours=2)
    access.revoke("acme", ended.id, by=ANA)

    found = [access.authorize(Agent(name), "acme", "board:read") for name in ("a-one", "a-two", "a-three")]
    assert [
        (Reason.EXPIRED, over.id),
        (Reason.REVOKED, ended.id),
        (Reason.NOT_YET_ACTIVE, ahead.id),
    ] == [(decision.reason, decision.grant_id) for decision in found]


def test_of_several_grants_the_nearest_to_an_allow_speaks(access, clock):
    """[N2] Where several grants deny, the one nearest to an allow is named: a live one before one that is over."""
    gone = let_in(access, to=KIM)
    live = let_in(access, scope=Scope.only("project:42"), ends=Elapsed(hours=1))
    access.revoke("acme", gone.id, by=ANA)

    outside = access.authorize(KIM, "acme", "board:read")
    assert (Reason.OUT_OF_SCOPE, live.id) == (outside.reason, outside.grant_id)
    beyond = access.authorize(KIM, "acme", "board:delete", resource="project:42")
    assert (Reason.ACTION_NOT_PERMITTED, live.id) == (beyond.reason, beyond.grant_id)
    clock.advance(hours=2)
    over = access.authorize(KIM, "acme", "board:read", resource="project:42")
    assert (Reason.REVOKED, gone.id) == (over.reason, over.grant_id)


def test_still_allowed_because_of_another_grant(access, clock):
    """[N3] Allowed is the union of what is live: the longest is named, and the others with what they say."""
    short = let_in(access, to=KIM, ends=Elapsed(hours=1), policies=["administrator"], tickets=["T1"])
    long = let_in(access, tickets=["T2"])
    decision = access.authorize(KIM, "acme", "board:read")
    assert (long.id, {"T2"}) == (decision.grant_id, decision.grant.tickets)
    assert (
        "Allowed. Grant gr_2 lets team support look only, until 2027-03-03 18:20 UTC, 4 hours from now. "
        "So does gr_1."
    ) == decision.explain()
    assert short.id == access.authorize(KIM, "acme", "board:delete").grant_id

    clock.advance(hours=2)
    later = access.authorize(KIM, "acme", "board:read")
    assert (Reason.ALLOWED, long.id) == (later.reason, later.grant_id)
    assert (
        "Allowed. Grant gr_2 lets team support look only, until 2027-03-03 18:20 UTC, 2 hours from now. "
        "It still allows this although gr_1 (expired) does not."
    ) == later.explain()
    access.revoke("acme", long.id, by=ANA)
    assert Reason.REVOKED is access.authorize(KIM, "acme", "board:read").reason


def test_of_grants_that_end_together_the_smallest_id_is_named(access):
    """[N3] Of several that allow, the one with the latest end is named, and among equals the smallest id."""
    for to in (KIM, SUPPORT, KIM):
        let_in(access, to=to)

    assert "gr_1" == access.authorize(KIM, "acme", "board:read").grant_id


def test_a_deny_statement_silences_its_own_grant_only(access, settings):
    """[N3] A deny statement silences its own grant and no other, so that ending a grant never opens what was closed."""
    no_delete = {"no-delete": [{"effect": "deny", "action": ["*:delete"], "resource": ["*"]}]}
    settings.rules = one_flow(policies=["administrator", "no-delete"], more={"policies": no_delete})
    fenced = let_in(access, policies=["administrator", "no-delete"])
    assert Reason.ACTION_NOT_PERMITTED is access.authorize(KIM, "acme", "board:delete").reason
    plain = let_in(access, to=KIM, policies=["administrator"])

    decision = access.authorize(KIM, "acme", "board:delete")
    assert (Reason.ALLOWED, plain.id) == (decision.reason, decision.grant_id)
    access.revoke("acme", fenced.id, by=ANA)
    assert Reason.ACTION_NOT_PERMITTED is not access.authorize(LEE, "acme", "board:delete").reason
    assert not access.authorize(LEE, "acme", "board:delete")
    access.revoke("acme", plain.id, by=ANA)
    assert not access.authorize(KIM, "acme", "board:delete")


# --- what an agent may not learn --------------------------------------------------------------------------------------


def nothing_there(access, clock):
    """Leave the tenant as it is."""


def expired(access, clock):
    """Let a grant run out."""
    let_in(access)
    clock.advance(hours=4)


def revoked(access, clock):
    """Revoke a grant."""
    access.revoke("acme", let_in(access).id, by=ANA)


def cut_off(access, clock):
    """Cut a grant off."""
    let_in(access)
    access.revoke_all("acme", by=ANA, agent="a-kim")


def relinquished(access, clock):
    """Give a grant back."""
    access.relinquish("acme", let_in(access).id, by=LEE)


def not_yet(access, clock):
    """Grant for later."""
    let_in(access, starts=utc("2027-03-04 08:00"))


def for_another(access, clock):
    """Let somebody else in."""
    let_in(access, to=LEE)


def elsewhere(access, clock):
    """Let the agent in elsewhere."""
    let_in(access, scope=Scope.only("project:43"))


def frozen(access, clock):
    """Freeze the tenant, with a grant that is over."""
    revoked(access, clock)
    access.freeze("acme", by=ANA)


def rolled_back(access, clock):
    """Turn the clock back, with nothing open to the agent."""
    for_another(access, clock)
    clock.advance(hours=-1)


@pytest.mark.parametrize(
    "make_it_so",
    [
        nothing_there,
        expired,
        revoked,
        cut_off,
        relinquished,
        not_yet,
        for_another,
        elsewhere,
        frozen,
        rolled_back,
    ],
)
def test_what_is_hidden_reads_like_what_is_not_there(access, settings, clock, make_it_so):
    """[P8] Where rules hide a tenant, every deny reads to the agent, byte for byte, like an unknown tenant's."""
    settings.rules = one_flow(ahead="P7D", more=HIDDEN)
    make_it_so(access, clock)
    unknown = SupportAccess(MemoryStore(), rules=settings, clock=clock)

    here = access.authorize(KIM, "acme", "board:read", resource="project:42")
    there = unknown.authorize(KIM, "acme", "board:read", resource="project:42")

    assert (False, True) == (here.allowed, here.conceal)
    assert there.explain(to="agent").encode() == here.explain(to="agent").encode()
    said = []
    for decision in (here, there):
        with pytest.raises(AccessDenied) as caught:
            decision.require()
        said.append((caught.value.code, str(caught.value)))
    assert said[0] == said[1]


def test_a_store_that_fails_gives_nothing_away(clock):
    """[P8] Where rules hide a tenant, an agent cannot tell a failing store from a tenant that is not there."""
    access = SupportAccess(Down(), rules=one_flow(more=HIDDEN), clock=clock)

    decision = access.authorize(KIM, "acme", "board:read")

    assert (Reason.STORE_UNAVAILABLE, True) == (decision.reason, decision.conceal)
    assert "Denied: no_grant. Nothing at acme is open to Kim." == decision.explain(to="agent")


def test_what_a_live_grant_shows_is_no_secret(access, settings):
    """[P8] Where a live grant covers what was asked, the agent is told openly, a freeze too."""
    settings.rules = one_flow(more=HIDDEN)
    let_in(access)
    access.freeze("acme", by=ANA)

    told(
        access.authorize(KIM, "acme", "board:read"),
        Reason.FROZEN,
        None,
        "Denied: frozen. At acme access is frozen, whatever grants stand. Only acme can unfreeze.",
    )


def test_a_logged_decision_holds_no_free_text(access):
    """[N2] What a host logs of a decision is ids and instants: neither names nor the words of a reason."""
    let_in(access, ends=Elapsed(hours=4))

    data = access.authorize(KIM, "acme", "board:read", resource="project:42").to_dict()

    assert {
        "allowed": True,
        "reason": "allowed",
        "conceal": False,
        "grant_id": "gr_1",
        "needs": [],
        "agent": "a-kim",
        "tenant": "acme",
        "action": "board:read",
        "resource": "project:42",
        "act_as": None,
        "now": "2027-03-03T14:20:00.000000Z",
        "valid_until": "2027-03-03T18:20:00.000000Z",
        "ledger_version": 2,
        "considered": [{"grant_id": "gr_1", "reason": None}],
    } == data
