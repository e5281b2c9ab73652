"""Calls of verbs, to be made at any front door."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import attrs
from hypothesis import strategies as st

from grantkit.model import Elapsed, Member, OpenEnded, Scope, System, Team
from grantkit.testing.strategies.nouns import agents, members
from grantkit.testing.strategies.words import Fields, instants, terms, texts

_EARLY, _LATE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@attrs.frozen
class Call:
    """
    A call of a verb, to be made at any front door: ``call.at(access)``.

    Attributes:
        verb: The verb, as on :class:`~grantkit.SupportAccess`; those of its faces with a dot, as ``ledger.erase``.
        args: What it is about.
        said: All else, by keyword.
    """

    verb: str
    args: tuple[object, ...]
    said: Mapping[str, object]

    def at(self, access: object) -> Any:
        """Make the call at *access*, and return what it gives; it may be refused, and is never malformed."""
        verb: Callable[..., Any] = attrgetter(self.verb)(access)
        return verb(*self.args, **self.said)

    def __str__(self) -> str:
        said = ", ".join([*map(repr, self.args), *(f"{name}={value!r}" for name, value in self.said.items())])
        return f"{self.verb}({said})"


def commands(
    tenant: st.SearchStrategy[str] | None = None,
    grant: st.SearchStrategy[str] | None = None,
    agent: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[Call]:
    """
    Return calls of verbs that change something, from a few people about a few grants, so that they meet each other.

    They are never malformed under rules of one flow without categories, in any year that a clock is likely to read.
    Many will be refused, as those who give them may not, or what they are about is not there.

    Args:
        tenant: At which tenants; ``acme`` and ``globex`` by default.
        grant: About which grants, by id; ``gr_1`` to ``gr_3`` by default, for an ``id_factory`` that counts.
        agent: By and about which agents, by id; ``a-kim`` and ``a-lee`` by default.
    """
    where = st.sampled_from(("acme", "acme", "globex")) if tenant is None else tenant
    about = st.sampled_from(("gr_1", "gr_2", "gr_3")) if grant is None else grant
    who = st.sampled_from(("a-kim", "a-lee")) if agent is None else agent
    team = st.sampled_from(("support", "tech"))
    called = st.none() | st.sampled_from(("Kim", "caf\u00e9", "cafe\u0301"))
    vendor = agents(id=who, teams=st.sampled_from((["support"], ["tech", "support"], [])), name=called)
    people = st.sampled_from(("m-ana", "m-bob"))
    roles = st.sampled_from((*[frozenset({"admin"})] * 4, frozenset({"guest"})))
    on = st.sampled_from(({}, {}, {"project:1": ["admin"]}))
    tenants = members(
        id=people, tenant=st.just("acme"), roles=roles, roles_on=on, name=called
    )  # whose: see _call
    job = st.just(System("job"))
    anybody = st.sampled_from((tenants, tenants, tenants, tenants, vendor, job)).flatmap(_actor)
    keeper = st.one_of(job, vendor, tenants)
    whom = st.none() | who
    named = st.none() | st.just(["read-only"]) | st.just(["administrator"])
    ends = st.one_of(st.sampled_from((Elapsed(hours=4), Elapsed(days=2), OpenEnded())), terms())
    grants: dict[str, Fields] = {
        "by": anybody,
        "to": vendor | st.builds(Team, team),
        "ends": ends,
        "scope": st.sampled_from((None, Scope.whole(), Scope.only("project:1"))),
        "policies": named,
        "starts": st.one_of(st.none(), st.none(), instants(_EARLY, _LATE)),
        "reason": st.just("") | texts(),
        "tickets": st.sampled_from(((), ("T-1", "t-1"))),
        "key": st.none() | st.sampled_from(("k-1", "K-1", "k-2")),
    }
    amends: dict[str, Fields] = {
        "by": anybody,
        "version": st.sampled_from((1, 1, 1, 2)),
        "ends": ends,
        "policies": named,
    }
    here, one = st.tuples(where), st.tuples(where, about)
    texts_of: dict[str, Fields] = {
        "by": keeper,
        "events": st.lists(st.integers(1, 4), min_size=1, max_size=2),
    }
    names_of: dict[str, Fields] = {"by": keeper, "people": st.lists(people | who, min_size=1, max_size=2)}
    creating = _calls("grant", here, grants)
    changing = (_calls("amend", one, amends), _calls("revoke", one, {"by": anybody}))
    braking = (
        _calls("relinquish", one, {"by": st.one_of(vendor, anybody)}),
        _calls("revoke_all", here, {"by": anybody, "agent": whom}),
        _calls("freeze", here, {"by": anybody, "agent": whom}),
        _calls("unfreeze", here, {"by": anybody, "agent": whom, "revoke": st.booleans()}),
    )
    newcomer = agents(id=st.sampled_from(("a-new", "a-newer")), teams=st.just([]), name=called)
    ticket = st.sampled_from(("T-1", "t-1"))
    chaining = (
        _calls("delegate", one, {"by": vendor, "to": newcomer, "reason": st.just("") | texts()}),
        _calls("enter", one, {"by": vendor}),
        _calls("leave", st.tuples(where, st.sampled_from(("se_1", "se_2"))), {"by": st.one_of(vendor, job)}),
        _calls("link_ticket", st.tuples(where, about, ticket), {"by": anybody}),
        _calls("resolve_ticket", st.tuples(where, ticket), {"by": anybody}),
        _calls("suspend", st.tuples(who), {"by": job}),
        _calls("reinstate", st.tuples(who), {"by": job}),
    )
    keeping = (
        _calls("delivery.sweep", st.just(()), {}),
        _calls("ledger.correct_clock", here, {"by": job}),
        _calls("ledger.erase", here, texts_of),
        _calls("ledger.erase", here, names_of),
        _calls("ledger.forget_tenant", here, {"by": keeper}),
    )
    # Not one_of(), which asks once each of what it is given several times.
    weighted = (*[creating] * 9, *changing * 3, *braking, *chaining, *keeping)
    return st.sampled_from(weighted).flatmap(_itself)


def _actor(chosen: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return chosen


def _itself(chosen: st.SearchStrategy[Call]) -> st.SearchStrategy[Call]:
    return chosen


def _calls(
    verb: str, args: st.SearchStrategy[tuple[str, ...]], said: Mapping[str, Fields]
) -> st.SearchStrategy[Call]:
    return st.builds(_call, st.just(verb), args, st.fixed_dictionaries(dict(said)))


def _call(verb: str, args: tuple[str, ...], said: dict[str, Any]) -> Call:
    by = said.get("by")
    if isinstance(by, Member):
        roles_on = {str(resource): roles for resource, roles in by.roles_on.items()}
        said["by"] = Member(by.id, tenant=args[0], roles=by.roles, name=by.name, roles_on=roles_on)
    return Call(verb, args, said)
