"""Flows: each one way in which consent comes about, as data."""

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Final, Self

import attrs

from grantkit.canonical import Plain
from grantkit.inputs import boolean, identifier, integer, one_of
from grantkit.model.durations import MOST_SECONDS, parse_elapsed, spell_elapsed
from grantkit.rules.choices import Bound, Choice, exact, exact_or_open
from grantkit.rules.fields import (
    Check,
    each,
    exactly,
    maybe,
    must,
    record,
    short_text,
    some,
    spelled,
    tuple_of,
)
from grantkit.rules.offers import AmendRule, Delegation, Entry, ScopeRule
from grantkit.rules.steps import Start, Step
from grantkit.rules.who import Selector, To

YIELDS: Final = ("grant", "consent")
ACT_AS: Final = ("none", "self", "any")
_DAY = 86_400


def policy_name(field: str, value: object) -> str:
    """Return *value*, the name of a policy, or ``*`` for any that the rule set knows."""
    return "*" if value == "*" else identifier(field, value)


@attrs.frozen(kw_only=True, slots=False)
class Flow:
    """
    One way in.

    The defaults are the safe ones: a tenant admin consents, look only, thirty days, a reason, nothing
    open-ended, scheduled, delegated, lengthened or acted as.

    In every list of choices the first entry is used when the caller says nothing, provided it is concrete.
    Whether a flow keeps the laws is judged by the rule set that it is put into.

    Attributes:
        yields: ``"grant"``, or ``"consent"``: that allows nothing by itself; flows stand under it, or demands
            ask for it.
        under: The consent flow on one live consent of which each grant rests, never wider, longer or for
            others (R5).
        start: Who may begin, and what they must say.
        steps: The answers that it takes, in order; empty only beside *under*.
        to: Whom a grant may name (M9).
        scope: Where it may hold.
        policies: What may be chosen; ``*`` is any policy that the rule set knows. An approver may drop some,
            never add.
        act_as: Whether a grant may act as a member: ``"none"``, ``"self"`` (the consenting member), ``"any"``
            (B10).
        ends: The ends that may be asked for (M4).
        shortest: The earliest end offered; also what "as soon as possible" means (T5, T8). Never binds a
            brake.
        longest: The latest end, counted from the first start of the lineage, so over amendments too (I-30).
        ahead: How many seconds ahead a start may lie (B3).
        amend: What may lengthen or widen a live grant.
        single: Whether there is one live grant for a grantee and scope (P6).
        off_word: The word to type to revoke a grant of this flow, if any (P5); asked by no other brake.
        delegate: Whom the holder may add, if anybody (R7).
        entry: What entering takes.
    """

    yields: str = attrs.field(default="grant", validator=must(partial(one_of, choices=YIELDS)))
    under: str | None = attrs.field(default=None, validator=must(maybe(identifier)))
    start: Start = attrs.field(default=Start(), validator=must(exactly(Start)))
    steps: tuple[Step, ...] = attrs.field(
        default=(Step(by=(Selector("tenant", "admin"),)),), validator=must(tuple_of(exactly(Step)))
    )
    to: tuple[To, ...] = attrs.field(default=(To("agent"), To("team")), validator=must(some(exactly(To))))
    scope: ScopeRule = attrs.field(default=ScopeRule(), validator=must(exactly(ScopeRule)))
    policies: tuple[str, ...] = attrs.field(default=("read-only",), validator=must(some(policy_name)))
    act_as: tuple[str, ...] = attrs.field(
        default=("none",), validator=must(some(partial(one_of, choices=ACT_AS)))
    )
    ends: tuple[Choice, ...] = attrs.field(
        default=tuple(
            Choice(kind) for kind in ("elapsed", "calendar", "start_of_day", "end_of_day", "instant")
        ),
        validator=must(some(exactly(Choice))),
    )
    shortest: Bound = attrs.field(default=Choice("elapsed", 60), validator=must(exact))
    longest: Bound = attrs.field(default=Choice("elapsed", 30 * _DAY), validator=must(exact_or_open))
    ahead: int = attrs.field(default=0, validator=must(partial(integer, least=0, most=MOST_SECONDS)))
    amend: AmendRule = attrs.field(default=AmendRule(), validator=must(exactly(AmendRule)))
    single: bool = attrs.field(default=False, validator=must(boolean))
    off_word: str | None = attrs.field(default=None, validator=must(maybe(short_text)))
    delegate: Delegation | None = attrs.field(default=None, validator=must(maybe(exactly(Delegation))))
    entry: Entry = attrs.field(default=Entry(), validator=must(exactly(Entry)))

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """Read a flow; *field* is the path to it."""
        return record(field, data, cls, _FLOW)

    @cached_property
    def tenant_steps(self) -> tuple[Step, ...]:
        """The steps that take answers of the tenant."""
        return tuple(step for step in self.steps if step.side == "tenant")

    @cached_property
    def answers_needed(self) -> int:
        """How many answers it takes in all; nobody counts twice."""
        return sum(step.count for step in self.steps)

    @cached_property
    def consenting_roles(self) -> frozenset[str]:
        """The roles whose holders may answer for the tenant; ``*`` is any member."""
        return frozenset(who.name for step in self.tenant_steps for who in step.by)

    def to_data(self) -> dict[str, Plain]:
        """Return the flow as plain data, every default written out."""
        return {
            "yields": self.yields,
            "under": self.under,
            "start": self.start.to_data(),
            "steps": [step.to_data() for step in self.steps],
            "to": spelled(self.to),
            "scope": self.scope.to_data(),
            "policies": spelled(self.policies),
            "act_as": spelled(self.act_as),
            "ends": [choice.to_data() for choice in self.ends],
            "shortest": self.shortest.to_data(),
            "longest": self.longest.to_data(),
            "ahead": spell_elapsed(self.ahead),
            "amend": self.amend.to_data(),
            "single": self.single,
            "off_word": self.off_word,
            "delegate": None if self.delegate is None else self.delegate.to_data(),
            "entry": self.entry.to_data(),
        }


_FLOW: Mapping[str, Check] = {
    "yields": partial(one_of, choices=YIELDS),
    "under": maybe(identifier),
    "start": Start.from_data,
    "steps": each(Step.from_data),
    "to": each(To.parse),
    "scope": ScopeRule.from_data,
    "policies": each(policy_name),
    "act_as": each(partial(one_of, choices=ACT_AS)),
    "ends": each(Choice.parse),
    "shortest": Choice.parse,
    "longest": Choice.parse,
    "ahead": parse_elapsed,
    "amend": AmendRule.from_data,
    "single": boolean,
    "off_word": maybe(short_text),
    "delegate": maybe(Delegation.from_data),
    "entry": Entry.from_data,
}
