"""Facts are used again only while nobody has written: no decision is older than a read would be."""

import threading
from datetime import timedelta

import pytest

from grantkit import AccessRules, Agent, System, Team
from grantkit.stores import SQLiteStore
from grantkit.stores.sqlite import remembered
from grantkit.stores.sqlite.connections import Held
from unit.stores.sqlitefiles import (
    COUNT,
    KIM,
    NOW,
    RULES,
    admin,
    asked,
    consent,
    door,
    give,
    interrupted,
    looking_into,
    only_told,
    opened,
    reason,
)


@pytest.fixture
def path(tmp_path):
    """Return where a file may be, in a folder of its own."""
    return tmp_path / "file.db"


def freeze_here(store, access, path):
    access.freeze("acme", by=admin())


def freeze_in_another_thread(store, access, path):
    thread = threading.Thread(daemon=True, target=lambda: access.freeze("acme", by=admin()))
    thread.start()
    thread.join()


def freeze_through_another_store(store, access, path):
    with SQLiteStore(path) as other:
        door(other).freeze("acme", by=admin())


def freeze_and_forget(store, access, path):
    with SQLiteStore(path) as other:
        door(other).freeze("acme", by=admin())
        other.compact()


def freeze_by_hand(store, access, path):
    with SQLiteStore(path) as other, looking_into(path) as raw:
        door(other).freeze("globex", by=admin("globex"))
        raw.execute("UPDATE heads SET freeze = (SELECT freeze FROM heads WHERE tenant = 'globex')")


WRITERS = [
    freeze_here,
    freeze_in_another_thread,
    freeze_through_another_store,
    freeze_and_forget,
    freeze_by_hand,
]


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_whatever_is_written_is_known_at_once(write, path):
    """Whoever writes, and however: the next decision of every thread knows it."""
    store, access = opened(path)
    gate, written, answers = threading.Event(), threading.Event(), []

    def other():
        answers.append(reason(access))
        gate.set()
        written.wait()
        answers.append(reason(access))

    with store:
        give(access)
        thread = threading.Thread(daemon=True, target=other)
        thread.start()
        gate.wait()
        for _ in range(3):
            assert "allowed" == reason(access)
        write(store, access, path)
        written.set()
        thread.join()
        assert "frozen" == reason(access)
        assert ["allowed", "frozen"] == answers


def test_nothing_is_read_twice_while_nobody_writes(path):
    """While nobody writes, a decision only asks whether somebody did; each agent and tenant is remembered apart."""
    store, access = opened(path)
    with store:
        give(access)
        reason(access)
        for _ in range(2):
            assert [COUNT] == asked(store, lambda: reason(access))
        for agent, tenant in (
            (Agent("a-lee", teams={"support"}), "acme"),
            (Agent("a-kim"), "acme"),
            (KIM, "globex"),
        ):
            said = asked(store, lambda a=agent, t=tenant: reason(access, t, a))
            assert [COUNT] == said[:1]
            assert 2 == len(said)
        assert ["no_grant", "allowed"] == [reason(access, agent=Agent("a-kim")), reason(access)]
        give(access, "globex")
        assert 2 == len(asked(store, lambda: reason(access)))


def test_consent_that_was_revoked_is_not_remembered(path):
    """A written permission counts from when it was given until it was revoked, at the next decision of everybody."""
    flows = RULES.to_data()["flows"]
    rules = AccessRules.from_data({"flows": flows, "demands": [{"beyond": [], "needs": "written"}]})
    (store, access), (other, beside) = opened(path, rules=rules), opened(path, rules=rules)
    with store, other:
        give(access)
        assert "needs_consent" == reason(access)
        for _ in range(2):
            given = consent(beside)
            assert ["allowed"] * 2 == [reason(access), reason(beside)]
            beside.revoke("acme", given.id, by=admin())
            assert ["needs_consent"] * 2 == [reason(access), reason(beside)]
        consent(access)
        assert "allowed" == reason(access)
        assert [COUNT] == asked(store, lambda: reason(access))


