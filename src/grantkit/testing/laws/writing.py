"""Laws of writing: compared first, whole or not at all, and there to stay."""

from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import attrs

from grantkit.errors import HeadMoved
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import Want
from grantkit.model import VENDOR, Cursor, Cut, Row, RowKey, Stance, Text
from grantkit.policy import READ_ONLY, Layer, PermissionPolicy
from grantkit.ports import Batch
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import (
    HOUR,
    KIM,
    NOON,
    TICK,
    consent,
    every_kind,
    freeze,
    grant,
    moved,
    numbered,
    over,
    request,
    retry,
    rich,
    rich_consent,
    rich_request,
    rules,
    settled,
    window,
)
from grantkit.testing.laws.shelf import Shelf, entry, salt

TENANTS = ("acme", "acme-2", "globex")


def filled(bench: Bench) -> Shelf:
    """Return a store with three tenants and the vendor's record, each with something of every kind."""
    shelf = bench.shelf()
    for tenant in (*TENANTS, VENDOR):
        grants = [] if tenant == VENDOR else _grants(tenant)
        rows = [
            *grants,
            Stance(agent="a-kim", freeze=freeze(), cut_off=1),
            Cut(agent=None, seq=2, at=NOON),
            retry(),
        ]
        shelf.put(tenant, *rows, texts=(beside(tenant), beside(f"{tenant} again"), ()), cut_off=2)
    shelf.put("acme", documents=[rules()], rules=rules().digest)
    return shelf


def _grants(tenant: str) -> list[Row]:
    return [
        grant("gr_1", tenant, reason="said", consent_seq=1),
        grant("gr_2", tenant, holder=KIM, parent="gr_1", consent_seq=2, ended=over(NOON)),
        grant("gr_3", tenant, holder=KIM, parent="cn_1", consent_seq=3),
        consent("cn_1", tenant, reason="said", consent_seq=1),
        request("rq_1", tenant, reason="said", seq=1),
    ]


def beside(said: str) -> tuple[Text, ...]:
    """Return texts of every kind to lie beside an entry."""
    names = ("name:member:m-ana", "name:member:m_ana", "payload", "reason", "reference:member:m-ana")
    return tuple(Text(what, salt(said + what), f"{what} of {said}") for what in names)


def rows_are_replaced_whole(bench: Bench) -> None:
    """A row that is written again is the new one everywhere, with nothing of the old, and no other row changes."""
    shelf = bench.shelf()
    first = rich("gr_1", parent=None, ended=None, consent_seq=1)
    shelf.put(
        "acme",
        first,
        grant("gr_2", consent_seq=2),
        rich_consent("cn_1", ended=None, consent_seq=1),
        rich_request("rq_1", settled=None, gave=None, seq=1),
        Stance(agent="a-kim", freeze=freeze(), cut_off=2),
        retry(),
    )
    asking.whole(bench, shelf)
    changes: tuple[Row, ...] = (
        attrs.evolve(first, window=window(end=NOON + 9 * HOUR), version=4),
        attrs.evolve(first, window=window(end=None), version=5, layers=(Layer.of(READ_ONLY),)),
        attrs.evolve(first, window=window(end=NOON - TICK), version=6, reason="", approvals=()),
        Stance(agent="a-kim", cut_off=2),
        attrs.evolve(retry(), payload=""),
        rich_consent("cn_1", ended=over(NOON - TICK), reason="", consent_seq=1),
        consent("cn_1", window=window(end=None)),
        request("rq_1", lapses_at=NOON - TICK, step=2, needs=3),
        request("rq_1", lapses_at=NOON + HOUR),
        request("rq_1", settled=settled(), gave="gr_1"),
        attrs.evolve(
            first,
            ended=over(NOON - 2 * TICK),
            version=7,
            layers=(Layer.of(PermissionPolicy.from_data("read-only", [])),),
        ),
    )
    for row in changes:
        shelf.put("acme", row)
        for after in (NOON, NOON + 2 * HOUR):  # before and after the end that it had at first
            asking.whole(bench, shelf, after=after)


