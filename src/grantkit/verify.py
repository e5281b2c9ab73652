"""
An exported record, checked offline by whoever holds it: ``python -m grantkit.verify ledger.jsonl [head.json]``.

It takes neither a store nor the vendor's word: every line must be the one that ``ledger.export`` writes, every event
what its hash says and chained to the one before, able to have happened to what there was, and under rules whose
document stands in the file. With a head that was taken earlier and kept elsewhere, nothing up to it can have been
edited, inserted, reordered or cut off. Without one, the record is internally consistent, and no more.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, TypeAlias

import attrs

from grantkit.codec import (
    SCHEMA,
    Chain,
    Document,
    Projection,
    document_line,
    entry_line,
    first_line,
    read_line,
)
from grantkit.errors import ChainBroken, Corrupt, InvalidInput
from grantkit.model import Entry, LedgerHead, RulesAdopted, whose

SOUND, BROKEN, UNREADABLE, INTERRUPTED = 0, 1, 2, 130

LONGEST = 2**24
"""How many bytes a line has at the most: no event and no rule document comes near, and a line must fit in memory."""

_EVERY = 5_000

Told: TypeAlias = Callable[[int], None]


@attrs.frozen(kw_only=True)
class Checked:
    """
    What was found in an export in which nothing is wrong.

    Attributes:
        head: Where the record stands: worth keeping for the next time.
        erased: How many texts have been erased, each with an event that says so.
        against: The head that it was held against; ``None`` if none was given.
    """

    head: LedgerHead
    erased: int
    against: LedgerHead | None

    def __str__(self) -> str:
        gone = f", {_count(self.erased, 'text')} erased" if self.erased else ""
        if self.against is None:
            proven = "internally consistent, no more: give a head to know that none was cut off or rewritten"
        elif self.against.seq == 0:
            proven = "internally consistent, no more: the head was taken before the first event"
        else:
            proven = f"nothing up to event {self.against.seq:,} has changed"
        return f"{self.head.tenant}: {_count(self.head.seq, 'event')}{gone}; {proven}"


def check(lines: Iterable[bytes], head: LedgerHead | None = None, tell: Told = lambda _: None) -> Checked:
    """
    Return what the *lines* of an export hold, one look at each, in order.

    Args:
        lines: Each with its end.
        head: A head that was taken earlier and kept elsewhere.
        tell: Called with the sequence of an event now and then, so that somebody who waits can be told.

    Raises:
        ChainBroken: If something is not as it was written, with the first sequence at which it shows.
        InvalidInput: ``ledger``, if it is no export at all, or one of a later grantkit; ``head``, if it is of another
            tenant.
    """
    numbered = enumerate(lines, 1)
    tenant = _tenant(next(numbered, (1, b""))[1])
    if head is not None and head.tenant != tenant:
        raise InvalidInput(field="head", code="unknown", wants=f"a head of {tenant}")
    walk = _Walk(tenant, head)
    for number, line in numbered:
        try:
            walk.follow(line)
        except ChainBroken as broken:
            what = f"{broken.what} (line {number:,})"
            raise ChainBroken(tenant=broken.tenant, seq=broken.seq, what=what) from broken
        if isinstance(walk.last, Entry) and walk.last.seq % _EVERY == 0:
            tell(walk.last.seq)
    return walk.ended()


def _tenant(line: bytes) -> str:
    try:
        found = _read(line)
        if isinstance(found, str):
            return whose("tenant", found)
    except (Corrupt, InvalidInput):
        pass  # told below: what begins otherwise is no export, whatever else it may be
    wants = "a file that ledger.export of this or an earlier grantkit wrote, from its first line on"
    raise InvalidInput(field="ledger", code="wrong_type", wants=wants)


class _Walk:
    """An export as far as it has been walked."""

    def __init__(self, tenant: str, head: LedgerHead | None) -> None:
        self._chain, self._projection, self._head = Chain(tenant), Projection(tenant), head
        self.last: Entry | Document | str = tenant

    def follow(self, line: bytes) -> None:
        """Take the next line."""
        try:
            found = _read(line)
        except Corrupt as error:
            raise self._broken("what stands there is not spelled as an export spells it") from error
        if isinstance(found, Entry):
            self._entry(found)
        else:
            self._between(found)
        self.last = found

    def _entry(self, entry: Entry) -> None:
        try:
            event = self._chain.follow(entry)
        except ChainBroken:
            _refuse_later(entry)
            raise
        adopts = event.body.digest if isinstance(event.body, RulesAdopted) else None
        given = self.last.digest if isinstance(self.last, Document) else None
        if adopts in self._projection.adopted:
            adopts = None  # adopted before, and its document stood there
        if adopts != given:
            what = "the rule document that it adopts does not stand before it" if adopts else _STRAY
            raise ChainBroken(tenant=entry.tenant, seq=event.seq, what=what)
        self._projection.fold(event)
        self._chain.passed(self._head)

    def _between(self, found: Document | str) -> None:
        if isinstance(found, str):
            raise self._broken("another record begins there")
        if isinstance(self.last, Document):
            raise self._broken(_STRAY)

    def ended(self) -> Checked:
        """Return what was found, after the last line."""
        if isinstance(self.last, Document):
            raise self._broken(_STRAY)
        self._chain.close(self._head)
        return Checked(head=self._chain.head, erased=self._chain.erased, against=self._head)

    def _broken(self, what: str) -> ChainBroken:
        return ChainBroken(tenant=self._chain.tenant, seq=self._chain.seq + 1, what=what)


_STRAY = "a rule document stands before it that it does not adopt"


def _read(line: bytes) -> Entry | Document | str:
    """Return what *line* holds, if it is spelled in the one way, so that no two readers can read two things in it."""
    if len(line) <= LONGEST:
        found = read_line(line)
        match found:
            case Entry():
                spelled = entry_line(found)
            case Document():
                spelled = document_line(found.digest, found.sealed)
            case _:
                spelled = first_line(found)
        if spelled == line:
            return found
    raise Corrupt(what="a line in another spelling, cut off or too long")


def _refuse_later(entry: Entry) -> None:
    """Refuse an event that is whole and of a later version: nothing is known to be wrong with it."""
    version = json.loads(entry.sealed).get("v")
    if type(version) is int and version > SCHEMA and sha256(entry.sealed).hexdigest() == entry.hash:
        wants = f"it to a later grantkit: event {entry.seq} is of version {version}, and this one reads up to {SCHEMA}"
        raise InvalidInput(field="ledger", code="unknown", wants=wants)


def _count(many: int, what: str) -> str:
    return f"{many:,} {what}{'' if many == 1 else 's'}"


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of *file*, never more than one of them in memory, and of one too long only what shows that."""
    return iter(partial(file.readline, LONGEST + 1), b"")


