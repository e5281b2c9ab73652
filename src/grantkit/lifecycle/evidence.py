"""Evidence: what is sealed of a person's yes."""

from grantkit.canonical import digest
from grantkit.lifecycle.slices import Act, Slice
from grantkit.model import Approval, Grant, Member, nameless
from grantkit.rules import Selector, Step


def approve(
    slice_: Slice,
    act: Act,
    by: Member,
    agreed: Grant,
    *,
    step: Step,
    selector: Selector,
    word: str | None,
    channel: str,
    reference: str | None,
) -> Approval:
    """Return the evidence that *by* agreed to the terms of *agreed*: in what role, how, and seeing what (M12)."""
    return Approval(
        by=nameless(by),
        selector=str(selector),
        at=act.at(slice_.head),
        channel=channel,
        reference=reference,
        text=step.text,
        word=word,
        digest=terms_digest(agreed),
    )


def terms_digest(made: Grant) -> str:
    """
    Return the digest of the exact terms that a person agrees to, with the term and not only its instant.

    The reason is not in it: a digest over a short text would let it be guessed when it is erased. The event that seals
    this digest binds the reason by a commitment of its own.
    """
    data = made.to_data()
    agreed = (
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
    )
    return digest({key: data[key] for key in agreed})
