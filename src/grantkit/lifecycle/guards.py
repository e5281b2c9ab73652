"""What keeps anything from being created or widened, whoever asks."""

from grantkit.decision import TOLERANCE
from grantkit.errors import ClockBehind, SelfApproval, TenantFrozen
from grantkit.lifecycle.slices import Act, Slice
from grantkit.model import Holder, Member


def not_to_oneself(by: Member, holder: Holder) -> None:
    """Refuse a member who is the holder on the other side: ids are compared across sides (I-13)."""
    if holder.kind == "agent" and holder.id == by.id:
        raise SelfApproval(actor=str(by))


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


def believe_clock(slice_: Slice, act: Act) -> None:
    """Refuse whatever widens while the clock reads more than the tolerance earlier than the record."""
    head = slice_.head
    if head.seen_at - act.now > TOLERANCE:
        raise ClockBehind(tenant=head.tenant, now=act.now, seen_at=head.seen_at)
