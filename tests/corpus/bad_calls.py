"""Every parameter of every door, with the bad values that it must refuse: the table of the corpus."""

from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import count
from typing import Any, NamedTuple

import attrs
import bad_values as bad
from bad_values import CANARY, NOON, Bad

from grantkit import (
    READ_ONLY,
    VENDOR,
    AccessRules,
    Agent,
    Calendar,
    Decision,
    Elapsed,
    EndOfDay,
    Grant,
    Instant,
    LedgerHead,
    Member,
    PermissionPolicy,
    Scope,
    StartOfDay,
    SupportAccess,
    System,
    Team,
    TenantFacts,
    authorize,
)
from grantkit.lifecycle import Want
from grantkit.model import Head, Window
from grantkit.policy import ActionPattern, Layer, ResourcePattern
from grantkit.ports import GrantsOf
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

TENANTS = ("acme", "globex")
WANT = Want(grants=("gr_1", "gr_2"), agents=("a-kim", "a-lee", "acme"))
ANA = Member("m-ana", tenant="acme", roles={"admin"}, name=f"Ana {CANARY}")
GUS = Member("m-gus", tenant="globex", roles={"admin"}, name=f"Gus {CANARY}")
BEN = Member("m-ben", tenant="acme", name=f"Ben {CANARY}")
KIM = Agent("a-kim", teams={"support"})
SWEEP = System("sweep")
RULES = AccessRules.from_data(
    {
        "flows": {
            "everyday": {
                "policies": ["read-only", "*"],
                "off_word": "Support",
                "amend": {"ends": ["elapsed"], "policies": True},
            },
            "beforehand": {"yields": "consent"},
        },
    },
)


@attrs.frozen
class World:
    """Two tenants with a live grant each, and the door to them."""

    store: MemoryStore
    clock: FakeClock
    access: SupportAccess

    def written(self) -> list[Any]:
        """Return everything that is stored of the tenants that anybody could have meant."""
        return [
            (
                self.store.events(tenant, 0, 1000),
                self.store.load(tenant, WANT),
                self.store.find(GrantsOf(tenant=tenant, after=0, limit=1000)),
            )
            for tenant in (*TENANTS, VENDOR, "other", "", "*")
        ]


def counting_ids() -> Callable[[str], str]:
    """Return a factory of ids that are the same in every run."""
    numbers = count(1)
    return lambda prefix: f"{prefix}{next(numbers)}"


def make_world(rules: AccessRules = RULES, **host: Any) -> World:
    """Return the world that every case of the corpus is played in."""
    store, clock = MemoryStore(), FakeClock("2027-03-03T14:20:00Z")
    fixed = {"id_factory": counting_ids(), "salts": lambda: bytes(32)}
    access = SupportAccess(store, rules=rules, clock=clock, **{**fixed, **host})
    for tenant, by in zip(TENANTS, (ANA, GUS), strict=True):
        access.grant(tenant, by=by, to=Team("support"), ends=Elapsed(hours=4), reason=CANARY)
        access.freeze(tenant, by=by, agent="a-lee")
    return World(store, clock, access)


class Door(NamedTuple):
    """One parameter of one callable."""

    name: str
    field: str
    values: tuple[Bad, ...]
    call: Callable[[World, Any], object]


def _grant(world: World, **changed: Any) -> object:
    said = {"by": ANA, "to": Team("support"), "ends": Elapsed(hours=4), "reason": CANARY, "flow": "everyday"}
    return world.access.grant(**{"tenant": "acme", **said, **changed})


def _amend(world: World, **changed: Any) -> object:
    said = {"by": ANA, "version": 1, "ends": Elapsed(hours=1)}
    return world.access.amend(**{"tenant": "acme", "grant_id": "gr_1", **said, **changed})


def _revoke(world: World, **changed: Any) -> object:
    return world.access.revoke(
        **{"tenant": "acme", "grant_id": "gr_1", "by": ANA, "word": "Support", **changed},
    )


def _authorize(world: World, **changed: Any) -> Decision:
    return world.access.authorize(**{"agent": KIM, "tenant": "acme", "action": "board:read", **changed})


def _decide(_: World, **changed: Any) -> Decision:
    facts = TenantFacts.of(tenant="acme")
    said = {"agent": KIM, "tenant": "acme", "action": "board:read", "now": NOON, "facts": facts}
    return authorize(**{**said, **changed})


def _noun(make: Callable[..., object], **said: Any) -> Callable[..., object]:
    return lambda _, **changed: make(**{**said, **changed})


def _door(
    verb: str,
    call: Callable[..., object],
    parameter: str,
    values: tuple[Bad, ...],
    field: str | None = None,
) -> Door:
    return Door(
        f"{verb}-{parameter}",
        field or parameter,
        values,
        lambda world, value: call(world, **{parameter: value}),
    )


def _verb(name: str, **said: Any) -> Callable[..., object]:
    return lambda world, **changed: getattr(world.access, name)(**{**said, **changed})


def _ledger(name: str, **said: Any) -> Callable[..., object]:
    return lambda world, **changed: getattr(world.access.ledger, name)(**{**said, **changed})


def _sweep(world: World, **changed: Any) -> object:
    return world.access.delivery.sweep(**changed)


