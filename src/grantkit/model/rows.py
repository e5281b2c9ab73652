"""The projection: what commands and decisions read. Each row is made by the one fold and by nothing else."""

from datetime import datetime
from typing import TypeAlias

import attrs

from grantkit.canonical import Plain
from grantkit.inputs import EARLIEST
from grantkit.model.consent import Consent
from grantkit.model.grant import Grant
from grantkit.model.principals import Actor
from grantkit.model.record import NO_HASH
from grantkit.model.request import AccessRequest
from grantkit.model.session import Session
from grantkit.model.uses import Usage
from grantkit.model.wording import iso


@attrs.frozen
class Freeze:
    """
    A standing block, until lifted.

    Attributes:
        by: Who froze.
        at: When.
        seq: The sequence of the event.
    """

    by: Actor
    at: datetime
    seq: int

    def to_data(self) -> dict[str, Plain]:
        """Return the freeze as plain data."""
        return {"by": self.by.to_data(), "at": iso(self.at), "seq": self.seq}


KeyUse: TypeAlias = tuple[tuple[str, ...], str, str]
"""The use of an idempotency key: who (kind, tenant of a member, id), with which verb, and the key."""

RowKey: TypeAlias = tuple[str, ...]
"""A kind of row and its key within the tenant; parts are never joined, so no delimiter can be smuggled in."""


@attrs.frozen(kw_only=True)
class Head:
    """
    Where the record of a tenant stands; every write of the tenant passes it.

    Attributes:
        tenant: Whose record.
        seq: The sequence of the last event, 0 before the first.
        hash: Its hash: what the next event is chained to.
        seen_at: The time of the last event: time does not go back behind it.
        rules: The digest of the rules last adopted.
        freeze: The freeze of the whole tenant, if there is one.
        cut_off: The sequence of the last tenant-wide cut-off, 0 if there was none.
    """

    tenant: str
    seq: int = 0
    hash: str = NO_HASH
    seen_at: datetime = EARLIEST
    rules: str = ""
    freeze: Freeze | None = None
    cut_off: int = 0

    def to_data(self) -> dict[str, Plain]:
        """Return the row as plain data."""
        freeze = None if self.freeze is None else self.freeze.to_data()
        seen_at = iso(self.seen_at)
        return {
            "tenant": self.tenant,
            "seq": self.seq,
            "hash": self.hash,
            "seen_at": seen_at,
            "rules": self.rules,
            "freeze": freeze,
            "cut_off": self.cut_off,
        }


@attrs.frozen(kw_only=True)
class Stance:
    """
    What a tenant holds against one agent.

    Attributes:
        agent: The agent's id.
        freeze: The freeze of this agent at the tenant, if there is one.
        cut_off: The sequence of the last cut-off of this agent, 0 if there was none.
    """

    agent: str
    freeze: Freeze | None = None
    cut_off: int = 0

    def to_data(self) -> dict[str, Plain]:
        """Return the row as plain data."""
        freeze = None if self.freeze is None else self.freeze.to_data()
        return {"agent": self.agent, "freeze": freeze, "cut_off": self.cut_off}


@attrs.frozen(kw_only=True)
class Cut:
    """
    One cut-off, so that what it silenced can say since when. Decisions need only the last one of each kind.

    Attributes:
        agent: Whom it cut off; ``None`` for everybody.
        seq: The sequence of its event.
        at: When.
    """

    agent: str | None
    seq: int
    at: datetime

    def to_data(self) -> dict[str, Plain]:
        """Return the row as plain data."""
        return {"agent": self.agent, "seq": self.seq, "at": iso(self.at)}


@attrs.frozen(kw_only=True)
class Retry:
    """
    An idempotency key, as sealed in the event of the command that it was first used for.

    Attributes:
        actor: Kind, tenant (of a member) and id of whoever used it; a key is theirs alone.
        verb: The verb.
        key: The key.
        payload: The digest of the arguments: another payload under the key is a mismatch. It goes with the texts that
            were among them, and is empty then.
        subject: The id of what the command made or found.
    """

    actor: tuple[str, ...]
    verb: str
    key: str
    payload: str
    subject: str

    @property
    def row_key(self) -> RowKey:
        """The key under which it is remembered."""
        return retry_key(self.actor, self.verb, self.key)

    def to_data(self) -> dict[str, Plain]:
        """Return the key as plain data."""
        return {
            "actor": list(self.actor),
            "verb": self.verb,
            "key": self.key,
            "payload": self.payload,
            "subject": self.subject,
        }


Row: TypeAlias = Head | Stance | Grant | Consent | AccessRequest | Session | Usage | Cut | Retry

HEAD: RowKey = ("head",)


def agent_key(agent: str) -> RowKey:
    """Return the key of the stance on *agent*."""
    return ("agent", agent)


def grant_key(grant: str) -> RowKey:
    """Return the key of a grant."""
    return ("grant", grant)


def consent_key(consent: str) -> RowKey:
    """Return the key of a consent."""
    return ("consent", consent)


def request_key(request: str) -> RowKey:
    """Return the key of a request."""
    return ("request", request)


def session_key(session: str) -> RowKey:
    """Return the key of a session."""
    return ("session", session)


def usage_key(grant: str, agent: str) -> RowKey:
    """Return the key of all uses of a grant by an agent."""
    return ("usage", grant, agent)


def cut_key(seq: int) -> RowKey:
    """Return the key of the cut-off whose event has this sequence."""
    return ("cut", str(seq))


def retry_key(actor: tuple[str, ...], verb: str, key: str) -> RowKey:
    """Return the key under which an idempotency key is remembered: scope is tenant, actor, verb and key."""
    return ("retry", *actor, verb, key)
