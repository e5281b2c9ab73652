# Made from src/grantkit/service/consenting.py by `python tools/twin.py`: edit that, and run this.
"""AsyncConsenting: the verbs by which a tenant gives consent, and grants are opened under it."""

from collections.abc import Iterable
from datetime import datetime

from grantkit.lifecycle import AskedEnd
from grantkit.model import AccessRequest, Actor, Consent, Grant, Grantee, Scope
from grantkit.service import commands, creating
from grantkit.service.aio.door import AsyncDoor


class AsyncConsenting(AsyncDoor):
    """Giving: grant, consent, activate, amend."""

    async def grant(
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
        until_tickets: bool = False,
        word: str | None = None,
        text: str | None = None,
        text_version: str | None = None,
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
            until_tickets: Whether what comes of it is bound to its tickets: it ends with the last of them to be
                solved, if not before (R14).
            word: The word typed, where the flow asks for one.
            text: The text that they were shown; its digest is kept beside the version that the flow names (M12).
            text_version: The version of the text that was shown; refused unless it is the one that the flow names now:
                rules may be edited while somebody reads.
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
        intent = creating.intent_of(
            tenant,
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
            until_tickets=until_tickets,
            word=word,
            shown=text,
            text_version=text_version,
            channel=channel,
            reference=reference,
        )
        return await self._run(creating.give_command(self._host, "grant", intent, by=by, key=key), Grant)

    async def consent(
        self,
        tenant: str,
        *,
        by: Actor,
        to: Grantee | None = None,
        as_team: str | None = None,
        flow: str | None = None,
        scope: Scope | None = None,
        policies: Iterable[str] | None = None,
        starts: datetime | None = None,
        ends: AskedEnd = None,
        reason: str = "",
        category: str | None = None,
        tickets: Iterable[str] = (),
        until_tickets: bool = False,
        word: str | None = None,
        text: str | None = None,
        text_version: str | None = None,
        channel: str | None = None,
        reference: str | None = None,
        key: str | None = None,
    ) -> Consent:
        """
        Give consent that lets nobody in by itself: what grants are opened under, or a written permission (R3, B8, J9).

        An approval on a ticket form, or by e-mail, is such a consent, with its channel and reference.

        Args:
            tenant: Whose data.
            by: The member who consents, with the roles they hold now.
            to: The agent or team that it is for.
            as_team: For an agent: the team in whose capacity they act, where the flow offers several.
            flow: The way in, where the rules have several that yield a consent.
            scope: The tenant as a whole, or listed resources.
            policies: Names of policies that the flow offers; the flow's first by default.
            starts: An aware datetime ahead of now; earlier ones mean now.
            ends: A term; must be said where the flow's first choice is not exact.
            reason: Why, for people to read; at least as long as the flow asks.
            category: The category of the reason, where the flow has some.
            tickets: The cases that it is given for; what relies on it must name one of them.
            until_tickets: Whether what comes of it is bound to its tickets: it ends with the last of them to be
                solved, if not before (R14).
            word: The word typed, where the flow asks for one.
            text: The text that they were shown; its digest is kept beside the version that the flow names.
            text_version: The version of the text that was shown; refused unless it is the one that the flow names now:
                rules may be edited while somebody reads.
            channel: How the consent came, where it is not the flow's first channel.
            reference: Where it can be found, for every channel but ``in_product``.
            key: An idempotency key.

        Returns:
            The consent; :meth:`activate` opens grants under it.

        Raises:
            InvalidInput: If an argument is malformed or must be said; the field names it.
            Refused: If the rules do not allow it, by the kind of reason, as for :meth:`grant`.
            IdempotencyMismatch: If the key stands for other arguments.
            StoreError: If the store fails.
        """
        intent = creating.intent_of(
            tenant,
            to=to,
            as_team=as_team,
            flow=flow,
            scope=scope,
            policies=policies,
            starts=starts,
            ends=ends,
            reason=reason,
            category=category,
            tickets=tickets,
            until_tickets=until_tickets,
            word=word,
            shown=text,
            text_version=text_version,
            channel=channel,
            reference=reference,
        )
        return await self._run(creating.give_command(self._host, "consent", intent, by=by, key=key), Consent)

    async def activate(
        self,
        tenant: str,
        *,
        under: str,
        by: Actor,
        contact: str | None = None,
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
        until_tickets: bool = False,
        word: str | None = None,
        key: str | None = None,
    ) -> Grant | AccessRequest:
        """
        Open a grant under a live consent; where the flow has steps, the request that becomes one (R5, B8).

        The grant is never wider than the consent, never for others, and ends with it: a later end is clipped, and
        ``Grant.clipped`` says so.

        Args:
            tenant: Whose data.
            under: The id of the consent.
            by: Whom the flow lets begin.
            contact: The id of whoever gave the consent, as far as *by* knows: refused if they did not (R5).
            to: For whom; an agent activates for itself by default, unless the flow names a team first.
            as_team: For an agent: the team in whose capacity they act, where the flow offers several.
            flow: The way in, where several stand under that consent.
            scope: No more than the scope of the consent, which is the default.
            policies: Names of policies that the flow offers; the flow's first by default.
            act_as: The id of the member as whom they may act.
            starts: An aware datetime ahead of now.
            ends: A term; must be said where the flow's first choice is not exact.
            reason: Why, for people to read; at least as long as the flow asks.
            category: The category of the reason, where the flow has some.
            tickets: References; where the consent was given for cases, one of them.
            until_tickets: Whether what comes of it is bound to its tickets: it ends with the last of them to be
                solved, if not before (R14).
            word: The word typed, where a step that a member answers by asking wants one.
            key: An idempotency key.

        Returns:
            The grant, or the request where the flow has steps.

        Raises:
            InvalidInput: If an argument is malformed or must be said; the field names it.
            NotFound: If there is no such consent here.
            Refused: ``ConsentMissing`` if it is not live, not from *contact* or for other cases; ``ExceedsParent`` if
                it is for others or for less; and for all that :meth:`grant` is refused for.
            IdempotencyMismatch: If the key stands for other arguments.
            StoreError: If the store fails.
        """
        intent = creating.intent_of(
            tenant,
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
            until_tickets=until_tickets,
            word=word,
        )
        command = creating.activate_command(self._host, intent, under=under, contact=contact, by=by, key=key)
        return await self._run(command, Grant, AccessRequest)

    async def amend(
        self,
        tenant: str,
        grant_id: str,
        *,
        by: Actor,
        version: int,
        ends: AskedEnd = None,
        policies: Iterable[str] | None = None,
        word: str | None = None,
        text: str | None = None,
        text_version: str | None = None,
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
            text: The text that whoever widens was shown; its digest is kept beside the version that the flow names.
            text_version: The version of that text; refused unless it is the one that the flow names now.
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
        return await self._run(
            commands.amend_command(
                self._host,
                tenant,
                grant_id,
                by=by,
                version=version,
                ends=ends,
                policies=policies,
                word=word,
                text=text,
                text_version=text_version,
                channel=channel,
                reference=reference,
            ),
            Grant,
        )