def verbs() -> Iterator[Door]:
    """Yield the parameters of the verbs of ``SupportAccess``, its ledger and its delivery."""
    yield _door("grant", _grant, "tenant", bad.REQUIRED_IDS)
    yield _door("grant", _grant, "by", bad.REQUIRED_ACTORS)
    yield _door("grant", _grant, "to", bad.GRANTEES)
    yield _door("grant", _grant, "as_team", bad.IDS)
    yield _door("grant", _grant, "flow", bad.IDS)
    yield _door("grant", _grant, "scope", bad.SCOPES)
    yield _door("grant", _grant, "policies", bad.ID_LISTS)
    yield _door("grant", _grant, "act_as", bad.IDS)
    yield _door("grant", _grant, "starts", bad.INSTANTS)
    yield _door("grant", _grant, "ends", bad.ENDS)
    yield _door("grant", _grant, "reason", (*bad.NONE, *bad.texts(4096), *bad.BLANKS, *bad.INVISIBLE))
    yield _door("grant", _grant, "category", bad.IDS)
    yield _door("grant", _grant, "tickets", bad.REQUIRED_TEXT_LISTS)
    yield _door("grant", _grant, "word", bad.texts(200))
    yield _door("grant", _grant, "channel", bad.IDS)
    yield _door("grant", _grant, "reference", (*bad.NAMES, *bad.LINES))
    yield _door("grant", _grant, "key", KEYS)
    yield _door("amend", _amend, "tenant", bad.REQUIRED_IDS)
    yield _door("amend", _amend, "grant_id", bad.REQUIRED_IDS)
    yield _door("amend", _amend, "by", bad.REQUIRED_ACTORS)
    yield _door("amend", _amend, "version", (*bad.NONE, *bad.integers(1, 2**53 - 1)))
    yield _door("amend", _amend, "ends", bad.ENDS)
    yield _door("amend", _amend, "policies", bad.ID_LISTS)
    yield _door("amend", _amend, "word", bad.texts(200))
    yield _door("revoke", _revoke, "tenant", bad.REQUIRED_IDS)
    yield _door("revoke", _revoke, "grant_id", bad.REQUIRED_IDS)
    yield _door("revoke", _revoke, "by", bad.REQUIRED_ACTORS)
    yield _door("revoke", _revoke, "word", bad.texts(200))
    relinquish = _verb("relinquish", tenant="acme", grant_id="gr_1", by=KIM)
    yield _door("relinquish", relinquish, "tenant", bad.REQUIRED_IDS)
    yield _door("relinquish", relinquish, "grant_id", bad.REQUIRED_IDS)
    yield _door("relinquish", relinquish, "by", bad.REQUIRED_ACTORS)
    for name in ("revoke_all", "freeze", "unfreeze"):
        brake = _verb(name, tenant="acme", by=ANA)
        yield _door(name, brake, "tenant", bad.REQUIRED_IDS)
        yield _door(name, brake, "by", bad.REQUIRED_ACTORS)
        yield _door(name, brake, "agent", (*bad.IDS, *bad.bads("wrong_type", [("agent", KIM)])))
    yield _door("unfreeze", _verb("unfreeze", tenant="acme", by=ANA), "revoke", bad.BOOLS)
    yield _door("authorize", _authorize, "agent", bad.AGENTS)
    yield _door("authorize", _authorize, "tenant", bad.REQUIRED_IDS)
    yield _door("authorize", _authorize, "action", bad.ACTIONS)
    yield _door("authorize", _authorize, "now", bad.INSTANTS)
    yield _door("authorize", _authorize, "resource", bad.RESOURCES)
    yield _door("authorize", _authorize, "act_as", bad.IDS)
    visible = _verb("visible_tenants", agent=KIM)
    yield _door("visible_tenants", visible, "agent", bad.AGENTS)
    yield _door("visible_tenants", visible, "now", bad.INSTANTS)
    yield _door("visible_tenants", visible, "action", bad.ACTIONS[1:])
    yield _door("visible_tenants", visible, "after", bad.IDS)
    yield _door("visible_tenants", visible, "limit", bad.LIMITS)
    grants = _verb("grants", tenant="acme")
    yield _door("grants", grants, "tenant", bad.REQUIRED_IDS)
    yield _door("grants", grants, "by", bad.ACTORS)
    yield _door("grants", grants, "limit", bad.LIMITS)
    yield _door("grants", grants, "states", bad.NO_LISTS)
    unknown = [
        ("unknown", {"gone"}),
        ("case", {"LIVE"}),
        ("of_empty", [""]),
        ("newline", ["live\n"]),
        ("of_int", [7]),
    ]
    yield _door("grants_listed", grants, "states", bad.bads("unknown", unknown))
    history = _ledger("history", tenant="acme")
    yield _door("history", history, "tenant", bad.REQUIRED_IDS)
    yield _door("history", history, "by", bad.ACTORS)
    yield _door("history", history, "after", (*bad.NONE, *bad.integers(0, 2**53 - 1)))
    yield _door("history", history, "limit", bad.LIMITS)
    correct = _ledger("correct_clock", tenant="acme", by=SWEEP)
    yield _door("correct_clock", correct, "tenant", bad.REQUIRED_IDS)
    yield _door("correct_clock", correct, "by", bad.REQUIRED_ACTORS)
    systems = bad.bads("wrong_type", [("member", ANA), ("agent", KIM)])
    yield _door("sweep", _sweep, "by", (*bad.REQUIRED_ACTORS, *systems))
    yield _door(
        "sweep",
        _sweep,
        "limit",
        (*bad.REQUIRED_LIMITS, *bad.bads("out_of_range", [("above", 100_001)])),
    )
    yield _door("explain", lambda world, to: _authorize(world).explain(to), "to", (*bad.NONE, *bad.NO_TEXT))
    readers = bad.bads(
        "unknown",
        [("empty", ""), ("case", "Agent"), ("newline", "agent\n"), ("other", "tenant")],
    )
    yield _door("explain_for", lambda world, to: _authorize(world).explain(to), "to", readers)


