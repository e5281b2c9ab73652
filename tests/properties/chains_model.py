"""
What the design says of what was handed on, bound to tickets, entered and suspended: plain sets and dictionaries.

Written from the design's pages, it knows nothing of events, rows, layers, slices or stores. For each verb it says
beforehand what the refusal must be, of whatever kinds, or that there must be none.
"""

import attrs

TEAM = {"a-1": "x", "a-2": "x", "a-3": "y", "a-4": "y", "a-5": "y"}
NEAREST = (
    "suspended",
    "frozen",
    "entry_required",
    "action_not_permitted",
    "out_of_scope",
    "consent_ended",
)
"""The reasons of grants that are not over themselves, the nearest to an allow first."""
DEPTH = 3
STAY = 2


@attrs.define
class Held:
    """What the model knows of a grant."""

    holder: str
    flow: str
    ends: int
    order: int
    write: bool = False
    scope: frozenset | None = None
    parent: str | None = None
    added_by: str | None = None
    bound: bool = False
    open: set = attrs.Factory(set)
    over: str | None = None
    version: int = 1

    @property
    def by_leave(self):
        """The agents by whose leave it is there: who holds it by name, and who handed it on."""
        return {self.holder if self.holder in TEAM else None, self.added_by} - {None}


@attrs.define
class Model:
    """What stands."""

    now: int = 0
    order: int = 0
    held: dict = attrs.Factory(dict)
    frozen: set = attrs.Factory(set)
    cut: dict = attrs.Factory(dict)
    suspended: set = attrs.Factory(set)
    inside: dict = attrs.Factory(dict)
    silenced: set = attrs.Factory(set)

    # --- what is true of a grant ------------------------------------------------------------------------------------

    def chain(self, ident):
        """Return a grant and all that it rests on, nearest first."""
        one = self.held[ident]
        return [one] if one.parent is None else [one, *self.chain(one.parent)]

    def holds(self, agent, ident):
        """Whether *agent* holds a grant, by name or through their team."""
        return self.held[ident].holder in (agent, TEAM.get(agent))

    def cut_off(self, one, agent=None):
        """Whether consent recorded so early counts no more, for anybody or for *agent*."""
        return one.order <= max(self.cut.get(each, 0) for each in (None, agent, *one.by_leave))

    def dead(self, one, agent=None):
        """Whether a grant is over by itself: as a fact, by time, or cut off."""
        return one.over is not None or self.now >= one.ends or self.cut_off(one, agent)

    def held_up(self, ident):
        """Return what is held against those by whose leave a grant, and all that it rests on, is there."""
        agents = set().union(*(one.by_leave for one in self.chain(ident)))
        return ({"frozen"} if agents & self.frozen else set()) | (
            {"suspended"} if agents & self.suspended else set()
        )

    # --- decisions --------------------------------------------------------------------------------------------------

    def against(self, ident, agent, write, place):
        """Return every reason that a grant, not over itself, has against *agent*; none at all allows."""
        above = self.chain(ident)
        found = self.held_up(ident)
        if any(self.dead(one, agent) for one in above[1:]):
            found |= {"consent_ended"}
        if write and not all(one.write for one in above):
            found |= {"action_not_permitted"}
        if not all(one.scope is None or place in one.scope for one in above):
            found |= {"out_of_scope"}
        if above[0].flow == "by-session" and self.now >= self.inside.get((ident, agent), 0):
            found |= {"entry_required"}
        return found

    def reasons(self, agent, write, place):
        """Return the reasons of which the answer to *agent* must have one; ``{"allowed"}`` where it must allow."""
        if agent in self.suspended:
            return {"suspended"}
        if None in self.frozen or agent in self.frozen:
            return {"frozen"}
        mine = [ident for ident in self.held if self.holds(agent, ident)]
        alive = [
            self.against(each, agent, write, place) for each in mine if not self.dead(self.held[each], agent)
        ]
        if set() in alive:
            return {"allowed"}
        if all(len(each) == 1 for each in alive) and alive:
            return {min(set().union(*alive), key=NEAREST.index)}
        if alive:
            return set().union(*alive)
        return {self.how(self.held[each], agent) for each in mine} or {"no_grant"}

    def how(self, one, agent):
        """Return how a grant that is over came to be so."""
        return one.over or ("cut_off" if self.cut_off(one, agent) else "expired")

    # --- what verbs must be refused for -----------------------------------------------------------------------------

    def blocked(self, *agents):
        """Return the refusal of what creates or widens while the tenant, or one of *agents* there, is frozen."""
        return {"TenantFrozen"} if self.frozen & {None, *agents} else set()

    def acting(self, agent, ident):
        """Return why an agent may not build on a grant that they hold: hand it on, or enter."""
        why = self.blocked(agent) | ({"AgentSuspended"} if agent in self.suspended else set())
        why |= set() if self.holds(agent, ident) else {"NotEntitled"}
        why |= {"ConsentMissing"} if any(self.dead(one, agent) for one in self.chain(ident)) else set()
        names = {"frozen": "TenantFrozen", "suspended": "AgentSuspended"}
        return why | {names[each] for each in self.held_up(ident)}

    def no_grant(self, to, *, bound, tickets):
        """Return why a member who may consent to anything could not grant."""
        why = self.blocked(to if to in TEAM else None)
        return why | ({"InvalidInput"} if bound and not tickets else set())

    def no_delegation(self, agent, ident, to, scope):
        """Return why *agent* may not add *to* to a grant."""
        why = self.acting(agent, ident) | self.blocked(to)
        most = self.held[ident].scope
        why |= {"ExceedsParent"} if len(self.chain(ident)) > DEPTH else set()
        why |= {"InvalidInput"} if to == agent or self.holds(to, ident) else set()
        if scope is not None and most is not None and not scope <= most:
            why |= {"ExceedsParent"}
        return why

    def no_link(self, ident, ticket):
        """Return why a member who could grant it may not link a ticket."""
        one, *above = self.chain(ident)
        why = self.blocked(one.holder if one.holder in TEAM else None)
        why |= {"IllegalTransition"} if any(map(self.dead, (one, *above))) else set()
        missing = bool(above) and ticket not in above[0].open and ticket not in one.open
        return why | ({"ExceedsParent"} if missing else set())

    def no_amendment(self, ident, ends):
        """Return why a member who could grant it may not give it another end."""
        one = self.held[ident]
        why = {"IllegalTransition"} if self.dead(one) else set()
        longer = ends > one.ends
        return why | (self.blocked(one.holder if one.holder in TEAM else None) if longer else set())

    # --- what happens -----------------------------------------------------------------------------------------------

    def solved(self, ticket):
        """Solve a ticket; return how many events that is."""
        bound = [one for one in self.held.values() if one.bound and not one.over and ticket in one.open]
        last = [one for one in bound if one.open == {ticket}]
        for one in last:
            cut, expired = self.cut_off(one), self.now >= one.ends
            one.over = "cut_off" if cut else "expired" if expired else "ended_by_tickets"
        for one in bound:
            one.open.discard(ticket)
        return len(last) + bool(bound)
