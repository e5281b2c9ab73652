"""Narrowing: an approver may shorten, drop policies and take less of the scope, and never widen (B2)."""

from datetime import datetime

import attrs

from grantkit.errors import ExceedsRequest, InvalidInput
from grantkit.lifecycle.ends import AskedEnd, frames, settled
from grantkit.lifecycle.slices import Act
from grantkit.model import NEVER, AccessRequest, Ask, OpenEnded, Scope, Soonest, Term, resolve
from grantkit.model.wording import plainly
from grantkit.policy import Layer
from grantkit.rules import Choice, Flow


@attrs.frozen(kw_only=True)
class ApproveIntent:
    """What an approver passes, checked for its form; ``None`` leaves a thing as it was asked for."""

    request_id: str
    digest: str
    ends_by: datetime | OpenEnded
    ends: AskedEnd
    policies: tuple[str, ...] | None
    scope: Scope | None
    word: str | None
    channel: str | None
    reference: str | None
    text_digest: str | None
    text_version: str | None = None


def narrow(act: Act, at: datetime, asked: AccessRequest, flow: Flow, intent: ApproveIntent) -> Ask:
    """
    Return the terms as this approver narrows them: a further layer, an earlier end, less of the scope.

    Raises:
        ExceedsRequest: If anything is more than what was asked for.
        InvalidInput: If nothing would be left.
    """
    ask = asked.ask
    if intent.policies is not None:
        ask = _fewer(asked, ask, intent.policies)
    if intent.scope is not None:
        if not ask.scope.includes(intent.scope):
            raise _exceeds(asked, "scope", str(intent.scope), str(ask.scope))
        ask = attrs.evolve(ask, scope=intent.scope)
    shown = NEVER if isinstance(intent.ends_by, OpenEnded) else intent.ends_by
    if shown <= at:
        raise InvalidInput(
            field="ends_by", code="out_of_range", wants="the end that preview() showed, still ahead"
        )
    if intent.ends is not None:
        ask = _shorter(act, at, asked, flow, ask=ask, ends=intent.ends, shown=shown)
    return ask


def _fewer(asked: AccessRequest, ask: Ask, names: tuple[str, ...]) -> Ask:
    if not names:
        raise InvalidInput(field="policies", code="blank", wants="at least one policy, or deny()")
    beyond = [name for name in names if name not in ask.policies]
    if beyond:
        raise _exceeds(asked, "policies", ", ".join(beyond), ", ".join(ask.policies))
    if set(names) == set(ask.policies):
        return ask
    # What stays keeps the definition that was asked for; the layers before it bind too, with whatever they deny.
    chosen = next(layer for layer in ask.layers if layer.kind == "consented")
    kept = (policy for policy in chosen.policies if policy.name in names)
    return attrs.evolve(ask, layers=(*ask.layers, Layer.of(*kept, kind="narrowed")))


def _shorter(
    act: Act,
    at: datetime,
    asked: AccessRequest,
    flow: Flow,
    *,
    ask: Ask,
    ends: Term | Soonest | Choice,
    shown: datetime,
) -> Ask:
    anchor = at if ask.starts is None else ask.starts
    where = frames(ends, act, at)
    term = settled(flow, ends, where)
    end = resolve(term, anchor, where.own.tz)
    closes = NEVER if isinstance(end, OpenEnded) else end
    if closes > shown:
        raise _exceeds(asked, "ends", str(term), f"an end by {plainly(shown)}")
    if closes <= max(at, anchor):
        raise InvalidInput(field="ends", code="empty_window", wants="an end after the start, or deny()")
    return attrs.evolve(ask, terms=(*ask.terms, term))


def _exceeds(asked: AccessRequest, field: str, what: str, most: str) -> ExceedsRequest:
    return ExceedsRequest(id=asked.id, field=field, asked=what, most=most)