def _exported(world: World, **changed: Any) -> object:
    return world.access.ledger.export(**{"tenant": "acme", "into": BytesIO(), **changed})


HEAD = {"tenant": "acme", "seq": 3, "hash": "d" * 64}
HASHES = bad.bads(
    "wrong_type",
    [
        ("none_at_3", ""),
        ("cut", "d" * 63),
        ("longer", "d" * 65),
        ("upper_case", "D" * 64),
        ("no_digit", "g" * 64),
        ("newline", "d" * 64 + "\n"),
        ("arabic_digit", "d" * 63 + "\u0663"),
    ],
)
VENDORS = bad.bads("bad_id", [("vendor", VENDOR)])
PAST_THE_RECORD = bad.bads("out_of_range", [("past_the_record", 4)])


def _head_read(_: World, data: object = None, **changed: Any) -> LedgerHead:
    return LedgerHead.from_data({**HEAD, **changed} if data is None else data)


def ledger() -> Iterator[Door]:
    """Yield the parameters of the verbs of the ledger that read the past, prove the record and erase from it."""
    as_of = _ledger("as_of", agent=KIM, tenant="acme", action="board:read", at=NOON)
    yield _door("as_of", as_of, "agent", bad.AGENTS)
    yield _door("as_of", as_of, "tenant", (*bad.FEW_IDS, *VENDORS))
    yield _door("as_of", as_of, "action", bad.ACTIONS[::4])
    yield _door("as_of", as_of, "at", bad.REQUIRED_INSTANTS)
    yield _door("as_of_time", as_of, "known_at", bad.ODD_INSTANTS)
    yield _door("as_of", as_of, "known_at", (*bad.integers(0, 2**53 - 1), *PAST_THE_RECORD))
    yield _door("as_of", as_of, "resource", bad.RESOURCES[::4])
    yield _door("as_of", as_of, "act_as", bad.FEW_IDS[1:])
    yield _door("as_of", as_of, "member_may", bad.BOOLS)
    yield _door("as_of", as_of, "by", bad.ACTORS)
    yield _door("head", _ledger("head"), "tenant", bad.FEW_IDS)
    verify = _ledger("verify", tenant="acme")
    yield _door("verify", verify, "tenant", bad.FEW_IDS)
    heads = bad.bads(
        "wrong_type", [("class", LedgerHead), ("row", Head(tenant="acme", seq=3, hash="d" * 64))]
    )
    yield _door("verify", verify, "head", (*bad.NO_NOUN, *heads))
    foreign = bad.bads("unknown", [("foreign", LedgerHead(tenant="globex", seq=3, hash="d" * 64))])
    yield _door("verify_foreign", verify, "head", foreign)
    yield _door("export", _exported, "tenant", bad.FEW_IDS)
    yield _door("export", _exported, "by", bad.ACTORS)
    yield _door("export", _exported, "into", (*bad.NONE, *bad.NO_NOUN))
    erase = _ledger("erase", tenant="acme", by=SWEEP)
    yield _door("erase", _ledger("erase", by=SWEEP, events=[2]), "tenant", bad.FEW_IDS)
    yield _door("erase", _ledger("erase", tenant="acme", events=[2]), "by", bad.REQUIRED_ACTORS)
    seqs = bad.integers(1, 2**53 - 1)
    listed = (bad.Bad(f"of_{each.label}", [2, each.value], each.code) for each in seqs)
    many = bad.bads("too_many", [("of_10001", list(range(1, 10_002)))])
    yield _door("erase", erase, "events", (*bad.NONE, *bad.NO_LISTS, *listed, *many))
    yield _door("erase", erase, "people", bad.REQUIRED_ID_LISTS)
    nothing = bad.bads("required", [("list", []), ("tuple", ()), ("set", set())])
    yield _door("erase_nothing", erase, "people", nothing, "events")
    forget = _ledger("forget_tenant", tenant="acme", by=SWEEP)
    yield _door("forget_tenant", forget, "tenant", (*bad.FEW_IDS, *VENDORS))
    yield _door("forget_tenant", forget, "by", bad.REQUIRED_ACTORS)
    for name, head in (("LedgerHead", _noun(LedgerHead, **HEAD)), ("LedgerHead_read", _head_read)):
        yield _door(name, head, "tenant", bad.FEW_IDS, "head.tenant")
        yield _door(name, head, "seq", (*bad.NONE, *bad.integers(0, 2**53 - 1)), "head.seq")
        yield _door(name, head, "hash", (*bad.NONE, *bad.NO_TEXT, *HASHES), "head.hash")
        at_0 = bad.bads("wrong_type", [("at_0", 0)])
        yield _door(f"{name}_hash_before_any", head, "seq", at_0, "head.hash")
    less = [(f"without_{key}", {name: HEAD[name] for name in HEAD if name != key}) for key in HEAD]
    no_heads = bad.bads("wrong_type", [("nothing", {}), ("more", HEAD | {"v": 1}), *less])
    yield _door("LedgerHead_read", _head_read, "data", (*bad.NO_NOUN, *no_heads), "head")


