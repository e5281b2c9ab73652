"""Remarks: what a review points out about what stands. A closed list, and one place that puts it in words."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import attrs

from grantkit.canonical import Plain
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import GrantState
from grantkit.model import Consent, Grant, OpenEnded
from grantkit.model.wording import about as roughly
from grantkit.rules import AccessRules
from grantkit.telling.foreign import on_one_line

UNUSED_FOR: Final = timedelta(days=30)
"""What counts as unused, unless something else is said."""

OVERLONG: Final = timedelta(days=90)
"""What counts as overlong, unless something else is said."""


class Remark(StrEnum):
    """What a review can point out. None of it changes what is allowed."""

    FROZEN = "frozen"
    SUSPENDED = "suspended"
    UNUSED = "unused"
    OVERLONG = "overlong"
    OPEN_ENDED = "open_ended"
    OUTLIVES_TICKETS = "outlives_tickets"
    TICKETS_SOLVED = "tickets_solved"
    POLICY_WITHDRAWN = "policy_withdrawn"
    POLICY_ALTERED = "policy_altered"
    OTHER_RULES = "other_rules"
    ROLE_LOST = "role_lost"


_WORDS: Final[Mapping[Remark, str]] = FrozenMap(
    {
        Remark.FROZEN: "held up: the tenant has frozen it, and it allows nothing until that is lifted",
        Remark.SUSPENDED: "held up: the vendor has suspended an agent on whom it depends",
        Remark.UNUSED: "unused: not entered and not used for {}",
        Remark.OVERLONG: "overlong: it lasts for {}",
        Remark.OPEN_ENDED: "no end is set",
        Remark.OUTLIVES_TICKETS: "does not end with its tickets: {}",
        Remark.TICKETS_SOLVED: "its tickets have been reported solved, and it stands: {}",
        Remark.POLICY_WITHDRAWN: "rests on policies that today's rules no longer have, so they allow nothing: {}",
        Remark.POLICY_ALTERED: "rests on policies that today's rules define otherwise; both must allow: {}",
        Remark.OTHER_RULES: "was consented to under other rules than today's",
        Remark.ROLE_LOST: "who consented no longer holds the role that entitled them: {}",
    }
)


@attrs.frozen
class Remarked:
    """
    One remark about one thing.

    Attributes:
        remark: Which.
        about: What it names, if anything: policies, tickets, people by id, or a span.
    """

    remark: Remark
    about: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Plain]:
        """Return the remark as plain data."""
        return {"remark": self.remark.value, "about": list(self.about)}

    def __str__(self) -> str:
        return _WORDS[self.remark].format(", ".join(map(on_one_line, self.about)))


@attrs.frozen(kw_only=True)
class Limits:
    """
    What counts as unused and as overlong; each holds from exactly its span on.

    Attributes:
        unused_for: So long without anybody entering or using it.
        overlong: So long from its start to its end; where no end is set, so long from its start until now.
        since: What ended at this instant or later is told; ``None`` for all that ever ended.
    """

    unused_for: timedelta = UNUSED_FOR
    overlong: timedelta = OVERLONG
    since: datetime | None = None

    def tells(self, *ends: datetime | None) -> bool:
        """Whether one of *ends* lies within what is told."""
        return self.since is None or any(at is not None and at >= self.since for at in ends)


def lasts(one: Grant | Consent, now: datetime) -> timedelta:
    """Return how long *one* lasts from start to end, or has stood by *now* where no end is set."""
    ends_at = one.ends_at
    return (now if isinstance(ends_at, OpenEnded) else ends_at) - one.starts_at


@attrs.frozen(kw_only=True)
class Circumstances:
    """
    What remarks on one grant or consent depend on, besides itself.

    Attributes:
        now: The time of the review.
        state: Where it stands.
        frozen: Whether a freeze holds it up.
        suspended: Whether a suspension does.
        last: When anything last happened inside, its start at the earliest; ``None`` where that says nothing.
        solved: The tickets that the tenant's record knows to be solved.
        rules: Today's rules.
        lost: Who consented and no longer holds the role, by id.
        limits: What counts as unused and overlong.
    """

    now: datetime
    state: GrantState
    frozen: bool
    suspended: bool
    last: datetime | None
    solved: frozenset[str]
    rules: AccessRules
    lost: tuple[str, ...]
    limits: Limits


def remarks_on(one: Grant | Consent, seen: Circumstances) -> tuple[Remarked, ...]:
    """Return what is to be pointed out about *one*, in the order of :class:`Remark`."""
    return tuple(_all(one, seen))


def _all(one: Grant | Consent, seen: Circumstances) -> Iterable[Remarked]:
    if seen.frozen:
        yield Remarked(Remark.FROZEN)
    if seen.suspended:
        yield Remarked(Remark.SUSPENDED)
    if seen.state is GrantState.LIVE and seen.last is not None:
        still = seen.now - seen.last
        if still >= seen.limits.unused_for:
            yield Remarked(Remark.UNUSED, (roughly(still),))
    span = lasts(one, seen.now)
    if span >= seen.limits.overlong:
        yield Remarked(Remark.OVERLONG, (roughly(span),))
    if isinstance(one.ends_at, OpenEnded):
        yield Remarked(Remark.OPEN_ENDED)
    yield from _tickets(one, seen.solved)
    yield from _policies(one, seen.rules)
    if one.rules != seen.rules.digest:
        yield Remarked(Remark.OTHER_RULES)
    if seen.lost:
        yield Remarked(Remark.ROLE_LOST, seen.lost)


def _tickets(one: Grant | Consent, solved: frozenset[str]) -> Iterable[Remarked]:
    """What is bound ends with its tickets, and a link that counts again is its own affair: nothing to point out."""
    if one.tickets and not one.until_tickets:
        names = tuple(sorted(one.tickets))
        yield Remarked(Remark.OUTLIVES_TICKETS, names)
        if one.tickets <= solved:
            yield Remarked(Remark.TICKETS_SOLVED, names)


def _policies(one: Grant | Consent, rules: AccessRules) -> Iterable[Remarked]:
    today = {name: rules.policy(name) for name in one.policies}  # without those that an approver dropped
    gone = tuple(name for name, policy in today.items() if policy is None)
    if gone:
        yield Remarked(Remark.POLICY_WITHDRAWN, gone)
    pinned = (policy for layer in one.layers if layer.kind != "ceiling" for policy in layer.policies)
    altered = {
        policy.name
        for policy in pinned
        if today.get(policy.name) is not None and today[policy.name] != policy
    }
    if altered:
        yield Remarked(Remark.POLICY_ALTERED, tuple(sorted(altered)))
