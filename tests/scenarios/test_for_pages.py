"""What a page of a host needs to know: who may do what here, what may be begun, what is blocked, and nothing else."""

import pytest

from grantkit import (
    AccessRules,
    Agent,
    Elapsed,
    GrantkitError,
    InvalidInput,
    Member,
    NotFound,
    OpenEnded,
    Scope,
    SupportAccess,
    System,
    Team,
)
from grantkit.contrib.problems import problem_of_denial
from grantkit.errors import NotOffered, TermNotOffered, Unavailable
from grantkit.rules import Choice
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import KIM, LEE, Counter, kinds

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BEN = Member("m-ben", tenant="acme", roles={"admin"}, name="Ben")
VIC = Member("m-vic", tenant="acme", roles={"member"}, name="Vic")
ZOE = Member("m-zoe", tenant="globex", roles={"admin"}, name="Zoe")
SUPPORT = Team("support")
EIGHT = Elapsed(hours=8)
START = "2027-03-03T12:00:00Z"

RULES = AccessRules.from_data(
    {
        "zone": "Europe/Berlin",
        "flows": {
            "access": {
                "off_word": "Off",
                "ends": [
                    {"elapsed": "PT8H"},
                    {"calendar": "P1M"},
                    {"end_of_day": "P1D"},
                    "elapsed",
                    "open_ended",
                ],
                "longest": {"elapsed": "P31D"},
            },
            "standing": {"yields": "consent", "start": {"by": ["approvers", "vendor:*"]}},
            "own": {
                "start": {"by": ["approvers"]},
                "steps": [{"by": ["tenant:owner"]}],
                "scope": {"tenant": False, "resources": ["account:*"]},
            },
            "both": {
                "start": {"by": ["vendor:support"]},
                "steps": [{"by": ["vendor:lead"]}, {"by": ["tenant:admin"]}],
            },
            "under": {"under": "standing", "start": {"by": ["vendor:support"]}, "steps": []},
        },
    }
)
HIDDEN = AccessRules.from_data(
    {"flows": {"access": {"start": {"by": ["approvers"]}}}, "view": {"status": ["tenant:*"]}}
)


def world(store=None, rules=RULES):
    """Return access to a tenant, and its clock."""
    clock = FakeClock(START)
    return SupportAccess(store or MemoryStore(), rules=rules, clock=clock, id_factory=Counter()), clock


def give(access, **more):
    return access.grant(
        "acme", **({"by": ANA, "to": SUPPORT, "flow": "access", "ends": EIGHT, "reason": "Help"} | more)
    )


def ask(access, **more):
    return access.request("acme", **({"by": KIM, "flow": "access", "ends": EIGHT, "reason": "Help"} | more))


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as opened_store:
        yield opened_store


# What may be done with a row


def brought_about(name):
    """Return access to a tenant in which one thing stands as *name* says, and the id of that thing."""
    access, clock = world()
    if name in ("pending", "denied", "lapsed"):
        ident = ask(access).id
        if name == "denied":
            access.deny("acme", ident, by=BEN)
        clock.advance(days=8 if name == "lapsed" else 0)
        return access, ident, access.requests
    if name == "consent":
        made = access.consent("acme", by=ANA, to=SUPPORT, flow="standing", ends=EIGHT, reason="Help")
        return access, made.id, access.consents
    made = give(access)
    if name == "revoked":
        access.revoke("acme", made.id, by=BEN, word="Off")
    if name == "frozen":
        access.freeze("acme", by=BEN)
    clock.advance(hours=9 if name == "expired" else 0)
    return access, made.id, access.grants


