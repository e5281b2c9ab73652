"""Chains: a grant, and all that it rests on (R8)."""

from collections.abc import Iterator

from grantkit.errors import ConsentMissing
from grantkit.lifecycle.guards import not_while_blocked, not_while_suspended
from grantkit.lifecycle.slices import Act, Slice, Want, agents_of
from grantkit.lifecycle.states import GrantState, state_of
from grantkit.model import Agent, Consent, Grant, Holder


def wanted_above(slice_: Slice) -> Want | None:
    """Return what the grants of *slice_* rest on and it has not: asked for until there is nothing more above."""
    there = {*slice_.grants, *slice_.consents}
    above = tuple(sorted({one.parent for one in slice_.grants.values() if one.parent is not None} - there))
    return Want(grants=above, consents=above) if above else None


def chain_of(slice_: Slice, grant: Grant) -> Iterator[Grant | Consent]:
    """
    Yield *grant* and what it rests on, nearest first.

    Raises:
        ConsentMissing: If something of it is missing, or it goes in a circle: nothing can rest on that.
    """
    one: Grant | Consent = grant
    seen = {grant.id}
    yield one
    while one.parent is not None:
        above = slice_.grants.get(one.parent) or slice_.consents.get(one.parent)
        if above is None or above.id in seen:
            raise ConsentMissing(parent=one.parent, why="is not there")
        seen.add(above.id)
        yield above
        one = above


def check_chain(slice_: Slice, act: Act, chain: tuple[Grant | Consent, ...], verb: str) -> None:
    """
    Refuse to build on a chain that does not carry all the way up.

    Raises:
        ConsentMissing: If something of it is not live, or was cut off for whoever acts.
        TenantFrozen: If the tenant is frozen, or an agent by whose leave something of it is there.
        AgentSuspended: If such an agent is suspended.
        ClockBehind: If the clock is not believed.
    """
    stance = slice_.stances.get(act.by.id)
    for one in chain:
        if stance is not None and one.consent_seq <= stance.cut_off:
            # What a team holds lives on for the others; whoever was cut off must not let somebody in by it.
            raise ConsentMissing(parent=one.id, why=f"was cut off for {act.by}")
        state = state_of(slice_, one, act.now)
        if state is not GrantState.LIVE:
            raise ConsentMissing(parent=one.id, why=f"is not live: {state}")
        not_while_blocked(slice_, act, one.holder)
        for agent in sorted(agents_of(one)):
            not_while_suspended(slice_, Agent(agent), verb)
            not_while_blocked(slice_, act, Holder("agent", agent))
