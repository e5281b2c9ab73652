"""What the shipped strategies yield is valid, and reaches the bounds that it should."""

import subprocess
import sys
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from grantkit import AccessRules, Agent, OpenEnded, SupportAccess, TenantFacts, authorize
from grantkit.codec import nouns, open_entry, read_row, row_text, seal_one
from grantkit.errors import Conflict, NotFound, Refused
from grantkit.inputs import EARLIEST, LATEST, identifier, line
from grantkit.model import Calendar, Event, Grant, Head, Holder, Instant, Window
from grantkit.policy import parse_action, parse_resource
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from grantkit.testing import strategies as some
from grantkit.testing.laws.shelf import Shelf, key_of

ONCE = settings(max_examples=30)
SHORT = settings(max_examples=40, derandomize=True)
NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@ONCE
@given(some.ids(), some.ids(most=8), some.texts(), some.texts(most=40))
def test_words_are_taken_as_they_are(ident, short, said, brief):
    """An id is in the grammar, words are one line that says something; both are no longer than asked for."""
    assert ident == identifier("id", ident)
    assert len(short) <= 8
    assert said == line("said", said, least=1)
    assert len(brief) <= 40


@ONCE
@given(some.instants(), some.instants(NOON, NOON + TICK), some.windows())
def test_instants_are_between_their_bounds(at, near, window):
    """Instants are in UTC between the bounds that were given, and windows are not empty."""
    assert UTC is at.tzinfo
    assert EARLIEST <= at <= LATEST
    assert NOON <= near <= NOON + TICK
    assert window == Window(window.starts_at, window.ends_at)


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (some.instants(), lambda at: at == LATEST),
        (some.instants(), lambda at: at == EARLIEST + TICK),
        (some.beside(st.just(NOON)), lambda at: at == NOON - TICK),
        (some.windows(), lambda window: window.ends_at == OpenEnded()),
        (some.windows(), lambda window: window.closes - window.starts_at == TICK),
        (some.ids(), lambda ident: len(ident) == 200),
        (some.texts(), lambda said: said != unicodedata.normalize("NFC", said)),
        (some.terms(), lambda term: isinstance(term, Calendar)),
        (some.grants(), lambda grant: grant.ended is not None and grant.parent is not None),
        (some.facts(), lambda facts: len(facts.grants) > 1),
        (some.consents(), lambda consent: consent.ended is None and len(consent.approvals) > 1),
        (some.requests(), lambda request: request.settled is None and request.beforehand is not None),
        (some.requests(), lambda request: request.settled is not None and request.gave is not None),
    ],
    ids=[
        *(
            "last",
            "first and a tick",
            "a tick before",
            "open ended",
            "one tick",
            "long",
            "decomposed",
            "calendar",
        ),
        *("ended and delegated", "several grants", "agreed to twice", "pending", "settled"),
    ],
)
def test_bounds_are_reached(strategy, wanted):
    """What lies at a bound, or is seldom met by chance, is yielded."""
    assert wanted(one(strategy, wanted))


def one(strategy, wanted=lambda _: True):
    """Return some value that is wanted, the first that is met."""
    return find(
        strategy, wanted, settings=settings(max_examples=1000, database=None, phases=[Phase.generate])
    )


@ONCE
@given(some.actors() | some.systems(), some.terms(), some.scopes(), some.actions(), some.resources())
def test_nouns_are_read_back(actor, term, scope, action, resource):
    """Principals, terms and scopes are what their plain data reads as; actions and resources are spelled right."""
    assert actor == nouns.actor(actor.to_data())
    assert term == nouns.term(term.to_data())
    assert scope == nouns.scope(scope.to_data())
    assert action == str(parse_action("action", action))
    assert resource == str(parse_resource("resource", resource))


@ONCE
@given(some.policies(), some.layers(), some.holders() | some.teams(), some.endings(), some.freezes())
def test_policies_are_taken_by_rules(policy, layer, held, ended, freeze):
    """A policy can be defined in a rule set, and layers, ends and freezes are what their plain data reads as."""
    if policy.name not in ("read-only", "administrator"):
        rules = AccessRules.from_data({"policies": {policy.name: policy.to_data()}})
        assert policy == rules.policies[policy.name]
    assert layer == nouns.layer(layer.to_data())
    assert ended == nouns.ended(ended.to_data())
    assert freeze == nouns.freeze(freeze.to_data())
    holder = held if isinstance(held, Holder) else held.holder
    assert holder == nouns.holder({"kind": holder.kind, "id": holder.id})


@ONCE
@given(some.rows(tenant=st.just("acme")), some.approvals())
def test_rows_are_spelled_and_kept(row, approval):
    """A row of any kind is what its spelling reads as, and a store keeps it."""
    assert row == read_row(key_of(row)[0], row_text(row))
    assert approval == nouns.approval(approval.to_data())
    if isinstance(row, Head):
        return  # a head stands where its record does
    shelf = Shelf(MemoryStore())
    shelf.put("acme", row)
    assert row == shelf.store.rows("acme")[key_of(row)]


@ONCE
@given(some.facts(tenant=st.just("acme")), some.agents(), some.actions(), some.resources(), some.instants())
def test_facts_can_be_decided_on(facts, agent, action, resource, now):
    """Facts are decided on without an error, whoever asks what and when."""
    assert type(facts) is TenantFacts
    decision = authorize(agent, "acme", action, now, facts=facts, resource=resource)
    assert None is decision.error
    assert decision.explain()


