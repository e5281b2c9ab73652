"""What the page "Support access" shows of each request, grant and consent: data in, words and buttons out."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from grantkit import AccessRequest, AccessRules, Consent, Grant, GrantkitError, OpenEnded
from grantkit.lifecycle import GrantState, Preview
from grantkit.model import Usage
from grantkit.rules import Step
from grantkit.service import RequestStatus

from . import plain
from .choices import Change, Option, change_of, sooner
from .support_sessions import used
from .support_words import GOING_ON, Given, Told, ended, outcome


@attrs.frozen(kw_only=True)
class Terms:
    """
    What a request asks for, or what was agreed to.

    Attributes:
        id: The id of the request, grant or consent.
        way: The flow, in words.
        lets_in: Whether it lets anybody in by itself; a consent does not.
        to: For whom.
        may: What they may do there.
        bounds: What bounds that, in sentences.
        where: Where.
        why: The reason that was given, if one was.
        tickets: The tickets that were named.
    """

    id: str
    way: str
    lets_in: bool
    to: str
    may: str
    bounds: tuple[str, ...]
    where: str
    why: str
    tickets: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Waiting:
    """
    A request that waits for an answer.

    Attributes:
        terms: What it asks for.
        by: Who asks.
        asked_at: When they asked.
        preview: What would come of it now; ``None`` where it can no longer be approved.
        trouble: Why it cannot.
        step: The step that is open; ``None`` where the flow is not what it was.
        place: Which step that is, as people count.
        steps: How many there are.
        needs: How many more answers the step takes.
        who: Who may answer it.
        lapses_at: When it lapses.
        may: What whoever looks may do: ``approve``, ``deny``.
        sooner: The earlier ends that they may choose.
    """

    terms: Terms
    by: str
    asked_at: datetime | None
    preview: Preview | None
    trouble: GrantkitError | None
    step: Step | None
    place: int
    steps: int
    needs: int
    who: str
    lapses_at: datetime | OpenEnded
    may: frozenset[str]
    sooner: tuple[Option, ...]


@attrs.frozen(kw_only=True)
class Access:
    """
    A grant or a consent.

    Attributes:
        terms: What was agreed to.
        state: Where it stands.
        since: From when.
        until: Until when.
        by: Who agreed, in which role, by which channel, and when.
        asked: Whether it answers a request.
        blocked: Whether a freeze blocks it.
        ended_at: When it ended.
        ended: Why, in words.
        may: What whoever looks may do with it: ``revoke``.
        word: The word to be typed to revoke it.
        change: How it may be changed; ``None`` for a consent, and for whoever may not.
        added_by: Who added whom it is for, to a grant of their own.
        solved: For what is bound to tickets: what ends it.
        link: For such a grant: the step that linking another ticket takes; ``None`` for whoever may not.
        used: By whom a grant was used, how often, and when last.
    """

    terms: Terms
    state: GrantState
    since: datetime
    until: datetime | OpenEnded
    by: tuple[tuple[str, str, str, datetime], ...]
    asked: bool
    blocked: bool
    ended_at: datetime | None
    ended: str
    may: frozenset[str]
    word: str | None
    change: Change | None
    added_by: str
    solved: str
    link: Step | None
    used: tuple[tuple[str, str, datetime], ...]


@attrs.frozen(kw_only=True)
class Answered:
    """
    A request that is settled. When it lapsed and when its access ended are two things.

    Attributes:
        terms: What it asked for.
        by: Who asked.
        asked_at: When they asked.
        outcome: What became of it, in words.
        decided_at: When somebody decided.
        lapsed_at: When it lapsed by itself.
        access_ended_at: When the access ended that came of it.
        goes_on: Whether the access that came of it goes on, or is to begin.
    """

    terms: Terms
    by: str
    asked_at: datetime | None
    outcome: str
    decided_at: datetime | None
    lapsed_at: datetime | None
    access_ended_at: datetime | None
    goes_on: bool


def terms_of(row: AccessRequest | Grant | Consent, rules: AccessRules, words: plain.Words) -> Terms:
    """Return what *row* is about. A grant keeps the demands of its day; a request would get those of *rules*."""
    lets_in = row.yields == "grant" if isinstance(row, AccessRequest) else isinstance(row, Grant)
    demands = row.demands if isinstance(row, Grant) else rules.pinned_demands if lets_in else ()
    may, bounds = plain.what(row.policies, row.layers, demands)
    return Terms(
        id=row.id,
        way=plain.in_words(row.flow),
        lets_in=lets_in,
        to=plain.sentence(words.holder(row.holder, row.as_team)),
        may=plain.sentence(may),
        bounds=bounds,
        where=plain.sentence(words.scope(row.scope)),
        why=row.reason,
        tickets=tuple(sorted(row.tickets)),
    )


def waiting(
    status: RequestStatus,
    preview: Preview | GrantkitError,
    rules: AccessRules,
    words: plain.Words,
    now: datetime,
) -> Waiting:
    """Return a request that waits, with what would come of it now, or with why nothing can."""
    request = status.request
    flow = rules.flows.get(request.flow)
    shown = preview if isinstance(preview, Preview) else None
    steps = () if flow is None else flow.steps
    return Waiting(
        terms=terms_of(request, rules, words),
        by=words.person(request.by),
        asked_at=request.asked_at,
        preview=shown,
        trouble=None if isinstance(preview, Preview) else preview,
        step=steps[request.step] if request.step < len(steps) else None,
        place=request.step + 1,
        steps=len(steps),
        needs=request.needs,
        who=plain.listed(map(plain.selector, request.awaits), "or"),
        lapses_at=request.lapses_at,
        may=status.may,
        sooner=() if shown is None else sooner(now, shown.ends_at),
    )


def access(
    status: Given,
    rules: AccessRules,
    words: plain.Words,
    told: Told,
    *,
    now: datetime,
    uses: Iterable[Usage] = (),
) -> Access:
    """Return a grant or a consent, how it stands, and of *uses* those of it."""
    row = status.row
    flow = rules.flows.get(row.flow)
    change = None
    if isinstance(row, Grant) and status.state in GOING_ON and "revoke" in status.may:
        change = change_of(row, rules, words=words, now=now)
    added_by = row.added_by if isinstance(row, Grant) else None
    return Access(
        terms=terms_of(row, rules, words),
        state=status.state,
        since=row.starts_at,
        until=row.ends_at,
        by=tuple(
            (
                words.person(each.by),
                plain.selector(each.selector),
                _channel(each.channel, each.reference),
                each.at,
            )
            for each in row.approvals
        ),
        asked=row.request is not None,
        blocked=status.frozen and status.state in GOING_ON,
        ended_at=status.ended_at,
        ended=ended(status, words, told),
        may=status.may,
        word=None if flow is None else flow.off_word,
        change=change,
        added_by="" if added_by is None else words.person(added_by),
        solved=plain.solved(row.open_tickets) if row.until_tickets and row.open_tickets else "",
        link=_linking(rules, row.flow) if row.until_tickets and "link_ticket" in status.may else None,
        used=used((each for each in uses if each.grant == row.id), words),
    )


def answered(status: RequestStatus, rules: AccessRules, words: plain.Words, told: Told) -> Answered:
    """Return a request that is settled, and what became of it."""
    return Answered(
        terms=terms_of(status.request, rules, words),
        by=words.person(status.request.by),
        asked_at=status.request.asked_at,
        outcome=outcome(status, words, told),
        decided_at=status.decided_at,
        lapsed_at=status.lapsed_at,
        access_ended_at=status.access_ended_at,
        goes_on=status.access is not None and status.access.state in GOING_ON,
    )


def _linking(rules: AccessRules, name: str) -> Step | None:
    """Return the step by which a ticket is linked: one of the flow, or of that which it rests on if it asks nobody."""
    flow = rules.flow(name)
    asking = flow if flow.tenant_steps or flow.under is None else rules.flow(flow.under)
    return next(iter(asking.tenant_steps), None)


def _channel(channel: str, reference: str | None) -> str:
    how = "on this page" if channel == "in_product" else f"by {plain.in_words(channel)}"
    return how if reference is None else f"{how}: {reference}"
