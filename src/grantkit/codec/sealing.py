"""Between events and entries: sealing what happened, and reading what was sealed."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, cast

import attrs

from grantkit.canonical import Plain, canonical_bytes
from grantkit.codec import made, nouns
from grantkit.codec.bodies import body
from grantkit.codec.nouns import Data
from grantkit.codec.versions import SCHEMA, upcast
from grantkit.errors import Corrupt
from grantkit.model import NO_HASH, SALT, Entry, Event, Text
from grantkit.model.texts import put_texts, take_texts


def seal_all(
    events: Iterable[Event], previous: str, seed: bytes
) -> tuple[tuple[Event, ...], tuple[Entry, ...]]:
    """
    Return *events* with their hashes, and the entries to keep, each chained to the one before.

    Args:
        events: In order.
        previous: The hash of the entry before the first of them.
        seed: Random bytes that nobody keeps; the salts are made of it.
    """
    sealed: list[Event] = []
    entries: list[Entry] = []
    for event in events:
        entry = seal_one(event, previous, seed)
        previous = entry.hash
        sealed.append(attrs.evolve(event, hash=entry.hash))
        entries.append(entry)
    return tuple(sealed), tuple(entries)


def seal_one(event: Event, previous: str, seed: bytes) -> Entry:
    """Return the entry for one event."""
    data = event.to_data()
    texts = tuple(
        Text(what, _salt(seed, event.seq, what), text) for what, text in sorted(take_texts(data).items())
    )
    links: dict[str, Plain] = {
        "v": SCHEMA,
        "texts": {text.what: text.commitment for text in texts},
        "prev": previous,
    }
    sealed = canonical_bytes(sparse({**data, **links}))
    return Entry(
        tenant=event.tenant, seq=event.seq, hash=sha256(sealed).hexdigest(), sealed=sealed, texts=texts
    )


def _salt(seed: bytes, seq: int, what: str) -> bytes:
    return sha256(seed + seq.to_bytes(8) + what.encode()).digest()[:SALT]


def sparse(data: Plain) -> Plain:
    """
    Return *data* without the keys that say nothing (null, no text, no object): a third of the bytes of most events.

    Empty lists stay: a policy without statements, and a role on a resource held by nobody, are lists under a name.
    """
    if isinstance(data, list):
        return [sparse(each) for each in data]
    if not isinstance(data, dict):
        return data
    found: dict[str, Plain] = {}
    for key, value in data.items():
        said = sparse(value) if isinstance(value, dict | list) else value
        if said is not None and said not in ("", {}):
            found[key] = said
    return found


def open_entry(entry: Entry) -> Event:
    """
    Return the event that *entry* seals, with the texts that are still there.

    Raises:
        Corrupt: If it cannot be read as one, or says anything that the event does not. Whether it is the one that was
            sealed is for the chain to say.
    """
    return read_sealed(entry, parse(entry.sealed))


def parse(sealed: bytes) -> Data:
    """
    Return the JSON object in *sealed*.

    Raises:
        Corrupt: If there is none, or it is not in the one spelling: two readers could read two things in it.
    """
    try:
        found: Any = json.loads(sealed)
        spelled = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, or nested without end
        raise Corrupt(what="an entry that is no JSON") from error
    if not isinstance(found, dict) or spelled != sealed:
        raise Corrupt(what="an entry that is no JSON object in its one spelling")
    return cast("Data", found)


def lost_texts(entry: Entry) -> frozenset[str]:
    """
    Return what *entry* commits to and no longer has beside it, by what it was: it has been erased, or taken away.

    Raises:
        Corrupt: If its bytes say no such thing.
    """
    _, sealed = links(parse(entry.sealed))
    return frozenset(sealed) - {text.what for text in entry.texts}


def read_sealed(entry: Entry, data: Data) -> Event:
    """Return the event in *data*, the parsed bytes of *entry*; texts are put into it, so it can be read but once."""
    try:
        return _read(entry, upcast(data))
    except Exception as error:  # whatever a reader meets in data that is not what it should be
        raise Corrupt(what=f"an entry {entry.seq} that is no event") from error


_LINKS = ("v", "texts", "prev")


def _read(entry: Entry, data: Data) -> Event:
    said = {key: value for key, value in data.items() if key not in _LINKS}
    put_texts(
        said,
        data.get("texts", {}),
        {nouns.words(text.what): nouns.words(text.text) for text in entry.texts},
    )
    clock, retry = said.get("clock"), said.get("retry")
    event = Event(
        tenant=nouns.words(said["tenant"]),
        seq=nouns.number(said["seq"]),
        at=nouns.instant(said["at"]),
        clock=None if clock is None else nouns.instant(clock),
        actor=nouns.actor(said["actor"]),
        rules=nouns.words(said.get("rules", "")),
        body=body(said["kind"], said.get("body", {}), said),
        retry=None if retry is None else made.retry(retry),
        hash=entry.hash,
    )
    if sparse(event.to_data()) != said:  # what a reader passes over, another could read
        msg = "more, or in other words, than the event says"
        raise ValueError(msg)
    return event


def links(data: Data) -> tuple[str, dict[str, str]]:
    """
    Return the hash of the entry before, and what the entry commits to by what it is, as its parsed bytes say.

    Raises:
        Corrupt: If they say no such thing.
    """
    try:
        texts: Data = data.get("texts", {})
        sealed = {what: nouns.words(commitment) for what, commitment in texts.items()}
        return nouns.words(data.get("prev", NO_HASH)), sealed
    except Exception as error:  # whatever a reader meets in data that is not what it should be
        raise Corrupt(what="an entry that says not what it follows") from error
