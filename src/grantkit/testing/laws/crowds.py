"""Laws of crowds: many threads write and read at once, none is lost and none sees half of anything."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from grantkit.decision import TenantFacts
from grantkit.errors import HeadMoved
from grantkit.lifecycle import Want
from grantkit.model import HEAD, AccessRequest, Consent, Grant, Head, Row, Stance, Text
from grantkit.ports import Store, TenantsOf
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import HOLDERS, KIM, LEE, NOON, SUPPORT, consent, grant, request
from grantkit.testing.laws.shelf import Record, Shelf, salt

_WRITERS, _TURNS = 6, 6
_LOOKS, _MOST_MARKS = 12, 1000


def writers_lose_nothing(bench: Bench) -> None:
    """Of all who write at one head exactly one does; whoever reads again and tries again loses nothing."""
    shelf = bench.shelf()
    gate = Barrier(_WRITERS, timeout=bench.patience)
    # In step: all have read the same head before any writes, so that all but one must be told that it has moved.
    calls = [partial(_write_once, shelf.store, f"s-{number}", gate) for number in range(_WRITERS)]
    written = [ident for idents in bench.within("writers in step", *calls) for ident in idents]
    bench.same("writers at one head", _TURNS, len(written))
    calls = [partial(_write, shelf.store, f"w-{number}") for number in range(_WRITERS)]
    written += [ident for idents in bench.within("writers", *calls) for ident in idents]
    events = shelf.store.events("acme", 0, asking.PLENTY)
    bench.same("sequences", list(range(1, len(written) + 1)), [event.seq for event in events])
    bench.same("texts", sorted(written), sorted(text.text for event in events for text in event.texts))
    rows = shelf.store.rows("acme")
    head = shelf.store.load("acme", Want()).head
    bench.same("row of the head", head, rows[HEAD])
    bench.same("sequence of the head", len(written), head.seq)
    bench.same("hash of the head", events[-1].hash, head.hash)
    kept = {row.id: row.consent_seq for row in rows.values() if isinstance(row, Grant)}
    said = {text.text: event.seq for event in events for text in event.texts}
    bench.same("grants and the entries that made them", said, kept)


def _write_once(store: Store, name: str, gate: Barrier) -> list[str]:
    """Write so many grants in step with others; return those that were written."""
    written: list[str] = []
    try:
        for turn in range(_TURNS):
            head = store.load("acme", Want()).head
            gate.wait()
            if _written(store, head, f"{name}-{turn}"):
                written.append(f"{name}-{turn}")
            gate.wait()
    except Exception:
        gate.abort()  # the others need not wait for one that failed
        raise
    return written


def _write(store: Store, name: str) -> list[str]:
    """Write so many grants, each at the head that stands when it is written; return them."""
    idents = [f"{name}-{turn}" for turn in range(_TURNS)]
    for ident in idents:
        while not _written(store, store.load("acme", Want()).head, ident):
            pass
    return idents


def _written(store: Store, head: Head, ident: str) -> bool:
    """Whether a grant was written at *head*."""
    here = Shelf(store, {"acme": Record(rows={HEAD: head})})
    try:
        here.put(
            "acme", grant(ident, consent_seq=head.seq + 1), texts=((Text("reason", salt(ident), ident),),)
        )
    except HeadMoved:
        return False
    return True


def readers_see_one_state(bench: Bench) -> None:
    """What one call gives was all there at one moment, however many write meanwhile."""
    shelf = bench.shelf()
    for tenant in ("acme", "globex"):
        shelf.put(tenant, *_marked(tenant, 1), cut_off=1)
    store = shelf.store
    query = TenantsOf(agent="a-kim", holders=HOLDERS, alive_after=NOON, after="", limit=9)
    want = Want(
        grants=("gr_1", "gr_top"),
        consents=("cn_1", "cn_top"),
        requests=("rq_1",),
        agents=("a-kim", "a-lee"),
        holder=SUPPORT,
        alive_after=NOON,
    )
    asks: tuple[Callable[[], list[set[int]]], ...] = (
        lambda: [_marks_of(store.read("acme", "a-kim", HOLDERS, NOON))],
        lambda: [_marks_of(facts) for facts in store.tenants(query)],
        lambda: [_of_rows(store.load("acme", want).rows.values())],
        lambda: [_of_rows(row for row in store.rows("acme").values() if row is not None)],
    )
    marks, looking = [1], list(range(len(asks)))  # what was written last, and who has not seen enough

    def write() -> None:
        while looking and marks[-1] < _MOST_MARKS:
            marks.append(marks[-1] + 1)
            for tenant in ("acme", "globex"):
                shelf.put(tenant, *_marked(tenant, marks[-1]), cut_off=marks[-1])

    def look(number: int) -> None:
        try:
            looks = 0
            while looks < _LOOKS or marks[-1] < _LOOKS:
                for found in asks[number]():
                    if len(found) != 1:
                        bench.broken(f"one call gave rows of different moments: those of {sorted(found)}")
                looks += 1
        finally:
            looking.remove(number)

    bench.within("a writer and readers", write, *(partial(look, number) for number in tuple(looking)))
    asking.whole(bench, shelf)


def what_one_thread_wrote_all_threads_see(bench: Bench) -> None:
    """What was written is seen at once by every thread, also by those that have asked the same before."""
    shelf = bench.shelf()
    with ThreadPoolExecutor(max_workers=2) as others:
        for mark in range(1, 2 + _TURNS):
            write = partial(shelf.put, "acme", *_marked("acme", mark), cut_off=mark)
            if mark % 2:
                write()
            else:
                others.submit(write).result(bench.patience)
            for look in (partial(_look, bench, shelf), partial(asking.whole, bench, shelf)):
                look()
                for found in [others.submit(look) for _ in range(4)]:
                    found.result(bench.patience)


def _look(bench: Bench, shelf: Shelf) -> None:
    for tenant in ("acme", "globex"):
        asking.read(bench, shelf, tenant, HOLDERS)
        asking.listed(bench, shelf, HOLDERS)


def _marked(tenant: str, mark: int) -> list[Row]:
    """Return rows of which each bears the same mark."""
    return [
        grant("gr_1", tenant, holder=KIM, parent="gr_top", version=mark),
        grant("gr_top", tenant, holder=LEE, consent_seq=2, version=mark),
        grant("gr_2", tenant, holder=SUPPORT, parent="cn_top", consent_seq=3, version=mark),
        consent("cn_1", tenant, holder=KIM, reason=str(mark)),
        consent("cn_top", tenant, holder=LEE, reason=str(mark), consent_seq=2),
        request("rq_1", tenant, reason=str(mark)),
        Stance(agent="a-kim", cut_off=mark),
        Stance(agent="a-lee", cut_off=mark),
    ]


def _marks_of(facts: TenantFacts) -> set[int]:
    above = facts.lineage.values()
    return _of_rows((facts.head, *facts.grants, *above, *facts.consents, *facts.stances.values()))


def _of_rows(rows: Iterable[Row]) -> set[int]:
    return {mark for row in rows if (mark := _mark(row)) is not None}


def _mark(row: Row) -> int | None:
    if isinstance(row, Head | Stance):
        return row.cut_off
    if isinstance(row, Consent | AccessRequest):
        return int(row.reason)
    return row.version if isinstance(row, Grant) else None


LAWS = (what_one_thread_wrote_all_threads_see, writers_lose_nothing, readers_see_one_state)
