"""What rests on a consent: never wider, never for others, only while the consent is live (R5, R8)."""

from grantkit.errors import ConsentMissing, ExceedsParent
from grantkit.lifecycle.slices import Act, Slice
from grantkit.lifecycle.states import GrantState, state_of
from grantkit.model import Consent, Grantee, Holder, Scope, holder_of


def check_live(slice_: Slice, act: Act, parent: Consent) -> None:
    """Refuse a consent that is over, has not begun, or was cut off."""
    state = state_of(slice_, parent, act.now)
    if state is not GrantState.LIVE:
        raise ConsentMissing(parent=parent.id, why=f"is not live: {state}")


def check_contact(parent: Consent, contact: str | None) -> None:
    """Refuse a contact who did not approve (R5); who did is in the record, whether named here or not."""
    if contact is not None and all(contact != each.by.id for each in parent.approvals):
        raise ConsentMissing(parent=parent.id, why=f"was not given by {contact}")


def _theirs(parent: Consent, holder: Holder, as_team: str | None) -> bool:
    """Whether *parent* was given for this holder, or for the team in whose capacity it acts."""
    if parent.holder == holder:
        return parent.as_team in (None, as_team)
    return parent.holder == Holder("team", as_team or "")


def check_parent(
    slice_: Slice,
    act: Act,
    parent: Consent,
    *,
    to: Grantee,
    as_team: str | None,
    scope: Scope,
    tickets: frozenset[str],
    binding: bool,
) -> None:
    """
    Refuse what would go beyond *parent*: for others, somewhere else, or for another case.

    Policies need no comparing: the layers of the consent are judged beside the grant's own at every decision. A later
    end is clipped, not refused.

    Raises:
        ConsentMissing: If it is not live, or was given for other tickets.
        ExceedsParent: If it was given for others, for less of the tenant, or for fewer tickets than would bind.
    """
    check_live(slice_, act, parent)
    if not _theirs(parent, holder_of(to), as_team):
        asked = str(to) if as_team is None else f"{to} in team {as_team}"
        raise ExceedsParent(parent=parent.id, field="to", asked=asked, most=str(parent.holder))
    if not parent.scope.includes(scope):
        raise ExceedsParent(parent=parent.id, field="scope", asked=str(scope), most=str(parent.scope))
    cases = parent.open_tickets if parent.until_tickets else parent.tickets
    if parent.tickets and not cases & tickets:
        named = ", ".join(sorted(cases))
        raise ConsentMissing(parent=parent.id, why=f"was given for {named} and not for the tickets named")
    if binding and parent.tickets and not tickets <= cases:
        # Whoever activates could otherwise name a ticket that nobody ever solves: that would be linking one.
        beyond, most = ", ".join(sorted(tickets - cases)), ", ".join(sorted(cases))
        raise ExceedsParent(parent=parent.id, field="tickets", asked=beyond, most=most)
