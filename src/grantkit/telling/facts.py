"""The facts of a notice: who, what, where, why and until when; and what the reader can do about it."""

from collections.abc import Iterator

from grantkit.model import AccessRequest, Amended, Consent, Entered, Grant, OpenEnded
from grantkit.telling.headlines import over_of
from grantkit.telling.occasions import Subject
from grantkit.telling.told import Told
from grantkit.telling.words import allowed, ceilings_of, demands_of, listed, where


def facts_of(told: Told) -> Iterator[tuple[str, str]]:
    """Yield labels and texts; what is not known of the event is left out, or empty."""
    subject, words, event = told.subject, told.words, told.event
    yield from _when(told)
    if subject is not None:
        yield "Who", told.holder
        yield "What", _what(subject) + _acting(subject)
        yield "Where", where(subject.scope, told.tenant)
        yield "Agreed to by", listed(words.named(each.side, each.id) for each in told.occasion.consenters)
    why = told.session or subject
    if why is not None:
        yield "Why", why.reason
        yield "Tickets", ", ".join(sorted(why.tickets))
    if event.kind in {"denied", "suspended"}:
        yield "Said", getattr(event.body, "reason", "")
    if event.kind in {"ticket_linked", "ticket_solved"}:
        yield "Ticket", getattr(event.body, "ticket", "")
    yield "Also over", listed(_also(told))
    if subject is not None and not told.is_over:
        yield "From", told.begins
        yield from _until(told, subject)


def _when(told: Told) -> Iterator[tuple[str, str]]:
    """Yield when it happened; of what ended by itself when that was, and when it was noticed beside it."""
    at, noticed = told.occasion.ended_at, told.words.at(told.event.at)
    when = noticed if at is None else told.words.at(at)
    yield "When", when
    if when != noticed:
        yield "Noticed", noticed


def _also(told: Told) -> Iterator[str]:
    """Yield what else is over: somebody who is told of a consent holds access that rested on it, perhaps."""
    yield from (over_of(told, each) for each in told.also[:_MOST])
    if len(told.also) > _MOST:
        yield f"{len(told.also) - _MOST} more"


def _what(subject: Subject) -> str:
    layers = subject.ask.layers if isinstance(subject, AccessRequest) else subject.layers
    demands = demands_of(subject.demands) if isinstance(subject, Grant) else ()
    return allowed(subject.policies, ceilings_of(layers), demands)


def _acting(subject: Subject) -> str:
    act_as = None if isinstance(subject, Consent) else subject.act_as
    return "" if act_as is None else f", as the member {act_as}"


def _until(told: Told, subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield until when what the event is about holds, as the event said it where it did."""
    words, body = told.words, told.event.body
    if isinstance(subject, AccessRequest):
        yield "Asked for", words.asked(subject.ask.terms)
        lapses = subject.lapses_at
        if told.event.kind in _TO_ANSWER and not isinstance(lapses, OpenEnded):
            yield "Answer by", words.at(lapses)
    elif isinstance(body, Entered):
        yield "Until", words.end(body.session.ends_at)
    elif isinstance(body, Amended):
        yield "Until", words.until(subject, body.new.ends_at)
        before = allowed(body.old.policies, ceilings_of(body.old.layers), demands_of(body.old.demands))
        yield "Before", f"{before}, {words.until(subject, body.old.ends_at)}"
    else:
        yield "Until", words.until(subject)


def how_of(told: Told) -> str:
    """Return what the reader can do about it."""
    subject = told.subject
    if subject is None or told.is_over:
        return ""
    if isinstance(subject, AccessRequest):
        if told.event.kind in _TO_ANSWER:
            return f"To answer: approve or deny request {subject.id}. Without an answer nobody gets in."
        return ""
    noun = "grant" if isinstance(subject, Grant) else "consent"
    if told.holds:
        return f"To end it: give back {noun} {subject.id}."
    if not told.stops:
        return ""
    word = told.occasion.off_word
    typed = "" if word is None else f", and type {word}"
    return f"To end it at once: revoke {noun} {subject.id}{typed}."


_MOST = 10  # a cut-off of thousands is one mail to an admin, and not a book
_TO_ANSWER = frozenset({"requested", "step_opened"})
