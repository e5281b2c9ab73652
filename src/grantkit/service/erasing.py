"""Erasing texts and forgetting tenants: what is read and written."""

from grantkit.codec import seal_all
from grantkit.decision import SAFE
from grantkit.errors import HeadMoved, NotFound
from grantkit.lifecycle import Act, Erasure, Want, asked_in, erase, forget, losing, seal, to_erase
from grantkit.model import NO_HASH, VENDOR, Actor, LedgerHead
from grantkit.ports import Batch
from grantkit.service.host import Host
from grantkit.service.plan import projected, write
from grantkit.service.steps import PAGE, Steps, append, ledger_head, load, load_head
from grantkit.service.steps import events as read_events
from grantkit.service.zones import load_zone


def erase_plan(
    host: Host, tenant: str, by: Actor, seqs: frozenset[int], people: frozenset[str]
) -> Steps[int]:
    """Erase the texts of events and the names of people at *tenant*; return how many texts went."""
    act = _act(host, by)
    erase(act, ())  # who may not is refused before anything is read
    found, last = yield from _erasures(tenant, seqs, people)
    want = Want(
        grants=losing("grant", found),
        consents=losing("consent", found),
        requests=losing("request", found),
        sessions=losing("session", found),
        retries=tuple(each.key for each in found if each.key is not None),
    )
    slice_ = yield from load(tenant, want)
    if (slice_.head.seq, slice_.head.hash) != last:
        raise HeadMoved(
            tenant=tenant, expected=last[0]
        )  # what was read may be gone, or the whole record be another
    outcome = erase(act, found)
    yield from write(host, slice_, want, seal(slice_, act, outcome.bodies, adopt=False), act.rules)
    return sum(len(each.whats) for each in found)


def _erasures(
    tenant: str, seqs: frozenset[int], people: frozenset[str]
) -> Steps[tuple[tuple[Erasure, ...], tuple[int, str]]]:
    """Return what goes, and sequence and hash of the last event that was looked at."""
    found: list[Erasure] = []
    left, requests = set(seqs), frozenset[str]()
    after, last = 0, (0, NO_HASH)
    while True:
        page = yield from read_events(tenant, after, PAGE)
        named = (asked_in(event) for event in page if event.seq in seqs)
        requests |= {ident for ident in named if ident is not None}  # whatever answers one comes after it
        erasures = (to_erase(event, seqs, people, requests) for event in page)
        found.extend(each for each in erasures if each is not None)
        left.difference_update(event.seq for event in page)
        last = (page[-1].seq, page[-1].hash) if page else last
        if len(page) < PAGE:
            break
        after = page[-1].seq
    if left:
        raise NotFound(what="event", id=str(min(left)), tenant=tenant)
    return tuple(found), last


def forget_plan(host: Host, tenant: str, by: Actor) -> Steps[LedgerHead | None]:
    """Delete the record and the rows of *tenant*, and keep its last head in the vendor's own record."""
    last = ledger_head((yield from load_head(tenant)))
    vendor = yield from load(VENDOR, Want())
    act = _act(host, by)
    events = seal(vendor, act, forget(act, last).bodies, adopt=False)
    if not events:
        return None
    sealed, entries = seal_all(events, vendor.head.hash, host.make_seed())
    rows = projected(vendor, Want(), sealed)
    batch = Batch(entries=entries, rows=rows, follows=vendor.head.hash, forgets=last)
    yield from append(VENDOR, vendor.head.seq, batch)
    return last


def _act(host: Host, by: Actor) -> Act:
    # No rules have a say in what the law demands of whoever keeps the record; and none are adopted by it.
    return Act(by=by, now=host.now(), rules=SAFE, zone=load_zone)
