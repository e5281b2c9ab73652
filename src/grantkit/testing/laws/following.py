"""Laws of consumers that follow records: how far each has come is kept, and never goes back."""

import attrs

from grantkit.model import VENDOR, Cursor, Lag, Text
from grantkit.ports import Behind
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import grant
from grantkit.testing.laws.shelf import Shelf, salt

_NOBODY = Cursor()


def _filled(shelf: Shelf, tenant: str, entries: int) -> list[Cursor]:
    """Fill a record, and return where a consumer stands after each entry."""
    for number in range(entries):
        shelf.put(tenant, grant(f"gr_{number}", tenant, consent_seq=number + 1))
    page = shelf.store.events(tenant, 0, entries)
    return [Cursor(seq=entry.seq, hash=entry.hash) for entry in page]


def cursors_are_kept_and_never_go_back(bench: Bench) -> None:
    """How far a consumer has come is kept for it and for that tenant alone, and an older place does not undo it."""
    shelf = bench.shelf()
    one, two, three = _filled(shelf, "acme", 3)
    elsewhere = _filled(shelf, "globex", 1)
    store = shelf.store
    bench.same("before it began", _NOBODY, store.cursor("mail", "acme"))
    bench.same("where there is no record", _NOBODY, store.cursor("mail", "nowhere"))
    store.advance("mail", "acme", two)
    for older in (one, _NOBODY, attrs.evolve(one, told=frozenset({"n-1"}))):
        store.advance("mail", "acme", older)
        bench.same("after an older place", two, store.cursor("mail", "acme"))
    for name, tenant in (("mail", "globex"), ("mai", "acme"), ("chat", "acme")):
        bench.same(f"of {name} at {tenant}", _NOBODY, store.cursor(name, tenant))
    store.advance("chat", "globex", elsewhere[0])
    bench.same("of two", (two, elsewhere[0]), (store.cursor("mail", "acme"), store.cursor("chat", "globex")))
    store.advance("mail", "acme", three)
    bench.same("further on", three, store.cursor("mail", "acme"))


def whom_has_been_told_adds_up_at_one_place(bench: Bench) -> None:
    """Whom has been told of the next entry adds up, also before the first, and is gone with the next place."""
    shelf = bench.shelf()
    one, two = _filled(shelf, "acme", 2)
    for at in (_NOBODY, one):
        for told in ({"n-1"}, {"n-2"}, set[str]()):
            shelf.store.advance("mail", "acme", attrs.evolve(at, told=frozenset(told)))
        both = attrs.evolve(at, told=frozenset({"n-1", "n-2"}))
        bench.same(f"whom at {at.seq}", both, shelf.store.cursor("mail", "acme"))
    shelf.store.advance("mail", "acme", two)
    bench.same("whom further on", two, shelf.store.cursor("mail", "acme"))


def a_place_that_is_not_there_is_not_kept(bench: Bench) -> None:
    """A place past the end, or one of a record that was forgotten, is not kept: it would skip what comes."""
    shelf = bench.shelf()
    one, two = _filled(shelf, "acme", 2)
    store = shelf.store
    for absent in (attrs.evolve(two, seq=3), attrs.evolve(two, hash=one.hash)):
        store.advance("mail", "acme", absent)
        bench.same("a place that is not there", _NOBODY, store.cursor("mail", "acme"))
    store.advance("mail", "nowhere", one)
    bench.same("where there is no record", _NOBODY, store.cursor("mail", "nowhere"))
    store.advance("mail", "acme", two)
    shelf.put(VENDOR, forgets="acme")
    bench.same("of a record that was forgotten", _NOBODY, store.cursor("mail", "acme"))
    shelf.put("acme", grant("gr_new"), texts=((Text("reason", salt("new"), "x"),),))
    bench.same("of the one that began anew", _NOBODY, store.cursor("mail", "acme"))
    store.advance("mail", "acme", one)
    bench.same("a place of the old one", _NOBODY, store.cursor("mail", "acme"))


def whoever_is_behind_is_found(bench: Bench) -> None:
    """The records that go further than a consumer has come are found, by tenant, page by page, each once."""
    shelf = bench.shelf()
    ends = {name: _filled(shelf, name, count) for name, count in (("beta", 2), ("acme", 3), ("Zeta", 1))}
    store = shelf.store
    names = sorted(ends)
    bench.same(
        "all", [Lag(tenant=each, taken=0, stands=len(ends[each])) for each in names], _behind(shelf, None)
    )
    store.advance("mail", "acme", ends["acme"][0])
    store.advance("mail", "beta", ends["beta"][1])
    wanted = [Lag(tenant="Zeta", taken=0, stands=1), Lag(tenant="acme", taken=1, stands=3)]
    bench.same("for a consumer", wanted, _behind(shelf, "mail"))
    bench.same("for nobody", names, [each.tenant for each in _behind(shelf, None)])
    shelf.put("beta", grant("gr_9", "beta", consent_seq=3))
    bench.same(
        "after more has come", [*wanted, Lag(tenant="beta", taken=2, stands=3)], _behind(shelf, "mail")
    )
    shelf.put(VENDOR, forgets="Zeta")
    found = [each.tenant for each in _behind(shelf, "mail")]
    bench.same("after one was forgotten", [VENDOR, "acme", "beta"], found)


def _behind(shelf: Shelf, consumer: str | None) -> list[Lag]:
    found: list[Lag] = []
    while True:
        after = found[-1].tenant if found else ""
        page = shelf.store.behind(Behind(consumer=consumer, after=after, limit=2))
        found += page
        if len(page) < 2:  # noqa: PLR2004  # the limit
            return found


LAWS = (
    cursors_are_kept_and_never_go_back,
    whom_has_been_told_adds_up_at_one_place,
    a_place_that_is_not_there_is_not_kept,
    whoever_is_behind_is_found,
)
