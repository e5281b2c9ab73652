"""Laws of whole histories: whatever is written, in whatever order, a store answers as a plain memory of it would."""

from datetime import datetime, timedelta
from typing import Any

import attrs

from grantkit.inputs import EARLIEST, LATEST
from grantkit.lifecycle import Want
from grantkit.model import (
    VENDOR,
    AccessRequest,
    Agent,
    Consent,
    Cut,
    Ended,
    Ending,
    Freeze,
    Grant,
    Holder,
    OpenEnded,
    Retry,
    Row,
    Settling,
    Stance,
    Text,
    TextKey,
    Window,
)
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import (
    JOB,
    NOON,
    TERMS,
    TEXTS,
    TICK,
    ask,
    consent,
    grant,
    request,
    rich,
    rich_consent,
    rules,
    settled,
)
from grantkit.testing.laws.shelf import Shelf, salt

_TENANTS = ("acme", "Acme", "acme-2", "acm")
_AGENTS = ("a-kim", "A-kim", "a-kim2", "duty")
_HOLDERS = (*(Holder("agent", agent) for agent in _AGENTS), Holder("team", "duty"), Holder("team", "support"))
_RULES = tuple(rules(name) for name in ("one", "two", "three"))
_SPAN = 12
_EVERY = 20
_STANCE, _CUT, _KEY, _CONSENT, _REQUEST = range(5)


def any_history_reads_as_it_was_written(bench: Bench) -> None:
    """After any history of writing, erasing and forgetting, a store answers every question as it was written."""
    shelf = bench.shelf()
    writer = _Writer(bench, shelf)
    for number in range(bench.rounds):
        writer.write()
        writer.ask()
        if number % _EVERY == 0:
            asking.whole(bench, shelf, *_TENANTS, after=writer.instant())
    asking.whole(bench, shelf, *_TENANTS)
    for size in (1, 3):
        for tenant in shelf.records:
            asking.history(bench, shelf, tenant, size)
            asking.in_order(bench, shelf, tenant, size)
        asking.listed(bench, shelf, _HOLDERS, NOON, size)


