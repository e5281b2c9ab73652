"""Laws of snapshots: what a store hands out is finished and does not change, and nothing outside changes the store."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import attrs

from grantkit.lifecycle import Want
from grantkit.model import HEAD, Cut, Head, Stance, Text
from grantkit.ports import Batch, ConsentsOf, Due, GrantsOf, RequestsOf, TenantsOf
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench, kind_of
from grantkit.testing.laws.samples import (
    HOLDERS,
    KIM,
    LEE,
    NOON,
    consent,
    freeze,
    grant,
    over,
    request,
    retry,
    rules,
    settled,
)
from grantkit.testing.laws.shelf import Shelf, salt


def _filled(bench: Bench) -> Shelf:
    shelf = bench.shelf()
    rows = (grant("gr_1", holder=KIM), grant("gr_2", holder=KIM, parent="gr_3", consent_seq=2))
    more = (grant("gr_3", holder=LEE, consent_seq=3), Stance(agent="a-lee"), Stance(agent="a-kim"), retry())
    asked = (consent("cn_1", holder=KIM), request("rq_1"), grant("gr_5", parent="cn_1", consent_seq=5))
    beside = (Text("reason", salt("r"), "said"),)
    cut = Cut(agent=None, seq=1, at=NOON)
    shelf.put(
        "acme", *rows, *more, *asked, cut, texts=(beside, ()), documents=[rules()], rules=rules().digest
    )
    return shelf


def _asked(shelf: Shelf) -> dict[str, Any]:
    """Return what every method gives."""
    store = shelf.store
    want = asking.everything(shelf, "acme")
    query = TenantsOf(agent="a-kim", holders=HOLDERS, alive_after=NOON, after="", limit=9)
    return {
        "read": store.read("acme", "a-kim", HOLDERS, NOON),
        "load": store.load("acme", want),
        "events": store.events("acme", 0, 9),
        "rows": store.rows("acme"),
        "documents": store.documents((rules().digest, rules("two").digest)),
        "grants of": store.find(GrantsOf(tenant="acme", after=0, limit=9)),
        "consents of": store.find(ConsentsOf(tenant="acme", after=0, limit=9)),
        "requests of": store.find(RequestsOf(tenant="acme", after=0, limit=9)),
        "due": store.find(Due(by=NOON.replace(year=2030), limit=9)),
        "tenants": store.tenants(query),
    }


def _plain(value: Any) -> object:
    """Return *value* as it is now, in lists and dictionaries of its own."""
    kind = kind_of(value)
    if issubclass(kind, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if issubclass(kind, tuple | list):
        return [_plain(each) for each in value]
    if attrs.has(kind):
        return [(name, _plain(getattr(value, name))) for name in attrs.fields_dict(kind)]
    return value


def what_was_handed_out_does_not_change(bench: Bench) -> None:
    """What a store hands out is finished: later writes, of the same tenant and of others, do not show in it."""
    shelf = _filled(bench)
    asked = _asked(shelf)
    for what in ("events", "grants of", "consents of", "requests of", "due", "tenants"):
        bench.finished(what, asked[what])
    before = {what: _plain(found) for what, found in asked.items()}
    shelf.put(
        "acme",
        grant("gr_1", holder=KIM, ended=over(NOON)),
        grant("gr_4", holder=KIM, consent_seq=4),
        grant("gr_3", holder=LEE, consent_seq=3, version=2),
        consent("cn_1", holder=KIM, ended=over(NOON)),
        consent("cn_2", holder=KIM, consent_seq=2),
        request("rq_1", settled=settled()),
        request("rq_2", seq=2),
        Stance(agent="a-kim", freeze=freeze(), cut_off=3),
        Stance(agent="a-lee", cut_off=3),
        Cut(agent="a-kim", seq=3, at=NOON),
        attrs.evolve(retry(), payload=""),
        documents=[rules("two")],
        rules=rules("two").digest,
        erases=((1, "reason"),),
        cut_off=3,
        freeze=freeze(),
    )
    shelf.put("globex", grant("gr_1", "globex"))
    shelf.put("@vendor", forgets="globex")
    for what, found in asked.items():
        bench.same(f"what {what} gave", before[what], _plain(found))


def what_was_handed_out_cannot_change_the_store(bench: Bench) -> None:
    """Whatever is done to what a store handed out, the store keeps what it had."""
    shelf = _filled(bench)
    asked = _asked(shelf)
    for found in (asked["read"].stances, asked["read"].lineage, asked["rows"], asked["documents"]):
        _spoil(found)
    for found in (
        asked["load"].consents,
        asked["load"].requests,
        asked["load"].grants,
        asked["load"].stances,
        asked["load"].retries,
    ):
        _spoil(found)
    for facts in asked["tenants"]:
        _spoil(facts.stances)
        _spoil(facts.lineage)
    asking.whole(bench, shelf)


def _spoil(found: Any) -> None:
    """Change a mapping in every way that it lets itself be changed."""
    ways: tuple[Callable[[], object], ...] = (
        lambda: found.update({("odd",): "row", "odd": "row"}),
        lambda: found.__setitem__(next(iter(found)), None),
        lambda: found.pop(next(iter(found))),
        lambda: found.clear(),  # noqa: PLW0108  # looked up when it is called: what is no dictionary may not have it
    )
    for way in ways:
        with suppress(
            TypeError, AttributeError, KeyError, StopIteration
        ):  # refused, as it should be, or empty by now
            way()


def what_was_handed_in_is_copied(bench: Bench) -> None:
    """A batch whose mappings are changed after it was written does not change what was written."""
    shelf = bench.shelf()
    good = shelf.batch(
        "acme", grant("gr_1"), Stance(agent="a-kim"), retry(), documents=[rules()], rules=rules().digest
    )
    rows, documents = dict(good.rows), dict(good.documents)
    shelf.store.append("acme", 0, Batch(entries=good.entries, rows=rows, documents=documents))
    shelf.remember("acme", good)
    rows[HEAD] = Head(tenant="acme", seq=7)
    rows.pop(("agent", "a-kim"))
    rows["grant", "gr_2"] = grant("gr_2")
    rows["grant", "gr_1"] = grant("gr_1", ended=over(NOON))
    documents.clear()
    asking.whole(bench, shelf)
    found = shelf.store.load("acme", Want(grants=("gr_2",)))
    bench.same("what was never written", {}, dict(found.grants))


LAWS = (
    what_was_handed_out_does_not_change,
    what_was_handed_out_cannot_change_the_store,
    what_was_handed_in_is_copied,
)
