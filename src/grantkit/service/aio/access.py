# Made from src/grantkit/service/access.py by `python tools/twin.py`: edit that, and run this.
"""``AsyncSupportAccess``: the door that host applications use."""

from datetime import datetime

import attrs

from grantkit.decision import Decision, Reason, TenantFacts, Verdict, ask, reach_verdict
from grantkit.inputs import instance_of
from grantkit.model import Agent
from grantkit.service.aio.answering import AsyncAnswering
from grantkit.service.aio.braking import AsyncBraking
from grantkit.service.aio.consenting import AsyncConsenting
from grantkit.service.aio.handing_on import AsyncHandingOn
from grantkit.service.aio.looking import AsyncLooking
from grantkit.service.aio.reviewing import AsyncReviewing
from grantkit.service.aio.working import AsyncWorking
from grantkit.service.guard import check_facts
from grantkit.service.host import NOWHERE


class AsyncSupportAccess(
    AsyncConsenting, AsyncHandingOn, AsyncAnswering, AsyncBraking, AsyncWorking, AsyncLooking, AsyncReviewing
):
    """
    Support access to the tenants of one host application: consent, brakes, use and looking.

    Every verb of :class:`~grantkit.SupportAccess`, awaited, over an async store. Safe for many tasks.

    A verb that is cancelled has written all or nothing. What gives the rules of a tenant may be async, and so may
    member rights. Predicates, the clock and the rest are called as they are, on the loop: they must not block.

    Every verb takes the tenant first, then what it is about; all else by keyword. A verb that refuses raises and
    changes nothing.
    """

    async def authorize(
        self,
        agent: Agent,
        tenant: str,
        action: str,
        now: datetime | None = None,
        *,
        resource: str | None = None,
        act_as: str | None = None,
    ) -> Decision:
        """
        Decide whether *agent* may do *action* at *tenant*, from one fresh read of the store. Nothing is written.

        A store that fails, or rules that cannot be had, give a decision that denies with ``store_unavailable`` and
        carries the error: a host can swallow an exception, and cannot swallow a deny.

        Args:
            agent: Who asks, with the teams they are in now.
            tenant: Whose data.
            action: ``noun:verb``.
            now: An aware datetime; the clock's reading by default.
            resource: ``kind:id``, or ``None`` for the tenant as a whole.
            act_as: The member as whom the agent would act.

        Raises:
            InvalidInput: If an argument is malformed, naming it.
            Unavailable: If the clock fails.
        """
        host = self._host
        question = ask(
            agent, tenant, action, host.now() if now is None else now, resource=resource, act_as=act_as
        )
        rules = NOWHERE  # where not even the rules can be had, an agent learns nothing
        try:
            rules = await host.rules_of_async(tenant)
            facts = await self._store.read(tenant, agent.id, agent.holders, question.now)
            if rules is NOWHERE:  # only now: an outage must not tell which tenants there are
                return Decision(question, TenantFacts.of(tenant=tenant), rules, Verdict(Reason.NO_GRANT))
            check_facts(facts, agent)
            if act_as is not None:
                facts = attrs.evolve(facts, member_may=await host.member_may_async(question))
            return Decision(question, facts, rules, reach_verdict(question, facts, rules))
        except Exception as error:  # noqa: BLE001  # a store may raise anything, and none of it may allow
            failed = Verdict(Reason.STORE_UNAVAILABLE, None, error)
            return Decision(question, TenantFacts.of(tenant=tenant), rules, failed)

    async def again(
        self, decision: Decision, now: datetime | None = None, *, agent: Agent | None = None
    ) -> Decision:
        """
        Ask the same question anew, from a fresh read.

        A decision holds for the instant at which it was made. Whatever runs later (a background task, a job from a
        queue, the next step of a long one) asks again.

        Args:
            decision: The answer that was given then.
            now: An aware datetime; the clock's reading by default.
            agent: The agent as the host knows them now; by default as they were then, with the teams of then.

        Raises:
            InvalidInput: If an argument is malformed.
            Unavailable: If the clock fails.
        """
        instance_of("decision", decision, Decision)
        return await self.authorize(
            decision.agent if agent is None else agent,
            decision.tenant,
            decision.action,
            now,
            resource=decision.resource,
            act_as=decision.act_as,
        )