def _asked_of(verb: str, **more: Any) -> Callable[..., object]:
    said = {"tenant": "acme", "ends": Elapsed(hours=4), "reason": CANARY, **more}
    return _verb(verb, **said)


APPROVE = {"request_id": "rq_1", "by": ANA, "digest": "d" * 64, "ends_by": NOON}


def _keys(ids):
    """Leave out of *ids* what may well be a key: random tokens begin with anything."""
    return tuple(
        each
        for each in ids
        if not each.label.startswith(("leading_underscore", "leading_d", "leading_sl", "only_un"))
    )


KEYS, FEW_KEYS = _keys(bad.IDS), _keys(bad.FEW_IDS[1:])
WORDS = bad.texts(200)


def asking() -> Iterator[Door]:
    """Yield the parameters of the verbs that ask, answer, consent, activate and look at what became of it."""
    request = _asked_of("request", by=KIM, flow="everyday")
    consent = _asked_of("consent", by=ANA, to=Team("support"), flow="beforehand")
    activate = _asked_of("activate", by=KIM, under="co_1")
    for name, call in (("request", request), ("consent", consent), ("activate", activate)):
        yield _door(name, call, "tenant", bad.FEW_IDS)
        yield _door(name, call, "by", bad.REQUIRED_ACTORS)
        yield _door(name, call, "to", bad.GRANTEES)
        yield _door(name, call, "as_team", bad.FEW_IDS[1:])
        yield _door(name, call, "flow", bad.FEW_IDS[1:])
        yield _door(name, call, "scope", bad.SCOPES)
        yield _door(name, call, "policies", bad.ID_LISTS[::3])
        yield _door(name, call, "starts", bad.INSTANTS)
        yield _door(name, call, "ends", bad.ENDS)
        yield _door(name, call, "reason", (*bad.NONE, *bad.texts(4096)))
        yield _door(name, call, "category", bad.FEW_IDS[1:])
        yield _door(name, call, "tickets", bad.REQUIRED_TEXT_LISTS[::3])
        yield _door(name, call, "word", WORDS)
        yield _door(name, call, "key", FEW_KEYS)
    for name, call in (("request", request), ("activate", activate)):
        yield _door(name, call, "act_as", bad.FEW_IDS[1:])
    yield _door("activate", activate, "under", bad.FEW_IDS)
    yield _door("activate", activate, "contact", bad.FEW_IDS[1:])
    yield _door("consent", consent, "channel", bad.FEW_IDS[1:])
    yield _door("consent", consent, "reference", (*bad.NAMES, *bad.LINES))
    yield _door("consent", consent, "text", (*bad.NO_TEXT, *bad.BAD_TEXTS))


def answering() -> Iterator[Door]:
    """Yield the parameters of the verbs that answer, and of those that look at what became of it."""
    approve = _verb("approve", tenant="acme", **APPROVE)
    deny = _verb("deny", tenant="acme", request_id="rq_1", by=ANA)
    withdraw = _verb("withdraw", tenant="acme", request_id="rq_1", by=KIM)
    for name, call in (("approve", approve), ("deny", deny), ("withdraw", withdraw)):
        yield _door(name, call, "tenant", bad.FEW_IDS)
        yield _door(name, call, "request_id", bad.FEW_IDS)
        yield _door(name, call, "by", bad.REQUIRED_ACTORS)
    preview = _verb("preview", tenant="acme", request_id="rq_1")
    yield _door("preview", preview, "tenant", bad.FEW_IDS)
    yield _door("preview", preview, "request_id", bad.FEW_IDS)
    yield _door("preview", preview, "by", bad.ACTORS)
    yield _door("deny", deny, "reason", (*bad.NONE, *bad.texts(4096)))
    yield _door("approve", approve, "digest", (*bad.NONE, *bad.NO_TEXT, *bad.LINES))
    absent = bad.bads("required", [("none", None)])  # `digest` alone, without the end that was shown
    yield _door("approve", approve, "ends_by", (*absent, *bad.INSTANTS))
    yield _door("approve", approve, "ends", bad.ENDS)
    yield _door("approve", approve, "policies", bad.ID_LISTS[::3])
    yield _door("approve", approve, "scope", bad.SCOPES)
    yield _door("approve", approve, "word", WORDS)
    yield _door("approve", approve, "text", (*bad.NO_TEXT, *bad.BAD_TEXTS))
    yield _door("approve", approve, "channel", bad.FEW_IDS[1:])
    yield _door("approve", approve, "reference", (*bad.NAMES, *bad.LINES))
    for name in ("consents", "requests", "grants"):
        look = _verb(name, tenant="acme")
        yield _door(name, look, "flow", bad.FEW_IDS[1:])
        yield _door(name, look, "holder", bad.GRANTEES)
        yield _door(name, look, "actor", bad.FEW_IDS[1:])
        if name != "grants":
            yield _door(name, look, "tenant", bad.FEW_IDS)
            yield _door(name, look, "by", bad.ACTORS)
            yield _door(name, look, "limit", bad.LIMITS)
            yield _door(name, look, "states", bad.NO_LISTS)
            yield _door(f"{name}_listed", look, "states", bad.bads("unknown", [("gone", {"gone"})]))
    evidence = _ledger("evidence", tenant="acme", ident="gr_1")
    yield _door("evidence", evidence, "tenant", bad.FEW_IDS)
    yield _door("evidence", evidence, "ident", bad.FEW_IDS)
    yield _door("evidence", evidence, "by", bad.ACTORS)


