"""How a review is made of facts."""

import json
from datetime import timedelta

import attrs
import pytest

from grantkit import ADMINISTRATOR, READ_ONLY, AccessRequest, Agent, OpenEnded, Scope
from grantkit.lifecycle import GrantState, RequestState
from grantkit.model import Approval, Freeze, Session, Usage, Window
from grantkit.model.request import Ask
from grantkit.model.terms import Elapsed
from grantkit.policy import Layer
from grantkit.telling.remarks import Limits, Remark, Remarked
from grantkit.telling.reviewed import ByAgent, Over, ReviewedRequest, Tally
from grantkit.telling.reviewing import Facts, Stood, review_of
from unit.making import ANA, HOUR, KIM, NOW, SWEEP, TICK, WRITER, a_consent, a_grant, law, policy

DAY = timedelta(days=1)
LAW = law()
LIVE = GrantState.LIVE


def granted(ident="gr_1", **changed):
    """Return a grant of today's rules."""
    return a_grant(ident, **{"rules": LAW.digest, **changed})


def consented(ident="co_1", **changed):
    """Return a consent of today's rules."""
    said = {"rules": LAW.digest, "flow": "access", "layers": (Layer.of(READ_ONLY),)}
    return a_consent(ident, **{**said, **changed})


def stands(row, state=LIVE, **changed):
    """Return where something stands."""
    return Stood(row=row, state=state, **changed)


def review(*stood, limits=None, rules=LAW, **facts):
    """Return the review of a tenant in which these stand."""
    return review_of(
        Facts(tenant="acme", now=NOW, seq=9, rules=rules, limits=limits or Limits(), stood=stood, **facts)
    )


def remarks(row, state=LIVE, *, limits=None, rules=LAW, frozen=False, suspended=False, **facts):
    """Return what is pointed out about one that stands."""
    stood = stands(row, state, frozen=frozen, suspended=suspended)
    found = review(stood, limits=limits, rules=rules, **facts)
    (one,) = (*found.grants, *found.consents)
    return [(str(each.remark), each.about) for each in one.remarks]


def session(ident="se_1", agent="a-kim", at=NOW - HOUR, grant="gr_1", seq=2):
    """Return a session that began then."""
    return Session(
        id=ident, tenant="acme", grant=grant, agent=agent, window=Window(at, at + 9 * HOUR), seq=seq
    )


def usage(agent="a-kim", count=1, last=NOW - HOUR, grant="gr_1"):
    """Return uses of a grant."""
    return Usage(grant=grant, agent=agent, count=count, last=last)


def asked(**changed):
    """Return a request that waits."""
    ask = Ask(
        holder=a_grant().holder, scope=Scope.whole(), layers=(Layer.of(READ_ONLY),), terms=(Elapsed(hours=4),)
    )
    said = {"flow": "access", "flow_digest": "f", "yields": "grant", "by": KIM, "ask": ask}
    return AccessRequest(id="rq_1", tenant="acme", **{**said, "awaits": ("tenant:admin",), **changed})


def test_nothing_to_say():
    """[R13] A fresh grant under today's rules has nothing to be pointed out."""
    assert [] == remarks(granted())


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (NOW - 30 * DAY, [("unused", ("30 days",))]),
        (NOW - 30 * DAY + TICK, []),
        (NOW - 60 * DAY, [("unused", ("60 days",))]),
    ],
    ids=["exactly", "a-tick-less", "longer"],
)
def test_unused_boundary(start, said):
    """[R13] A grant is unused from exactly so long after its start on."""
    assert said == remarks(granted(window=Window(start, NOW + HOUR)))


@pytest.mark.parametrize(
    "inside",
    [
        {"usages": (usage(last=NOW - 30 * DAY + TICK),)},
        {"sessions": (session(at=NOW - 30 * DAY + TICK),)},
        {"sessions": (session(at=NOW - 50 * DAY),), "open_sessions": frozenset({"se_1"})},
    ],
    ids=["used", "entered", "inside-now"],
)
def test_used_lately(inside):
    """[R13] Using, entering and being inside each keep a grant from being unused."""
    old = granted(window=Window(NOW - 60 * DAY, NOW + HOUR))
    assert [("unused", ("60 days",))] == remarks(old)
    assert [] == remarks(old, **inside)


