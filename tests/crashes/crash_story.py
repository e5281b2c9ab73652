"""A story of commands, invented from a seed as plain data, and told to any store in exactly the same way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import Any, TypeAlias

from grantkit import VENDOR, AccessRules, Agent, Elapsed, GrantkitError, Member, SupportAccess, System, Team
from grantkit.model import Entry, Grant, Row, RowKey
from grantkit.ports import Store
from grantkit.stores import MemoryStore

Step: TypeAlias = dict[str, Any]
State: TypeAlias = Mapping[str, tuple[tuple[Entry, ...], Mapping[RowKey, Row | None]]]

TENANTS = ("acme", "globex", "initech")
BEGIN = datetime(2027, 3, 3, 8, tzinfo=UTC)
BETWEEN = timedelta(minutes=20)
KEEPER = System("records")
AGENTS = {"a-kim": Agent("a-kim", teams={"support"}, name="Kim"), "a-lee": Agent("a-lee", teams={"support"})}
ALL = 100_000

_FLOW = {"policies": ["read-only", "administrator"], "amend": {"ends": ["elapsed"], "policies": True}}
RULES = tuple(
    AccessRules.from_data({"schema": 1, "name": name, "flows": {"access": _FLOW}})
    for name in ("first", "second", "third")
)

# Each verb as often as it is here; what comes first is there for the others to be about.
_FIRST = ("grant", "grant", "grant")
_REST = (
    *("grant", "amend", "sweep", "erase") * 2,
    *("grant", "revoke", "relinquish", "revoke_all", "freeze", "freeze", "unfreeze", "forget"),
)
LENGTH = len(_FIRST) + len(_REST)


class Teller:
    """Tells steps to a store: what a step writes follows from the step, its number, and what is there, alone."""

    def __init__(self, store: Store) -> None:
        self._number = 0
        self._again = ""
        self.access = SupportAccess(
            store, rules=self._rules, clock=self, id_factory=self._id, salts=self._salts
        )

    def now(self) -> datetime:
        return BEGIN + self._number * BETWEEN

    def _rules(self, tenant: str) -> AccessRules:
        return RULES[self._number // 9 % len(RULES)]

    def _id(self, prefix: str) -> str:
        return f"{prefix}{self._number}{self._again}"

    def _salts(self) -> bytes:
        return sha256(str(self._number).encode()).digest()

    def tell(self, number: int, step: Step, again: str = "") -> str:
        """
        Give one command; return what it answers, or how it refuses.

        Args:
            number: Which one it is: it gives the time, the rules in force, ids and salts.
            step: The command.
            again: Put into new ids: somebody repeats the command, and a new thing would have another id.
        """
        self._number, self._again = number, again
        try:
            return str(getattr(self, f"_{step['verb']}")(**{k: v for k, v in step.items() if k != "verb"}))
        except GrantkitError as error:
            return type(error).__name__

    def _grant(self, *, tenant: str, to: str, minutes: int, policy: str, reason: str, key: str | None) -> str:
        made = self.access.grant(
            tenant,
            by=_ana(tenant),
            to=AGENTS.get(to) or Team(to),
            policies=[policy],
            ends=Elapsed(minutes=minutes),
            reason=reason,
            key=key,
        )
        return made.id

    def _amend(self, tenant: str, grant: str, version: int, minutes: int) -> str:
        by, ends = _ana(tenant), Elapsed(minutes=minutes)
        return f"at {self.access.amend(tenant, grant, by=by, version=version, ends=ends).version}"

    def _revoke(self, tenant: str, grant: str) -> str:
        return f"at {self.access.revoke(tenant, grant, by=_ana(tenant)).version}"

    def _relinquish(self, tenant: str, grant: str) -> str:
        return f"at {self.access.relinquish(tenant, grant, by=AGENTS['a-kim']).version}"

    def _revoke_all(self, tenant: str, agent: str | None) -> None:
        self.access.revoke_all(tenant, by=_ana(tenant), agent=agent)

    def _freeze(self, tenant: str, agent: str | None) -> None:
        self.access.freeze(tenant, by=_ana(tenant), agent=agent)

    def _unfreeze(self, tenant: str, agent: str | None, revoke: bool) -> None:
        self.access.unfreeze(tenant, by=_ana(tenant), agent=agent, revoke=revoke)

    def _sweep(self) -> list[str]:
        # One at a time: each end is a command of its own.
        return [grant.id for grant in self.access.delivery.sweep(limit=1)]

    def _erase(self, tenant: str, events: list[int], people: list[str]) -> int:
        return self.access.ledger.erase(tenant, by=KEEPER, events=events, people=people)

    def _forget(self, tenant: str) -> object:
        return self.access.ledger.forget_tenant(tenant, by=KEEPER)


def _ana(tenant: str) -> Member:
    return Member("m-ana", tenant=tenant, roles={"admin"}, name=f"Ana of {tenant}")


@dataclass(frozen=True)
class Story:
    """
    What happens, and what is true after each step.

    Attributes:
        steps: The commands.
        answers: What each answers, as a store in memory has it.
        states: All that is kept, before the first step and after each.
        gone: Texts that are erased, before the first step and after each.
    """

    steps: tuple[Step, ...]
    answers: tuple[str, ...]
    states: tuple[State, ...]
    gone: tuple[frozenset[str], ...]


def state_of(store: Store) -> State:
    """Return all that a store keeps: the records with their texts, and the rows that decisions read."""
    known = store.documents(tuple(rules.digest for rules in RULES))
    found = {
        tenant: (store.events(tenant, 0, ALL), dict(store.rows(tenant))) for tenant in (*TENANTS, VENDOR)
    }
    return found | {"documents": (tuple(sorted(known)), dict(known))}


@lru_cache(maxsize=64)
def invent(seed: int) -> Story:
    """Return the story of *seed*: every verb is in it, about what is there when its turn comes."""
    rng = Random(seed)  # noqa: S311  # repeatable on purpose
    rest = list(_REST)
    rng.shuffle(rest)
    store = MemoryStore()
    teller = Teller(store)
    steps: list[Step] = []
    answers: list[str] = []
    states = [state_of(store)]
    for number, verb in enumerate((*_FIRST, *rest)):
        step = {"verb": verb, **_Writer(rng, store, number).write(verb)}
        steps.append(step)
        answers.append(teller.tell(number, step))
        states.append(state_of(store))
    return Story(tuple(steps), tuple(answers), tuple(states), tuple(_gone(states)))


def _gone(states: list[State]) -> list[frozenset[str]]:
    """Return the reasons and names that were there once, and no more, for each state."""
    seen: set[str] = set()
    gone: list[frozenset[str]] = []
    for state in states:
        there = {
            text.text
            for tenant in (*TENANTS, VENDOR)
            for entry in state[tenant][0]
            for text in entry.texts
            if text.what != "payload"
        }
        seen |= there
        gone.append(frozenset(seen - there))
    return gone


class _Writer:
    def __init__(self, rng: Random, store: MemoryStore, number: int) -> None:
        self.rng = rng
        self.store = store
        self.number = number

    def write(self, verb: str) -> Step:
        """Return the arguments of *verb*; mostly such that it does something."""
        match verb:
            case "grant":
                return self._grant()
            case "amend" | "revoke" | "relinquish":
                return self._about_a_grant(verb)
            case "revoke_all" | "freeze" | "unfreeze":
                more = {"revoke": self.rng.random() < 0.5} if verb == "unfreeze" else {}
                return {"tenant": self._busy(), "agent": self.rng.choice([None, "a-kim"]), **more}
            case "erase":
                tenant = self._busy()
                seqs = [event.seq for event in self.store.events(tenant, 0, ALL)]
                events = sorted(self.rng.sample(seqs, min(3, len(seqs)))) or [1]
                return {"tenant": tenant, "events": events, "people": self.rng.choice([[], [], ["m-ana"]])}
            case "forget":
                return {"tenant": self._busy()}
            case _:
                return {}

    def _busy(self) -> str:
        """Return a tenant where something has happened, if there is one."""
        there = [tenant for tenant in TENANTS if self.store.events(tenant, 0, 1)]
        return self.rng.choice(there or list(TENANTS))

    def _grant(self) -> Step:
        return {
            "tenant": self.rng.choice(TENANTS),
            "to": self.rng.choice(["support", "a-kim", "a-kim", "a-lee"]),
            "minutes": self.rng.choice([50, 90, 170, 400]),
            "policy": self.rng.choice(["read-only", "administrator"]),
            "reason": f"Words of step {self.number:03}",
            "key": self.rng.choice([None, f"k-{self.number}", f"k-{self.number}"]),
        }

    def _about_a_grant(self, verb: str) -> Step:
        there = [
            (tenant, row)
            for tenant in TENANTS
            for key, row in self.store.rows(tenant).items()
            if key[0] == "grant" and (self._stands(row) or self.rng.random() < 0.1)
        ]
        mine = [(tenant, row) for tenant, row in there if row.holder.id != "a-lee" or verb != "relinquish"]
        if not mine:
            return {"tenant": "acme", "grant": "gr_0"} | self._terms(verb, 1)
        tenant, row = self.rng.choice(mine)
        return {"tenant": tenant, "grant": row.id} | self._terms(verb, row.version)

    def _stands(self, row: Grant) -> bool:
        return row.ended is None and row.window.closes > BEGIN + self.number * BETWEEN

    def _terms(self, verb: str, version: int) -> Step:
        return {"version": version, "minutes": self.rng.choice([5, 200, 600])} if verb == "amend" else {}