HAND_ON = {"grant_id": "gr_1", "by": KIM, "to": Agent("a-lou", teams={"support"}), "reason": CANARY}
LINK = {"grant_id": "gr_1", "ticket": "T-1", "by": ANA}
ENTER = {"grant_id": "gr_1", "by": KIM, "reason": CANARY}


def _record_use(world: World, **changed: Any) -> object:
    return world.access.record_use(**{"decision": _authorize(world), **changed})


def _record_denied(world: World, action: str) -> object:
    return world.access.record_use(world.access.authorize(Agent("a-nobody"), "acme", action))


def handing_on() -> Iterator[Door]:
    """Yield the parameters of the verb that hands a grant on."""
    delegate = _verb("delegate", tenant="acme", **HAND_ON)
    yield _door("delegate", delegate, "tenant", bad.FEW_IDS)
    yield _door("delegate", delegate, "grant_id", bad.FEW_IDS)
    yield _door("delegate", delegate, "by", bad.REQUIRED_ACTORS)
    yield _door("delegate", delegate, "to", (*bad.bads("required", [("none", None)]), *bad.GRANTEES))
    yield _door("delegate", delegate, "as_team", bad.FEW_IDS[1:])
    yield _door("delegate", delegate, "scope", bad.SCOPES)
    yield _door("delegate", delegate, "policies", bad.ID_LISTS[::3])
    yield _door("delegate", delegate, "ends", bad.ENDS)
    yield _door("delegate", delegate, "reason", (*bad.NONE, *bad.texts(4096)))
    yield _door("delegate", delegate, "category", bad.FEW_IDS[1:])
    yield _door("delegate", delegate, "tickets", bad.REQUIRED_TEXT_LISTS[1::3])
    yield _door("delegate", delegate, "key", FEW_KEYS)


def working() -> Iterator[Door]:
    """Yield the parameters of the verbs of tickets, sessions, uses and suspension."""
    link = _verb("link_ticket", tenant="acme", **LINK)
    yield _door("link_ticket", link, "tenant", bad.FEW_IDS)
    yield _door("link_ticket", link, "grant_id", bad.FEW_IDS)
    yield _door("link_ticket", link, "word", WORDS)
    yield _door("link_ticket", link, "channel", bad.FEW_IDS[1:])
    yield _door("link_ticket", link, "reference", (*bad.NAMES, *bad.LINES))
    yield _door("link_ticket", link, "text", (*bad.NO_TEXT, *bad.BAD_TEXTS))
    yield _door("link_ticket", link, "text_version", (*bad.NAMES, *bad.LINES))
    resolve = _verb("resolve_ticket", tenant="acme", ticket="T-1", by=SWEEP)
    yield _door("resolve_ticket", resolve, "tenant", bad.FEW_IDS)
    for name, call in (("link_ticket", link), ("resolve_ticket", resolve)):
        yield _door(name, call, "ticket", (*bad.NONE, *bad.NO_TEXT, *bad.NAMES))
        yield _door(name, call, "by", bad.REQUIRED_ACTORS)
    enter = _verb("enter", tenant="acme", **ENTER)
    yield _door("enter", enter, "tenant", bad.FEW_IDS)
    yield _door("enter", enter, "grant_id", bad.FEW_IDS)
    yield _door("enter", enter, "by", bad.REQUIRED_ACTORS)
    yield _door("enter", enter, "reason", (*bad.NONE, *bad.texts(4096)))
    yield _door("enter", enter, "category", bad.FEW_IDS[1:])
    yield _door("enter", enter, "tickets", bad.REQUIRED_TEXT_LISTS[::3])
    yield _door("enter", enter, "key", FEW_KEYS)
    leave = _verb("leave", tenant="acme", session_id="se_1", by=KIM)
    yield _door("leave", leave, "tenant", bad.FEW_IDS)
    yield _door("leave", leave, "session_id", bad.FEW_IDS)
    yield _door("leave", leave, "by", bad.REQUIRED_ACTORS)
    for name in ("sessions", "uses"):
        look = _verb(name, tenant="acme")
        yield _door(name, look, "tenant", bad.FEW_IDS)
        yield _door(name, look, "by", bad.ACTORS)
        yield _door(name, look, "grant", bad.FEW_IDS[1:])
        yield _door(name, look, "agent", bad.FEW_IDS[1:])
        yield _door(name, look, "limit", bad.LIMITS)
    sessions = _verb("sessions", tenant="acme")
    yield _door("sessions", sessions, "states", bad.NO_LISTS)
    yield _door("sessions_listed", sessions, "states", bad.bads("unknown", [("live", {"live"})]))
    yield _door("record_use", _record_use, "decision", (*bad.NONE, *bad.NO_NOUN))
    yield _door("record_use", _record_use, "count", (*bad.NONE, *bad.integers(1, 2**53 - 1)))
    denied = bad.bads("out_of_range", [("of_nobody", "board:read")])
    yield _door("record_use_denied", _record_denied, "action", denied, "decision")
    suspend = _verb("suspend", agent="a-lee", by=SWEEP)
    reinstate = _verb("reinstate", agent="a-lee", by=SWEEP)
    for name, call in (("suspend", suspend), ("reinstate", reinstate)):
        yield _door(name, call, "agent", (*bad.REQUIRED_IDS, *bad.bads("wrong_type", [("noun", KIM)])))
        yield _door(name, call, "by", bad.REQUIRED_ACTORS)
    yield _door("suspend", suspend, "reason", (*bad.NONE, *bad.texts(4096)))