def test_scheduled_is_not_unused():
    """[R13] What has not begun, or is not judged live, is not called unused."""
    ahead = granted(window=Window(NOW + HOUR, NOW + 2 * HOUR))
    assert [] == remarks(ahead, GrantState.SCHEDULED, limits=Limits(unused_for=timedelta(seconds=1)))
    began = granted(window=Window(NOW - 60 * DAY, NOW + HOUR))
    assert [] == remarks(began, GrantState.SCHEDULED)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (NOW - HOUR + 90 * DAY, [("overlong", ("90 days",))]),
        (NOW - HOUR + 90 * DAY - TICK, []),
        (OpenEnded(), [("open_ended", ())]),
    ],
    ids=["exactly", "a-tick-less", "no-end"],
)
def test_overlong_boundary(ends, said):
    """[R13] A grant is overlong if it lasts exactly so long or longer; one without an end is said to have none."""
    assert said == remarks(granted(window=Window(NOW - HOUR, ends)))


def test_open_ended_for_long():
    """[R13] A grant without an end is overlong once it has stood so long."""
    for_long = granted(window=Window(NOW - 90 * DAY, OpenEnded()))
    found = remarks(for_long, usages=(usage(),))
    assert [("overlong", ("90 days",)), ("open_ended", ())] == found


def test_tickets():
    """[R12] [R14] A grant that names tickets and is not bound to them outlives them; solved ones are told."""
    loose = granted(tickets=frozenset({"T-2", "T-1"}))
    outlives = ("outlives_tickets", ("T-1", "T-2"))
    assert [outlives] == remarks(loose)
    assert [outlives] == remarks(loose, solved=frozenset({"T-1"}))
    solved = frozenset({"T-1", "T-2", "T-3"})
    assert [outlives, ("tickets_solved", ("T-1", "T-2"))] == remarks(loose, solved=solved)
    assert [] == remarks(attrs.evolve(loose, until_tickets=True), solved=solved)


def test_policies():
    """[R13] [N8] A policy that is gone from today's rules is told, and one that they define otherwise."""
    mine = granted(layers=(Layer.of(WRITER),))
    gone = [("policy_withdrawn", ("writer",))]
    assert gone == remarks(mine)
    statement = {"effect": "allow", "action": ["*:write"], "resource": ["*"]}
    altered = law(policies={"writer": [statement]})
    found = remarks(attrs.evolve(mine, rules=altered.digest), rules=altered)
    assert [("policy_altered", ("writer",))] == found


def test_dropped_policies_do_not_matter():
    """[R13] A policy that an approver dropped, and one of a ceiling, are not held against today's rules."""
    layers = (
        Layer.of(READ_ONLY, WRITER),
        Layer.of(READ_ONLY, kind="narrowed"),
        Layer.of(WRITER, kind="ceiling"),
    )
    assert [] == remarks(granted(layers=layers))


def test_ceilings_are_not_what_was_consented_to():
    """[R13] A ceiling that was pinned under the name of a policy is not held against what that is today."""
    today = law(
        policies={"writer": [{"effect": "allow", "action": ["*:write", "*:read"], "resource": ["*"]}]}
    )
    layers = (Layer.of(today.policy("writer")), Layer.of(policy("writer", "*:list"), kind="ceiling"))
    assert [] == remarks(granted(layers=layers, rules=today.digest), rules=today)


def test_other_rules():
    """[R13] Consent under rules of another digest than today's is told."""
    assert [("other_rules", ())] == remarks(granted(rules="before"))


def test_held_up_and_lost():
    """[R13] A freeze, a suspension and a lost role are told of what stands."""
    found = remarks(granted(), frozen=True, suspended=True, lost={"gr_1": ("m-ana",), "gr_2": ("m-ben",)})
    assert [("frozen", ()), ("suspended", ()), ("role_lost", ("m-ana",))] == found


def test_every_remark_has_words():
    """Every remark is put in words, with what it names in them and foreign text inert."""
    for each in Remark:
        said = str(Remarked(each, ("T-1",)))
        named = each in {Remark.FROZEN, Remark.SUSPENDED, Remark.OPEN_ENDED, Remark.OTHER_RULES}
        assert named == ("T-1" not in said)
        assert "{" not in said
    said = str(Remarked(Remark.OUTLIVES_TICKETS, ("a\nb\u202ec", "d")))
    assert "does not end with its tickets: a / b[U+202E]c, d" == said