VERBS = {
    "approve": lambda access, ident, by: access.approve(
        "acme", ident, by=by, shown=access.preview("acme", ident).shown
    ),
    "deny": lambda access, ident, by: access.deny("acme", ident, by=by),
    "withdraw": lambda access, ident, by: access.withdraw("acme", ident, by=by),
    "revoke": lambda access, ident, by: access.revoke("acme", ident, by=by, word="Off"),
    "relinquish": lambda access, ident, by: access.relinquish("acme", ident, by=by),
    "enter": lambda access, ident, by: access.enter("acme", ident, by=by),
    "delegate": lambda access, ident, by: access.delegate(
        "acme", ident, by=by, to=Agent("a-new"), reason="x"
    ),
    "link_ticket": lambda access, ident, by: access.link_ticket("acme", ident, "T-2", by=by),
}
OF_A_REQUEST = ("approve", "deny", "withdraw")
ACTORS = {
    "admin": ANA,
    "member": VIC,
    "holder": KIM,
    "another agent": Agent("a-oda", teams={"sales"}),
    "admin in a session": Member("m-ana", tenant="acme", roles={"admin"}, via="gr_1"),
    "holder in its session": Agent("a-kim", teams={"support"}, via="gr_1"),
    "job": System("nightly"),
}
THINGS = ("pending", "denied", "lapsed", "consent", "live", "revoked", "expired", "frozen")


def changes(thing, verb, by):
    """Whether calling the verb changes the record."""
    access, ident, _ = brought_about(thing)
    before = kinds(access)
    try:
        VERBS[verb](access, ident, by)
    except GrantkitError:
        assert before == kinds(access)
    return before != kinds(access)


@pytest.mark.parametrize("name", ACTORS)
@pytest.mark.parametrize("thing", THINGS)
def test_a_list_says_just_the_verbs_that_go_through(thing, name):
    """[J3, P9] A list says of each row which verbs whoever looks could use: exactly those that would go through."""
    by = ACTORS[name]
    access, ident, look = brought_about(thing)
    verbs = OF_A_REQUEST if look == access.requests else VERBS.keys() - {*OF_A_REQUEST}

    expected = {verb for verb in verbs if changes(thing, verb, by)}

    for status in look("acme", by=by):
        assert (ident, expected) == (status.row.id, set(status.may))
    assert [frozenset()] == [status.may for status in look("acme")]


def test_some_verbs_go_through_and_some_do_not():
    """The table above has both: an admin may approve and revoke, a holder give back and enter."""
    asked = [
        ("pending", "admin"),
        ("pending", "holder"),
        ("live", "admin"),
        ("live", "holder in its session"),
    ]
    found = {each: {verb for verb in VERBS if _offered(*each, verb)} for each in asked}
    assert {
        ("pending", "admin"): {"approve", "deny"},
        ("pending", "holder"): {"withdraw"},
        ("live", "admin"): {"revoke", "link_ticket"},
        ("live", "holder in its session"): {"relinquish", "enter"},
    } == found


def _offered(thing, name, verb):
    _, _, look = brought_about(thing)
    return any(verb in status.may for status in look("acme", by=ACTORS[name]))


def test_who_has_answered_is_not_asked_again():
    """[B4] Whoever has answered a step, or is the same person as whoever asked, is not offered to approve."""
    rules = AccessRules.from_data({"flows": {"access": {"steps": [{"by": ["tenant:admin"], "count": 2}]}}})
    access, _ = world(rules=rules)
    asked = ask(access)
    agree(access, asked, by=ANA)

    assert [{"deny"}] == [set(each.may) for each in access.requests("acme", by=ANA)]
    assert [{"approve", "deny"}] == [set(each.may) for each in access.requests("acme", by=BEN)]


# The tenant as a whole


def test_standing_says_the_freeze_and_who_may_lift_it(store):
    """[B7] Whether a tenant is frozen, by whom and since when, can be read, with what whoever looks may do about it."""
    access, clock = world(store)
    give(access)
    assert (None, {"freeze", "revoke_all"}) == _standing(access, by=BEN)
    access.freeze("acme", by=ANA)
    clock.advance(hours=1)
    frozen = access.standing("acme", by=BEN)

    assert ("m-ana", "2027-03-03T12:00") == (frozen.freeze.by.id, f"{frozen.freeze.at:%Y-%m-%dT%H:%M}")
    assert {"unfreeze", "revoke_all"} == frozen.may
    assert frozenset() == access.standing("acme", by=VIC).may
    assert frozenset() == access.standing("acme").may
    assert (None, frozenset()) == _standing(access, "globex")


