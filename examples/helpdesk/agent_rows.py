"""What an agent has, and waits for, at one customer: what grantkit lists, in the customer's words."""

from collections.abc import Iterator
from typing import Any

import attrs

from grantkit import Agent, OpenEnded
from grantkit.lifecycle import Offer
from grantkit.rules import Entry
from grantkit.service import ConsentStatus, GrantStatus, RequestStatus

from . import plain
from .choices import NOTHING_MORE, Form, form_of
from .chosen import Chosen
from .countdown import lasts, there
from .desk import Desk, Tenant
from .handing_on import Adding, adding_of
from .support_rows import Terms, terms_of
from .support_words import Told, outcome

LATELY = 3
"""How many answered requests are shown for each customer."""


@attrs.frozen(kw_only=True)
class Row:
    """
    One thing on the agent's page.

    Attributes:
        tenant: At which customer.
        terms: What it is about.
        state: Where it stands, in one word.
        when: Until when, since when, or for whom it waits.
        form: For a consent: the form that activates it, if there is one.
        kept: What that form is filled in with.
        entry: For a grant: what has to be said to enter under it.
        adding: For a grant: how the agent may add a colleague to it, if they may.
        solvable: For a grant that is bound to tickets: those that are open.
        may: What the agent may do with it now: ``enter``, ``relinquish``, ``withdraw``.
    """

    tenant: Tenant
    terms: Terms
    state: str
    when: str
    form: Form | None = None
    kept: Chosen = attrs.field(factory=Chosen)
    entry: Entry = NOTHING_MORE.entry
    adding: Adding | None = None
    solvable: tuple[str, ...] = ()
    may: frozenset[str] = frozenset()


@attrs.frozen
class Rows:
    """
    What one agent is shown of one customer.

    Attributes:
        desk: The desk.
        agent: The agent.
        tenant: The customer, whom the agent may know.
        open_now: Whether ``authorize`` would let them in at this moment.
    """

    desk: Desk
    agent: Agent
    tenant: Tenant
    open_now: bool = False

    @property
    def grants(self) -> Iterator[Row]:
        """The live and the scheduled grants that the agent holds, by name or through a team."""
        rules = self.desk.rules[self.tenant.id]
        for status in self._held:
            grant, live = status.grant, status.state == "live"
            begins = f"begins {there(grant.starts_at, self._words)}"
            entry = rules.flows.get(grant.flow, NOTHING_MORE).entry
            # Entering is offered where it leads to invoices: they are open, or nothing is missing but that.
            leads_in = self.open_now or entry.required or grant.entry_required
            bound = grant.until_tickets and self.agent.via is None
            yield self._row(
                status,
                "frozen" if status.frozen else str(status.state),
                self._until(status) if live else begins,
                entry=entry,
                adding=adding_of(status, rules, by=self.agent, desk=self.desk, words=self._words),
                solvable=tuple(sorted(grant.open_tickets)) if bound else (),
                may=status.may if leads_in else status.may - {"enter"},
            )

    @property
    def consents(self) -> Iterator[Row]:
        """The live consents for the agent, each with the form that activates it, unless that has been done."""
        used = {status.grant.parent for status in self._held}
        forms = {offer.flow.under: self._form(offer) for offer in self._offers("activate")}
        consents = self.desk.access.consents
        for status in consents(self.tenant.id, by=self.agent, holder=self.agent, states=["live"]):
            activated = status.consent.id in used
            form = None if activated else forms.get(status.consent.flow)
            state = "frozen" if status.frozen else "used" if activated else "agreed"
            kept = Chosen(tickets=", ".join(sorted(status.consent.tickets)))
            yield self._row(status, state, self._until(status), form=form, kept=kept)

    @property
    def asked(self) -> Iterator[Row]:
        """What the agent asked for, and nobody has answered yet."""
        for status in self._requests("pending"):
            request = status.request
            for_whom = plain.listed(map(plain.selector, request.awaits), "or")
            lapses = request.lapses_at
            until = "" if isinstance(lapses, OpenEnded) else f"; lapses {there(lapses, self._words)}"
            yield self._row(status, "asked", f"waits for {for_whom}{until}", may=status.may)

    @property
    def answered(self) -> Iterator[Row]:
        """What became of what the agent asked for lately."""
        settled = self._requests("approved", "denied", "withdrawn", "lapsed", "cut_off")
        for status in settled[: -LATELY - 1 : -1]:
            at = status.decided_at or status.lapsed_at
            when = "" if at is None else f", {there(at, self._words)}"
            yield self._row(status, str(status.state), f"{outcome(status, self._words, Told())}{when}")

    @property
    def forms(self) -> tuple[Form, ...]:
        """A form for each flow by which the agent may ask; in a support session, none."""
        return tuple(self._form(offer) for offer in self._offers("request"))

    def _offers(self, verb: str) -> tuple[Offer, ...]:
        offers = self.desk.access.offers(self.tenant.id, by=self.agent)
        return tuple(each for each in offers if each.verb == verb)

    def _form(self, offer: Offer) -> Form:
        return form_of(
            offer,
            self.desk.rules[self.tenant.id],
            by=self.agent,
            agents=self.desk.agents,
            words=self._words,
            now=self.desk.now(),
        )

    @property
    def _words(self) -> plain.Words:
        return self.desk.words_of(self.tenant)

    @property
    def _held(self) -> tuple[GrantStatus, ...]:
        return self.desk.access.grants(
            self.tenant.id, by=self.agent, holder=self.agent, states=["live", "scheduled"]
        )

    def _requests(self, *states: str) -> tuple[RequestStatus, ...]:
        return self.desk.access.requests(self.tenant.id, by=self.agent, actor=self.agent.id, states=states)

    def _until(self, status: GrantStatus | ConsentStatus) -> str:
        return lasts(status.row, status.row.ends_at, self.desk.now(), self._words)

    def _row(
        self,
        status: GrantStatus | ConsentStatus | RequestStatus,
        state: str,
        when: str,
        **more: Any,
    ) -> Row:
        return Row(
            tenant=self.tenant,
            terms=terms_of(status.row, self.desk.rules[self.tenant.id], self._words),
            state=state,
            when=when,
            **more,
        )