def the_head_is_compared(bench: Bench) -> None:
    """A batch for another head than the one that stands is refused by HeadMoved, of a new tenant and of an old one."""
    shelf = filled(bench)
    for tenant, wrong in (
        ("acme", (0, 1, 3, 5, 100)),
        ("globex", (0, 2, 4)),
        ("new", (1, 2, -1)),
        (VENDOR, (0, 4)),
        ("gr_1", (4,)),
    ):
        for expected in wrong:
            batch = _anything(shelf, tenant)
            error = bench.refused(
                f"a batch of {tenant} for {expected}",
                HeadMoved,
                partial(shelf.store.append, tenant, expected, batch),
            )
            bench.same("fields of HeadMoved", {"tenant": tenant, "expected": expected}, _said(error))
            asking.records(bench, shelf, "new", "gr_1")
        late = attrs.evolve(_anything(shelf, tenant), follows="0" * 64)
        bench.refused(
            f"a batch of {tenant} for a record of the same length",
            HeadMoved,
            partial(shelf.store.append, tenant, shelf.head(tenant).seq, late),
        )
        asking.records(bench, shelf, "new", "gr_1")
        shelf.put(tenant, Stance(agent="a-lee"))  # and for the head that stands, it is written
        asking.whole(bench, shelf)
    # A record that was forgotten and begun anew is another one, also when it has come to the same length.
    late, length = _anything(shelf, "globex"), shelf.head("globex").seq
    shelf.put(VENDOR, forgets="globex")
    shelf.put("globex", texts=((beside("anew"),) * length))
    bench.refused(
        "a batch for a record that was forgotten",
        HeadMoved,
        partial(shelf.store.append, "globex", length, late),
    )
    asking.whole(bench, shelf)


def _said(error: Exception) -> Mapping[str, object]:
    return error.fields if isinstance(error, HeadMoved) else {}


def _anything(shelf: Shelf, tenant: str) -> Batch:
    """Return a batch that changes something of every kind."""
    grants: list[Row] = (
        []
        if tenant == VENDOR
        else [
            grant("gr_new", tenant, consent_seq=9),
            grant("gr_1", tenant, reason="changed"),
            consent("cn_new", tenant, consent_seq=9),
            consent("cn_1", tenant, ended=over(NOON)),
            request("rq_new", tenant, seq=9),
            request("rq_1", tenant, settled=settled()),
        ]
    )
    return shelf.batch(
        tenant,
        *grants,
        Stance(agent="a-kim", cut_off=9),
        Stance(agent="a-new"),
        Cut(agent="a-new", seq=9, at=NOON),
        retry("k-new"),
        attrs.evolve(retry(), payload=""),
        texts=(beside("new"), ()),
        documents=[rules("new")],
        rules=rules("new").digest,
        freeze=freeze(),
        erases=() if tenant not in shelf.records else ((1, "reason"), (2, "payload")),
    )


def what_is_refused_leaves_nothing(bench: Bench) -> None:
    """Of a batch whose head has moved nothing is written, no entry, row or document, and nothing goes."""
    shelf = filled(bench)
    known = tuple({**shelf.documents, rules("new").digest: None})
    for tenant, expected in (("acme", 3), ("acme", 5), (VENDOR, 2), ("new", 4)):
        batch = _anything(shelf, tenant)
        for each in (batch, attrs.evolve(batch, forgets=shelf.ledger_head("globex"))):
            bench.refused(
                "a batch for a head that has moved",
                HeadMoved,
                partial(shelf.store.append, tenant, expected, each),
            )
            asking.whole(bench, shelf, "new")
            bench.same("documents", shelf.documents, dict(shelf.store.documents(known)))


@attrs.frozen
class _Unheard:
    """A row of a kind that there is not."""

    tenant: str = "acme"
    id: str = "gr_odd"
    agent: str = "a-odd"
    seq: int = 9


