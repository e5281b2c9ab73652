"""Evidence: what is sealed of a person's yes."""

from datetime import datetime

from grantkit.canonical import Plain, digest
from grantkit.lifecycle.slices import Act, Slice
from grantkit.model import AccessRequest, Agent, Approval, Consent, Grant, Member, OpenEnded, nameless
from grantkit.rules import Selector, Step

_AGREED = (
    "tenant",
    "holder",
    "as_team",
    "act_as",
    "scope",
    "layers",
    "window",
    "flow",
    "term",
    "tickets",
    "until_tickets",
)
_ASKED = (
    "id",
    "tenant",
    "flow",
    "flow_digest",
    "yields",
    "ask",
    "tickets",
    "until_tickets",
    "category",
    "parent",
)


def approve(
    slice_: Slice,
    act: Act,
    by: Member | Agent,
    agreed: str,
    *,
    step: Step,
    selector: Selector,
    word: str | None,
    channel: str,
    reference: str | None,
    text_digest: str | None = None,
    ends_by: datetime | OpenEnded | None = None,
) -> Approval:
    """Return the evidence that *by* agreed to what has the digest *agreed*: in what role, how, seeing what (M12)."""
    return Approval(
        by=nameless(by),
        selector=str(selector),
        at=act.at(slice_.head),
        channel=channel,
        reference=reference,
        text=step.text,
        text_digest=text_digest,
        ends_by=ends_by,
        word=word,
        digest=agreed,
    )


def terms_digest(made: Grant | Consent) -> str:
    """
    Return the digest of the exact terms that a person agrees to, with the term and not only its instant.

    The reason is not in it: a digest over a short text would let it be guessed when it is erased. The event that seals
    this digest binds the reason by a commitment of its own.
    """
    return _digest(made.to_data(), _AGREED)


def asked_digest(request: AccessRequest) -> str:
    """
    Return the digest of the exact terms of a request as narrowed so far: what an approval quotes.

    The id is in it: an approval of one request is none of another that asks for the same. The end that others were
    shown is not: it binds all the same, and the next preview shows none later.
    """
    data = request.to_data()
    ask = {key: value for key, value in request.ask.to_data().items() if key != "ends_by"}
    return _digest({**data, "ask": ask}, _ASKED)


def _digest(data: dict[str, Plain], keys: tuple[str, ...]) -> str:
    return digest({key: data[key] for key in keys if key in data})
