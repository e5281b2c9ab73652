"""What a person may do with what they look at: the commands themselves are asked, so that no page judges again."""

from collections.abc import Callable, Mapping

from grantkit.errors import GrantkitError
from grantkit.lifecycle.answering import deny, may_approve, withdraw
from grantkit.lifecycle.braking import freeze, relinquish, revoke, revoke_all, unfreeze
from grantkit.lifecycle.choosing import NO_PREDICATES, Predicates, SamePerson
from grantkit.lifecycle.delegating import may_delegate
from grantkit.lifecycle.entering import may_enter
from grantkit.lifecycle.slices import Act, Outcome, Slice
from grantkit.lifecycle.ticketing import may_link
from grantkit.model import AccessRequest, Consent, Grant


def may_do(
    slice_: Slice,
    act: Act,
    row: Grant | Consent | AccessRequest,
    same_person: SamePerson | None,
    predicates: Predicates = NO_PREDICATES,
) -> frozenset[str]:
    """
    Return the verbs that whoever acts could use on *row* now, and that would change something.

    For a request ``approve``, ``deny`` and ``withdraw``; for a grant or a consent ``revoke`` and ``relinquish``; for a
    grant also ``enter``, ``delegate`` and ``link_ticket``. A word that the flow asks for is still to be typed, and the
    terms of an approval, whom to add, and what to say, still to be chosen.

    Args:
        slice_: The row, all that it rests on, and the stances of the agents at stake.
        act: Who, when, under which rules.
        row: What is looked at.
        same_person: As for the commands.
        predicates: As for the commands.
    """
    if isinstance(row, AccessRequest):
        return _going_through(
            {
                "approve": lambda: may_approve(slice_, act, row, same_person),
                "deny": lambda: deny(slice_, act, row.id, ""),
                "withdraw": lambda: withdraw(slice_, act, row.id),
            }
        )
    flow = act.rules.flows.get(row.flow)
    word = (
        None if flow is None else flow.off_word
    )  # as if it had been typed: nobody has been asked for it yet
    verbs: dict[str, Callable[[], object]] = {
        "revoke": lambda: revoke(slice_, act, row.id, word),
        "relinquish": lambda: relinquish(slice_, act, row.id),
    }
    if isinstance(row, Grant):
        verbs["enter"] = lambda: may_enter(slice_, act, row, predicates)
        verbs["delegate"] = lambda: may_delegate(slice_, act, row)
        verbs["link_ticket"] = lambda: may_link(slice_, act, row, predicates, same_person)
    return _going_through(verbs)


def may_stop_all(slice_: Slice, act: Act, agent: str | None) -> frozenset[str]:
    """
    Return which of ``revoke_all``, ``freeze`` and ``unfreeze`` whoever acts could use now, and would change something.

    Args:
        slice_: The head, and the stance of *agent*.
        act: Who, when, under which rules.
        agent: For this agent alone, or ``None`` for everybody.
    """
    return _going_through(
        {
            "revoke_all": lambda: revoke_all(slice_, act, agent),
            "freeze": lambda: freeze(slice_, act, agent),
            "unfreeze": lambda: unfreeze(slice_, act, agent, revoke=False),
        }
    )


def _going_through(verbs: Mapping[str, Callable[[], object]]) -> frozenset[str]:
    return frozenset(verb for verb, run in verbs.items() if _goes_through(run))


def _goes_through(run: Callable[[], object]) -> bool:
    try:
        found = run()
    except GrantkitError:
        return False
    return not isinstance(found, Outcome) or bool(found.bodies)