def a_batch_is_written_whole_or_not_at_all(bench: Bench) -> None:
    """A batch of which something cannot be stored is refused and leaves nothing, and the store works on."""
    shelf = filled(bench)
    for tenant in ("acme", "new"):
        good = _anything(shelf, tenant)
        odd = cast("Any", _Unheard())
        last = good.entries[-1]
        forgets = shelf.ledger_head("globex")
        spoiled = {
            "a row of no known kind at its end": attrs.evolve(good, rows={**good.rows, ("odd", "row"): odd}),
            "a row of no known kind at its beginning": attrs.evolve(good, rows=_first(good, odd)),
            "no row at all for a key": attrs.evolve(
                good, rows={**good.rows, ("grant", "gr_odd"): cast("Any", None)}
            ),
            "two entries of one sequence": attrs.evolve(good, entries=(*good.entries, last)),
            "two entries of one sequence that differ": attrs.evolve(
                good, entries=(*good.entries, entry(tenant, last.seq, "0" * 64, beside("other")))
            ),
            "a row of no known kind, and a tenant to forget": attrs.evolve(
                good, rows={**good.rows, ("odd", "row"): odd}, forgets=forgets
            ),
        }
        if tenant != "new":
            spoiled["an entry of a sequence that is taken"] = attrs.evolve(
                good, entries=(entry(tenant, 1, "", beside("other")), *good.entries)
            )
        for what, batch in spoiled.items():
            bench.refused(
                f"a batch with {what}",
                Exception,
                partial(shelf.store.append, tenant, shelf.head(tenant).seq, batch),
            )
            _as_before(bench, shelf, f"after a batch with {what}")
        asking.whole(bench, shelf, "new")
        shelf.store.append(tenant, shelf.head(tenant).seq, good)
        shelf.remember(tenant, good)
        asking.whole(bench, shelf)


def _first(good: Batch, odd: Any) -> FrozenMap[RowKey, Row]:
    return FrozenMap({("odd", "row"): odd, **good.rows})


def _as_before(bench: Bench, shelf: Shelf, what: str) -> None:
    asking.records(bench, shelf, "new")
    unheard = shelf.store.load("acme", Want(grants=("gr_odd",), agents=("a-odd",)))
    bench.same(f"{what}: grants of no known kind", {}, dict(unheard.grants))
    bench.same(f"{what}: stances of no known kind", {}, dict(unheard.stances))


def what_was_acknowledged_lasts(bench: Bench) -> None:
    """A store that is closed and opened again has everything that it said it had written, and goes on from there."""
    shelf = _rich(bench)
    taken = Cursor(seq=1, hash=shelf.records["acme"].entries[0].hash, told=frozenset({"n-1"}))
    shelf.store.advance("mail", "acme", taken)
    shelf = bench.reopened(shelf)
    asking.whole(bench, shelf)
    bench.same("how far a consumer has come", taken, shelf.store.cursor("mail", "acme"))
    shelf.put("acme", grant("gr_after", consent_seq=50), texts=((Text("reason", salt("r"), "x"),),))
    shelf.put("globex", erases=((1, "reason"),))
    shelf.put("@vendor", forgets="initech")
    shelf = bench.reopened(shelf)
    asking.whole(bench, shelf, "initech")


def _rich(bench: Bench) -> Shelf:
    shelf = bench.shelf()
    for tenant in ("acme", "globex", "initech"):
        rows = [moved(row, tenant) for row in numbered(every_kind())]
        texts = (Text("reason", salt(tenant), "Boards missing"),)
        shelf.put(tenant, *rows, texts=(texts, ()), documents=[rules(tenant)], rules=rules(tenant).digest)
    return shelf


LAWS = (
    rows_are_replaced_whole,
    the_head_is_compared,
    what_is_refused_leaves_nothing,
    a_batch_is_written_whole_or_not_at_all,
    what_was_acknowledged_lasts,
)