def pure() -> Iterator[Door]:
    """Yield the parameters of the pure ``authorize``."""
    yield _door("pure_authorize", _decide, "agent", bad.AGENTS)
    yield _door("pure_authorize", _decide, "tenant", bad.REQUIRED_IDS)
    yield _door("pure_authorize", _decide, "action", bad.ACTIONS)
    yield _door("pure_authorize", _decide, "now", bad.REQUIRED_INSTANTS)
    yield _door("pure_authorize", _decide, "resource", bad.RESOURCES)
    yield _door("pure_authorize", _decide, "act_as", bad.IDS)
    yield _door("pure_authorize", _decide, "facts", (*bad.NONE, *bad.NO_NOUN))
    yield _door("pure_authorize", _decide, "rules", (*bad.NONE, *bad.NO_NOUN))


COUNTS = bad.bads(
    "out_of_range",
    [("negative", -1), ("huge", 10**30), ("past_a_thousand_years", 400_000 * 86_400 * 2)],
)
SPANS = (*bad.NONE, *bad.NO_INTS, *COUNTS)
ROLES_ON = bad.bads("wrong_type", [("list", ["account:ben"]), ("text", "account:ben"), ("int", 7)])
ROLES_ON_KEYS = tuple(
    bad.Bad(each.label, {each.value: {"owner"}}, each.code)
    for each in bad.bads("bad_resource", bad.spoiled("account:ben"))
)
ROLES_ON_ROLES = tuple(
    bad.Bad(each.label, {"account:ben": each.value}, each.code) for each in bad.REQUIRED_ID_LISTS
)