def test_standing_of_one_agent(store):
    """[B7] The freeze of one agent can be read apart from that of the tenant, with what may be done about them."""
    access, _ = world(store)
    give(access)
    access.freeze("acme", by=ANA, agent="a-kim")
    kim, lee = (access.standing("acme", by=ANA, agent=each) for each in ("a-kim", "a-lee"))

    assert (None, "m-ana", {"unfreeze", "revoke_all"}) == (kim.freeze, kim.agent_freeze.by.id, kim.may)
    assert (None, None, {"freeze", "revoke_all"}) == (lee.freeze, lee.agent_freeze, lee.may)


def test_standing_is_not_for_everybody(store):
    """[P9] Whoever the rules' view leaves out learns nothing of a tenant, as of one that does not exist."""
    access, _ = world(store, {"acme": HIDDEN}.get)
    said = []
    for tenant in ("acme", "nowhere"):
        with pytest.raises(NotFound) as refusal:
            access.standing(tenant, by=KIM)
        said.append(str(refusal.value).replace(tenant, "?"))

    assert 1 == len({*said})


def _standing(access, tenant="acme", **more):
    found = access.standing(tenant, **more)
    return found.freeze, found.may


# What may be begun


def offered(access, by, tenant="acme"):
    return {
        each.name: (each.verb, each.whole, each.resources, each.anywhere)
        for each in access.offers(tenant, by=by)
    }


def test_offers_are_what_a_person_may_begin_and_where():
    """[M8, N11] An admin may give for the tenant, an owner for what they own, an agent ask; each sees just that."""
    access, _ = world()
    owner = Member(
        "m-own", tenant="acme", roles={"member"}, roles_on={"account:7": {"owner"}, "board:7": {"owner"}}
    )

    assert {
        "access": ("grant", True, (), True),
        "standing": ("consent", True, (), True),
    } == offered(access, ANA)
    assert {"own": ("grant", False, ("account:7",), False)} == offered(access, owner)
    assert {
        "access": ("request", True, (), True),
        "standing": ("request", True, (), True),
        "both": ("request", True, (), True),
        "under": ("activate", True, (), True),
    } == offered(access, KIM)


@pytest.mark.parametrize(
    "by",
    [
        System("nightly"),
        ZOE,
        VIC,
        Member("m-ana", tenant="acme", roles={"admin"}, via="gr_1"),
        Agent("a-kim", via="gr_1"),
    ],
    ids=["a job", "a foreigner", "a plain member", "a session's member", "a session's agent"],
)
def test_nothing_is_offered_to_others(by):
    """[I-14] Jobs, members of other tenants, plain members and support sessions are offered nothing."""
    access, _ = world()
    assert {} == offered(access, by)


def test_nothing_is_offered_where_there_is_no_tenant():
    """A tenant that does not exist offers nothing to anybody on the vendor's side."""
    access, _ = world(rules={"acme": RULES}.get)
    assert {} == offered(access, KIM, "nowhere")


def test_a_grant_takes_just_what_is_offered():
    """[M8] Where an offer covers a place, giving it there goes through; where it does not, it is refused."""
    owner = Member("m-own", tenant="acme", roles_on={"account:7": {"owner"}})
    for by, name in ((owner, "own"), (ANA, "access")):
        access, _ = world()
        (offer,) = (each for each in access.offers("acme", by=by) if each.name == name)
        for place in (None, "account:7", "account:8", "board:7"):
            scope = Scope.whole() if place is None else Scope.only(place)
            try:
                give(access, by=by, flow=name, scope=scope)
            except GrantkitError:
                assert not offer.covers(place)
            else:
                assert offer.covers(place)
    with pytest.raises(InvalidInput):
        offer.covers("no resource")


