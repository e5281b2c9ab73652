"""``SupportAccess``: the door that host applications use."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

import attrs

from grantkit.clocks import SystemClock
from grantkit.decision import SAFE, Decision, Reason, TenantFacts, Verdict, Visible, ask, reach_verdict
from grantkit.errors import InvalidInput, Unavailable
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import AskedEnd, GrantState, Predicates
from grantkit.model import Actor, Agent, Grant, Grantee, Scope
from grantkit.ports import Clock, IdFactory, MemberRights, Store
from grantkit.rules import AccessRules, Selector, View
from grantkit.service import commands
from grantkit.service.delivery import Delivery
from grantkit.service.driver import drive
from grantkit.service.guard import GuardedStore, check_facts
from grantkit.service.host import Host, RulesSource
from grantkit.service.ids import random_id, random_seed
from grantkit.service.ledger import Ledger
from grantkit.service.looks import GrantStatus, grants_seen, tenants_seen
from grantkit.service.plan import Command, plan

# Where not even the rules can be had, an agent learns nothing: not that the tenant is there, not that something failed.
_BLIND = AccessRules(
    view=View(status=(Selector("tenant", "*"),), history=(Selector("relation", "approvers"),))
)


class SupportAccess:
    """
    Support access to the tenants of one host application: consent, brakes, use and looking.

    Safe for many threads, as its store is. Every verb takes the tenant first, then what it is about; all else by
    keyword. A verb that refuses raises and changes nothing.
    """

    def __init__(
        self,
        store: Store,
        *,
        rules: RulesSource | None = None,
        clock: Clock | None = None,
        id_factory: IdFactory = random_id,
        salts: Callable[[], bytes] = random_seed,
        predicates: Predicates | None = None,
        member_rights: MemberRights | None = None,
    ) -> None:
        """
        Set up support access over a store.

        Args:
            store: Where the records are kept.
            rules: The rule set of every tenant, or a callable that gives the one of a tenant; the safe rules by
                default. A callable is asked at every call, so it had better keep what it has made.
            clock: Tells the time; the system's clock by default.
            id_factory: Makes ids; random ones by default.
            salts: Gives random bytes, at least 16, for the salts of texts that can be erased; a test may fix them.
            predicates: The host's eligibility predicates, by the names that rules use; none by default.
            member_rights: What members may do by themselves; needed where agents act as members.

        Raises:
            InvalidInput: If the store is a class, or the rules name a predicate that is not given or a zone that does
                not exist.
        """
        if isinstance(store, type):
            raise InvalidInput(
                field="store", code="wrong_type", wants="a store, such as MemoryStore(), and not its class"
            )
        self._store = store
        self._guarded = GuardedStore(store)
        self._host = Host(
            rules=SAFE if rules is None else rules,
            clock=SystemClock() if clock is None else clock,
            new_id=id_factory,
            new_seed=salts,
            predicates=FrozenMap() if predicates is None else predicates,
            rights=member_rights,
        )
        self.ledger = Ledger(self._guarded, self._host)
        self.delivery = Delivery(self._guarded, self._host)

    # --- consent ------------------------------------------------------------------------------------------------------

    def grant(
        self,
        tenant: str,
        *,
        by: Actor,
        to: Grantee | None = None,
        as_team: str | None = None,
        flow: str | None = None,
        scope: Scope | None = None,
        policies: Iterable[str] | None = None,
        act_as: str | None = None,
        starts: datetime | None = None,
        ends: AskedEnd = None,
        reason: str = "",
        category: str | None = None,
        tickets: Iterable[str] = (),
        word: str | None = None,
        channel: str | None = None,
        reference: str | None = None,
        key: str | None = None,
    ) -> Grant:
        """
        Let an agent or a team in: consent that a member of the tenant gives by itself, effective at once.

        What is left out is the flow's first choice, where that is concrete; otherwise it must be said.

        Args:
            tenant: Whose data.
            by: The member who consents, with the roles they hold now.
            to: The agent or team to let in.
            as_team: For an agent: the team in whose capacity they act, where the flow offers several.
            flow: The way in, where the rules have several.
            scope: The tenant as a whole, or listed resources.
            policies: Names of policies that the flow offers; the flow's first by default.
            act_as: The id of the member as whom they may act.
            starts: An aware datetime ahead of now; earlier ones mean now (B3).
            ends: A term; the window is half-open and the end outside it. Must be said where the flow's first choice
                is not exact.
            reason: Why, for people to read; at least as long as the flow asks.
            category: The category of the reason, where the flow has some.
            tickets: References; they end nothing by themselves.
            word: The word typed, where the flow asks for one.
            channel: How the consent came, where it is not the flow's first channel.
            reference: Where it can be found, for every channel but ``in_product``.
            key: An idempotency key: the same call with the same key gives the same grant back, whatever has become of
                it.

        Returns:
            The grant; where the flow allows one live grant and there is one, that one (P6).

        Raises:
            InvalidInput: If an argument is malformed or must be said; the field names it.
            Refused: If the rules do not allow it: ``NotEntitled``, ``NotOffered``, ``TermNotOffered``, ``CapExceeded``,
                ``ConfirmationMismatch``, ``NotEligible``, ``SelfApproval``, ``ActingThroughGrant``, ``StepsRemain``,
                ``TenantFrozen`` or ``ClockBehind``.
            IllegalTransition: If the flow allows one live grant, and the one there gives less than this: amend it.
            IdempotencyMismatch: If the key stands for other arguments.
            StoreError: If the store fails.
        """
        return self._run(
            commands.grant_command(
                self._host,
                tenant,
                by=by,
                to=to,
                as_team=as_team,
                flow=flow,
                scope=scope,
                policies=policies,
                act_as=act_as,
                starts=starts,
                ends=ends,
                reason=reason,
                category=category,
                tickets=tickets,
                word=word,
                channel=channel,
                reference=reference,
                key=key,
            )
        )

    def amend(
        self,
        tenant: str,
        grant_id: str,
        *,
        by: Actor,
        version: int,
        ends: AskedEnd = None,
        policies: Iterable[str] | None = None,
        word: str | None = None,
        channel: str | None = None,
        reference: str | None = None,
    ) -> Grant:
        """
        Give a live grant another end or other policies, effective at once; the record keeps old and new (T7).

        An earlier end and fewer policies need no permission of the rules; a later end, another policy, or fewer
        policies where one that goes holds a deny, are consent. ``ends=Soonest()`` ends it as soon as the flow allows
        (T8).

        Args:
            tenant: Whose data.
            grant_id: Which grant.
            by: A member who could consent to it; or its holder, who may only shorten.
            version: The version that the change is based on (T13).
            ends: The new end; spans count from now (from a start still ahead; from the old end where the flow says so).
            policies: All policies that it shall have from now on; none leaves a grant that allows nothing (T9).
            word: The word typed, where the flow asks for one to grant.
            channel: How the consent to a widening came, where it is not the flow's first channel.
            reference: Where it can be found, for every channel but ``in_product``.

        Returns:
            The grant with its new terms and version.

        Raises:
            InvalidInput: If an argument is malformed.
            NotFound: If there is no such grant here.
            StaleVersion: If it has changed since *version*.
            IllegalTransition: If it is over, or the end asked for has passed.
            Refused: If the rules do not allow it.
            ActingThroughGrant: If *by* acts through a grant.
            StoreError: If the store fails.
        """
        return self._run(
            commands.amend_command(
                self._host,
                tenant,
                grant_id,
                by=by,
                version=version,
                ends=ends,
                policies=policies,
                word=word,
                channel=channel,
                reference=reference,
            )
        )

    # --- brakes -------------------------------------------------------------------------------------------------------

    def revoke(self, tenant: str, grant_id: str, *, by: Actor, word: str | None = None) -> Grant:
        """
        End a grant: from now on it denies, at every instant, whatever any clock says (M7, N7).

        Works once or twice, live or over; the second time is no event.

        Args:
            tenant: Whose data.
            grant_id: Which grant.
            by: A member who could consent to it or did, or whom the rules' ``stop`` names (J11).
            word: The word typed, where the flow asks for one to switch off (P5).

        Returns:
            The grant, ended.

        Raises:
            InvalidInput: If an argument is malformed.
            ActingThroughGrant: If *by* acts through a grant.
            NotFound: If there is no such grant here.
            NotEntitled: If *by* may not stop it.
            ConfirmationMismatch: If the word is missing or wrong.
            StoreError: If the store fails; then it may or may not be recorded: call again.
        """
        return self._run(commands.revoke_command(tenant, grant_id, by=by, word=word))

    def revoke_all(self, tenant: str, *, by: Actor, agent: str | None = None) -> None:
        """
        Cut off: no consent given up to now ever counts again, scheduled grants too; later consent does (B3, B7).

        Args:
            tenant: Whose data.
            by: A member who consents for the tenant as a whole, or whom the rules' ``stop`` names.
            agent: Only this agent; a team's grant lives on for the others.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* may not.
            ActingThroughGrant: If *by* acts through a grant.
            StoreError: If the store fails.
        """
        self._do(commands.revoke_all_command(tenant, by=by, agent=agent))

    def relinquish(self, tenant: str, grant_id: str, *, by: Actor) -> Grant:
        """
        Give a grant back (R11): its holder ends it, a team's for the whole team.

        Args:
            tenant: Whose data.
            grant_id: Which grant.
            by: The agent who holds it, also inside a session that runs under it.

        Returns:
            The grant, ended.

        Raises:
            InvalidInput: If an argument is malformed.
            ActingThroughGrant: If *by* acts through another grant.
            NotFound: If there is no such grant here.
            NotEntitled: If *by* does not hold it.
            StoreError: If the store fails.
        """
        return self._run(commands.relinquish_command(tenant, grant_id, by=by))

    def freeze(self, tenant: str, *, by: Actor, agent: str | None = None) -> None:
        """
        Block every access to a tenant, or of one agent there, until it is unfrozen, whatever grants stand (B7).

        Args:
            tenant: Whose data.
            by: A member who may consent to anything at all there, be it one resource, or whom the rules' ``stop``
                names. It takes more to unfreeze: a role over the whole tenant.
            agent: Only this agent.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* may not.
            ActingThroughGrant: If *by* acts through a grant.
            StoreError: If the store fails.
        """
        self._do(commands.freeze_command(tenant, by=by, agent=agent))

    def unfreeze(self, tenant: str, *, by: Actor, agent: str | None = None, revoke: bool = False) -> None:
        """
        Lift a freeze: what still stands counts again.

        Args:
            tenant: Whose data.
            by: A member who holds, for the tenant as a whole, a role that consents to something; never the vendor.
            agent: The freeze of this agent.
            revoke: Cut off first, so that nothing counts again without new consent; it cuts off also where nothing
                was frozen.

        Raises:
            InvalidInput: If an argument is malformed.
            NotEntitled: If *by* may not.
            ActingThroughGrant: If *by* acts through a grant.
            ClockBehind: If the clock reads more than 60 seconds earlier than the record.
            StoreError: If the store fails.
        """
        self._do(commands.unfreeze_command(tenant, by=by, agent=agent, revoke=revoke))

    # --- use ----------------------------------------------------------------------------------------------------------

    def authorize(
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
        rules = _BLIND
        try:
            rules = host.rules_of(tenant)
            facts = self._store.read(tenant, agent.id, agent.holders, question.now)
            check_facts(facts, agent)
            if act_as is not None:
                facts = attrs.evolve(facts, member_may=host.member_may(question))
            return Decision(question, facts, rules, reach_verdict(question, facts, rules))
        except Exception as error:  # noqa: BLE001  # a store may raise anything, and none of it may allow
            failed = Verdict(Reason.STORE_UNAVAILABLE, None, error)
            return Decision(question, TenantFacts.of(tenant=tenant), rules, failed)

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
        return tuple(
            tenants_seen(self._guarded, self._host, agent, now, action=action, after=after, limit=limit)
        )

    # --- look ---------------------------------------------------------------------------------------------------------

    def grants(
        self,
        tenant: str,
        *,
        by: Actor | None = None,
        states: Collection[GrantState | str] | None = None,
        limit: int | None = None,
    ) -> tuple[GrantStatus, ...]:
        """
        Return the grants of *tenant* in the order of their consent, and where each stands now.

        Args:
            tenant: Whose grants; a tenant that does not exist has none.
            by: Who asks; if given, only what the rules' ``view.status`` lets them see (P9, T10).
            states: Only these states; ``None`` for all.
            limit: At most so many; ``None`` for all there are.

        Raises:
            InvalidInput: If an argument is malformed.
            StoreError: If the store fails.
        """
        return tuple(grants_seen(self._guarded, self._host, tenant, by=by, states=states, limit=limit))

    # ------------------------------------------------------------------------------------------------------------------

    def _run(self, command: Command) -> Grant:
        grant = drive(self._guarded, lambda: plan(self._host, command))
        if grant is None:
            raise Unavailable(what="the result of the command")
        return grant

    def _do(self, command: Command) -> None:
        drive(self._guarded, lambda: plan(self._host, command))
