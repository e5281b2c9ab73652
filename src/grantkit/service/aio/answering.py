# Made from src/grantkit/service/answering.py by `python tools/twin.py`: edit that, and run this.
"""Asking and answering: the verbs of a request."""

from collections.abc import Iterable
from datetime import datetime

from grantkit.inputs import identifier
from grantkit.lifecycle import AskedEnd, Preview
from grantkit.model import AccessRequest, Actor, Grantee, OpenEnded, Scope
from grantkit.service import creating
from grantkit.service.aio.door import AsyncDoor
from grantkit.service.driver import drive_async
from grantkit.service.looks import looker
from grantkit.service.previews import preview_plan


class AsyncAnswering(AsyncDoor):
    """Asking: request, preview, approve, deny, withdraw."""

    async def request(
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
        key: str | None = None,
    ) -> AccessRequest:
        """
        Ask to be let in, or for a consent; those whom the flow's steps name answer (J1).

        A span counts from the last approval. A member's act of asking counts as their own approval, an agent's never.

        Args:
            tenant: Whose data.
            by: The agent or member who asks.
            to: For whom; an agent asks for itself by default, unless the flow names a team first.
            as_team: For an agent: the team in whose capacity they act, where the flow offers several.
            flow: The way in, where the rules have several.
            scope: The tenant as a whole, or listed resources.
            policies: Names of policies that the flow offers; the flow's first by default.
            act_as: The id of the member as whom they may act.
            starts: An aware datetime ahead of now; the last approval, if that is later (B3).
            ends: A term; must be said where the flow's first choice is not exact.
            reason: Why, for people to read; at least as long as the flow asks.
            category: The category of the reason, where the flow has some.
            tickets: References.
            until_tickets: Whether what comes of it is bound to its tickets: it ends with the last of them to be
                solved, if not before (R14).
            word: The word typed, where the step that a member answers by asking wants one.
            text: The text that such a member was shown; its digest is kept beside the version that the step names.
            text_version: The version of that text, which is refused unless it is the one that the step names now.
            key: An idempotency key.

        Returns:
            The request; settled at once where one member's act is all that the flow takes.

        Raises:
            InvalidInput: If an argument is malformed or must be said; the field names it.
            Refused: If the rules do not allow it: ``NotEntitled``, ``NotOffered``, ``TermNotOffered``, ``CapExceeded``,
                ``ConfirmationMismatch``, ``NotEligible``, ``SelfApproval``, ``ActingThroughGrant``, ``TenantFrozen`` or
                ``ClockBehind``.
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
        )
        return await self._run(creating.request_command(self._host, intent, by=by, key=key), AccessRequest)

    async def preview(self, tenant: str, request_id: str, *, by: Actor | None = None) -> Preview:
        """
        Return what a request would come to if it were approved now: who, what, where, why, the exact end (J4).

        Show it to whoever decides, and pass its ``shown`` to :meth:`approve`, such as by a hidden field of a form.

        Args:
            tenant: Whose data.
            request_id: Which request.
            by: Who looks; if given, held against the rules' ``view.status``.

        Raises:
            InvalidInput: If an argument is malformed.
            NotFound: If there is no such request here, or *by* may not see it.
            AlreadyDecided: If it is settled.
            RequestLapsed: If its open step was not decided in time.
            FlowChanged: If the flow is not what it was when it was asked.
            ConsentMissing: If the consent that it would rest on is no longer live.
            IllegalTransition: If the end that was asked for has passed.
            StoreError: If the store fails.
        """
        tenant, request_id = identifier("tenant", tenant), identifier("request_id", request_id)
        who = looker(by)
        return await drive_async(self._guarded, lambda: preview_plan(self._host, tenant, request_id, who))

    async def approve(
        self,
        tenant: str,
        request_id: str,
        *,
        by: Actor,
        shown: str | None = None,
        digest: str | None = None,
        ends_by: datetime | OpenEnded | None = None,
        ends: AskedEnd = None,
        policies: Iterable[str] | None = None,
        scope: Scope | None = None,
        word: str | None = None,
        text: str | None = None,
        text_version: str | None = None,
        channel: str | None = None,
        reference: str | None = None,
    ) -> AccessRequest:
        """
        Say yes to exactly what :meth:`preview` showed, or to less of it (B2).

        Whatever happens between, no later end comes of it than the one that was shown (J5). Who narrows makes new
        terms, which whoever answers next must look at anew.

        Args:
            tenant: Whose data.
            request_id: Which request.
            by: Whoever answers the open step: a member of the tenant, or an agent, as the step says.
            shown: The preview's ``shown``, which is its digest and its end in one text.
            digest: The digest of the preview, where ``shown`` is not passed.
            ends_by: The end of the preview, likewise.
            ends: An earlier end, as any term; it counts from the last approval too.
            policies: The policies that are left, of those asked for.
            scope: Less of the scope.
            word: The word typed, where the step asks for one.
            text: The text that they were shown; its digest is kept beside the version that the step names.
            text_version: The version of the text that was shown; refused unless it is the one that the flow names now:
                rules may be edited while somebody reads.
            channel: How the answer came, where it is not the step's first channel (R3, R4).
            reference: Where it can be found, for every channel but ``in_product``.

        Returns:
            The request; where this was its last answer, ``gave`` is the id of the grant or consent.

        Raises:
            InvalidInput: If an argument is malformed, or nothing would be left.
            NotFound: If there is no such request here.
            AlreadyDecided: If it is settled: the first decision stands (J6).
            RequestLapsed: If the open step was not decided in time (B1).
            FlowChanged: If the flow is not what it was when it was asked.
            DigestMismatch: If these are not the terms that were shown.
            IllegalTransition: If the end that was asked for has passed.
            Refused: ``NotEntitled``, ``SelfApproval``, ``AlreadyAnswered``, ``ExceedsRequest``,
                ``ConfirmationMismatch``, ``NotOffered``, ``NotEligible``, ``ConsentMissing``, ``ActingThroughGrant``,
                ``TenantFrozen`` or ``ClockBehind``.
            StoreError: If the store fails.
        """
        command = creating.approve_command(
            self._host,
            tenant,
            request_id,
            by=by,
            shown=shown,
            digest=digest,
            ends_by=ends_by,
            ends=ends,
            policies=policies,
            scope=scope,
            word=word,
            text_shown=text,
            text_version=text_version,
            channel=channel,
            reference=reference,
        )
        return await self._run(command, AccessRequest)

    async def deny(self, tenant: str, request_id: str, *, by: Actor, reason: str = "") -> AccessRequest:
        """
        Say no: one is enough, and it settles the request (B4). Works without the host's rules, as a brake does.

        Args:
            tenant: Whose data.
            request_id: Which request.
            by: Whoever may answer any of its steps.
            reason: Why, for people to read.

        Raises:
            InvalidInput: If an argument is malformed.
            ActingThroughGrant: If *by* acts through a grant.
            NotFound: If there is no such request here.
            NotEntitled: If *by* may answer none of its steps.
            AlreadyDecided: If it is settled.
            RequestLapsed: If its open step was not decided in time.
            StoreError: If the store fails.
        """
        return await self._run(creating.deny_command(tenant, request_id, by=by, reason=reason), AccessRequest)

    async def withdraw(self, tenant: str, request_id: str, *, by: Actor) -> AccessRequest:
        """
        Take a request back before it is settled (B6); afterwards, :meth:`relinquish` what came of it.

        Args:
            tenant: Whose data.
            request_id: Which request.
            by: Whoever asked.

        Raises:
            InvalidInput: If an argument is malformed.
            ActingThroughGrant: If *by* acts through a grant.
            NotFound: If there is no such request here.
            NotEntitled: If somebody else asked.
            AlreadyDecided: If it is settled.
            RequestLapsed: If its open step was not decided in time.
            StoreError: If the store fails.
        """
        return await self._run(creating.withdraw_command(tenant, request_id, by=by), AccessRequest)
