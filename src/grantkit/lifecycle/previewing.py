"""The preview: who, what in plain words, where, why, and the exact end, before anybody decides (J4)."""

from collections.abc import Iterator
from datetime import datetime

import attrs

from grantkit.lifecycle.evidence import asked_digest
from grantkit.lifecycle.slices import Act
from grantkit.model import AccessRequest, Agent, Member, OpenEnded, Window
from grantkit.model.wording import iso, plainly
from grantkit.policy import Layer, names_left


@attrs.frozen(kw_only=True)
class Preview:
    """
    What a request would come to if it were approved now. For showing; ``approve`` quotes its digest and its end.

    Attributes:
        request: The request.
        digest: The digest of its exact terms.
        starts_at: When access would begin.
        ends_at: When it would end at the latest: an approval never yields a later end than the one shown (J5).
        clipped: Whether it ends earlier than was asked for, because the consent that it rests on does.
        by: Who asks, with their name where it has not been erased.
        what: What the policies allow, and what bounds them, each in plain words.
        lines: The same in plain words, the end in UTC and in the tenant's zone.
    """

    request: AccessRequest
    digest: str
    starts_at: datetime
    ends_at: datetime | OpenEnded
    clipped: bool = False
    by: Agent | Member
    what: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The digest and the end as one text, for a form: ``approve(shown=...)`` takes it back as it is."""
        return f"{self.digest}.{'open_ended' if isinstance(self.ends_at, OpenEnded) else iso(self.ends_at)}"

    def __str__(self) -> str:
        return "\n".join(self.lines)


def preview_of(
    request: AccessRequest,
    window: Window,
    act: Act,
    *,
    clipped: bool = False,
    by: Agent | Member | None = None,
) -> Preview:
    """Return the preview of *request* with the window that an approval now would make, in the zone of the rules."""
    asks = request.by if by is None else by
    return Preview(
        request=request,
        digest=asked_digest(request),
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        clipped=clipped,
        by=asks,
        what=tuple(what_in_words(request.ask.layers)),
        lines=tuple(_lines(request, window, act, asks, clipped=clipped)),
    )


def _lines(
    request: AccessRequest,
    window: Window,
    act: Act,
    asks: Agent | Member,
    *,
    clipped: bool,
) -> Iterator[str]:
    ask = request.ask
    team = "" if ask.as_team is None else f" of team {ask.as_team}"
    as_member = "" if ask.act_as is None else f", acting as member {ask.act_as}"
    named = str(asks) if asks.name is None else f"{asks.name} ({asks})"
    yields = "" if request.yields == "grant" else " (a consent: it lets nobody in by itself)"
    yield f"Who: {ask.holder}{team}{as_member}, asked by {named}{yields}"
    yield f"What: {'; '.join(what_in_words(ask.layers))}"
    yield f"Where: {ask.scope}, at tenant {request.tenant}"
    category = "" if request.category is None else f" [{request.category}]"
    tickets = "".join(f", ticket {each}" for each in sorted(request.tickets))
    yield f"Why: {request.reason or 'no reason given'}{category}{tickets}"
    ends_at = window.ends_at
    if ask.starts is not None and window.starts_at > act.now:
        yield f"From: {_when(window.starts_at, act)}"
    until = "no end" if isinstance(ends_at, OpenEnded) else f"{_when(ends_at, act)}, and never later"
    rests = " (when the consent it rests on ends)" if clipped else ""
    yield f"Until: {until}{rests}{_or_solved(request)}"


def _or_solved(request: AccessRequest) -> str:
    """Say what ends it besides the clock (R14)."""
    if not request.until_tickets:
        return ""
    tickets = " and ".join(sorted(request.tickets))
    return f"; ended before by solving {'ticket' if len(request.tickets) == 1 else 'tickets'} {tickets}"


def _when(at: datetime, act: Act) -> str:
    zone = act.rules.zone
    if zone is None:
        return plainly(at)
    local = at.astimezone(act.zone(zone))
    spelled = f"{local:%Y-%m-%d %H:%M:%S}" if local.second or local.microsecond else f"{local:%Y-%m-%d %H:%M}"
    return f"{plainly(at)} ({spelled} {zone})"


def what_in_words(layers: tuple[Layer, ...]) -> Iterator[str]:
    """Yield what the policies that are left allow, one by one, and what bounds them."""
    left = names_left(layers)
    for layer in layers:
        if layer.kind == "consented":
            yield from (each.in_words() for each in layer.policies if each.name in left)
    bounds = sorted({name for layer in layers if layer.kind == "ceiling" for name in layer.names})
    if bounds:
        yield f"never more than {', '.join(bounds)} allows"