def test_earlier_instants_are_read_anew(path):
    """Facts that were read at a later instant are none for an earlier one: what has ended is missing in them."""
    store, access = opened(path)
    with store:
        give(access)
        give(access, ends=type(give(access).term)(hours=9))
        decide = access.authorize
        for hours, allowed in ((10, False), (5, True), (1, True), (10, False), (0, True)):
            assert allowed is decide(KIM, "acme", "board:read", NOW + timedelta(hours=hours)).allowed
        early = decide(KIM, "acme", "board:read", NOW + timedelta(hours=1))
        with SQLiteStore(path) as other:
            for minutes in (61, 239, 240, 241, 539, 540, 900):
                now = NOW + timedelta(minutes=minutes)
                mine = decide(KIM, "acme", "board:read", now)
                theirs = door(other).authorize(KIM, "acme", "board:read", now)
                assert theirs.to_dict() == mine.to_dict()
                assert theirs.explain() == mine.explain()
        assert early.allowed


def test_connection_that_is_opened_anew_remembers_nothing(path):
    """Every connection counts from somewhere else: what another had read is forgotten where a new one begins."""
    store, access = opened(path)
    other, beside = opened(path)
    with store, other:
        give(beside)
        store._connections.mine().close()
        assert "allowed" == reason(access)
        store._connections.mine().close()
        beside.freeze("acme", by=admin())
        assert "frozen" == reason(access)


def test_only_so_much_is_remembered(path, monkeypatch):
    """However many agents ask, only so much is kept, and every answer is right."""
    monkeypatch.setattr(remembered, "_MOST", 3)
    store, access = opened(path)
    with store:
        for number in range(0, 10, 2):
            give(access, to=Team(f"team-{number}"))
        agents = [Agent("a-kim", teams={f"team-{number}"}) for number in range(10)]
        for _ in range(2):
            assert ["allowed", "no_grant"] * 5 == [reason(access, agent=agent) for agent in agents]
        assert 3 >= len(store._connections.mine().remembered._facts)


@only_told
def test_interrupted_writer_knows_what_it_wrote(path):
    """Wherever a command is interrupted, what it has written is known to its own thread as to every other."""
    store, access = opened(path)
    other, beside = opened(path)
    with store, other:
        give(access)
        number, frozen, going = 0, set(), True
        while going:
            number += 1
            assert "allowed" == reason(access)
            going = interrupted(number, lambda: access.freeze("acme", by=admin()))
            assert reason(beside) == reason(access)
            if "frozen" == reason(beside):
                frozen.add(number)
                beside.unfreeze("acme", by=admin())
        assert len(frozen) > 1  # some were interrupted after they had been written
        assert "acme" == access.ledger.verify("acme").tenant


def test_what_is_read_just_before_a_write_does_not_outlast_it(path, monkeypatch):
    """A signal handler may decide where a command is about to write: what it read is forgotten with the write."""
    store, access = opened(path)
    with store:
        give(access)
        run = Held.run

        def decide_first(held, work, *args, **kwargs):
            monkeypatch.setattr(Held, "run", run)
            assert "allowed" == reason(access)
            return run(held, work, *args, **kwargs)

        append = store.append

        def about_to_write(*args):
            monkeypatch.setattr(Held, "run", decide_first)
            append(*args)

        monkeypatch.setattr(store, "append", about_to_write)
        access.freeze("acme", by=admin())
        assert "frozen" == reason(access)


def test_erased_facts_are_not_remembered(path):
    """What was erased or forgotten is in no decision afterwards, either."""
    store, access = opened(path)
    other, beside = opened(path)
    with store, other:
        give(access, reason="canary")
        assert "canary" == access.authorize(KIM, "acme", "board:read").considered[0].grant.reason
        beside.ledger.erase("acme", by=System("keeper"), events=[2])
        assert "" == access.authorize(KIM, "acme", "board:read").considered[0].grant.reason
        beside.ledger.forget_tenant("acme", by=System("keeper"))
        assert "no_grant" == reason(access)
