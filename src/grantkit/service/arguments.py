"""Arguments that several verbs take, checked for their form."""

from collections.abc import Iterable
from hashlib import sha256

from grantkit.inputs import identifier, instance_of, line, listed, optional, text
from grantkit.lifecycle import AskedEnd, Want
from grantkit.model import Actor, Agent, Member, Soonest, System
from grantkit.model.terms import TERM_TYPES
from grantkit.rules import Choice

_MOST_TEXT = 1_000_000


def actor(by: Actor) -> Actor:
    """Return who acts."""
    instance_of("by", by, Member, Agent, System)
    return by


def agent_id(agent: str | None) -> str | None:
    """Return the id of an agent, or ``None`` for everybody."""
    return optional(identifier, "agent", agent)


def stance_of(agent: str | None) -> Want:
    """Return what is wanted to know what a tenant holds against *agent*."""
    return Want(agents=() if agent is None else (agent,))


def asked_end(ends: AskedEnd) -> AskedEnd:
    """Return the end that is asked for, if one is."""
    if ends is not None:
        instance_of("ends", ends, *TERM_TYPES, Soonest, Choice)
    return ends


def names_of_policies(policies: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return names of policies, sorted, each once; ``None`` where nothing was said."""
    if policies is None:
        return None
    return tuple(sorted({identifier("policies", name) for name in listed("policies", policies)}))


def names_of_tickets(tickets: Iterable[str]) -> frozenset[str]:
    """Return references of tickets."""
    return frozenset(line("tickets", ticket) for ticket in listed("tickets", tickets))


def typed_word(word: str | None) -> str | None:
    """Return the word that was typed."""
    return None if word is None else line("word", word, least=0)


def digest_of_text(shown: str | None) -> str | None:
    """Return the SHA-256 of the text that was shown, as it was passed; the text itself is not kept."""
    if shown is None:
        return None
    text("text", shown, least=1, most=_MOST_TEXT)
    return sha256(shown.encode()).hexdigest()
