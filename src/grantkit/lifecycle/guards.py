"""What keeps anything from being created or widened, whoever asks."""

from grantkit.decision import TOLERANCE
from grantkit.errors import AgentSuspended, ClockBehind, SelfApproval, TenantFrozen
from grantkit.lifecycle.choosing import SamePerson
from grantkit.lifecycle.slices import Act, Slice
from grantkit.model import Agent, Holder, Member


def not_to_oneself(by: Member | Agent, holder: Holder, same_person: SamePerson | None = None) -> None:
    """Refuse whoever is the holder, also on the other side: ids are compared across sides (I-13)."""
    if holder.kind == "agent" and is_same_person(by, Agent(holder.id), same_person):
        raise SelfApproval(actor=str(by))


def is_same_person(one: Member | Agent, other: Member | Agent, same_person: SamePerson | None) -> bool:
    """Whether both are one person: by id, across sides, or as the host says; an error in what it says is a yes."""
    if one.id == other.id:
        return True
    try:
        return same_person is not None and same_person(one, other) is not False
    except Exception:  # noqa: BLE001  # the host's code may raise anything; nobody has said that they are two
        return True


def not_while_blocked(slice_: Slice, act: Act, holder: Holder) -> None:
    """
    Refuse to create or widen anything for *holder* while it, or the tenant, is frozen, or the clock is not believed.

    Raises:
        TenantFrozen: While a freeze stands (B7).
        ClockBehind: If the clock reads more than the tolerance earlier than the record (I-7).
    """
    head = slice_.head
    frozen = slice_.frozen(holder)
    if frozen is not None:
        raise TenantFrozen(tenant=head.tenant, frozen=frozen)
    believe_clock(slice_, act)


def not_while_suspended(slice_: Slice, agent: Agent, verb: str) -> None:
    """Refuse an agent whom the vendor has suspended: it begins, agrees to and hands on nothing anywhere (B7)."""
    if agent.id in slice_.suspended:
        raise AgentSuspended(agent=agent.id, verb=verb)


def believe_clock(slice_: Slice, act: Act) -> None:
    """Refuse whatever widens while the clock reads more than the tolerance earlier than the record."""
    head = slice_.head
    if head.seen_at - act.now > TOLERANCE:
        raise ClockBehind(tenant=head.tenant, now=act.now, seen_at=head.seen_at)
