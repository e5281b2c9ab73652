"""
From plain data back to the nouns; what is left out is what the noun has by default.

Keys that mean nothing are not looked for here: whatever was read is spelled once more and compared.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from grantkit.inputs import FrozenMap, boolean, identifier, integer, one_of
from grantkit.model import (
    MOST_SEQ,
    Actor,
    Agent,
    Approval,
    Calendar,
    Demand,
    Elapsed,
    Ended,
    Ending,
    EndOfDay,
    Freeze,
    Holder,
    Instant,
    LedgerHead,
    Member,
    OpenEnded,
    Scope,
    StartOfDay,
    System,
    Term,
    Terms,
    Window,
)
from grantkit.model.durations import parse_calendar, parse_elapsed
from grantkit.policy import Layer, PermissionPolicy, parse_resource

Data = Mapping[str, Any]
"""Parsed JSON. What it holds is not known before it is read: whoever reads it turns what goes wrong into one error."""


def words(value: object) -> str:
    """Return *value* if it is text: what is used as a key, or shown, must be nothing else."""
    if type(value) is not str:
        msg = "no text where there should be some"
        raise TypeError(msg)
    return value


def number(value: object) -> int:
    """Return *value* if it is a whole number that counts something."""
    return integer("number", value, least=0, most=MOST_SEQ)


def maybe(value: object) -> str | None:
    """Return *value* if it is text or nothing."""
    return None if value is None else words(value)


def instant(value: str) -> datetime:
    """Return the instant that :func:`~grantkit.model.wording.iso` spelled."""
    return datetime.fromisoformat(value)


def end(value: str) -> datetime | OpenEnded:
    """Return the end that *value* spells."""
    return OpenEnded() if value == "open_ended" else instant(value)


def actor(data: Data) -> Actor:
    """Read an actor."""
    match data["kind"]:
        case "agent":
            return Agent(data["id"], data.get("teams", ()), data.get("name"), data.get("via"))
        case "member":
            return Member(
                data["id"],
                data["tenant"],
                data.get("roles", ()),
                data.get("name"),
                data.get("via"),
                roles_on=data.get("roles_on"),
            )
        case "system":
            return System(data["id"])
        case _:
            msg = "an actor of no known kind"
            raise ValueError(msg)


def scope(data: Data) -> Scope:
    """Read a scope."""
    resources = frozenset(parse_resource("scope", each) for each in data.get("resources", ()))
    return Scope(tenant_wide=data["tenant"], resources=resources)


def window(data: Data) -> Window:
    """Read a window."""
    return Window(instant(data["starts_at"]), end(data["ends_at"]))


def term(data: "Data | str | None") -> Term | None:
    """Read a term; ``None`` is none."""
    if data is None:
        return None
    if isinstance(data, str):
        return _open_ended(data)
    kind = next(key for key in data if key != "zone")
    return _TERMS[kind](data[kind], data.get("zone"))


def _open_ended(value: str) -> OpenEnded:
    if value != "open_ended":
        msg = "a term of no known kind"
        raise ValueError(msg)
    return OpenEnded()


def _calendar(span: str, zone: str | None) -> Term:
    months, days = parse_calendar("term", span)
    return Calendar(months=months, days=days, zone=zone)


_TERMS: Mapping[str, Callable[[str, str | None], Term]] = FrozenMap(
    {
        "elapsed": lambda span, _: Elapsed(seconds=parse_elapsed("term", span)),
        "calendar": _calendar,
        "start_of_day": lambda day, zone: StartOfDay(date.fromisoformat(day), zone),
        "end_of_day": lambda day, zone: EndOfDay(date.fromisoformat(day), zone),
        "instant": lambda at, _: Instant(instant(at)),
    }
)


def layer(data: Data) -> Layer:
    """Read a layer; the same words give the same value, since grants of one rule set share their layers."""
    return _layer(json.dumps(data, sort_keys=True))


@lru_cache(maxsize=4096)
def _layer(words: str) -> Layer:
    data = json.loads(words)
    pairs = cast("Data", data.get("policies", {})).items()
    policies = tuple(PermissionPolicy.from_data(name, statements) for name, statements in pairs)
    return Layer(data["kind"], policies)


def demand(data: Data) -> Demand:
    """Read a demand."""
    return Demand(beyond=layer(data["beyond"]), needs=words(data["needs"]))


def approval(data: Data) -> Approval:
    """Read an approval."""
    by = actor(data["by"])
    if isinstance(by, System) or by.name is not None:
        msg = "a system never consents, and the name of a person is a text of the event"
        raise TypeError(msg)
    return Approval(
        by=by,
        selector=words(data["selector"]),
        at=instant(data["at"]),
        channel=words(data["channel"]),
        reference=maybe(data.get("reference")),
        text=maybe(data.get("text")),
        text_digest=maybe(data.get("text_digest")),
        ends_by=None if data.get("ends_by") is None else end(data["ends_by"]),
        word=maybe(data.get("word")),
        digest=words(data["digest"]),
        seq=None if data.get("seq") is None else number(data["seq"]),
    )


def holder(data: Data) -> Holder:
    """Read a holder."""
    return Holder(one_of("holder.kind", data["kind"], ("agent", "team")), identifier("holder.id", data["id"]))


def ended(data: Data) -> Ended:
    """Read an end."""
    return Ended(
        how=Ending(data["how"]), at=instant(data["at"]), by=actor(data["by"]), seq=number(data["seq"])
    )


def freeze(data: Data) -> Freeze:
    """Read a freeze."""
    return Freeze(by=actor(data["by"]), at=instant(data["at"]), seq=number(data["seq"]))


def terms(data: Data) -> Terms:
    """Read the terms of an amendment."""
    return Terms(
        window=window(data["window"]),
        term=term(data.get("term")),
        layers=tuple(layer(each) for each in data["layers"]),
        demands=tuple(demand(each) for each in data.get("demands", ())),
        entry_required=boolean("entry_required", data["entry_required"]),
    )


def ledger_head(data: Data) -> LedgerHead:
    """Read a ledger's head."""
    return LedgerHead.from_data(data)
