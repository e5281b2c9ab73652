"""Looking: the verbs that list what is there."""

from collections.abc import Collection
from datetime import datetime

from grantkit.decision import Visible
from grantkit.inputs import identifier, instance_of, instant
from grantkit.lifecycle import GrantState, RequestState
from grantkit.model import Actor, Agent, Grantee
from grantkit.policy import parse_action
from grantkit.service.door import Door
from grantkit.service.driver import drive
from grantkit.service.looks import (
    Look,
    at_most,
    consents_plan,
    filter_of,
    grants_plan,
    looker,
    requests_plan,
    tenants_plan,
)
from grantkit.service.statuses import ConsentStatus, GrantStatus, RequestStatus


class Looking(Door):
    """Listing: visible_tenants, grants, consents, requests."""

    def visible_tenants(
        self,
        agent: Agent,
        now: datetime | None = None,
        *,
        action: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> tuple[Visible, ...]:
        """
        Return the tenants that *agent* sees, by id: with *action* exactly those where ``authorize`` allows it (N9).

        Args:
            agent: Who asks, with the teams they are in now.
            now: An aware datetime; the clock's reading by default.
            action: ``noun:verb``; without one, tenants where anything at all is left to do.
            after: Only tenants whose id is past this one.
            limit: At most so many; ``None`` for all there are.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        instance_of("agent", agent, Agent)
        at = self._host.now() if now is None else instant("now", now)
        asked = None if action is None else parse_action("action", action)
        begin = "" if after is None else identifier("after", after)
        most = at_most(limit)
        return drive(
            self._guarded,
            lambda: tenants_plan(self._host, agent, at, action=asked, after=begin, limit=most),
        )

    def grants(
        self,
        tenant: str,
        *,
        by: Actor | None = None,
        states: Collection[GrantState | str] | None = None,
        flow: str | None = None,
        holder: Grantee | None = None,
        actor: str | None = None,
        limit: int | None = None,
    ) -> tuple[GrantStatus, ...]:
        """
        Return the grants of *tenant* in the order of their consent, and where each stands now.

        Args:
            tenant: Whose grants; a tenant that does not exist has none.
            by: Who asks; if given, only what the rules' ``view.status`` lets them see (P9, T10).
            states: Only these states; ``None`` for all.
            flow: Only those of this flow.
            holder: Only those for this agent or team.
            actor: Only those that this person asked for, agreed to or ended, by id.
            limit: At most so many; ``None`` for all there are.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        wanted = filter_of(GrantState, states=states, flow=flow, holder=holder, actor=actor)
        look = Look(tenant=identifier("tenant", tenant), by=looker(by), wanted=wanted, limit=at_most(limit))
        return drive(self._guarded, lambda: grants_plan(self._host, look))

    def consents(
        self,
        tenant: str,
        *,
        by: Actor | None = None,
        states: Collection[GrantState | str] | None = None,
        flow: str | None = None,
        holder: Grantee | None = None,
        actor: str | None = None,
        limit: int | None = None,
    ) -> tuple[ConsentStatus, ...]:
        """
        Return the consents of *tenant* that let nobody in by themselves, in their order, and where each stands now.

        Args:
            tenant: Whose consents; a tenant that does not exist has none.
            by: Who asks; if given, only what the rules' ``view.status`` lets them see.
            states: Only these states; ``None`` for all.
            flow: Only those of this flow.
            holder: Only those for this agent or team.
            actor: Only those that this person asked for, agreed to or ended, by id.
            limit: At most so many; ``None`` for all there are.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        wanted = filter_of(GrantState, states=states, flow=flow, holder=holder, actor=actor)
        look = Look(tenant=identifier("tenant", tenant), by=looker(by), wanted=wanted, limit=at_most(limit))
        return drive(self._guarded, lambda: consents_plan(self._host, look))

    def requests(
        self,
        tenant: str,
        *,
        by: Actor | None = None,
        states: Collection[RequestState | str] | None = None,
        flow: str | None = None,
        holder: Grantee | None = None,
        actor: str | None = None,
        limit: int | None = None,
    ) -> tuple[RequestStatus, ...]:
        """
        Return the requests of *tenant* in the order in which they were asked, and what became of each (J3, J12).

        Args:
            tenant: Whose requests; a tenant that does not exist has none.
            by: Who asks; if given, only what the rules' ``view.status`` lets them see.
            states: Only these states; ``None`` for all.
            flow: Only those of this flow.
            holder: Only those for this agent or team.
            actor: Only those that this person asked for, agreed to or ended, by id.
            limit: At most so many; ``None`` for all there are.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        wanted = filter_of(RequestState, states=states, flow=flow, holder=holder, actor=actor)
        look = Look(tenant=identifier("tenant", tenant), by=looker(by), wanted=wanted, limit=at_most(limit))
        return drive(self._guarded, lambda: requests_plan(self._host, look))