def test_who_did_what():
    """[M9] [B12] Entering and using are summed up for a grant and told apart by agent, the last with its time."""
    (one,) = review(
        stands(granted()),
        sessions=(session(), session("se_2", "a-lee", NOW - TICK, seq=3), session("se_3", "a-lee", seq=4)),
        open_sessions=frozenset({"se_2"}),
        usages=(usage(count=2), usage("a-lee", 5, NOW - 2 * HOUR), usage("a-lee", 7, grant="gr_9")),
    ).grants
    assert Tally(count=3, last=NOW - TICK, by="a-lee") == one.entered
    assert Tally(count=7, last=NOW - HOUR, by="a-kim") == one.used
    assert ("a-lee",) == one.inside
    kim, lee = one.by_agent
    once = Tally(count=1, last=NOW - HOUR, by="a-kim")
    assert ByAgent(agent="a-kim", entered=once, used=attrs.evolve(once, count=2)) == kim
    assert ("a-lee", 2, 5) == (lee.agent, lee.entered.count, lee.used.count)


def test_only_entered():
    """[M9] An agent who entered and used nothing has no uses."""
    (one,) = review(stands(granted()), sessions=(session(),)).grants
    assert (1, Tally()) == (one.entered.count, one.used)
    assert "never" == str(one.used)
    assert "once, last 2027-03-03 11:00 UTC by a-kim" == str(one.entered)


@pytest.mark.parametrize(
    ("opened", "said"),
    [(60, ["unused"]), (30, ["unused"]), (29, [])],
    ids=["long-ago", "exactly", "lately"],
)
def test_consent_is_used_by_what_rests_on_it(opened, said):
    """[R13] A consent is unused if nothing was opened on it for so long; what stands on it is named."""
    child = granted(parent="co_1", consent_seq=3, window=Window(NOW - opened * DAY, NOW + HOUR))
    over = stands(
        granted("gr_2", parent="co_1", window=Window(NOW - 60 * DAY, NOW - 59 * DAY)), GrantState.EXPIRED
    )
    mother = consented(window=Window(NOW - 60 * DAY, NOW + HOUR))
    (one,) = review(stands(mother), stands(child), over).consents
    assert said == [str(each.remark) for each in one.remarks]
    assert ("gr_1",) == one.carries


def test_consent_is_used_by_uses():
    """[R13] Using what rests on a consent uses the consent."""
    child = granted("gr_0", parent="co_1", consent_seq=3, window=Window(NOW - 60 * DAY, NOW + HOUR))
    added = granted(parent="gr_0", consent_seq=4, window=Window(NOW - 60 * DAY, NOW + HOUR))
    mother = consented(window=Window(NOW - 60 * DAY, NOW + HOUR))
    stood = stands(mother), stands(child), stands(added)
    told = review(*stood, usages=(usage(),))
    assert [(), (), ()] == [one.remarks for one in (*told.consents, *told.grants)], "however far down"
    said = [[str(each.remark) for each in one.remarks] for one in review(*stood).consents]
    assert [["unused"]] == said, "the same without the use"


def test_rows_that_rest_on_each_other_end_nowhere():
    """[R13] Rows that lead round in a circle, as no record can make them, are reviewed all the same."""
    one, two = granted("gr_1", parent="gr_2"), granted("gr_2", parent="gr_1")
    assert ["gr_1", "gr_2"] == sorted(each.id for each in review(stands(one), stands(two)).grants)


def test_somebody_inside_uses_what_it_rests_on():
    """[R13, B12] A consent under which somebody is inside is in use now."""
    child = granted(parent="co_1", consent_seq=3, window=Window(NOW - 60 * DAY, NOW + HOUR))
    mother = consented(window=Window(NOW - 60 * DAY, NOW + HOUR))
    inside = session(at=NOW - 40 * DAY)  # when that began would be too long ago
    (one,) = review(
        stands(mother), stands(child), sessions=(inside,), open_sessions=frozenset({inside.id})
    ).consents
    assert () == one.remarks


def test_ceilings_are_in_the_report():
    """[J10, R13] Of a grant below a ceiling the report says both, in data and in text."""
    row = granted(layers=(Layer.of(ADMINISTRATOR), Layer.of(READ_ONLY, kind="ceiling")))
    (one,) = review(stands(row)).grants
    assert [["read-only"]] == one.to_data()["ceilings"]
    assert "everything, and no more than look only" in next(iter(one.lines()))


