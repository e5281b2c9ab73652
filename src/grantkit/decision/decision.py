"""The answer: thin when made, everything else computed when read."""

from datetime import datetime
from functools import cached_property

import attrs

from grantkit.canonical import Plain
from grantkit.decision.candidates import candidates, in_order
from grantkit.decision.explain import explain
from grantkit.decision.facts import TenantFacts
from grantkit.decision.hiding import concealed
from grantkit.decision.judge import unmet
from grantkit.decision.question import Question
from grantkit.decision.reasons import Reason
from grantkit.decision.verdict import Verdict, first_flip, named, say
from grantkit.errors import AccessDenied
from grantkit.inputs import one_of
from grantkit.model import Agent, Grant
from grantkit.model.wording import iso
from grantkit.rules import AccessRules


@attrs.frozen(eq=False)
class Considered:
    """
    One grant that was looked at, and what it said.

    Attributes:
        grant: The grant.
        reason: Why it does not count; ``None`` if it counts.
    """

    grant: Grant
    reason: Reason | None


@attrs.frozen(slots=False, eq=False)
class Decision:
    """
    Whether an agent may do what it asked; true exactly when ``allowed``.

    It is for the host: what an agent may see of it is ``explain(to="agent")``. It holds for the instant at which it was
    made; act on it at once, and ask again rather than keep it (``valid_until`` says for how long it could hold at most,
    and a revocation may come sooner).

    Attributes:
        question: What was asked, and at which instant.
        facts: What it was decided from.
        rules: The rules in force.
        verdict: The reason, and for a deny the grant that it is about and the error if something failed.
    """

    question: Question
    facts: TenantFacts
    rules: AccessRules
    verdict: Verdict

    @property
    def allowed(self) -> bool:
        """Whether the agent may."""
        return self.verdict.reason is Reason.ALLOWED

    def __bool__(self) -> bool:
        return self.verdict.reason is Reason.ALLOWED

    @property
    def reason(self) -> Reason:
        """Why, from the closed list."""
        return self.verdict.reason

    @cached_property
    def grant(self) -> Grant | None:
        """The grant that allows, of several the one with the latest end; or the one that the reason is about."""
        return named(self.question, self.facts, self.rules) if self.allowed else self.verdict.grant

    @property
    def grant_id(self) -> str | None:
        """The id of :attr:`grant`."""
        return None if self.grant is None else self.grant.id

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The consent flows that the action needs besides the grant, and lacks: where the reason is that."""
        if self.reason is not Reason.NEEDS_CONSENT or self.verdict.grant is None:
            return ()
        return tuple(dict.fromkeys(unmet(self.question, self.facts, self.rules, self.verdict.grant)))

    @property
    def error(self) -> BaseException | None:
        """What failed, where the reason is ``store_unavailable``."""
        return self.verdict.error

    @property
    def agent(self) -> Agent:
        """Who asked."""
        return self.question.agent

    @property
    def tenant(self) -> str:
        """Whose data."""
        return self.question.tenant

    @property
    def action(self) -> str:
        """What for."""
        return str(self.question.action)

    @property
    def resource(self) -> str | None:
        """On what; ``None`` is the tenant as a whole."""
        return None if self.question.resource is None else str(self.question.resource)

    @property
    def act_as(self) -> str | None:
        """As which member; the agent stays the actor."""
        return self.question.act_as

    @property
    def now(self) -> datetime:
        """The instant for which it was made, in UTC."""
        return self.question.now

    @property
    def ledger_version(self) -> int:
        """The sequence of the last event that it could know of."""
        return self.facts.head.seq

    @cached_property
    def conceal(self) -> bool:
        """Whether the agent may not even learn that the tenant, or resource, is there (P8): answer 404, not 403."""
        return not self.allowed and concealed(self.question, self.facts, self.rules)

    @cached_property
    def considered(self) -> tuple[Considered, ...]:
        """What was looked at: grants live and scheduled, and for each holder the one that ended last."""
        found = in_order(candidates(self.question, self.facts))
        return tuple(
            Considered(grant, say(self.question, self.facts, self.rules, grant)[0]) for grant in found
        )

    @cached_property
    def valid_until(self) -> datetime | None:
        """The first instant at which ``allowed`` would flip by time alone, or ``None`` if time alone never flips it."""
        return first_flip(self.question, self.facts, self.rules)

    def explain(self, to: str = "host") -> str:
        """
        Say it in plain words.

        Args:
            to: ``"host"`` for everything; ``"agent"`` for what the agent may know: where :attr:`conceal` is true, the
                words are those for a tenant that does not exist, byte for byte.

        Raises:
            InvalidInput: ``to``, if it is neither.
        """
        audience = one_of("to", to, ("host", "agent"))
        if audience == "agent" and self.conceal:
            nothing = TenantFacts.of(tenant=self.tenant)
            return explain(self.question, nothing, self.rules, Reason.NO_GRANT, None)
        return explain(self.question, self.facts, self.rules, self.reason, self.grant)

    def require(self) -> "Decision":
        """
        Return the decision itself if it allows.

        Raises:
            AccessDenied: If it does not; the error carries the decision.
        """
        if not self:
            raise AccessDenied(decision=self)
        return self

    def to_dict(self) -> dict[str, Plain]:
        """Return the decision as plain data, for the host's logs; ids and instants, no free text."""
        considered: list[Plain] = [
            {"grant_id": each.grant.id, "reason": None if each.reason is None else str(each.reason)}
            for each in self.considered
        ]
        return {
            "allowed": self.allowed,
            "reason": str(self.reason),
            "conceal": self.conceal,
            "grant_id": self.grant_id,
            "needs": list(self.needs),
            "agent": self.agent.id,
            "tenant": self.tenant,
            "action": self.action,
            "resource": self.resource,
            "act_as": self.act_as,
            "now": iso(self.now),
            "valid_until": None if self.valid_until is None else iso(self.valid_until),
            "ledger_version": self.ledger_version,
            "considered": considered,
        }

    def __str__(self) -> str:
        return self.explain(to="agent")  # what is printed may be read by the agent, as with AccessDenied

    def __repr__(self) -> str:
        return f"<Decision {self.reason} agent={self.agent.id} tenant={self.tenant} action={self.action}>"