def nouns() -> Iterator[Door]:
    """Yield the parameters of what callers make themselves."""
    agent = _noun(Agent, id="a-kim")
    yield _door("Agent", agent, "id", bad.REQUIRED_IDS, "agent.id")
    yield _door("Agent", agent, "teams", bad.REQUIRED_ID_LISTS, "agent.teams")
    yield _door("Agent", agent, "name", bad.NAMES, "agent.name")
    yield _door("Agent_line", agent, "name", bad.LINES, "agent.name")
    yield _door("Agent", agent, "via", bad.IDS, "agent.via")
    member = _noun(Member, id="m-ana", tenant="acme")
    yield _door("Member", member, "id", bad.REQUIRED_IDS, "member.id")
    yield _door("Member", member, "tenant", bad.REQUIRED_IDS, "member.tenant")
    yield _door("Member", member, "roles", bad.REQUIRED_ID_LISTS, "member.roles")
    yield _door("Member", member, "name", bad.NAMES, "member.name")
    yield _door("Member_line", member, "name", bad.LINES, "member.name")
    yield _door("Member", member, "via", bad.IDS, "member.via")
    yield _door("Member", member, "roles_on", ROLES_ON, "member.roles_on")
    yield _door("Member_on_key", member, "roles_on", ROLES_ON_KEYS, "member.roles_on")
    yield _door("Member_on_roles", member, "roles_on", ROLES_ON_ROLES, "member.roles_on.account:ben")
    yield _door("System", _noun(System), "name", bad.REQUIRED_IDS, "system.name")
    yield _door("Team", _noun(Team), "id", bad.REQUIRED_IDS, "team.id")
    yield _door(
        "Scope_only",
        lambda _, entry: Scope.only(entry),
        "entry",
        (*bad.NONE, *bad.RESOURCES),
        "scope",
    )
    yield _door(
        "Scope_second",
        lambda _, entry: Scope.only("project:42", entry),
        "entry",
        bad.RESOURCES,
        "scope",
    )
    for unit in ("weeks", "days", "hours", "minutes", "seconds"):
        yield _door("Elapsed", _noun(Elapsed), unit, SPANS[:-1], f"elapsed.{unit}")
    for unit in ("years", "months", "weeks", "days"):
        yield _door("Calendar", _noun(Calendar), unit, SPANS, f"calendar.{unit}")
    yield _door("Calendar", _noun(Calendar, days=1), "zone", bad.IDS, "calendar.zone")
    yield _door("StartOfDay", _noun(StartOfDay), "day", bad.DATES, "start_of_day.day")
    yield _door("StartOfDay", _noun(StartOfDay, day=NOON.date()), "zone", bad.IDS, "start_of_day.zone")
    yield _door("EndOfDay", _noun(EndOfDay), "day", bad.DATES, "end_of_day.day")
    yield _door("EndOfDay", _noun(EndOfDay, day=NOON.date()), "zone", bad.IDS, "end_of_day.zone")
    yield _door("Instant", _noun(Instant), "at", bad.REQUIRED_INSTANTS, "instant.at")
    window = _noun(Window, starts_at=NOON, ends_at=NOON.replace(hour=13))
    yield _door("Window", window, "starts_at", bad.REQUIRED_INSTANTS, "window.starts_at")
    yield _door("Window", window, "ends_at", bad.REQUIRED_INSTANTS, "window.ends_at")
    empty = bad.bads("empty_window", [("at_start", NOON), ("before_start", NOON.replace(hour=11))])
    yield _door("Window_empty", window, "ends_at", empty, "window.ends_at")
    scope = _noun(Scope, tenant_wide=False, resources=Scope.only("project:42").resources)
    whole = bad.bads("wrong_type", [("text", "false"), ("int", 0), ("none", None)])
    yield _door("Scope", scope, "tenant_wide", whole, "scope.tenant_wide")
    listed = bad.bads(
        "wrong_type",
        [("none", None), ("text", "project:42"), ("of_text", frozenset({"project:42"}))],
    )
    yield _door("Scope", scope, "resources", listed, "scope.resources")
    nothing = bad.bads("blank", [("nothing", frozenset())])
    yield _door("Scope_of_nothing", scope, "resources", nothing, "scope")
    policy = _noun(PermissionPolicy, name="look", statements=READ_ONLY.statements)
    yield _door("PermissionPolicy", policy, "name", bad.REQUIRED_IDS, "policy.name")
    yield _door("PermissionPolicy", policy, "statements", (*bad.NONE, *bad.NO_NOUN), "policy.statements")
    grant = _noun(
        Grant,
        id="gr_1",
        tenant="acme",
        holder=Team("support"),
        scope=Scope.whole(),
        layers=(Layer.of(READ_ONLY),),
        window=Window(NOON, NOON.replace(hour=13)),
    )
    yield _door("Grant", grant, "id", bad.REQUIRED_IDS, "grant.id")
    yield _door("Grant", grant, "tenant", bad.REQUIRED_IDS, "grant.tenant")
    yield _door("Grant_layers", grant, "layers", bad.bads("blank", [("no_layer", ())]), "grant.layers")
    for name in ("holder", "scope", "layers", "window"):
        yield _door("Grant", grant, name, (*bad.NONE, *bad.NO_NOUN), f"grant.{name}")


def _statement(**changed: Any) -> list[dict[str, Any]]:
    return [{"effect": "allow", "action": ["*:read"], "resource": ["*"], **changed}]


def _policy(_: World, data: object = (), name: object = "look") -> PermissionPolicy:
    return PermissionPolicy.from_data(name, data)


ACTION_PATTERNS = bad.bads(
    "bad_pattern",
    [
        ("any_of_any", "*:*"),
        ("no_colon", "invoice"),
        ("empty", ""),
        ("star_inside", "inv*:read"),
        ("percent", "%:read"),
        ("leading_underscore", "_:read"),
        ("bracket", "[a-z]:read"),
        ("question_mark", "invoice:rea?"),
        ("two_stars", "**"),
        ("dot_star", "invoice:.*"),
        ("newline", "invoice:*\n"),
        ("cyrillic", "invoice:re\u0430d"),
        ("nul", "*:read\x00"),
        ("three_parts", "a:b:c"),
    ],
)
RESOURCE_PATTERNS = (
    *ACTION_PATTERNS[:5],
    *ACTION_PATTERNS[6:11],
    *bad.bads(
        "bad_pattern",
        [("like", "project:4_%"), ("id_star", "project:4*"), ("leading_underscore", "project:_")],
    ),
)
PATTERN_TYPES = (*bad.NONE, *bad.NO_TEXT)


def policies() -> Iterator[Door]:
    """Yield what policies and patterns are made of."""
    for kind, parse, patterns in (
        ("ActionPattern", ActionPattern.parse, ACTION_PATTERNS),
        ("ResourcePattern", ResourcePattern.parse, RESOURCE_PATTERNS),
    ):
        yield Door(
            f"{kind}-parse",
            "pattern",
            (*PATTERN_TYPES, *patterns),
            lambda _, value, parse=parse: parse("pattern", value),
        )
    yield _door("policy", _policy, "name", bad.REQUIRED_IDS, "policy.name")
    yield _door("policy", _policy, "data", (*bad.NONE, *bad.NO_LISTS), "policy")
    yield from (
        Door(
            f"statement-{key}",
            f"policy[0].{key}",
            values,
            lambda w, value, key=key: _policy(w, _statement(**{key: value})),
        )
        for key, values in (
            ("effect", bad.bads("unknown", [("case", "Allow"), ("empty", ""), ("newline", "deny\n")])),
            ("action", bad.NO_LISTS),
            ("resource", bad.NO_LISTS),
        )
    )


