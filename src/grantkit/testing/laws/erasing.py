"""Laws of erasing: what goes is gone for good, and nothing else is."""

from functools import partial

import attrs

from grantkit.errors import Corrupt, HeadMoved
from grantkit.lifecycle import Want
from grantkit.model import VENDOR, LedgerHead, Row, Stance
from grantkit.ports import TenantsOf
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import HOLDERS, KIM, NOON, SUPPORT, grant, retry, rules
from grantkit.testing.laws.writing import TENANTS, beside, filled


def erased_texts_are_gone_and_only_they(bench: Bench) -> None:
    """Erased texts are gone with their salts from the entries where they lay; every other text and byte stays."""
    shelf = filled(bench)
    for tenant, gone in (
        ("acme", ((1, "reason"),)),
        ("acme", ((1, "name:member:m_ana"), (2, "name:member:m_ana"))),
        (VENDOR, ((2, "payload"), (2, "reason"))),
        ("acme", tuple((2, text.what) for text in beside("")[2:])),
        ("acme-2", tuple((seq, text.what) for seq in (1, 2) for text in beside(""))),
    ):
        changed: list[Row] = [] if tenant == VENDOR else [grant("gr_1", tenant, reason="", consent_seq=1)]
        shelf.put(tenant, *changed, attrs.evolve(retry(), payload=""), erases=gone)
        asking.whole(bench, shelf)
        asking.history(bench, shelf, tenant, size=1)
        for seq, what in gone:
            left = {text.what: text for text in shelf.store.events(tenant, seq - 1, 1)[0].texts}
            bench.true(f"{what} beside entry {seq} of {tenant} is gone", what not in left)


def what_is_not_there_cannot_be_erased(bench: Bench) -> None:
    """A batch that erases a text that never was, or is gone, is refused as Corrupt, and nothing of it is written."""
    shelf = filled(bench)
    shelf.put("globex", erases=((1, "reason"),))
    for gone in (
        ((1, "no such text"),),
        ((99, "reason"),),
        ((0, "reason"),),
        ((1, "reason"),),
        ((3, "reason"),),
        ((2, "Reason"),),
        ((2, "reason"), (1, "reason")),
    ):
        batch = attrs.evolve(
            shelf.batch("globex", Stance(agent="a-lee"), texts=(beside("more"),)), erases=gone
        )
        bench.refused(
            f"a batch that erases {gone}",
            Corrupt,
            partial(shelf.store.append, "globex", shelf.head("globex").seq, batch),
        )
        asking.whole(bench, shelf)
    shelf.put("globex", Stance(agent="a-lee"), erases=((2, "reason"),))
    asking.whole(bench, shelf)


def a_forgotten_tenant_is_gone(bench: Bench) -> None:
    """Of a tenant that is forgotten nothing is found by any method, others lose nothing, and it can begin anew."""
    shelf = filled(bench)
    shelf.put(
        "acme-2", grant("gr_9", "acme-2", holder=KIM, consent_seq=5, ended=None), documents=[rules("two")]
    )
    for forgotten in ("acme", "globex"):
        shelf.put(VENDOR, Stance(agent="a-last"), texts=(beside("forgets"),), forgets=forgotten)
        asking.whole(bench, shelf, "acme", "globex")
        asking.history(bench, shelf, VENDOR, size=1)
        want = Want(
            grants=("gr_1", "gr_2"),
            consents=("cn_1",),
            requests=("rq_1",),
            agents=("a-kim",),
            holder=SUPPORT,
            alive_after=NOON,
            cuts=True,
            document=True,
            retries=(((*retry().actor,), "grant", "k-1"),),
        )
        asking.load(bench, shelf, forgotten, want)
        everywhere = TenantsOf(
            agent="a-kim", holders=HOLDERS, alive_after=NOON.replace(year=2020), after="", limit=99
        )
        listed = [facts.head.tenant for facts in shelf.store.tenants(everywhere)]
        bench.true(f"{forgotten} is in no list", forgotten not in listed)
    shelf.put("acme", grant("gr_1", holder=KIM, reason="anew"), texts=(beside("anew"),))
    asking.whole(bench, shelf, "globex")
    shelf.put(VENDOR, forgets="acme")
    shelf.put(VENDOR, forgets="acme-2")
    asking.whole(bench, shelf, *TENANTS)


def forgetting_compares_both_heads(bench: Bench) -> None:
    """A tenant is forgotten only if its record and that of the vendor stand where the batch says, hash and all."""
    shelf = filled(bench)
    stands = shelf.ledger_head("acme")
    for what, head in (
        ("that has gone on", attrs.evolve(stands, seq=stands.seq - 1)),
        ("that is not there yet", attrs.evolve(stands, seq=stands.seq + 1)),
        ("that has another hash", attrs.evolve(stands, hash="0" * 64)),
        ("of a tenant that never was", LedgerHead(tenant="new", seq=1, hash="0" * 64)),
    ):
        batch = attrs.evolve(
            shelf.batch(VENDOR, Stance(agent="a-last"), texts=(beside("forgets"),)), forgets=head
        )
        bench.refused(
            f"a batch that forgets a record {what}",
            HeadMoved,
            partial(shelf.store.append, VENDOR, shelf.head(VENDOR).seq, batch),
        )
        asking.whole(bench, shelf, "new")
    batch = shelf.batch(VENDOR, forgets="acme")
    for expected in (0, 2, 4):
        bench.refused(
            "a batch that forgets, for a vendor's record that has moved",
            HeadMoved,
            partial(shelf.store.append, VENDOR, expected, batch),
        )
        asking.whole(bench, shelf)
    shelf.put(VENDOR, forgets="acme")
    asking.whole(bench, shelf, "acme")


LAWS = (
    erased_texts_are_gone_and_only_they,
    what_is_not_there_cannot_be_erased,
    a_forgotten_tenant_is_gone,
    forgetting_compares_both_heads,
)