def test_one_of_two_answers_is_a_request():
    """[B4] Where one act of theirs is not all it takes, a member is offered to ask."""
    flow = {"start": {"by": ["tenant:*"]}, "steps": [{"by": ["tenant:admin"], "count": 2}]}
    access, _ = world(rules=AccessRules.from_data({"flows": {"access": flow}}))
    assert {"access": ("request", True, (), True)} == offered(access, ANA)

    one = AccessRules.from_data({"flows": {"access": flow | {"steps": [{"by": ["tenant:admin"]}]}}})
    access, _ = world(rules=one)
    assert {"access": ("request", True, (), True)} == offered(access, VIC)


# Choices and quotes of a form


def test_a_choice_of_the_flow_is_an_end():
    """[M4, T2] A flow's own choice may be asked for: dates and spans in the rules' zone, an open end capped."""
    access, _ = world()
    choices = RULES.flow("access").ends
    ends = [give(access, ends=each).ends_at for each in choices if each.concrete or each.kind == "open_ended"]

    assert ["2027-03-03T20:00", "2027-04-03T11:00", "2027-03-04T23:00", "2027-04-03T12:00"] == [
        f"{end:%Y-%m-%dT%H:%M}" for end in ends
    ]


def test_a_choice_that_says_nothing_is_no_end():
    """A bare choice leaves the end to be said: alone it is refused, by the name of the argument."""
    access, _ = world()
    with no_trace(access, InvalidInput) as refusal:
        give(access, ends=Choice("elapsed"))
    assert ("ends", "required") == (refusal.value.field, refusal.value.code)


def test_a_choice_that_the_flow_has_not_is_refused():
    """[M4] A choice that is not the flow's own is refused like any other end."""
    access, _ = world()
    with no_trace(access, TermNotOffered):
        give(access, ends=Choice("calendar", (2, 0)))


def test_an_approver_may_choose_a_shorter_end_of_the_flow():
    """[B2] One of the flow's own choices may be taken to shorten what was asked for."""
    access, _ = world()
    asked = ask(access, ends=RULES.flow("access").ends[1])
    agree(access, asked, by=ANA, ends=RULES.flow("access").ends[0])

    assert ["2027-03-03T20:00"] == [f"{each.grant.ends_at:%Y-%m-%dT%H:%M}" for each in access.grants("acme")]


@pytest.mark.parametrize("ends", [EIGHT, OpenEnded()], ids=["an end", "no end"])
def test_a_preview_is_quoted_by_one_text(ends):
    """[J4, J5] What the preview showed is quoted by one text, as a form carries it: digest and end together."""
    rules = AccessRules.from_data(
        {"flows": {"access": {"ends": ["elapsed", "open_ended"], "longest": "open_ended"}}}
    )
    access, clock = world(rules=rules)
    asked = ask(access, ends=ends)
    shown = access.preview("acme", asked.id)
    clock.advance(hours=1)
    access.approve("acme", asked.id, by=ANA, shown=shown.shown)

    assert [shown.ends_at] == [each.grant.ends_at for each in access.grants("acme")]


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({}, "ends_by", "required"),
        ({"ends_by": OpenEnded()}, "digest", "wrong_type"),
        ({"shown": "0" * 64}, "shown", "out_of_range"),
        ({"shown": "0" * 64 + ".soon"}, "shown", "out_of_range"),
        ({"shown": "0" * 64 + ".2027-03-03T20:00:00"}, "shown", "out_of_range"),
        ({"shown": ""}, "shown", "blank"),
        ({"shown": "0.open_ended", "digest": "0"}, "shown", "ambiguous"),
        ({"shown": "0.open_ended", "ends_by": OpenEnded()}, "shown", "ambiguous"),
    ],
    ids=["nothing", "no digest", "no end", "no instant", "naive", "blank", "and a digest", "and an end"],
)
def test_a_quote_that_is_none_is_refused(told, field, code):
    """A quote of a preview that is missing, double or malformed is refused by its field, and nothing is decided."""
    access, _ = world()
    asked = ask(access)
    with no_trace(access, InvalidInput) as refusal:
        access.approve("acme", asked.id, by=ANA, **told)
    assert (field, code) == (refusal.value.field, refusal.value.code)


