"""How the SQLite store looks things up: how often it asks, by which index, and what it never trusts SQLite with."""

from collections import Counter
from datetime import timedelta

import attrs
import pytest

from grantkit import READ_ONLY, AccessRequest, Agent, Elapsed, OpenEnded, Scope, System, Team
from grantkit.inputs import LATEST
from grantkit.lifecycle import Want
from grantkit.model import (
    HEAD,
    VENDOR,
    Ask,
    Ended,
    Ending,
    Freeze,
    Holder,
    Session,
    Settled,
    Settling,
    Stance,
    Window,
    agent_key,
    consent_key,
    cut_key,
    grant_key,
    request_key,
    session_key,
)
from grantkit.policy import Layer
from grantkit.ports import Batch, ConsentsOf, Due, GrantsOf, RequestsOf, TenantsOf
from grantkit.stores import MemoryStore, SQLiteStore
from grantkit.stores.sqlite import statements
from grantkit.stores.sqlite.asking import numbered
from unit.making import TICK, a_consent, a_grant, window
from unit.stores.sqlitefiles import (
    COUNT,
    KIM,
    NOW,
    admin,
    ask,
    asked,
    consent,
    door,
    fill,
    give,
    looking_into,
    opened,
    reason,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def path(tmp_path):
    """Return where a file may be, in a folder of its own."""
    return tmp_path / "file.db"


ENDED = Ended(how=Ending.REVOKED, at=NOW - HOUR, by=System("x"), seq=1)
SETTLED = Settled(how=Settling.DENIED, at=NOW - HOUR, by=System("x"), seq=1)


def a_request(ident="rq_1", /, **changed):
    """Return a pending request of an agent to look for four hours, with changes."""
    wanted = Ask(
        holder=KIM.holders[0],
        scope=Scope.whole(),
        layers=(Layer.of(READ_ONLY),),
        terms=(Elapsed(hours=4),),
    )
    said = {"tenant": "acme", "flow": "ask", "flow_digest": "x", "yields": "grant", "by": KIM, "ask": wanted}
    return AccessRequest(id=ident, **{**said, "lapses_at": NOW + HOUR, **changed})


def plant(store, *rows, tenant="acme"):
    """Write rows that no event made, past all commands."""
    keys = {
        "Grant": lambda r: grant_key(r.id),
        "Consent": lambda r: consent_key(r.id),
        "AccessRequest": lambda r: request_key(r.id),
        "Session": lambda r: session_key(r.id),
        "Stance": lambda r: agent_key(r.agent),
        "Cut": lambda r: cut_key(r.seq),
    }
    head = attrs.evolve(store.load(tenant, Want()).head, seq=store.load(tenant, Want()).head.seq + 1)
    batch = {HEAD: head} | {keys[type(row).__name__](row): row for row in rows}
    store.append(tenant, head.seq - 1, Batch(entries=(), rows=batch))


# --- one statement ----------------------------------------------------------------------------------------------------


MOST = 256
"""In how many teams an agent can be."""


@pytest.mark.parametrize("teams", [0, 1, 2, 20, MOST])
def test_decision_is_one_statement(teams, path):
    """A decision asks once, whatever is held by however many teams, and whatever is held against whom."""
    agent = Agent("a-kim", teams={f"team-{number:03}" for number in range(teams)})
    store, access = opened(path)
    with store:
        give(access, to=agent)
        for number in range(0, teams, 5):
            give(access, to=Team(f"team-{number:03}"))
            consent(access, to=Team(f"team-{number:03}"))
        access.freeze("acme", by=admin(), agent="a-lee")
        for tenant, expected in (("acme", "allowed"), ("initech", "no_grant"), ("acme", "frozen")):
            if expected == "frozen":
                access.freeze("acme", by=admin(), agent="a-kim")
            said = asked(store, lambda t=tenant: reason(access, t, agent))
            assert (COUNT, 2) == (said[0], len(said))
            assert expected == reason(access, tenant, agent)


@pytest.mark.parametrize("root", [a_grant, a_consent], ids=["grant", "consent"])
def test_way_up_is_read_in_one_snapshot(root, path):
    """Where grants rest on others, whatever is read is of one moment, though another process writes in between."""
    store, access = opened(path)
    other = SQLiteStore(path)
    chain = [
        root("gr_0", holder=KIM.holders[0], layers=(Layer.of(READ_ONLY),)),
        *(a_grant(f"gr_{number}", parent=f"gr_{number - 1}", holder=KIM) for number in range(1, 5)),
    ]
    with store, other:
        plant(store, *chain, Stance(agent="a-kim"), Stance(agent="a-lee"))
        assert "allowed" == reason(access)
        written = []

        def meanwhile(statement):
            # The last thing before the way up: the root ends, and the agent is frozen, by another process.
            if "AND id =" in statement and not written:
                over = attrs.evolve(chain[0], ended=Ended(how=Ending.REVOKED, at=NOW, by=System("x"), seq=2))
                written.append(over)
                plant(other, over, Stance(agent="a-kim", freeze=Freeze(by=System("x"), at=NOW, seq=2)))

        run = store._connections.mine().run
        store._connections.mine().remembered.forget()
        run(lambda c: c.set_trace_callback(meanwhile))
        facts = store.read("acme", "a-kim", KIM.holders, NOW)
        run(lambda c: c.set_trace_callback(None))
        assert 1 == len(written)
        assert (1, None, None) == (facts.head.seq, facts.lineage["gr_0"].ended, facts.stances["a-kim"].freeze)
        assert {each.id: each for each in chain[:-1]} == dict(facts.lineage)
        later = store.read("acme", "a-kim", KIM.holders, NOW)
        assert (2, Ending.REVOKED) == (later.head.seq, later.lineage["gr_0"].ended.how)
        assert later.stances["a-kim"].freeze is not None
        store._connections.mine().remembered.forget()
        said = asked(store, lambda: store.read("acme", "a-kim", KIM.holders, NOW))
        assert [COUNT, "BEGIN", "ROLLBACK"] == [said[0], said[2], said[-1]]


ANSWERS = {
    "load": (
        lambda store, made: store.load("acme", Want(grants=(made.id,), agents=("a-kim",), cuts=True)),
        lambda found: (
            found.head.seq,
            [each.ended for each in found.grants.values()],
            dict(found.stances),
            found.cuts,
        ),
    ),
    "events": (lambda store, made: store.events("acme", 0, 99), lambda found: found),
    "rows": (lambda store, made: store.rows("acme"), dict),
    "tenants": (
        lambda store, made: store.tenants(
            TenantsOf(agent="a-kim", holders=KIM.holders, alive_after=NOW, after="", limit=9)
        ),
        lambda found: [(each.head, each.grants) for each in found],
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_is_of_one_moment(name, path):
    """What takes several statements is of one moment, though another process writes in between."""
    ask, told = ANSWERS[name]
    store, access = opened(path)
    other, beside = opened(path)
    with store, other:
        made = give(access)
        before, said, written = ask(store, made), [], []

        def meanwhile(statement):
            said.append(statement.split()[0])
            if said.count("SELECT") == 2 and not written:
                written.append(beside.freeze("acme", by=admin(), agent="a-kim"))
                beside.revoke_all("acme", by=admin())
                beside.revoke("acme", made.id, by=admin())
                beside.ledger.erase("acme", by=System("keeper"), events=[2])

        run = store._connections.mine().run
        run(lambda c: c.set_trace_callback(meanwhile))
        found = ask(store, made)
        run(lambda c: c.set_trace_callback(None))
        assert 1 == len(written)
        assert told(before) == told(found)
        assert told(before) != told(ask(store, made))


def test_tenant_is_listed_once(path):
    """A tenant where an agent has several grants is listed once, and counts once, also for an agent in no team."""
    store, access = opened(path)
    with store:
        for agent in (Agent("a-kim"), KIM):
            for number in range(3):
                for _ in range(3):
                    give(access, f"tenant-{number}", to=agent)
                give(access, f"tenant-{number}", to=Team("support"))
            assert [f"tenant-{number}" for number in range(3)] == [
                each.tenant for each in access.visible_tenants(agent)
            ]
            query = TenantsOf(agent=agent.id, holders=agent.holders, alive_after=NOW, after="", limit=2)
            assert ["tenant-0", "tenant-1"] == [each.head.tenant for each in store.tenants(query)]
            query = attrs.evolve(query, after="tenant-1")
            assert ["tenant-2"] == [each.head.tenant for each in store.tenants(query)]


def test_way_up_that_is_broken_denies(path):
    """What rests on a grant that is not there, or on itself, allows nothing, and is read to its end."""
    store, access = opened(path)
    with store:
        plant(store, a_grant("gr_1", parent="gr_gone", holder=KIM))
        assert "consent_ended" == reason(access)
        plant(store, a_grant("gr_1", parent="gr_2", holder=KIM), a_grant("gr_2", parent="gr_1", holder=KIM))
        assert "consent_ended" == reason(access)


# --- by an index ------------------------------------------------------------------------------------------------------


TRUE = "as they are"


def skew(connection):
    """Gather statistics, and then make them as misleading as they may become."""
    connection.execute("ANALYZE")
    yield TRUE
    for stat in ("1000000 1 1 1 1", "1000000 1000000 1000000 1000000 1000000", "1 1 1 1 1"):
        connection.execute(
            "UPDATE sqlite_stat1 SET stat = ? WHERE tbl IN ('grants', 'requests', 'sessions')", (stat,)
        )
        connection.execute("ANALYZE sqlite_schema")
        yield stat


def crowd(store, tenant="acme"):
    """Plant grants, consents, requests and sessions by the hundred: scheduled, live, ended, of one holder and many."""
    grants = [
        *(a_grant(f"gr_s{number}", window=window(1 + number, 2 + number)) for number in range(150)),
        *(
            a_grant(
                f"gr_e{number}",
                ended=Ended(how=Ending.REVOKED, at=NOW - HOUR * (number + 1), by=System("x"), seq=1),
            )
            for number in range(200)
        ),
        *(a_grant(f"gr_o{number}", holder=Team(f"team-{number}")) for number in range(50)),
    ]
    consents = [
        *(a_consent(f"co_s{number}", window=window(1 + number, 2 + number)) for number in range(50)),
        *(a_consent(f"co_e{number}", ended=ENDED) for number in range(50)),
    ]
    requests = [
        *(a_request(f"rq_p{number}", seq=number + 1, lapses_at=NOW + HOUR * number) for number in range(50)),
        *(a_request(f"rq_s{number}", seq=number + 1, settled=SETTLED) for number in range(50)),
    ]
    sessions = [
        Session(
            id=f"se_{number}",
            tenant=tenant,
            grant=f"gr_s{number}",
            agent=f"a-{number % 20}",
            window=window(0, 2 + number),
            seq=number + 1,
        )
        for number in range(100)
    ]
    planted = (*grants, *consents, *requests, *sessions)
    plant(store, *(attrs.evolve(each, tenant=tenant) for each in planted), tenant=tenant)


def plan(connection, statement, parameters=()):
    """Return the plan of a statement, line by line."""
    if "?1" in statement:
        parameters = numbered(*parameters)
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


def searches(lines):
    """Return what a plan searches and scans, but for the holders that it was given."""
    told = [line for line in lines if line.startswith(("SEARCH", "SCAN"))]
    return [line for line in told if line != "SCAN h" and "CONSTANT ROW" not in line]


@pytest.mark.parametrize("holders", [0, 1, 2, 30, 1 + MOST])
def test_hot_path_is_ranges_of_one_index(holders, path):
    """Each holder is one range of one index by all its columns, whatever the statistics say; nothing is sorted."""
    statement = statements.facts(holders)
    parameters = ("acme", "a-kim", 0, *("team", "support") * holders)
    keyed = "kind=? AND holder=? AND holder_kind=? AND tenant=? AND over_at"
    expected = {
        "SEARCH heads USING PRIMARY KEY (tenant=?)": 1,
        "SEARCH stances USING PRIMARY KEY (tenant=? AND agent=?)": 2,  # the tenant's, and the vendor's
        "SEARCH sessions USING INDEX sessions_held (agent=? AND tenant=? AND over_at>?)": 1,
        f"SEARCH g USING INDEX grants_held ({keyed}>?)": holders,
        f"SEARCH o USING COVERING INDEX grants_held ({keyed}<?)": holders,
        f"SEARCH c USING INDEX grants_held ({keyed}>?)": min(holders, 1),
    }
    with SQLiteStore(path) as store, looking_into(path) as connection:
        crowd(store)
        for _ in skew(connection):
            lines = plan(connection, statement, parameters)
            assert {key: count for key, count in expected.items() if count} == Counter(searches(lines))
            assert not [line for line in lines if "TEMP" in line or "AUTOMATIC" in line]


def everything(store, access):
    """Use every method of the store, for all it can be asked, in every state of a record."""
    made = fill(access)
    keeper = System("keeper")
    access.ledger.erase("acme", by=keeper, events=[2], people=["m-ana"])
    access.unfreeze("acme", by=admin())
    access.revoke("acme", made[-1].id, by=admin())
    access.revoke_all("acme", by=admin())
    give(access, "globex", key="k-1")
    give(access, "globex", key="k-1")
    waiting, given = ask(access, "globex"), consent(access, "globex")
    planted = (a_grant("gr_1", holder=KIM), a_grant("gr_2", parent="gr_1"))
    plant(store, *(attrs.evolve(each, tenant="initech") for each in planted), tenant="initech")
    for tenant in ("acme", "globex", "initech", "nobody"):
        reason(access, tenant)
        access.grants(tenant)
        access.consents(tenant)
        access.requests(tenant)
        access.ledger.history(tenant)
        store.rows(tenant)
        store.load(
            tenant,
            Want(
                grants=(made[0].id,),
                consents=(given.id,),
                requests=(waiting.id,),
                agents=("a-lee",),
                holder=KIM.holders[1],
                alive_after=NOW,
                cuts=True,
                document=True,
                retries=((("member", tenant, "m-ana"), "grant", "k-1"),),
            ),
        )
    access.ledger.verify("acme")
    access.visible_tenants(KIM)
    access.visible_tenants(Agent("a-kim"))
    access.delivery.sweep()
    access.ledger.forget_tenant("globex", by=keeper)
    access.ledger.history(VENDOR)


def test_no_statement_reads_a_whole_table(path):
    """Whatever the store asks or writes, it finds by an index or key, however many tenants there are."""
    store, access = opened(path)
    with store, looking_into(path) as connection:
        crowd(store, "crowded")
        said = asked(store, lambda: everything(store, access))
        wanted = {each for each in said if each.startswith(("SELECT", "WITH", "UPDATE", "DELETE"))}
        known = {each.split(" WHERE ")[0] for each in wanted}
        for stat in skew(connection):
            for statement in wanted:
                lines = plan(connection, statement)
                if stat != TRUE and statement.startswith("DELETE"):
                    continue  # a tenant is forgotten once
                assert not [each for each in searches(lines) if each.startswith("SCAN")], (statement, lines)
                assert not [each for each in lines if "TEMP" in each or "AUTOMATIC" in each], (
                    statement,
                    lines,
                )
    for table in (
        "heads",
        "entries",
        "texts",
        "documents",
        "stances",
        "cuts",
        "retries",
        "grants",
        "requests",
    ):
        assert [each for each in known if f"FROM {table}" in each], table


PLANS = {
    "tenants_1": (
        statements.tenants(1),
        5,
        ["grants USING COVERING INDEX grants_held (kind=? AND holder=? AND holder_kind=? AND tenant>?)"],
    ),
    "tenants_3": (
        statements.tenants(3),
        9,
        ["grants USING COVERING INDEX grants_held (kind=? AND holder=? AND holder_kind=? AND tenant>?)"] * 3,
    ),
    "in_order": (
        statements.GRANTS_OF,
        3,
        ["grants USING INDEX grants_in_order (tenant=? AND kind=? AND consent_seq>?)"],
    ),
    "consents_in_order": (
        statements.CONSENTS_OF,
        3,
        ["grants USING INDEX grants_in_order (tenant=? AND kind=? AND consent_seq>?)"],
    ),
    "requests_in_order": (
        statements.REQUESTS_OF,
        3,
        ["requests USING INDEX requests_in_order (tenant=? AND seq>?)"],
    ),
    "due": (
        statements.DUE,
        5,
        ["grants USING INDEX grants_due ((closes,tenant,id)>(?,?,?) AND closes<?)"],
    ),
    "requests_due": (
        statements.REQUESTS_DUE,
        5,
        ["requests USING INDEX requests_due ((lapses,tenant,id)>(?,?,?) AND lapses<?)"],
    ),
    "alive": (
        statements.ALIVE,
        4,
        ["grants USING INDEX grants_held (kind=? AND holder=? AND holder_kind=? AND tenant=? AND over_at>?)"],
    ),
    "entries": (
        statements.ENTRIES,
        3,
        ["entries USING INDEX sqlite_autoindex_entries_1 (tenant=? AND seq>?)"],
    ),
    "texts": (statements.TEXTS, 3, ["texts USING PRIMARY KEY (tenant=? AND seq>? AND seq<?)"]),
    "made": (statements.MADE, 2, ["grants USING INDEX sqlite_autoindex_grants_1 (tenant=? AND id=?)"]),
    "request": (
        statements.REQUEST,
        2,
        ["requests USING INDEX sqlite_autoindex_requests_1 (tenant=? AND id=?)"],
    ),
    "stance": (statements.STANCE_OF, 2, ["stances USING PRIMARY KEY (tenant=? AND agent=?)"]),
}


@pytest.mark.parametrize("name", PLANS)
def test_statement_is_a_range_in_its_own_order(name, path):
    """What is paged or listed comes out of one index in the order that is wanted; nothing is sorted."""
    statement, parameters, expected = PLANS[name]
    with SQLiteStore(path) as store, looking_into(path) as connection:
        crowd(store)
        for stat in skew(connection):
            lines = plan(connection, statement, (1,) * parameters)
            assert expected == [line.removeprefix("SEARCH ") for line in searches(lines)], stat
            assert not [line for line in lines if "TEMP" in line]


# --- no more than there is to read ------------------------------------------------------------------------------------


def steps(store, tenant="acme", agent=KIM):
    """Return how many instructions SQLite's machine carries out for a decision."""
    run = store._connections.mine().run
    count = [0]

    def tick():
        count[0] += 1

    store.read(tenant, agent.id, agent.holders, NOW)  # statistics, where there are new ones, are read now
    store._connections.mine().remembered.forget()
    run(lambda c: c.set_progress_handler(tick, 1))
    store.read(tenant, agent.id, agent.holders, NOW)
    run(lambda c: c.set_progress_handler(None, 1))
    return count[0]


def test_what_is_over_is_not_read(path):
    """Two hundred ended grants of a holder cost a decision nothing: it reads the live ones and the last that ended."""
    with SQLiteStore(path) as store, looking_into(path) as connection:
        live = a_grant("gr_live")
        ends = [
            a_grant(
                f"gr_{number}",
                ended=Ended(how=Ending.REVOKED, at=NOW - HOUR * (number + 1), by=System("x"), seq=1),
            )
            for number in range(200)
        ]
        plant(store, live, ends[0])
        few = steps(store)
        plant(store, *ends)
        connection.execute("ANALYZE")
        facts = store.read("acme", "a-kim", KIM.holders, NOW)
        assert [live, ends[0]] == sorted(facts.grants, key=lambda each: each.id, reverse=True)
        assert steps(store) <= few + 20
        assert 200 < len(store.find(GrantsOf(tenant="acme", after=0, limit=999)))


def test_consents_that_are_over_are_not_read(path):
    """Consents that are over cost a decision nothing, and never take the place of the grant that was over last."""
    with SQLiteStore(path) as store, looking_into(path) as connection:
        last = a_grant("gr_last", ended=attrs.evolve(ENDED, at=NOW - 9 * HOUR))
        live = a_consent("co_live")
        plant(store, last, live, a_consent("co_over", ended=ENDED))
        few = steps(store)
        over = [a_consent(f"co_{number}", ended=ENDED) for number in range(200)]
        ahead = [a_consent(f"co_a{number}", holder=Holder("team", f"team-{number}")) for number in range(100)]
        plant(store, *over, *ahead)
        connection.execute("ANALYZE")
        facts = store.read("acme", "a-kim", KIM.holders, NOW)
        assert ((last,), (live,)) == (facts.grants, facts.consents)
        assert steps(store) <= few + 20
        assert 302 == len(store.find(ConsentsOf(tenant="acme", after=0, limit=999)))
        assert (last,) == store.find(GrantsOf(tenant="acme", after=0, limit=999))


def test_other_tenants_and_holders_are_not_read(path):
    """However many other tenants and holders there are, a decision costs the same."""
    with SQLiteStore(path) as store, looking_into(path) as connection:
        plant(store, a_grant("gr_live"))
        few = steps(store)
        for number in range(30):
            tenant = f"tenant-{number}"
            plant(store, *(a_grant(f"gr_{n}", tenant=tenant) for n in range(20)), tenant=tenant)
        plant(store, *(a_grant(f"gr_o{n}", holder=Team(f"team-{n}")) for n in range(100)))
        connection.execute("ANALYZE")
        assert steps(store) <= few + 20


def instructions(store, call):
    """Return how many instructions SQLite's machine carries out for a call."""
    run = store._connections.mine().run
    count = [0]

    def tick():
        count[0] += 1

    run(lambda c: c.set_progress_handler(tick, 1))
    try:
        call()
    finally:
        run(lambda c: c.set_progress_handler(None, 1))
    return count[0]


def due_at(row):
    """Return what rows that are due are ordered by."""
    at = row.lapses if isinstance(row, AccessRequest) else row.window.closes
    return at, row.tenant, row.id


def test_due_is_paged_in_one_order(path):
    """Grants, consents and requests that are due come in one order, every one of them once, whatever the page."""
    past = {"window": window(-9, -1)}
    rows = {
        tenant: [
            *(a_grant(f"x_{n}a", tenant=tenant, window=window(-9, -3 + n % 3)) for n in range(6)),
            *(a_consent(f"x_{n}b", tenant=tenant, window=window(-9, -3 + n % 3)) for n in range(6)),
            *(a_request(f"x_{n}c", tenant=tenant, lapses_at=NOW + HOUR * (n % 3 - 3)) for n in range(6)),
        ]
        for tenant in ("acme", "globex", "Zed", "a-b")
    }
    # What has not come yet, what never comes, and what is recorded or settled, is not due.
    others = [
        a_grant("y_1"),
        a_grant("y_2", ended=ENDED, **past),
        a_grant("y_3", window=Window(NOW - HOUR, OpenEnded())),
        a_consent("y_4"),
        a_consent("y_5", ended=ENDED, **past),
        a_consent("y_6", window=Window(NOW - HOUR, OpenEnded())),
        a_request("y_7"),
        a_request("y_8", settled=SETTLED, lapses_at=NOW - HOUR),
        a_request("y_9", lapses_at=OpenEnded()),
    ]
    expected = sorted((each for of in rows.values() for each in of), key=due_at)
    memory = MemoryStore()
    with SQLiteStore(path) as store:
        for made in (store, memory):
            plant(made, *others)
            for tenant, of in rows.items():
                plant(made, *of, tenant=tenant)
            for limit in (1, 2, 5, 71, 72, 99):
                found, after = [], None
                while page := made.find(Due(by=NOW, after=after, limit=limit)):
                    assert len(page) <= limit
                    found += page
                    assert len(found) <= len(expected)
                    after = due_at(page[-1])
                assert expected == found
            assert () == made.find(Due(by=NOW - HOUR * 3 - TICK, limit=9))
            at_once = [each for each in expected if due_at(each)[0] == NOW - HOUR * 3]
            assert at_once == [*made.find(Due(by=NOW - HOUR * 3, limit=99))]
            assert len(expected) + 3 == len(
                made.find(Due(by=LATEST, limit=99))
            )  # what never ends is never due
            asked_for = made.find(RequestsOf(tenant="acme", after=0, limit=99))
            assert 9 == len(asked_for)


@pytest.mark.parametrize("make", [a_grant, a_request], ids=["grants", "requests"])
def test_page_of_what_is_due_begins_where_the_last_one_ended(make, path):
    """However many are due at the same instant before it, the next page is found as fast as the first."""
    over = {"window": window(-9, -1)} if make is a_grant else {"lapses_at": NOW - HOUR}
    with SQLiteStore(path) as store, looking_into(path) as connection:
        rows = [make(f"x_{number:03}", **over) for number in range(500)]
        plant(store, *rows)
        connection.execute("ANALYZE")
        first = Due(by=NOW, limit=3)
        late = Due(by=NOW, after=due_at(rows[490]), limit=3)
        assert rows[491:494] == [*store.find(late)]
        few = instructions(store, lambda: store.find(first))
        assert instructions(store, lambda: store.find(late)) <= 2 * few


# --- every row by its id ----------------------------------------------------------------------------------------------


def test_id_is_looked_up_as_the_kind_that_is_wanted(path):
    """A slice has only the kind that was wanted by an id, and the stances of all whom the rows name."""
    lee, max_ = Agent("a-lee"), Agent("a-max")
    for_lee = attrs.evolve(a_request().ask, holder=lee.holders[0])
    rows = [
        a_grant("x_1", holder=KIM),
        a_consent("x_2", holder=lee.holders[0]),
        a_request("x_3", by=max_, ask=for_lee),
    ]
    stances = [Stance(agent=each) for each in ("a-kim", "a-lee", "a-max", "a-zoe")]
    wanted = ("x_1", "x_2", "x_3", "x_4")
    memory = MemoryStore()
    with SQLiteStore(path) as store:
        for made in (store, memory):
            plant(made, *rows, *stances)
            for kinds, agents in (
                (("grants",), {"a-kim"}),
                (("consents",), {"a-lee"}),
                (("requests",), {"a-lee", "a-max"}),
                (("grants", "consents", "requests"), {"a-kim", "a-lee", "a-max"}),
            ):
                found = made.load("acme", Want(**dict.fromkeys(kinds, wanted)))
                each = [{**found.grants}, {**found.consents}, {**found.requests}]
                names = ("grants", "consents", "requests")
                assert [
                    {row.id: row} if n in kinds else {} for n, row in zip(names, rows, strict=True)
                ] == each
                assert agents == {*found.stances}
            assert {} == {**made.load("globex", Want(requests=wanted)).requests}


# --- no trust in times ------------------------------------------------------------------------------------------------


def test_scheduled_grants_never_allow(path):
    """Whatever statistics SQLite has, grants that have not begun allow nothing, and lists say what decisions say."""
    memory, (store, access) = MemoryStore(), opened(path)
    by_memory = door(memory)
    agents = [
        KIM,
        Agent("a-kim"),
        Agent("a-kim", teams={f"team-{n}" for n in range(12)}),
        Agent("a-kim", teams={"support", *(f"team-{n}" for n in range(60))}),
    ]
    with store, looking_into(path) as connection:
        grants = [
            *(a_grant(f"gr_s{n}", window=window(1, 2 + n)) for n in range(100)),
            *(
                a_grant(f"gr_t{n}", window=window(1 + n, 200), holder=Team(f"team-{n % 60}"))
                for n in range(120)
            ),
            *(
                a_grant(f"gr_e{n}", window=window(-9 - n, -n - 1), holder=Team(f"team-{n % 60}"))
                for n in range(120)
            ),
        ]
        live = a_grant("gr_live", holder=Team("team-7"))
        for each in (store, memory):
            plant(each, *grants)
        rounds = 0
        for _ in skew(connection):
            rounds += 1
            for agent in agents:
                mine, theirs = (each.authorize(agent, "acme", "board:read") for each in (access, by_memory))
                assert not mine.allowed
                assert (theirs.reason, theirs.valid_until) == (mine.reason, mine.valid_until)
                assert () == access.visible_tenants(agent, action="board:read")
        for each in (store, memory):
            plant(each, live)
        connection.execute("ANALYZE")
        for agent in agents:
            mine, theirs = (each.authorize(agent, "acme", "board:read") for each in (access, by_memory))
            assert (theirs.allowed, theirs.grant_id) == (mine.allowed, mine.grant_id)
            listed = [each.tenant for each in access.visible_tenants(agent, action="board:read")]
            assert (["acme"] if mine.allowed else []) == listed
        assert [False, False, True, True] == [
            each == reason(access, agent=a) for a in agents for each in ["allowed"]
        ]
        assert 4 == rounds
