"""
The customer's page "Support access": what waits for an answer, what can be given, who gets in, and how to stop it.

Every button is a form of its own. What a form sends goes to grantkit as it is, and grantkit decides; the page never
asks whether somebody may do something. Where a command is refused, the page comes back and says so.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from grantkit import InvalidInput
from grantkit.rules import Step

from .chosen import Chosen, answer, arguments, end_of, version_of
from .support_view import TEXTS, OnPage, do, show

router = APIRouter(prefix="/tenants/{tenant}")

Sent = Annotated[Chosen, Form()]

DONE = {
    "approved": "Your approval is recorded.",
    "denied": "The request is denied.",
    "amended": "It is changed from now on.",
    "linked": "It lasts until that ticket is solved too.",
    "given": "It is recorded, and holds from now on.",
    "revoked": "It is over.",
    "stopped": "Everything that was agreed, or asked for, is over.",
    "frozen": "Support access is frozen until somebody lifts that.",
    "unfrozen": "The freeze is lifted. What still stands counts again.",
}
"""What the page says after something was done, by what its address says."""


@router.get("/support")
def support(on: OnPage, done: str = "") -> Response:
    """Show the page."""
    return show(on, done=DONE.get(done, ""))


@router.post("/requests/{request_id}/approve")
def approve(on: OnPage, request_id: str, chosen: Sent) -> Response:
    """Say yes to what the page showed, or to a shorter time of it."""

    def act() -> None:
        asked = on.access.preview(on.tenant.id, request_id, by=on.member).request
        on.access.approve(
            on.tenant.id,
            request_id,
            by=on.member,
            shown=chosen.shown,
            ends=end_of(chosen, on.tenant.zone),
            **_said(on.rules.flow(asked.flow).steps[asked.step], chosen),
        )

    return do(on, act, "approved", chosen)


@router.post("/requests/{request_id}/deny")
def deny(on: OnPage, request_id: str, reason: Annotated[str, Form()] = "") -> Response:
    """Say no."""
    return do(on, lambda: on.access.deny(on.tenant.id, request_id, by=on.member, reason=reason), "denied")


@router.post("/grants")
def give(on: OnPage, chosen: Sent) -> Response:
    """Let somebody in, give a consent, or begin to, by one of the forms."""

    def act() -> None:
        given = arguments(chosen, agents={agent.id: agent for agent in on.desk.agents}, zone=on.tenant.zone)
        offers = on.access.offers(on.tenant.id, by=on.member)
        verb = next((offer.verb for offer in offers if offer.name == chosen.flow), "grant")
        verbs: dict[str, Callable[..., object]] = {"consent": on.access.consent, "request": on.access.request}
        steps = on.rules.flow(chosen.flow).tenant_steps
        said = _said(steps[0], chosen) if steps else {}
        if verb == "request":
            said = {name: value for name, value in said.items() if name not in ("channel", "reference")}
        verbs.get(verb, on.access.grant)(on.tenant.id, by=on.member, **given, **said)

    return do(on, act, "given", chosen)


@router.post("/grants/{grant_id}/amend")
def amend(on: OnPage, grant_id: str, chosen: Sent) -> Response:
    """Let a grant end sooner, or later, or allow something else: as it stood on the page, or not at all."""

    def act() -> None:
        on.access.amend(
            on.tenant.id,
            grant_id,
            by=on.member,
            version=version_of(chosen),
            ends=end_of(chosen, on.tenant.zone),
            policies=chosen.policies,
            word=chosen.word or None,
        )

    return do(on, act, "amended")


@router.post("/grants/{grant_id}/tickets")
def link(on: OnPage, grant_id: str, chosen: Sent) -> Response:
    """Link another ticket to a grant that ends with its tickets: it lasts longer by that, so it is consent."""

    def act() -> None:
        said = answer(chosen, TEXTS)
        on.access.link_ticket(on.tenant.id, grant_id, chosen.ticket.strip(), by=on.member, **said)

    return do(on, act, "linked")


@router.post("/grants/{grant_id}/revoke")
def revoke(on: OnPage, grant_id: str, word: Annotated[str, Form()] = "") -> Response:
    """End a grant, or a consent."""
    return do(
        on, lambda: on.access.revoke(on.tenant.id, grant_id, by=on.member, word=word or None), "revoked"
    )


@router.post("/stop")
def stop(on: OnPage, freeze: Annotated[str, Form()] = "") -> Response:
    """End everything that was agreed or asked for; with *freeze*, let nothing new begin either."""

    def act() -> None:
        # In this order: whoever may not end everything is refused before half of it is done.
        on.access.revoke_all(on.tenant.id, by=on.member)
        if freeze:
            on.access.freeze(on.tenant.id, by=on.member)

    return do(on, act, "stopped")


@router.post("/freeze")
def freeze(on: OnPage) -> Response:
    """Block every access until that is lifted; more people may do this than end everything."""
    return do(on, lambda: on.access.freeze(on.tenant.id, by=on.member), "frozen")


@router.post("/unfreeze")
def unfreeze(on: OnPage) -> Response:
    """Lift the freeze."""
    return do(on, lambda: on.access.unfreeze(on.tenant.id, by=on.member), "unfrozen")


def _said(step: Step, chosen: Chosen) -> dict[str, Any]:
    """
    Return how somebody answers *step*.

    Raises:
        InvalidInput: ``text``, if they did not confirm that they read it. Which text it was, grantkit compares.
    """
    if step.text is not None and not chosen.text:
        raise InvalidInput(field="text", code="required", wants=f"that text {step.text} was read")
    return answer(chosen, TEXTS)
