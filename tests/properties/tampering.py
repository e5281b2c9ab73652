"""How somebody with their hands on a store changes what lies there: an adapter for each store, and what they change."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from grantkit.codec import read_row, row_text
from grantkit.errors import Corrupt
from grantkit.model import (
    HEAD,
    Cut,
    Entry,
    Grant,
    Head,
    Retry,
    Row,
    RowKey,
    Stance,
    agent_key,
    cut_key,
    grant_key,
)
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.stores.columns import spell_key
from story import told

Place = tuple[str | int, ...]
DIGEST = re.compile("[0-9a-f]{64}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


# --- stores -----------------------------------------------------------------------------------------------------------


class Memory:
    """A memory store, reached into."""

    def __init__(self, _: Path) -> None:
        self.store = MemoryStore()
        self.access = told(self.store)

    def close(self) -> None:
        """Let go of it."""

    def put_entries(self, tenant: str, entries: list[Entry]) -> bool:
        """Lay these entries there, and nothing else."""
        self.store._tenants[tenant].entries[:] = entries
        return True

    def put_row(self, tenant: str, key: RowKey, row: Row | None) -> bool:
        """Lay a row there, or take it away; say whether that can be done here."""
        there = self.store._tenants[tenant]
        match key[0]:
            case "head":
                if row is None:
                    return False
                there.head = row  # type: ignore[assignment]
            case "agent":
                _put(there.stances, key[1], row)
            case "grant":
                _put(there.grants.rows, key[1], row)
            case "consent":
                _put(there.consents.rows, key[1], row)
            case "request":
                _put(there.requests, key[1], row)
            case "retry":
                _put(there.retries, key, row)
            case "cut":
                there.cuts[:] = [cut for cut in there.cuts if str(cut.seq) != key[1]]
                there.cuts += [row] if isinstance(row, Cut) else []
                there.cuts.sort(key=lambda cut: cut.seq)
        return True

    def changes(self, tenant: str) -> "Iterator[Change]":
        """Yield what else can be changed here: rule documents."""
        documents = self.store._documents
        for digest, sealed in list(documents.items()):
            for another in (None, *_others(sealed)):
                make, back = (partial(_put, documents, digest, each) for each in (another, sealed))
                yield Change(f"document {digest:.8}", "documents", {"digest": digest}, None, make, back)


def _put(there: dict[Any, Any], key: object, row: object) -> None:
    there.pop(key, None)
    if row is not None:
        there[key] = row


class Change(NamedTuple):
    """One change of what lies in a file: in which table, of which row, and how to make it and take it back."""

    label: str
    table: str
    row: dict[str, Any]
    to: dict[str, Any] | None
    make: Callable[[], None]
    take_back: Callable[[], None]


_KEYS = {
    "heads": ("tenant",),
    "entries": ("tenant", "seq"),
    "texts": ("tenant", "seq", "what"),
    "stances": ("tenant", "agent"),
    "cuts": ("tenant", "seq"),
    "retries": ("tenant", "row_key"),
    "grants": ("tenant", "id"),
    "documents": ("digest",),
}


class SQLite:
    """A SQLite store, its file opened by another program."""

    def __init__(self, folder: Path) -> None:
        path = folder / "story.db"
        self.store = SQLiteStore(path)
        self.access = told(self.store)
        self.file = sqlite3.connect(path, isolation_level=None)
        self.file.execute("PRAGMA synchronous = OFF")
        self.there: dict[str, list[Entry]] = {}  # what was laid there last

    def close(self) -> None:
        """Close both."""
        self.file.close()
        self.store.close()

    def put_entries(self, tenant: str, entries: list[Entry]) -> bool:
        """Lay these entries there; a file has no place for two of one number, or for gaps that are none."""
        if [entry.seq for entry in entries] != list(range(1, len(entries) + 1)):
            return False
        if any(entry.tenant != tenant for entry in entries):
            return False
        keyed = [(entry.seq, text.what) for entry in entries for text in entry.texts]
        if len(set(keyed)) < len(keyed):
            return False
        there = self.there.get(tenant, [])
        self.file.execute("BEGIN")
        for seq in range(1, max(len(there), len(entries)) + 1):
            entry = entries[seq - 1] if seq <= len(entries) else None
            if entry is None or seq > len(there) or there[seq - 1] != entry:
                self._put_entry(tenant, seq, entry)
        self.file.execute("COMMIT")
        self.there[tenant] = entries
        return True

    def _put_entry(self, tenant: str, seq: int, entry: Entry | None) -> None:
        for table in ("entries", "texts"):
            self.file.execute(f"DELETE FROM {table} WHERE tenant = ? AND seq = ?", (tenant, seq))  # noqa: S608
        if entry is not None:
            said = (tenant, seq, entry.hash, entry.sealed)
            self.file.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", said)
            texts = [(tenant, seq, text.what, text.salt, text.text) for text in entry.texts]
            self.file.executemany("INSERT INTO texts VALUES (?, ?, ?, ?, ?)", texts)

    def put_row(self, tenant: str, key: RowKey, row: Row | None) -> bool:
        """Lay a row there, or take it away, its columns as the store itself would write them."""
        table, named = {
            "head": ("heads", ()),
            "agent": ("stances", key[1:]),
            "grant": ("grants", key[1:]),
            "retry": ("retries", (spell_key(key),)),
            "cut": ("cuts", key[1:]),
        }[key[0]]
        if isinstance(row, Head) and row.tenant != tenant:
            return False  # the head of another tenant lies under that tenant, and there is none here
        where = " AND ".join(f"{name} = ?" for name in _KEYS[table])
        self.file.execute("BEGIN")
        self.file.execute(f"DELETE FROM {table} WHERE {where}", (tenant, *named))  # noqa: S608
        if row is not None:
            columns = self._columns(tenant, row)
            names = ", ".join(columns)
            marks = ", ".join("?" * len(columns))
            self.file.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", (*columns.values(),))  # noqa: S608
        self.file.execute("COMMIT")
        return True

    def _columns(self, tenant: str, row: Row) -> dict[str, object]:
        data = json.loads(row_text(row))
        frozen = None if "freeze" not in data else _spelled(data["freeze"])
        match row:
            case Head():
                said = {"seq": row.seq, "hash": row.hash, "seen_at": _micros(row.seen_at), "rules": row.rules}
                return {"tenant": tenant, **said, "cut_off": row.cut_off, "freeze": frozen}
            case Stance():
                return {"tenant": tenant, "agent": row.agent, "cut_off": row.cut_off, "freeze": frozen}
            case Cut():
                return {"tenant": tenant, "seq": row.seq, "agent": row.agent, "at": _micros(row.at)}
            case Retry():
                return {"tenant": tenant, "row_key": spell_key(row.row_key), "body": row_text(row)}
            case Grant():
                return {
                    "tenant": tenant,
                    "id": row.id,
                    "holder_kind": row.holder.kind,
                    "holder": row.holder.id,
                    "over_at": _micros(row.over_at),
                    "closes": _micros(row.window.closes),
                    "ended": int(row.ended is not None),
                    "parent": row.parent,
                    "consent_seq": row.consent_seq,
                    "body": row_text(row),
                }

    def changes(self, tenant: str) -> Iterator[Change]:
        """Yield each column of each row that lies there, changed where it lies, and each row, gone."""
        for table, named in _KEYS.items():
            whose, value = ("tenant", tenant) if "tenant" in named else ("1", 1)  # documents are everybody's
            found = self.file.execute(f"SELECT * FROM {table} WHERE {whose} = ?", (value,))  # noqa: S608
            names = [each[0] for each in found.description]
            for values in found.fetchall():
                row = dict(zip(names, values, strict=True))
                yield self._change(table, named, row, None)
                for name, value in row.items():
                    for another in (each for each in _others(value) if each != value):
                        yield self._change(table, named, row, {name: another})

    def _change(
        self, table: str, named: tuple[str, ...], row: dict[str, Any], to: dict[str, Any] | None
    ) -> Change:
        where = " AND ".join(f"{name} = ?" for name in named)
        drop = f"DELETE FROM {table} WHERE {where}"  # noqa: S608
        put = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608
        old, new = row, None if to is None else {**row, **to}

        def swap(gone: dict[str, Any] | None, there: dict[str, Any] | None) -> None:
            self.file.execute("BEGIN")
            try:
                if gone is not None:
                    self.file.execute(drop, [gone[name] for name in named])
                if there is not None:
                    self.file.execute(put, [*there.values()])
                self.file.execute("COMMIT")
            except sqlite3.Error:
                self.file.execute("ROLLBACK")
                raise

        label = "gone" if to is None else " ".join(f"{name} to {value!r:.20}" for name, value in to.items())
        said = f"{table} {' '.join(str(row[name]) for name in named)}: {label}"
        return Change(said, table, row, to, lambda: swap(old, new), lambda: swap(new, old))


def _others(value: object) -> Iterator[object]:
    if isinstance(value, bytes):
        yield bytes([value[0] ^ 1]) + value[1:]
        yield value + b" "
    elif isinstance(value, int):
        yield value + 1
        yield value - 1
    elif isinstance(value, str):
        yield from (value + "x", value[:-1], "")
    else:
        yield from ("x", 0)


def _micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=at.tzinfo)) // timedelta(microseconds=1)


def _spelled(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


STORES = {"memory": Memory, "sqlite": SQLite}


# --- what is changed --------------------------------------------------------------------------------------------------


def leaves(data: object, here: Place = ()) -> Iterator[Place]:
    """Yield where every value lies that holds no other."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, (*here, key))
    elif isinstance(data, list) and data:
        for number, value in enumerate(data):
            yield from leaves(value, (*here, number))
    else:
        yield here