@attrs.define
class _Writer:
    """Invents what is written next, and asks at random."""

    bench: Bench
    shelf: Shelf
    made: int = 0

    def instant(self) -> datetime:
        """Return an instant: one of a few, or a tick beside it, or the first or last there is."""
        dice = self.bench.random
        if dice.random() < 1 / 20:
            return dice.choice((EARLIEST, LATEST, LATEST - TICK))
        hours = dice.randrange(_SPAN) - _SPAN // 2
        return NOON + timedelta(hours=hours) + dice.choice((-TICK, 0 * TICK, TICK))

    def write(self) -> None:
        """Write one batch."""
        dice, shelf = self.bench.random, self.shelf
        tenant = dice.choice((*_TENANTS, VENDOR))
        if dice.random() < 1 / 15 and shelf.records:
            gone = dice.choice([each for each in shelf.records if each != VENDOR] or ["acme"])
            if gone in shelf.records:
                shelf.put(VENDOR, forgets=gone)
                return
        rows: dict[object, Row] = {}
        for _ in range(dice.randrange(6)):
            row = self._row(tenant)
            if row is not None:
                rows[type(row), getattr(row, "id", getattr(row, "agent", getattr(row, "key", None)))] = row
        adopted = dice.choice(_RULES)
        texts = tuple(self._texts() for _ in range(dice.choice((1, 1, 2, 3))))
        shelf.put(
            tenant,
            *rows.values(),
            texts=texts,
            documents=(adopted,) if dice.random() < 1 / 3 else (),
            erases=self._erased(tenant),
            seen_at=self.instant(),
            cut_off=dice.randrange(9),
            rules=adopted.digest if adopted.digest in shelf.documents else "",
            freeze=self._freeze(),
        )

    def _row(self, tenant: str) -> Row | None:
        dice = self.bench.random
        kind = dice.randrange(10)
        if kind == _STANCE:
            return Stance(agent=dice.choice(_AGENTS), freeze=self._freeze(), cut_off=dice.randrange(9))
        if kind == _CUT:
            self.made += 1
            return Cut(agent=dice.choice((None, *_AGENTS)), seq=self.made, at=self.instant())
        if kind == _KEY:
            actor = dice.choice((("agent", "a-kim"), ("member", "acme", "m"), ("system", "job")))
            key, payload = f"k-{dice.randrange(5)}", dice.choice(("", "f" * 64))
            return Retry(actor=actor, verb="grant", key=key, payload=payload, subject="gr_1")
        if tenant == VENDOR:
            return None
        if kind == _CONSENT:
            return self._consent(tenant)
        return self._request(tenant) if kind == _REQUEST else self._grant(tenant)

    def _consent(self, tenant: str) -> Consent:
        dice = self.bench.random
        there = list(self.shelf.consents(tenant).values())
        if there and dice.random() < 1 / 2:
            return attrs.evolve(dice.choice(there), window=self._window(), ended=self._ended())
        self.made += 1
        how = rich_consent if dice.random() < 1 / 4 else consent
        return how(
            f"cn_{self.made}",
            tenant,
            holder=dice.choice(_HOLDERS),
            as_team=None,
            window=self._window(),
            ended=self._ended(),
            reason=dice.choice(TEXTS),
            consent_seq=self.made,
        )

    def _request(self, tenant: str) -> AccessRequest:
        dice = self.bench.random
        there = list(self.shelf.requests(tenant).values())
        said: dict[str, Any] = {
            "lapses_at": OpenEnded() if dice.random() < 1 / 5 else self.instant(),
            "settled": settled(self.instant(), how=dice.choice(list(Settling)))
            if dice.random() < 1 / 3
            else None,
        }
        if there and dice.random() < 1 / 2:
            return attrs.evolve(dice.choice(there), **said)
        self.made += 1
        by, whom = Agent(dice.choice(_AGENTS)), dice.choice(_HOLDERS)
        return request(f"rq_{self.made}", tenant, by=by, ask=ask(whom), seq=self.made, **said)

    def _grant(self, tenant: str) -> Grant:
        dice = self.bench.random
        there, beside = list(self.shelf.grants(tenant).values()), self.shelf.consents(tenant)
        if there and dice.random() < 1 / 2:
            changed = dice.choice(there)
            return attrs.evolve(
                changed, window=self._window(), ended=self._ended(), version=changed.version + 1
            )
        self.made += 1
        how = rich if dice.random() < 1 / 4 else grant
        return how(
            f"gr_{self.made}",
            tenant,
            holder=dice.choice(_HOLDERS),
            as_team=None,
            window=self._window(),
            ended=self._ended(),
            reason=dice.choice(TEXTS),
            term=dice.choice(TERMS),
            consent_seq=self.made,
            parent=dice.choice((None, None, *(each.id for each in there), *beside, "gr_none")),
        )

    def _window(self) -> Window:
        start, end = sorted((self.instant(), self.instant()))
        return Window(start, end) if start < end else Window(EARLIEST, LATEST)

    def _ended(self) -> Ended | None:
        dice = self.bench.random
        if dice.random() < 1 / 2:
            return None
        return Ended(how=dice.choice(list(Ending)), at=self.instant(), by=JOB, seq=dice.randrange(1, 99))

    def _freeze(self) -> Freeze | None:
        if self.bench.random.random() < 2 / 3:
            return None
        return Freeze(by=JOB, at=self.instant(), seq=self.bench.random.randrange(1, 99))

    def _texts(self) -> tuple[Text, ...]:
        dice = self.bench.random
        names = sorted(
            dice.sample(
                ("name:member:m-ana", "payload", "reason", "reference:member:m-ana"), dice.randrange(4)
            )
        )
        return tuple(Text(what, salt(str(dice.random())), dice.choice(TEXTS)) for what in names)

    def _erased(self, tenant: str) -> tuple[TextKey, ...]:
        dice = self.bench.random
        there = [
            (entry.seq, text.what) for entry in self.shelf.record(tenant).entries for text in entry.texts
        ]
        return tuple(dice.sample(there, min(len(there), dice.randrange(3)))) if dice.random() < 1 / 3 else ()

    def ask(self) -> None:
        """Ask a few things, and compare."""
        dice, bench, shelf = self.bench.random, self.bench, self.shelf
        tenant, agent = dice.choice(_TENANTS), dice.choice(_AGENTS)
        holders = tuple(dice.sample(_HOLDERS, dice.randrange(len(_HOLDERS))))
        after = self.instant()
        asking.read(bench, shelf, tenant, holders, after, agent=agent)
        asking.listed(bench, shelf, holders, after, dice.choice((1, 2, 99)), agent=agent)
        asking.due(bench, shelf, after, dice.choice((1, 3, 99)))
        ids = tuple(f"gr_{dice.randrange(self.made + 1)}" for _ in range(3))
        others: dict[str, Any] = {
            "consents": tuple(f"cn_{dice.randrange(self.made + 1)}" for _ in range(3)),
            "requests": tuple(f"rq_{dice.randrange(self.made + 1)}" for _ in range(3)),
        }
        keys = tuple((("agent", "a-kim"), "grant", f"k-{number}") for number in range(3))
        want = Want(grants=ids, agents=(agent,), holder=dice.choice(_HOLDERS), alive_after=after, cuts=True)
        asking.load(bench, shelf, tenant, attrs.evolve(want, **others, retries=keys, document=True))


LAWS = (any_history_reads_as_it_was_written,)
