"""The past: what a decision was, or would have been; it guards nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

import attrs

from grantkit.canonical import Plain
from grantkit.decision.decision import Considered, Decision
from grantkit.decision.facts import NOBODY, TenantFacts
from grantkit.decision.reasons import Reason
from grantkit.inputs import FrozenMap
from grantkit.model import HEAD, Agent, Consent, Grant, Head, Row, RowKey, Session, Stance
from grantkit.model.wording import plainly


def facts_from(
    rows: Mapping[RowKey, Row], tenant: str, agent: str, suspended: frozenset[str] = NOBODY
) -> TenantFacts:
    """
    Return what *rows*, the whole projection of a tenant at some point of its record, say to *agent*.

    Whom the vendor had *suspended* is said by its own record.
    """
    head = rows.get(HEAD)
    grants = tuple(row for row in rows.values() if isinstance(row, Grant))
    consents = tuple(row for row in rows.values() if isinstance(row, Consent))
    above: tuple[Grant | Consent, ...] = (*grants, *consents)
    return TenantFacts(
        head=head if isinstance(head, Head) else Head(tenant=tenant),
        grants=grants,
        agent=agent,
        stances=FrozenMap((row.agent, row) for row in rows.values() if isinstance(row, Stance)),
        lineage=FrozenMap((one.id, one) for one in above),
        consents=consents,
        suspended=suspended,
        sessions=tuple(row for row in rows.values() if isinstance(row, Session) and row.agent == agent),
    )


@attrs.frozen(eq=False)
class PastDecision:
    """
    What the answer was at an instant, by what the record held at some point.

    It has no truth value, so that it cannot guard anything: only ``authorize`` does, and only for the present.

    Attributes:
        decision: The answer as ``authorize`` would have given it.
        known_at: The sequence of the last event that was taken into account.
    """

    _decision: Decision
    known_at: int

    def __bool__(self) -> NoReturn:
        msg = "an answer about the past guards nothing: read .allowed to report it, or ask authorize() to decide"
        raise TypeError(msg)

    @property
    def allowed(self) -> bool:
        """Whether the agent could, for showing in a report."""
        return self._decision.allowed

    @property
    def reason(self) -> Reason:
        """Why, from the closed list."""
        return self._decision.reason

    @property
    def grant(self) -> Grant | None:
        """The grant that allowed, or the one that the reason is about, as it was known."""
        return self._decision.grant

    @property
    def grant_id(self) -> str | None:
        """The id of :attr:`grant`."""
        return self._decision.grant_id

    @property
    def needs(self) -> tuple[str, ...]:
        """The consent flows that were lacking, as in :attr:`Decision.needs`."""
        return self._decision.needs

    @property
    def considered(self) -> tuple[Considered, ...]:
        """What was looked at, as in :attr:`Decision.considered`."""
        return self._decision.considered

    @property
    def agent(self) -> Agent:
        """Who would have asked, with the teams that were given."""
        return self._decision.agent

    @property
    def tenant(self) -> str:
        """Whose data."""
        return self._decision.tenant

    @property
    def action(self) -> str:
        """What for."""
        return self._decision.action

    @property
    def resource(self) -> str | None:
        """On what; ``None`` is the tenant as a whole."""
        return self._decision.resource

    @property
    def act_as(self) -> str | None:
        """As which member."""
        return self._decision.act_as

    @property
    def at(self) -> datetime:
        """The instant that it is about, in UTC."""
        return self._decision.now

    @property
    def rules(self) -> str:
        """The digest of the rules that the record held then; empty before any were adopted."""
        return self._decision.facts.head.rules

    def explain(self) -> str:
        """Say it in plain words: the instant, what was known, under which rules, and the answer."""
        under = f"rules {self.rules[:12]}" if self.rules else "the safe rules"
        known = f"by event {self.known_at}" if self.known_at else "before the first event"
        return f"At {plainly(self.at)}, as known {known} of {self.tenant}, under {under}: {self._decision.explain()}"

    def to_dict(self) -> dict[str, Plain]:
        """Return the answer as plain data: as :meth:`Decision.to_dict`, with what was known and under which rules."""
        return {**self._decision.to_dict(), "known_at": self.known_at, "rules": self.rules}

    def __str__(self) -> str:
        return self.explain()

    def __repr__(self) -> str:
        return f"<PastDecision {self.reason} agent={self.agent.id} tenant={self.tenant} known_at={self.known_at}>"