def at(data: Any, place: Place) -> Any:
    """Return the value at a place."""
    for step in place:
        data = data[step]
    return data


def other(value: object) -> object:
    """Return another value of the same kind, as close to it as can be."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if DIGEST.fullmatch(value):
            return value[:-1] + ("0" if value[-1] != "0" else "1")
        case str() if INSTANT.fullmatch(value):
            later = datetime.fromisoformat(value) + timedelta(microseconds=1)
            return f"{later:%Y-%m-%dT%H:%M:%S.%f}Z"
        case str():
            return value + "x"
        case _:
            return ["x"]  # in place of an empty list


def changed(data: Any, place: Place) -> Any:
    """Return *data* with another value at a place; what does not lead there is shared: it is not to be written to."""
    if not place:
        return other(data)
    found = data.copy()
    found[place[0]] = changed(data[place[0]], place[1:])
    return found


def resealed(entry: Entry, data: object) -> Entry:
    """Return an entry whose bytes say *data*, its own hash worked out anew."""
    sealed = _spelled(data).encode()
    return attrs.evolve(entry, sealed=sealed, hash=sha256(sealed).hexdigest())


BY = {"kind": "system", "id": "x"}
WHEN = "2027-03-03T12:00:00.000000Z"


def own_key(row: Row) -> RowKey:
    """Return the key that a row itself names."""
    match row:
        case Head():
            return HEAD
        case Stance(agent=agent):
            return agent_key(agent)
        case Grant(id=ident):
            return grant_key(ident)
        case Cut(seq=seq):
            return cut_key(seq)
        case Retry():
            return row.row_key


NOT_SAID: dict[str, dict[str, object]] = {
    "head": {"rules": "d" * 64, "freeze": {"by": BY, "at": WHEN, "seq": 1}},
    "agent": {"freeze": {"by": BY, "at": WHEN, "seq": 1}},
    "cut": {"agent": "a-x"},
    "retry": {"payload": "d" * 64},
    "grant": {
        "as_team": "x",
        "act_as": "x",
        "term": "open_ended",
        "reason": "x",
        "category": "x",
        "request": "x",
        "parent": "gr_1",
        "rules": "d" * 64,
        "ended": {"how": "revoked", "at": WHEN, "by": BY, "seq": 1},
    },
}
"""What a row may say and leaves out where it says nothing."""


def row_edits(key: RowKey, row: Row) -> Iterator[tuple[str, Row]]:
    """Yield *row* with each field changed, at each depth, with each left out, and with each that it leaves out."""
    data = json.loads(row_text(row))
    told = [("change", place, changed(data, place)) for place in leaves(data)]
    told += [("leave_out", (name,), {each: data[each] for each in data if each != name}) for name in data]
    told += [
        ("say", (name,), {**data, name: value})
        for name, value in NOT_SAID[key[0]].items()
        if name not in data
    ]
    for how, place, said in told:
        try:
            edited = read_row(key[0], _spelled(said))
        except Corrupt:
            continue  # no such row can be held in memory; in a file it is one more body that cannot be read
        if edited != row:
            yield f"{how} {'.'.join(map(str, place))}", edited
