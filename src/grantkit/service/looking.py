"""Looking: the verbs that list what is there."""

from collections.abc import Collection
from datetime import datetime

from grantkit.decision import Visible
from grantkit.inputs import identifier, instance_of, instant
from grantkit.lifecycle import GrantState, Offer, RequestState, SessionState
from grantkit.model import Actor, Agent, Grantee, Usage
from grantkit.policy import parse_action
from grantkit.service.arguments import actor as person
from grantkit.service.arguments import agent_id
from grantkit.service.door import Door
from grantkit.service.driver import drive
from grantkit.service.looks import (
    Look,
    at_most,
    consents_plan,
    filter_of,
    grants_plan,
    looker,
    offers_plan,
    requests_plan,
    standing_plan,
    tenants_plan,
)
from grantkit.service.statuses import ConsentStatus, GrantStatus, RequestStatus, SessionStatus, Standing
from grantkit.service.stays import inside_of, sessions_plan, uses_plan


class Looking(Door):
    """Looking: visible_tenants, grants, consents, requests, sessions, uses, standing, offers."""

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
            by: Who asks; if given, only what the rules' ``view.status`` lets them see (P9, T10), and what lets them in.
            states: Only these states; ``None`` for all.
            flow: Only those of this flow.
            holder: Only those for this team, or for this agent: as itself and through each of its teams.
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
            holder: Only those for this team, or for this agent: as itself and through each of its teams.
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
            holder: Only those for this team, or for this agent: as itself and through each of its teams.
            actor: Only those that this person asked for, agreed to or ended, by id.
            limit: At most so many; ``None`` for all there are.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        wanted = filter_of(RequestState, states=states, flow=flow, holder=holder, actor=actor)
        look = Look(tenant=identifier("tenant", tenant), by=looker(by), wanted=wanted, limit=at_most(limit))
        return drive(self._guarded, lambda: requests_plan(self._host, look))

    def standing(self, tenant: str, *, by: Actor | None = None, agent: str | None = None) -> Standing:
        """
        Return what holds for a tenant as a whole: whether it is frozen, by whom, and who may do something about it.

        Args:
            tenant: Which tenant; one that does not exist is not frozen.
            by: Who looks; if given, held against the rules' ``view.status``, and told what they may do.
            agent: An agent by id, to be told of their freeze there, and of what may be done about them alone.

        Raises:
            InvalidInput: If an argument is malformed.
            NotFound: If *by* may not see it.
            StoreError: If the store fails.
        """
        where, who, whom = identifier("tenant", tenant), looker(by), agent_id(agent)
        return drive(self._guarded, lambda: standing_plan(self._host, where, who, whom))

    def offers(self, tenant: str, *, by: Actor) -> tuple[Offer, ...]:
        """
        Return the flows that somebody may begin, and where: for a form that offers just what is allowed there.

        Nothing is read but the rules. In a support session nothing is offered, and at a tenant that does not exist
        neither.

        Args:
            tenant: Where.
            by: Who would begin.

        Raises:
            InvalidInput: If an argument is malformed, or the host's rules are none.
            Unavailable: If the host's rules cannot be had.
        """
        where, who = identifier("tenant", tenant), person(by)
        return drive(self._guarded, lambda: offers_plan(self._host, where, who))

    def sessions(
        self,
        tenant: str,
        *,
        by: Actor | None = None,
        grant: str | None = None,
        agent: str | None = None,
        states: Collection[SessionState | str] | None = None,
        limit: int | None = None,
    ) -> tuple[SessionStatus, ...]:
        """
        Return who entered, when, under which grant and why, oldest first (B12).

        Args:
            tenant: Whose data.
            by: Who looks; what is under a grant that they may not see is left out. An agent sees its own. ``None``
                for the host itself.
            grant: Only under this grant, by id.
            agent: Only this agent's, by id.
            states: Only in one of these states: ``open``, ``left``, ``timed_out``, ``grant_ended``.
            limit: At most so many; ``None`` for all there are.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        look = inside_of(tenant, by, grant, agent, limit, states=states)
        return drive(self._guarded, lambda: sessions_plan(self._host, look))

    def uses(
        self,
        tenant: str,
        *,
        by: Actor | None = None,
        grant: str | None = None,
        agent: str | None = None,
        limit: int | None = None,
    ) -> tuple[Usage, ...]:
        """
        Return how often each agent used each grant, and when last, by grant and agent; a team's by whom in it (M9).

        Args:
            tenant: Whose data.
            by: Who looks; what is of a grant that they may not see is left out. An agent sees its own. ``None`` for
                the host itself.
            grant: Only of this grant, by id.
            agent: Only this agent's, by id.
            limit: At most so many; ``None`` for all there are.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        look = inside_of(tenant, by, grant, agent, limit)
        return drive(self._guarded, lambda: uses_plan(self._host, look))