def test_written_permissions_are_not_unused():
    """[R10] A written permission is needed whether or not anything happens, and is not called unused."""
    document = {"flows": {"access": {}, "letter": {"yields": "consent"}}}
    rules = law()
    old = consented(flow="letter", window=Window(NOW - 60 * DAY, NOW + HOUR))
    assert ["unused"] == [name for name, _ in remarks(old, rules=rules)]
    demanding = type(rules).from_data({**document, "demands": [{"beyond": ["read-only"], "needs": "letter"}]})
    assert [] == remarks(attrs.evolve(old, rules=demanding.digest), rules=demanding)


def test_ways_to_end_are_kept_apart():
    """[B6] Each way to end is told as it is, with when and by whom, and without remarks."""
    hows = [each for each in GrantState if each not in {LIVE, GrantState.SCHEDULED}]
    stood = [
        stands(granted(f"gr_{at}", consent_seq=at, rules="x"), how, ended_at=NOW, ended_by=ANA)
        for at, how in enumerate(hows, 1)
    ]
    found = review(*reversed(stood))
    assert [Over(how=how, at=NOW, by=ANA) for how in hows] == [each.over for each in found.ended]
    assert [()] * len(hows) == [each.remarks for each in found.ended]
    assert () == found.grants


@pytest.mark.parametrize(
    ("since", "shown"),
    [(None, 1), (NOW - HOUR, 1), (NOW - HOUR + TICK, 0)],
    ids=["all", "exactly", "a-tick-later"],
)
def test_since(since, shown):
    """[B6] [J12] What ended at exactly the instant is told, what ended before is not, and what stands always is."""
    ended = stands(granted("gr_2"), GrantState.REVOKED, ended_at=NOW - HOUR)
    requests = (
        ReviewedRequest(request=asked(), state=RequestState.PENDING),
        ReviewedRequest(request=asked(), state=RequestState.LAPSED, lapsed_at=NOW - HOUR),
        ReviewedRequest(request=asked(), state=RequestState.DENIED, decided_at=NOW - HOUR),
        ReviewedRequest(
            request=asked(),
            state=RequestState.APPROVED,
            decided_at=NOW - 2 * HOUR,
            access_ended_at=NOW - HOUR,
        ),
    )
    found = review(stands(granted()), ended, limits=Limits(since=since), requests=requests)
    assert (1, shown, 1 + 3 * shown) == (len(found.grants), len(found.ended), len(found.requests))


def test_flows_stand_apart():
    """[R13] What came about by different flows stands apart, flows by name."""
    found = review(
        stands(granted(flow="access")),
        stands(granted("gr_2", flow="break-glass", rules="x")),
        stands(consented(flow="standing")),
        requests=(ReviewedRequest(request=asked(flow="asked"), state=RequestState.PENDING),),
    )
    assert ["access", "asked", "break-glass", "standing"] == [each.flow for each in found.flows]
    assert ["gr_1", "gr_2"] == [each.id for each in found.grants]
    assert ["gr_2"] == [each.id for each in found.remarked]
    titles = [line for line in str(found).splitlines() if line.endswith(":")]
    assert ["  grants:", "  requests:", "  grants:", "  consents:"] == titles


YES = Approval(
    by=ANA, selector="tenant:admin", at=NOW - HOUR, channel="email", reference="<7@m>", digest="d", seq=2
)


def everything():
    """Return a review in which everything occurs."""
    full = granted(
        holder=KIM,
        as_team="support",
        tickets=frozenset({"T-1"}),
        until_tickets=True,
        reason="one\ntwo",
        approvals=(
            YES,
            attrs.evolve(YES, by=KIM, selector="vendor:support", channel="in_product", reference=None),
        ),
        parent="co_1",
        added_by=Agent("a-lee"),
        rules="before",
    )
    return review(
        stands(full, frozen=True),
        stands(consented(window=Window(NOW - HOUR, OpenEnded()))),
        stands(granted("gr_2"), GrantState.REVOKED, ended_at=NOW, ended_by=SWEEP),
        stands(granted("gr_3"), GrantState.CUT_OFF),
        limits=Limits(since=NOW - DAY),
        freeze=Freeze(ANA, NOW - HOUR, 8),
        sessions=(session(),),
        open_sessions=frozenset({"se_1"}),
        usages=(usage(count=2),),
        requests=(
            ReviewedRequest(request=asked(asked_at=NOW), state=RequestState.PENDING),
            ReviewedRequest(
                request=asked(gave="gr_2"),
                state=RequestState.APPROVED,
                decided_at=NOW - HOUR,
                decided_by=ANA,
                access_ended_at=NOW,
            ),
            ReviewedRequest(
                request=asked(lapses_at=NOW), state=RequestState.LAPSED, decided_at=NOW, lapsed_at=NOW
            ),
        ),
        lost={},
        whole=False,
    )