def clocks() -> Iterator[Door]:
    """Yield the parameters of the fake clock."""
    texts = [("words", "tomorrow"), ("empty", ""), ("cut", "2027-03"), ("month_13", "2027-13-01T00:00:00Z")]
    unread = (*bad.NONE, *bad.INSTANTS[1:], *bad.bads("out_of_range", texts))
    naive = bad.bads("naive_datetime", [("no_zone", "2027-03-03T14:20:00"), ("date_text", "2027-03-03")])
    yield Door("FakeClock-start", "clock", (*unread, *naive), lambda _, value: FakeClock(value))
    yield Door("FakeClock-set", "clock", (*unread, *naive), lambda world, value: world.clock.set(value))
    far = [
        ("before_1970", -365 * 100),
        ("past_9000", 365 * 9000),
        ("past_every_date", 10**9),
        ("infinite", float("inf")),
    ]
    no_spans = bad.bads("wrong_type", [("text", "1"), ("none", None), ("bytes", b"1")])
    for unit in ("days", "hours", "minutes", "seconds", "microseconds"):
        door = f"FakeClock_advance-{unit}"
        yield Door(
            door,
            "clock",
            no_spans,
            lambda world, value, unit=unit: world.clock.advance(**{unit: value}),
        )
    yield Door(
        "FakeClock_advance_far",
        "clock",
        bad.bads("out_of_range", far),
        lambda world, value: world.clock.advance(days=value),
    )


def _rules(path: str, document: Callable[[Any], object], values: tuple[Bad, ...]) -> Door:
    return Door(f"rules-{path}", path, values, lambda _, value: AccessRules.from_data(document(value)))


def rules() -> Iterator[Door]:
    """Yield the keys of rule documents."""
    objects = bad.bads(
        "wrong_type",
        [("none", None), ("list", []), ("text", "flows"), ("int", 7), ("int_key", {7: {}})],
    )
    yield _rules("rules", lambda value: value, objects)
    for key in ("flows", "policies", "ceilings", "view", "notices"):
        yield _rules(key, lambda value, key=key: {key: value}, objects)
    for key in ("demands", "eligible", "stop"):
        yield _rules(key, lambda value, key=key: {key: value}, (*bad.NONE, *bad.NO_LISTS))
    yield _rules("name", lambda value: {"name": value}, (*bad.NONE, *bad.texts(200)))
    yield _rules(
        "schema",
        lambda value: {"schema": value},
        bad.bads("unknown", [("two", 2), ("bool", True), ("text", "1"), ("none", None)]),
    )
    zones = [
        ("int", 7),
        ("empty", ""),
        ("up", "../etc/passwd"),
        ("newline", "Europe/Berlin\n"),
        ("nul", "UTC\x00"),
    ]
    yield _rules("zone", lambda value: {"zone": value}, bad.bads("unknown", zones))
    yield _rules("color", lambda value: {"color": value}, bad.bads("unknown_key", [("known_nowhere", "red")]))
    spans = [
        ("text", "soon"),
        ("number", 7),
        ("month", "P1M"),
        ("empty", "P"),
        ("negative", "-PT1H"),
        ("arabic", "PT\u0661H"),
    ]
    yield _rules(
        "flows.a.ends[0].elapsed",
        lambda value: {"flows": {"a": {"ends": [{"elapsed": value}]}}},
        bad.bads("bad_duration", spans),
    )
    who = [
        ("nobody", "admin"),
        ("side", "host:admin"),
        ("empty", ""),
        ("star", "*"),
        ("newline", "tenant:admin\n"),
    ]
    yield _rules("stop[0]", lambda value: {"stop": [value]}, bad.bads("bad_selector", who))
    yield _rules(
        "flows.a.steps",
        lambda value: {"flows": {"a": {"steps": value}}},
        bad.bads("law", [("vendor_alone", [{"by": ["vendor:support"]}]), ("nobody", [])]),
    )
    yield _rules(
        "stop[1]",
        lambda value: {"stop": value},
        bad.bads("duplicate", [("twice", ["vendor:a", "vendor:a"])]),
    )
    yield _rules(
        "demands[0].needs",
        lambda value: {"demands": [value]},
        bad.bads("required", [("nothing", {"beyond": []})]),
    )
    yield _rules(
        "flows.a.policies[0]",
        lambda value: {"flows": {"a": {"policies": [value]}}},
        bad.bads("unknown", [("gone", "full-access")]),
    )


def _few(doors: Iterator[Door]) -> Iterator[Door]:
    """Yield *doors* with every third value: what they share with other verbs is checked there value by value."""
    return (door._replace(values=door.values[::3]) for door in doors)


DOORS = (
    *verbs(),
    *ledger(),
    *_few(asking()),
    *_few(answering()),
    *_few(handing_on()),
    *_few(working()),
    *pure(),
    *nouns(),
    *policies(),
    *clocks(),
    *rules(),
)
CASES = [(door, each) for door in DOORS for each in door.values]
