"""What exactly did they agree to? The evidence behind a grant, a consent or a request, out of the record (N5)."""

from collections.abc import Iterator
from datetime import datetime

import attrs

from grantkit.canonical import Plain
from grantkit.codec import Chain, lost_texts
from grantkit.errors import NotFound
from grantkit.lifecycle import Want, touched
from grantkit.model import (
    AccessRequest,
    Agent,
    Amended,
    Approval,
    Approved,
    Consent,
    Consented,
    Event,
    Grant,
    Granted,
    Member,
    OpenEnded,
    RowKey,
    TicketLinked,
    consent_key,
    grant_key,
    request_key,
)
from grantkit.model.texts import PREVIEW, name_of, reference_of
from grantkit.model.wording import plainly
from grantkit.service.steps import PAGE, Steps, entries, load


@attrs.frozen(kw_only=True)
class Agreement:
    """
    One person's yes, as it is sealed.

    Attributes:
        by: Who, with the roles asserted then, and their name where it has not been erased.
        approval: In what role, by which channel, with which reference, which text, which word, which digest.
        about: What they agreed to: a grant, a consent, a request or an amendment of a grant, by id.
        said: What the preview said to them; empty for an act of their own.
        erased: Which of ``name``, ``reference`` and ``preview`` were there and have been erased.
        seq: The sequence of the event that it is sealed in.
        hash: The hash of that event: it is the line of the export that proves this.
    """

    by: Agent | Member
    approval: Approval
    about: str
    said: str
    erased: tuple[str, ...]
    seq: int
    hash: str

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        return {
            "by": self.by.to_data(),
            "approval": self.approval.to_data(),
            "about": self.about,
            "said": self.said,
            "erased": list(self.erased),
            "seq": self.seq,
            "hash": self.hash,
        }

    def __str__(self) -> str:
        approval = self.approval
        how = approval.channel if approval.reference is None else f"{approval.channel}, {approval.reference}"
        details = [
            f"as {approval.selector}",
            f"by {how}",
            *([] if approval.text is None else [f"having seen text {approval.text}"]),
            *(
                []
                if approval.text_digest is None
                else [f"the text shown being of SHA-256 {approval.text_digest}"]
            ),
            *([] if approval.word is None else [f"having typed {approval.word}"]),
            *([] if approval.ends_by is None else [f"having been shown {_end(approval.ends_by)}"]),
            *(f"{what} erased since" for what in self.erased),
        ]
        who = str(self.by) if self.by.name is None else f"{self.by.name} ({self.by})"
        return f"{plainly(approval.at)}  #{self.seq} {who} agreed to {self.about}, {', '.join(details)}"


def _end(at: datetime | OpenEnded) -> str:
    return "no end" if isinstance(at, OpenEnded) else f"an end at {plainly(at)}"


@attrs.frozen(kw_only=True)
class Evidence:
    """
    Everything in the record about one grant, consent or request, and what it rests on; every link of it was checked.

    Attributes:
        tenant: Whose record.
        id: What was asked about.
        events: What happened, in order: asked, answered, given, amended, ended.
        agreements: Who agreed to what, in order.
    """

    tenant: str
    id: str
    events: tuple[Event, ...]
    agreements: tuple[Agreement, ...]

    def to_data(self) -> dict[str, Plain]:
        """Return the evidence as plain data; each event with its hash, as it stands in the export."""
        return {
            "tenant": self.tenant,
            "id": self.id,
            "agreements": [each.to_data() for each in self.agreements],
            "events": [{**event.to_data(), "hash": event.hash} for event in self.events],
        }

    def __str__(self) -> str:
        lines: list[str] = []
        for each in self.agreements:
            lines.append(str(each))
            lines.extend(f"    {line}" for line in each.said.splitlines())
        return "\n".join(lines) or f"nobody has agreed to {self.id}"


def evidence_plan(tenant: str, ident: str) -> Steps[Evidence]:
    """
    Walk the record of *tenant*, and return what it says of *ident* and of what that rests on.

    Raises:
        NotFound: If there is no such grant, consent or request.
        ChainBroken: If the record has been changed.
    """
    keys = yield from _keys(tenant, ident)
    chain = Chain(tenant)
    found: list[tuple[Event, frozenset[str]]] = []
    while True:
        page = yield from entries(tenant, chain.seq, PAGE)
        walked = [(chain.follow(entry), entry) for entry in page]
        found.extend((event, lost_texts(entry)) for event, entry in walked if keys & set(touched(event)))
        if len(page) < PAGE:
            break
    agreements = tuple(each for event, lost in found for each in _agreements(event, lost))
    return Evidence(tenant=tenant, id=ident, events=tuple(event for event, _ in found), agreements=agreements)


def _keys(tenant: str, ident: str) -> Steps[set[RowKey]]:
    """Return the keys of *ident*, of the request that it answers or what came of it, and of all that it rests on."""
    keys: set[RowKey] = set()
    ahead = {ident}
    while ahead:
        asked = tuple(sorted(ahead))
        slice_ = yield from load(tenant, Want(grants=asked, consents=asked, requests=asked))
        rows: tuple[Grant | Consent | AccessRequest, ...] = (
            *slice_.grants.values(),
            *slice_.consents.values(),
            *slice_.requests.values(),
        )
        if not keys and not rows:
            raise NotFound(what="grant, consent or request", id=ident, tenant=tenant)
        keys.update(key for one in asked for key in (grant_key(one), consent_key(one), request_key(one)))
        known = {key[1] for key in keys}
        ahead = {other for row in rows for other in _beside(row) if other not in known}
    return keys


def _beside(row: Grant | Consent | AccessRequest) -> Iterator[str]:
    others = (row.gave, row.parent) if isinstance(row, AccessRequest) else (row.request, row.parent)
    yield from (other for other in others if other is not None)


def _agreements(event: Event, lost: frozenset[str]) -> Iterator[Agreement]:
    match event.body:
        case Approved(request_id=ident, approval=approval, said=said):
            yield _agreement(event, lost, approval, f"request {ident}", said)
        case Granted(grant=made) | Consented(consent=made) if made.request is None:
            yield from (_agreement(event, lost, each, str(made)) for each in made.approvals)
        case TicketLinked(grant_id=ident, ticket=ticket, approval=approval):
            yield _agreement(event, lost, approval, f"ticket {ticket} of grant {ident}")
        case Amended(grant_id=ident, approval=Approval() as approval):
            yield _agreement(event, lost, approval, f"the amendment of grant {ident}")
        case _:
            pass


def _agreement(
    event: Event, lost: frozenset[str], approval: Approval, about: str, said: str = ""
) -> Agreement:
    places = {
        "name": name_of(approval.by),
        "reference": reference_of(approval.by),
        "preview": PREVIEW,
    }
    by = approval.by
    if isinstance(event.actor, type(by)) and event.actor.id == by.id:
        by = event.actor  # who has the name, where it has not been erased
    return Agreement(
        by=by,
        approval=approval,
        about=about,
        said=said,
        erased=tuple(what for what, place in places.items() if place in lost),
        seq=event.seq,
        hash=event.hash,
    )