# A tenant that does not exist, and one that is hidden


def said(call, *args):
    """Return what a call says: its result, or the error's class, code and text."""
    try:
        return call(*args)
    except GrantkitError as error:
        return type(error).__name__, error.code, str(error)


def seen(decision):
    """Return what an agent may see of a decision; its reason is for the host."""
    return (
        bool(decision),
        decision.conceal,
        decision.explain(to="agent"),
        problem_of_denial(decision).to_data(),
    )


CALLS = {
    "authorize": lambda access, tenant: seen(access.authorize(KIM, tenant, "board:read")),
    "request": lambda access, tenant: access.request(tenant, by=KIM, ends=EIGHT, reason="x"),
    "request in a session": lambda access, tenant: access.request(
        tenant, by=KIM.under("gr_5"), ends=EIGHT, reason="x"
    ),
    "request, no such flow": lambda access, tenant: access.request(
        tenant, by=KIM, flow="no-such", reason="x"
    ),
    "activate": lambda access, tenant: access.activate(tenant, under="co_9", by=KIM),
    "activate in a session": lambda access, tenant: access.activate(
        tenant, under="co_9", by=KIM.under("gr_5")
    ),
    "approve": lambda access, tenant: access.approve(tenant, "rq_9", by=KIM, shown="0.open_ended"),
    "deny": lambda access, tenant: access.deny(tenant, "rq_9", by=KIM),
    "withdraw": lambda access, tenant: access.withdraw(tenant, "rq_9", by=KIM),
    "preview": lambda access, tenant: access.preview(tenant, "rq_9", by=KIM),
    "amend": lambda access, tenant: access.amend(tenant, "gr_9", by=KIM, version=1, ends=EIGHT),
    "revoke": lambda access, tenant: access.revoke(tenant, "gr_9", by=KIM),
    "relinquish": lambda access, tenant: access.relinquish(tenant, "gr_9", by=KIM),
    "delegate": lambda access, tenant: access.delegate(tenant, "gr_9", by=KIM, to=Team("t")),
    "link_ticket": lambda access, tenant: access.link_ticket(tenant, "gr_9", "T-1", by=KIM),
    "resolve_ticket": lambda access, tenant: access.resolve_ticket(tenant, "T-1", by=KIM),
    "enter": lambda access, tenant: access.enter(tenant, "gr_9", by=KIM),
    "leave": lambda access, tenant: access.leave(tenant, "se_9", by=KIM),
    "freeze": lambda access, tenant: access.freeze(tenant, by=KIM),
    "unfreeze": lambda access, tenant: access.unfreeze(tenant, by=KIM),
    "revoke_all": lambda access, tenant: access.revoke_all(tenant, by=KIM),
    "sessions": lambda access, tenant: access.sessions(tenant, by=KIM),
    "uses": lambda access, tenant: access.uses(tenant, by=KIM),
    "grants": lambda access, tenant: access.grants(tenant, by=KIM),
    "consents": lambda access, tenant: access.consents(tenant, by=KIM),
    "requests": lambda access, tenant: access.requests(tenant, by=KIM),
    "standing": lambda access, tenant: access.standing(tenant, by=KIM),
    "offers": lambda access, tenant: access.offers(tenant, by=KIM),
    "history": lambda access, tenant: access.ledger.history(tenant, by=KIM),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_hidden_tenant_looks_like_none(name, store):
    """[P8] To an agent, a tenant that its rules hide says byte for byte what one says that the host does not know."""
    access, _ = world(store, {"acme": HIDDEN}.get)
    give(access, to=Team("others"), flow=None)
    access.freeze("acme", by=ANA, agent="a-kim")
    hidden, none = (said(CALLS[name], access, tenant) for tenant in ("acme", "nowhere"))

    assert str(none).replace("nowhere", "?") == str(hidden).replace("acme", "?")


def test_what_lets_an_agent_in_is_no_secret_from_it(store):
    """[P8] Where the rules hide the tenant, a list shows an agent the live grants that let it in, and nothing else."""
    access, clock = world(store, HIDDEN)
    mine = give(access, flow=None)
    give(access, to=Team("others"), flow=None)

    assert [mine.id] == [each.grant.id for each in access.grants("acme", by=KIM)]
    clock.advance(hours=8)
    assert () == access.grants("acme", by=KIM)


def test_a_tenant_that_is_gone_lets_nobody_in(store):
    """A tenant that the host no longer knows lets nobody in and is on no list, whatever grants stand; brakes work."""
    known = {"acme": RULES}
    access, _ = world(store, known.get)
    made = give(access)
    assert access.authorize(KIM, "acme", "board:read")
    assert ["acme"] == [each.tenant for each in access.visible_tenants(KIM)]
    del known["acme"]

    denied = access.authorize(KIM, "acme", "board:read")
    assert (False, "no_grant", True) == (denied.allowed, denied.reason, denied.conceal)
    assert () == access.visible_tenants(KIM)
    assert () == access.offers("acme", by=ANA)
    with no_trace(access, NotFound) as refusal:
        give(access)
    assert "acme" == refusal.value.id
    access.revoke("acme", made.id, by=ANA, word="Off")
    assert "revoked" == kinds(access)[-1]


def test_rules_that_cannot_be_had_are_no_missing_tenant():
    """A host whose rules fail is told so: that is no tenant that does not exist."""
    access, _ = world(rules={"acme": RULES}.__getitem__)
    assert "store_unavailable" == access.authorize(KIM, "nowhere", "board:read").reason
    with pytest.raises(Unavailable):
        access.offers("nowhere", by=KIM)


# Again


def test_the_same_question_is_asked_again(store):
    """[M7] A decision is asked again with one word: it says what holds now, for the agent as they are now."""
    access, clock = world(store)
    made = give(access)
    first = access.authorize(KIM, "acme", "board:read", resource="board:7")
    clock.advance(hours=1)

    second = access.again(first)
    assert (True, clock.now(), "board:7") == (second.allowed, second.now, second.resource)
    assert "no_grant" == access.again(first, agent=Agent("a-kim")).reason
    assert "expired" == access.again(first, clock.now().replace(year=2028)).reason
    access.revoke("acme", made.id, by=ANA, word="Off")
    assert "revoked" == access.again(first).reason
    with pytest.raises(InvalidInput):
        access.again("acme")


def test_lee_holds_what_the_team_holds(store):
    """[M9] A list for an agent has what they hold as themselves and through each of their teams."""
    access, _ = world(store)
    team, own = give(access), give(access, to=Agent("a-lee"))
    give(access, to=Team("sales"))

    assert [team.id, own.id] == [each.grant.id for each in access.grants("acme", holder=LEE)]
    assert [own.id] == [each.grant.id for each in access.grants("acme", holder=Agent("a-lee"))]
    assert [team.id] == [each.grant.id for each in access.grants("acme", holder=SUPPORT)]


# What a form carries while rules are edited


CHOICES = [
    "elapsed PT8H",
    "elapsed PT4H from end",
    "calendar P1M",
    "calendar P2M10D",
    "end_of_day P1D",
    "start_of_day P0D",
]


@pytest.mark.parametrize("text", [*CHOICES, "elapsed", "instant", "open_ended"])
def test_a_choice_is_carried_by_a_form_as_text(text):
    """A choice says itself as one line, and that line says the same choice again."""
    assert text == str(Choice.of_text("ends", text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "elapsed ",
        "elapsed PT0S",
        "elapsed P1M",
        "calendar PT1H",
        "weekly P1W",
        "elapsed PT4H from now",
        "open_ended PT1H",
        "calendar P1M from end",
        7,
        None,
    ],
    ids=str,
)
def test_what_is_no_choice_is_refused(text):
    """A line that spells no choice is refused by the name of its field."""
    with pytest.raises(InvalidInput) as refusal:
        Choice.of_text("ends", text)
    assert refusal.value.field.startswith("ends")


def test_an_edited_choice_is_refused_and_not_taken_for_another():
    """[M4] Where the rules were edited while somebody filled in a form, the choice that is gone is refused."""
    rules = {"acme": RULES}
    access, _ = world(rules=rules.get)
    month = str(RULES.flow("access").ends[1])
    rules["acme"] = AccessRules.from_data(
        {"flows": {"access": {"ends": [{"calendar": "P1D"}]}}, "zone": "Europe/Berlin"}
    )
    with no_trace(access, TermNotOffered):
        give(access, ends=Choice.of_text("ends", month))


TEXT = AccessRules.from_data(
    {
        "flows": {
            "access": {"steps": [{"by": ["tenant:admin"], "text": "privacy 2"}]},
            "standing": {"yields": "consent", "steps": [{"by": ["tenant:admin"], "text": "privacy 2"}]},
        }
    }
)
SAYING_YES = {
    "grant": give,
    "consent": lambda access, **said: access.consent(
        "acme", by=ANA, to=SUPPORT, ends=EIGHT, reason="Help", flow="standing", **said
    ),
    "request": lambda access, **said: ask(access, by=ANA, to=SUPPORT, **said),
    "approve": lambda access, **said: agree(access, ask(access), by=ANA, **said),
}


@pytest.mark.parametrize("verb", SAYING_YES)
def test_the_version_that_was_shown_must_be_the_one_of_now(verb):
    """[M12] Who was shown another version of the text than the rules name now has not agreed: that yes is refused."""
    access, _ = world(rules=TEXT)
    with pytest.raises(NotOffered) as refusal:
        SAYING_YES[verb](access, text="We promise.", text_version="privacy 1")
    assert ("text_version", ("privacy 2",)) == (refusal.value.field, refusal.value.offered)

    SAYING_YES[verb](access, text="We promise.", text_version="privacy 2")
    sealed = [approval for made in _made(access) for approval in made.approvals]
    assert [("privacy 2", 64)] == [(each.text, len(each.text_digest)) for each in sealed]


def _made(access):
    return [
        *(each.grant for each in access.grants("acme")),
        *(each.consent for each in access.consents("acme")),
    ]


def test_a_version_where_there_is_no_text_is_refused():
    """[M12] Where the rules name no text, none can have been agreed to."""
    access, _ = world()
    with no_trace(access, NotOffered) as refusal:
        give(access, text_version="privacy 2")
    assert ("no text at all",) == refusal.value.offered


def test_a_request_says_when_it_was_asked(store):
    """[J12] A request carries the time at which it was asked."""
    access, clock = world(store)
    asked = ask(access)
    clock.advance(hours=1)
    agree(access, asked, by=ANA)

    assert ["2027-03-03T12:00"] == [
        f"{each.request.asked_at:%Y-%m-%dT%H:%M}" for each in access.requests("acme")
    ]
    assert access.ledger.verify("acme")


def test_a_request_names_things_as_a_grant_does(store):
    """A request says in the words of a grant what it would come to: for whom, in which capacity, where and what."""
    rules = AccessRules.from_data({"flows": {"access": {"to": ["agent:support"]}}})
    access, _ = world(store, rules)
    asked = ask(access)
    agree(access, asked, by=ANA)

    (grant,) = (each.grant for each in access.grants("acme"))
    for name in ("holder", "as_team", "act_as", "scope", "layers", "policies"):
        assert getattr(grant, name) == getattr(asked, name)
    assert "support" == asked.as_team


@pytest.mark.parametrize("key", ["-7fQ", "_7fQ", "~", "a" * 200])
def test_a_random_token_is_a_key(key):
    """[I-21] Whatever `secrets.token_urlsafe` gives is a key, also where it begins with a dash."""
    access, _ = world()
    assert give(access, key=key) == give(access, key=key)


@pytest.mark.parametrize(
    ("key", "code"), [("", "bad_id"), ("a" * 201, "bad_id"), ("a b", "bad_id"), (7, "wrong_type")], ids=str
)
def test_what_is_no_token_is_no_key(key, code):
    """A key of other characters, or none, is refused by its name."""
    access, _ = world()
    with no_trace(access, InvalidInput) as refusal:
        give(access, key=key)
    assert ("key", code) == (refusal.value.field, refusal.value.code)


def test_a_widening_says_which_text_was_shown(store):
    """[M12, T7] Whoever lengthens a grant agrees to the text of now, and what they were shown is sealed with it."""
    flow = {"amend": {"ends": ["elapsed"]}, "steps": [{"by": ["tenant:admin"], "text": "privacy 2"}]}
    access, _ = world(store, AccessRules.from_data({"flows": {"access": flow}}))
    made = give(access)
    longer = {"by": ANA, "version": 1, "ends": Elapsed(hours=20), "text": "We promise."}
    with no_trace(access, NotOffered):
        access.amend("acme", made.id, text_version="privacy 1", **longer)
    amended = access.amend("acme", made.id, text_version="privacy 2", **longer)

    assert [("privacy 2", None), ("privacy 2", 64)] == [
        (each.text, each.text_digest and len(each.text_digest)) for each in amended.approvals
    ]


def test_line_breaks_of_a_form_are_line_breaks(store):
    """What a browser sends of a field of several lines is taken as it was typed: CR LF is a line break."""
    access, _ = world(store)
    assert "First.\nSecond." == give(access, reason="First.\r\nSecond.\r\n").reason
    with no_trace(access, InvalidInput):
        give(access, reason="First.\rSecond.")


def test_standing_is_for_whom_a_grant_lets_in(store):
    """[P8] Where the rules hide the tenant, an agent may ask how it stands exactly while a live grant lets it in."""
    access, clock = world(store, HIDDEN)
    give(access, flow=None, to=Team("others"))
    with pytest.raises(NotFound):
        access.standing("acme", by=KIM)
    give(access, flow=None)
    assert access.standing("acme", by=KIM).freeze is None
    clock.advance(hours=8)
    with pytest.raises(NotFound):
        access.standing("acme", by=KIM)
    with pytest.raises(NotFound):
        access.standing("acme", by=ZOE)


def test_an_outage_tells_of_no_tenant():
    """[P8] While the store is down, a tenant that is not there is answered like every other."""

    class Down:
        """A store that is down."""

        def __getattr__(self, name):
            raise OSError

    access = SupportAccess(Down(), rules={"acme": HIDDEN}.get, clock=FakeClock(START))
    assert ["store_unavailable"] * 2 == [
        access.authorize(KIM, tenant, "board:read").reason for tenant in ("acme", "nowhere")
    ]


def test_a_consent_opens_no_list(store):
    """[P8] A consent lets nobody in, so at a tenant that hides itself it is on no list of the agent's."""
    flows = {"standing": {"yields": "consent", "start": {"by": ["approvers"]}}}
    access, _ = world(store, AccessRules.from_data({"flows": flows, "view": {"status": ["tenant:*"]}}))
    access.consent("acme", by=ANA, to=SUPPORT, ends=EIGHT, reason="Help")
    assert () == access.consents("acme", by=KIM)
    assert 1 == len(access.consents("acme", by=ANA))