def read_head(path: Path) -> LedgerHead:
    """
    Read the head in a file: the JSON of ``LedgerHead.to_data()``.

    Raises:
        OSError: If it cannot be read.
        InvalidInput: If it holds no head.
    """
    with path.open("rb") as file:
        text = file.read(LONGEST)
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, or made to exhaust a reader
        raise InvalidInput(field="head", code="wrong_type", wants="a head, as JSON") from error
    return LedgerHead.from_data(data)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names, say in one line what was found, and return the exit status."""
    given = _parser().parse_args(arguments)
    path: Path = given.ledger
    try:
        head = None if given.head is None else read_head(given.head)
        with path.open("rb") as file:
            found = check(lines_of(file), head, _teller(always=given.progress))
        status, said = SOUND, str(found)
    except ChainBroken as broken:
        status, said = BROKEN, f"{broken.tenant}: broken at event {broken.seq:,}: {broken.what}"
    except InvalidInput as error:
        wrong = given.head if error.field.startswith("head") else path
        return _fail(f"{str(wrong)!r} is of no use here: pass {error.wants}", UNREADABLE)
    except OSError as error:
        return _fail(str(error), UNREADABLE)
    except KeyboardInterrupt:
        return _fail("interrupted, and nothing is known", INTERRUPTED)
    return _say(said, status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m grantkit.verify",
        description="Check the record of a tenant that ledger.export wrote.",
        epilog="Exit status: 0 if nothing is wrong, 1 if the record is broken, 2 if it could not be checked.",
    )
    parser.add_argument("ledger", type=Path, metavar="ledger.jsonl", help="the export")
    parser.add_argument(
        "head",
        type=Path,
        nargs="?",
        metavar="head.json",
        help="a head of it, taken earlier and kept elsewhere: LedgerHead.to_data() as JSON",
    )
    parser.add_argument("--progress", action="store_true", help="tell how far it is, also to a file or pipe")
    return parser


def _teller(*, always: bool) -> Told:
    # On a terminal each message, and at last the verdict, which is longer, overwrites the one before.
    terminal = sys.stderr.isatty()
    end = "\r" if terminal else "\n"

    def tell(seq: int) -> None:
        if terminal or always:
            sys.stderr.write(f"{_count(seq, 'event')}{end}")
            sys.stderr.flush()

    return tell


def _say(verdict: str, status: int) -> int:
    # A forged record may hold anything, also what moves the cursor or looks like another verdict.
    shown = "".join(each if " " <= each <= "~" else "?" for each in verdict)
    try:
        sys.stdout.write(f"{shown}\n")
        sys.stdout.flush()
    except OSError as error:
        return _fail(f"the verdict could not be written: {error}", UNREADABLE)
    return status


def _fail(why: str, status: int) -> int:
    sys.stderr.write(f"python -m grantkit.verify: {why}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