def test_fields_can_be_settled():
    """What is given for a field stands in its place, and everything else stays any."""
    grant = one(
        some.grants(tenant=st.just("acme"), window=some.windows(st.just(NOON), st.just(TICK))),
        lambda found: found.holder.kind == "agent",
    )
    assert ("acme", NOON) == (grant.tenant, grant.starts_at)
    agent = one(some.agents(id=st.just("a-kim"), via=st.just("gr_1")))
    assert Agent("a-kim", via="gr_1") == agent
    assert "m-ana" == one(some.members(id=st.just("m-ana"))).id
    assert 3 == one(some.heads(seq=st.just(3))).seq
    assert "a-lee" == one(some.stances(agent=st.just("a-lee"))).agent
    assert "k-1" == one(some.retries(key=st.just("k-1"))).key
    assert "written" == one(some.consents(flow=st.just("written"))).flow
    assert 2 == one(some.requests(needs=st.just(2))).needs
    assert "m-ben" == one(some.asks(act_as=st.just("m-ben"))).act_as
    assert "email" == one(some.approvals(channel=st.just("email"))).channel
    assert "UTC" == one(some.terms(st.just("UTC")), lambda term: isinstance(term, Calendar)).zone
    assert isinstance(one(some.terms(), lambda term: isinstance(term, Instant)), Instant)


def test_grants_to_a_team_name_no_capacity():
    """Whatever is given for the capacity, only a grant to an agent names one."""
    capable = some.grants(as_team=st.just("support"))
    kinds = {
        kind: one(capable, lambda found, kind=kind: found.holder.kind == kind) for kind in ("agent", "team")
    }
    assert ["support", None] == [kinds[kind].as_team for kind in ("agent", "team")]
    assert all(isinstance(found, Grant) for found in kinds.values())


def test_events_are_sealed_and_opened():
    """An event of any kind is what its sealed entry opens as, and every kind is yielded."""
    kinds = Counter()

    @settings(max_examples=800, derandomize=True)
    @given(some.events())
    def sealed(event):
        kinds[event.kind] += 1
        opened = open_entry(seal_one(event, "", b"seed"))
        assert event == Event(**{**fields(opened), "hash": ""})

    sealed()
    assert 20 == len(kinds)


def fields(event):
    return {name: getattr(event, name) for name in Event.__slots__ if not name.startswith("__")}


def test_commands_are_never_malformed():
    """Whatever sequence of calls is made, each comes to a result or is refused in the words of the rules."""
    came = Counter()
    rules = AccessRules.from_data(
        {
            "flows": {
                "access": {
                    "policies": ["read-only", "*"],
                    "ends": ["elapsed", "calendar", "start_of_day", "end_of_day", "instant", "open_ended"],
                    "longest": "open_ended",
                    "amend": {"ends": ["elapsed", "instant", "open_ended"], "policies": True},
                    "start": {"reason": {"min": 0}},
                    "delegate": {"to": ["agent"], "depth": 2},
                    "entry": {"longest": {"elapsed": "PT2H"}},
                }
            }
        }
    )

    @SHORT
    @given(st.lists(some.commands(), min_size=15, max_size=20), some.instants(NOON, NOON.replace(year=2100)))
    def given_in_a_row(calls, at):
        made = set()
        clock = FakeClock(at)
        access = SupportAccess(
            MemoryStore(), clock=clock, rules=rules, id_factory=lambda prefix: f"{prefix}{len(made) + 1}"
        )
        for call in calls:
            clock.advance(minutes=1)
            assert call.verb in str(call)
            try:
                found = call.at(access)
            except (Refused, NotFound, Conflict) as error:
                came[f"{call.verb} {type(error).__name__}"] += 1
            else:
                came[call.verb] += 1
                made |= {found.id} if call.verb in {"grant", "delegate", "enter"} else set()

    given_in_a_row()
    asked = {name.partition(" ")[0] for name in came}
    keeping = {"delivery.sweep", "ledger.correct_clock", "ledger.erase", "ledger.forget_tenant"}
    chaining = {"delegate", "enter", "leave", "link_ticket", "resolve_ticket", "suspend", "reinstate"}
    braking = {"revoke", "relinquish", "revoke_all", "freeze", "unfreeze"}
    assert {"grant", "amend", *braking, *chaining, *keeping} == asked
    assert {"grant", *braking - {"relinquish"}, "resolve_ticket", "suspend", "reinstate", *keeping} <= {*came}
    assert {"grant NotEntitled", "revoke NotFound", "amend StaleVersion"} <= {*came}


def test_commands_stay_in_the_world_they_are_given():
    """Tenants, grants and agents of calls are those that were given."""
    world = some.commands(st.just("initech"), st.just("gr_x"), st.just("a-max"))
    revoked = one(world, lambda call: call.verb == "revoke")
    assert ("initech", "gr_x") == revoked.args
    frozen = one(world, lambda call: call.verb == "freeze" and call.said["agent"] is not None)
    assert (("initech",), "a-max") == (frozen.args, frozen.said["agent"])


def test_without_hypothesis_they_say_what_they_need():
    """Where Hypothesis is not installed, importing the strategies says so; the rest of the kit works."""
    code = """
import sys; sys.modules["hypothesis"] = None
import grantkit.testing
try: import grantkit.testing.strategies
except ImportError as error: print(error.name, error)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    needs = "grantkit.testing.strategies needs Hypothesis, which the extra `test` of grantkit-access brings"
    assert f"hypothesis {needs}\n" == done.stdout


def test_every_strategy_is_listed():
    """The names that are given out are there, each with a docstring."""
    assert sorted(some.__all__) == list(some.__all__)
    assert all(getattr(some, name).__doc__ for name in some.__all__)