TEXT = """\
Access review of acme, 2027-03-03 12:00 UTC, record up to #9 (only what the reader may see)
1 granted, 1 consented to, 2 to look at; 1 ended since 2027-03-02 12:00 UTC
The tenant is frozen since 2027-03-03 11:00 UTC, by member m-ana

Flow access
  grants:
    gr_1 live: agent a-kim of team support, look only, everything at acme, \
from 2027-03-03 11:00 UTC until 2027-03-03 16:00 UTC, or before that until T-1 is solved
      reason: one / two
      consent: member m-ana as tenant:admin, 2027-03-03 11:00 UTC, email (<7@m>)
      consent: agent a-kim as vendor:support, 2027-03-03 11:00 UTC, in_product
      rests on co_1
      entered once, last 2027-03-03 11:00 UTC by a-kim; \
used 2 times, last 2027-03-03 11:00 UTC by a-kim; inside now: a-kim
      ! held up: the tenant has frozen it, and it allows nothing until that is lifted
      ! was consented to under other rules than today's
  consents:
    co_1 live: team support, look only, everything at acme, \
from 2027-03-03 11:00 UTC with no end
      carries gr_1
      ! no end is set
  ended:
    gr_2 revoked 2027-03-03 12:00 UTC by system sweep: team support, look only, everything at acme, \
from 2027-03-03 11:00 UTC until 2027-03-03 16:00 UTC
      entered never; used never
  requests:
    rq_1 pending: asked by agent a-kim for team support
    rq_1 approved: asked by agent a-kim for team support; decided 2027-03-03 11:00 UTC by member m-ana; \
gave gr_2; access ended 2027-03-03 12:00 UTC
    rq_1 lapsed: asked by agent a-kim for team support; decided 2027-03-03 12:00 UTC; lapsed 2027-03-03 12:00 UTC"""


def test_text():
    """[R13] [J12] A review reads as text: what stands, whose consent, what happened, what to look at, what ended."""
    assert TEXT == str(everything())


def test_empty():
    """A review of nothing says so."""
    said = "Access review of acme, 2027-03-03 12:00 UTC, record up to #9\n"
    said += "0 granted, 0 consented to, 0 to look at; 0 ended"
    assert said == str(review())
    assert (None, None, [], False) == tuple(
        review().to_data()[key] for key in ("since", "frozen", "flows", "roles_checked")
    )


def test_ends_without_an_instant():
    """An end of which nobody knows the instant is told where nothing bounds what is told, and has none."""
    (one,) = review(stands(granted(), GrantState.CUT_OFF)).ended
    assert ("cut_off", None) == (str(one.over), one.to_data()["ended"]["at"])


def test_plain_data():
    """[R13] A review goes to JSON and back as it is, and names people by id alone."""
    data = everything().to_data()
    assert data == json.loads(json.dumps(data))
    assert '"Ana"' not in json.dumps(data)
    (flow,) = data["flows"]
    (grant,) = flow["grants"]
    assert {"kind": "member", "id": "m-ana"} == grant["consents"][0]["by"]
    assert (["admin"], ["support"]) == tuple(each["roles"] for each in grant["consents"])
    assert ("a-lee", "open_ended") == (grant["added_by"], flow["consents"][0]["ends_at"])
    pending, approved, lapsed = flow["requests"]
    assert (["tenant:admin"], []) == (pending["awaits"], approved["awaits"])
    assert (None, "2027-03-03T12:00:00.000000Z") == (approved["lapsed_at"], approved["access_ended_at"])
    assert ("2027-03-03T12:00:00.000000Z", None) == (lapsed["lapsed_at"], lapsed["access_ended_at"])
