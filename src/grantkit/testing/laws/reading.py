"""Laws of reading: everything that a decision or a command must know of, and every bound exact."""

from itertools import product

import attrs

from grantkit.inputs import EARLIEST, LATEST
from grantkit.lifecycle import Want
from grantkit.model import Ending, Holder, Row, Stance
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import (
    DAY,
    HOLDERS,
    HOUR,
    KIM,
    LEE,
    MOST,
    NOON,
    SUPPORT,
    TECH,
    TICK,
    consent,
    freeze,
    grant,
    moved,
    over,
    team,
    window,
)


def what_is_not_over_is_read(bench: Bench) -> None:
    """Every grant that is not over is read, scheduled ones and those without an end too: more is no harm, fewer is."""
    shelf = bench.shelf()
    rows: list[Row] = []
    # Starts before, at and after the asking, in every order: an index that narrows by the start loses some of them.
    starts = [NOON + days * DAY for days in range(-9, 10)] + [NOON - TICK, NOON, NOON + TICK]
    for place, (start, holder) in enumerate(product(starts, (KIM, SUPPORT, TECH)), 1):
        end = None if place % 5 == 0 else max(start, NOON) + place * HOUR
        rows.append(grant(f"gr_{place}", holder=holder, window=window(start, end), consent_seq=place))
    shelf.put("acme", *rows)
    for number in range(8):  # and enough besides, for a planner to prefer another way
        shelf.put(f"tenant-{number}", *(moved(row, f"tenant-{number}") for row in rows[::4]))
    for after in (
        NOON - 30 * DAY,
        NOON - TICK,
        NOON,
        NOON + TICK,
        NOON + 5 * DAY,
        NOON + 300 * DAY,
        LATEST,
    ):
        for holders in (HOLDERS, (KIM,), (SUPPORT, TECH), (KIM, SUPPORT, TECH), (LEE,), ()):
            asking.read(bench, shelf, "acme", holders, after)
            asking.listed(bench, shelf, holders, after)
        for holder in (KIM, SUPPORT, LEE):
            asking.load(bench, shelf, "acme", Want(holder=holder, alive_after=after))


def what_ended_is_not_absent(bench: Bench) -> None:
    """Of each holder the grants that were over last are read, all that share the instant, however they ended."""
    shelf = bench.shelf()
    for holder in (KIM, LEE):  # by time alone, the last one of several
        for days in (3, 2, 1):
            made = grant(
                f"gr_{holder.id}_{days}", holder=holder, window=window(NOON - 9 * DAY, NOON - days * DAY)
            )
            shelf.put("acme", attrs.evolve(made, consent_seq=days))
    earlier = [
        grant(f"gr_s{place}", holder=SUPPORT, ended=over(NOON - HOUR, how=how), consent_seq=10 + place)
        for place, how in enumerate(Ending)
    ]
    by_time = grant("gr_s9", holder=SUPPORT, window=window(NOON - DAY, NOON - HOUR), consent_seq=30)
    before = grant("gr_s8", holder=SUPPORT, ended=over(NOON - HOUR - TICK), consent_seq=31)
    late = grant("gr_s7", holder=TECH, ended=over(NOON + HOUR), window=window(NOON - DAY, NOON - 2 * HOUR))
    shelf.put("acme", *earlier, by_time, before, late)
    shelf.put(
        "acme", grant("gr_ahead", holder=LEE, window=window(NOON + DAY, NOON + 2 * DAY), consent_seq=40)
    )
    shelf.put("globex", grant("gr_only", "globex", holder=KIM, ended=over(EARLIEST + TICK)))
    for after in (
        NOON,
        NOON - HOUR,
        NOON - HOUR - TICK,
        NOON - 2 * HOUR,
        NOON - 2 * DAY,
        NOON - 8 * DAY,
        LATEST,
    ):
        for holders in ((KIM,), (LEE,), (SUPPORT,), (TECH,), (KIM, SUPPORT), (KIM, LEE, SUPPORT, TECH)):
            for tenant in ("acme", "globex"):
                asking.read(bench, shelf, tenant, holders, after)
    facts = asking.read(bench, shelf, "acme", (SUPPORT,))
    shared = {each.id for each in (*earlier, by_time)}
    bench.same("what was over last", shared, shared & {each.id for each in facts.grants})


def bounds_are_exact(bench: Bench) -> None:
    """A grant that is over at the very bound is over, and a microsecond later it is not: for every bound there is."""
    shelf = bench.shelf()
    edges = (EARLIEST + 2 * TICK, NOON - HOUR, NOON, NOON + HOUR, LATEST - TICK)
    number = 0
    for edge in edges:
        for at in (edge - TICK, edge, edge + TICK):
            number += 1
            closing = grant(
                f"gr_{number}", holder=team(number), window=window(EARLIEST, at), consent_seq=number
            )
            ended = grant(
                f"gr_x{number}",
                holder=team(number + 100),
                window=window(EARLIEST, None),
                ended=over(at),
                consent_seq=number + 100,
            )
            shelf.put(f"tenant-{number}", moved(closing, f"tenant-{number}"))
            shelf.put("acme", closing, ended)
    shelf.put("acme", grant("gr_open", holder=team(0), window=window(LATEST - HOUR, None), consent_seq=999))
    holders = tuple(team(place) for place in (*range(number + 1), *range(101, 101 + number)))
    for edge in (EARLIEST, *edges, LATEST):
        for after in {max(edge - TICK, EARLIEST), edge, min(edge + TICK, LATEST)}:
            asking.read(bench, shelf, "acme", holders, after)
            asking.listed(bench, shelf, holders, after)
            for place in (0, 1, 8, number, 108):
                want = Want(holder=team(place), alive_after=after)
                asking.load(bench, shelf, "acme", want)


def all_that_a_grant_rests_on_is_read(bench: Bench) -> None:
    """All ancestors of what is read come with it, over or not, and the stances of the agents who hold them."""
    shelf = bench.shelf()
    chain = [
        grant("gr_top", holder=TECH, consent_seq=1, ended=over(NOON - DAY)),
        grant("gr_1", holder=LEE, parent="gr_top", consent_seq=2, window=window(NOON + DAY, None)),
        grant("gr_2", holder=Holder("agent", "a-max"), parent="gr_1", consent_seq=3, ended=over(NOON - HOUR)),
        grant("gr_3", holder=Holder("agent", "support"), parent="gr_2", consent_seq=4),
        grant("gr_leaf", holder=KIM, parent="gr_3", consent_seq=5),
        grant("gr_lost", holder=SUPPORT, parent="gr_gone", consent_seq=6),
        grant("gr_over", holder=SUPPORT, parent="gr_1", consent_seq=7, ended=over(NOON - HOUR)),
        grant("gr_other", holder=LEE, consent_seq=8),
    ]
    stances = [
        Stance(agent=name, cut_off=place) for place, name in enumerate(("a-lee", "a-max", "a-kim", "tech"))
    ]
    shelf.put("acme", *chain, *stances, Stance(agent="support", freeze=freeze()))
    for holders in ((KIM,), (SUPPORT,), HOLDERS, (LEE,), (TECH,)):
        asking.read(bench, shelf, "acme", holders)
        asking.listed(bench, shelf, holders)
    facts = asking.read(bench, shelf, "acme", (KIM,))
    wanted = {"gr_3", "gr_2", "gr_1", "gr_top"}
    bench.same("lineage of gr_leaf", wanted, wanted & {*facts.lineage})
    bench.same(
        "holders in it", {"a-lee", "a-max", "support"}, {"a-lee", "a-max", "support"} & {*facts.stances}
    )
    # What was added later, to a tenant where nothing rested on anything, is walked as well.
    shelf.put("globex", grant("gr_a", "globex", holder=LEE))
    asking.read(bench, shelf, "globex", (KIM,))
    shelf.put(
        "globex", grant("gr_b", "globex", holder=KIM, parent="gr_a", consent_seq=2), Stance(agent="a-lee")
    )
    asking.read(bench, shelf, "globex", (KIM,))


def what_may_be_relied_on_is_read(bench: Bench) -> None:
    """Consents of the agent and of each team that are not over are read, exact to the microsecond, and no others."""
    shelf = bench.shelf()
    shelf.put("acme", grant("gr_1", holder=SUPPORT))
    asking.read(bench, shelf, "acme", HOLDERS)
    edges = (EARLIEST + 2 * TICK, NOON - HOUR, NOON, NOON + HOUR, LATEST - TICK)
    instants = [edge + ticks * TICK for edge in edges for ticks in (-1, 0, 1)]
    rows: list[Row] = []
    for place, (at, holder) in enumerate(product(instants, (KIM, SUPPORT, TECH, LEE)), 1):
        # Over by time, and by a recorded end; begun already, and scheduled.
        closing = consent(f"cn_{place}", holder=holder, window=window(EARLIEST, at), consent_seq=place)
        scheduled = window(NOON + DAY if at > NOON + DAY else at - TICK, None)
        ended = consent(
            f"cn_x{place}", holder=holder, window=scheduled, ended=over(at), consent_seq=500 + place
        )
        rows += [closing, ended]
    rows += [consent("cn_open", holder=TECH, window=window(LATEST - HOUR, None), consent_seq=999)]
    shelf.put("acme", *rows, Stance(agent="a-kim", cut_off=1), Stance(agent="a-lee", cut_off=2))
    shelf.put("globex", *(moved(row, "globex") for row in rows[::7]))
    shelf.put("initech", grant("gr_1", "initech", holder=SUPPORT), moved(rows[-1], "initech"))
    for after in (EARLIEST, *instants, LATEST):
        for holders in ((KIM,), (SUPPORT, TECH), (KIM, SUPPORT, TECH), (LEE,), ()):
            asking.read(bench, shelf, "acme", holders, after)
        asking.listed(bench, shelf, HOLDERS, after)
    for tenant in ("globex", "initech", "new"):
        asking.read(bench, shelf, tenant, (KIM, TECH))
    for after in instants[::-1]:  # what was read with a later bound does not do for an earlier one
        asking.read(bench, shelf, "acme", (KIM, TECH), after)
    facts = asking.read(bench, shelf, "acme", (LEE,))
    bench.same("stance of a-lee", Stance(agent="a-lee", cut_off=2), facts.stances.get("a-lee"))


def consents_are_no_grants(bench: Bench) -> None:
    """A consent is never among the grants, alive or over, and hides none: not the last that was over either."""
    shelf = bench.shelf()
    ended = grant("gr_over", holder=SUPPORT, ended=over(NOON - DAY))
    shelf.put(
        "acme",
        ended,
        grant("gr_before", holder=SUPPORT, ended=over(NOON - 2 * DAY), consent_seq=2),
        consent("cn_later", holder=SUPPORT, ended=over(NOON - HOUR), consent_seq=3),
        consent("cn_last", holder=SUPPORT, window=window(NOON - DAY, NOON), consent_seq=4),
        consent("cn_live", holder=SUPPORT, window=window(end=None), consent_seq=5),
        consent("cn_alone", holder=KIM, consent_seq=6),
    )
    for after in (NOON, NOON - HOUR, NOON - HOUR - TICK, NOON - DAY, NOON + DAY, LATEST):
        for holders in ((SUPPORT,), (KIM,), HOLDERS):
            facts = asking.read(bench, shelf, "acme", holders, after)
            bench.true("grants are grants", all(each.id.startswith("gr_") for each in facts.grants))
            asking.listed(bench, shelf, holders, after)
        for holder in HOLDERS:
            found = asking.load(bench, shelf, "acme", Want(holder=holder, alive_after=after))
            bench.same("consents that nobody asked for", {}, dict(found.consents))
    facts = asking.read(bench, shelf, "acme", HOLDERS)
    bench.among("what was over last", {"gr_over": ended}, {each.id: each for each in facts.grants})
    # Where there are consents alone, there is nothing to be listed.
    shelf.put("globex", consent("cn_1", "globex", holder=KIM), consent("cn_2", "globex", consent_seq=2))
    asking.read(bench, shelf, "globex", HOLDERS)
    asking.listed(bench, shelf, HOLDERS)


def what_rests_on_a_consent_comes_with_it(bench: Bench) -> None:
    """Where a grant rests on a consent, that comes with it, over or not, and the stance of the agent who holds it."""
    shelf = bench.shelf()
    max_ = Holder("agent", "a-max")
    shelf.put(
        "acme",
        consent("cn_live", holder=LEE),
        consent("cn_over", holder=max_, ended=over(NOON - DAY), consent_seq=2),
        consent("cn_ahead", holder=TECH, window=window(NOON + DAY, None), consent_seq=3),
        consent("cn_other", holder=LEE, consent_seq=4),
        grant("gr_1", holder=KIM, parent="cn_live", consent_seq=5),
        grant("gr_2", holder=SUPPORT, parent="cn_over", consent_seq=6),
        grant("gr_3", holder=KIM, parent="gr_2", consent_seq=7),
        grant("gr_4", holder=TECH, parent="cn_ahead", consent_seq=8),
        grant("gr_5", holder=team(1), parent="cn_gone", consent_seq=9),
        Stance(agent="a-lee", freeze=freeze(), cut_off=3),
        Stance(agent="a-max", cut_off=1),
    )
    for holders in ((KIM,), (SUPPORT,), (TECH,), (team(1),), HOLDERS, (KIM, TECH)):
        for after in (NOON, NOON - 2 * DAY, LATEST):
            asking.read(bench, shelf, "acme", holders, after)
            asking.listed(bench, shelf, holders, after)
    facts = asking.read(bench, shelf, "acme", (KIM,))
    wanted = {"cn_live", "cn_over", "gr_2"}
    bench.same("lineage", wanted, wanted & {*facts.lineage})
    bench.same("stances of it", {"a-lee", "a-max"}, {"a-lee", "a-max"} & {*facts.stances})
    # It ends: what rests on it is read with it as it is now.
    shelf.put("acme", consent("cn_live", holder=LEE, ended=over(NOON - TICK)))
    asking.read(bench, shelf, "acme", (KIM,))


def chains_come_to_an_end(bench: Bench) -> None:
    """A chain of many ancestors is read to its end, and one that bites its own tail comes to an end as well."""
    shelf = bench.shelf()
    deep = [
        grant(
            f"gr_{place}",
            holder=team(place),
            parent=f"gr_{place - 1}" if place else None,
            consent_seq=place + 1,
        )
        for place in range(150)
    ]
    shelf.put("deep", *(moved(each, "deep") for each in deep))
    loops = {
        "gr_self": "gr_self",
        "gr_a": "gr_b",
        "gr_b": "gr_a",
        "gr_in": "gr_a",
        "gr_x": "gr_y",
        "gr_y": "gr_y",
    }
    rows = [
        grant(ident, "loops", holder=Holder("team", ident), parent=parent, consent_seq=place)
        for place, (ident, parent) in enumerate(loops.items(), 1)
    ]
    shelf.put("loops", *rows)

    def ask() -> bool:
        for place in (149, 75, 1, 0):
            asking.read(bench, shelf, "deep", (team(place),))
        for ident in loops:
            asking.read(bench, shelf, "loops", (Holder("team", ident),))
            asking.listed(bench, shelf, (Holder("team", ident),))
        return True

    bench.within("reading chains", ask)


def what_stands_against_an_agent_is_read(bench: Bench) -> None:
    """Facts are marked with the asking agent and hold its stance, as whomever it asks and whatever it holds."""
    shelf = bench.shelf()
    shelf.put("acme", Stance(agent="a-kim", freeze=freeze(), cut_off=3), Stance(agent="a-lee", cut_off=MOST))
    shelf.put("acme", grant("gr_1", holder=SUPPORT), grant("gr_2", holder=LEE, consent_seq=2))
    shelf.put("globex", grant("gr_3", "globex", holder=SUPPORT), Stance(agent="a-lee", freeze=freeze()))
    for tenant, agent in product(("acme", "globex", "new"), ("a-kim", "a-lee", "a-max", "support")):
        for holders in ((), (SUPPORT,), (Holder("agent", agent), SUPPORT), (LEE,), (TECH,)):
            facts = asking.read(bench, shelf, tenant, holders, agent=agent)
            bench.same("for whom", agent, facts.agent)
            asking.listed(bench, shelf, holders, agent=agent)
    found = asking.read(bench, shelf, "acme", (TECH,))
    bench.same(
        "stance of a-kim", Stance(agent="a-kim", freeze=freeze(), cut_off=3), found.stances.get("a-kim")
    )
    shelf.put("acme", Stance(agent="a-kim", cut_off=4))
    asking.read(bench, shelf, "acme", HOLDERS)


def many_holders_are_asked_for_at_once(bench: Bench) -> None:
    """An agent in 256 teams is asked for in one go, and so are two thousand grants, consents, requests and keys."""
    shelf = bench.shelf()
    teams = tuple(Holder("team", f"team-{number}") for number in range(256))
    rows: list[Row] = [
        grant(f"gr_{place}", holder=team, consent_seq=place + 1) for place, team in enumerate(teams)
    ]
    rows += [consent(f"cn_{place}", holder=team, consent_seq=300 + place) for place, team in enumerate(teams)]
    shelf.put("acme", *rows)
    holders = (KIM, *teams)
    asking.read(bench, shelf, "acme", holders)
    asking.listed(bench, shelf, holders)
    ids = tuple(f"gr_{number}" for number in range(2_000))
    keys = tuple((("agent", "a-kim"), "grant", f"k-{number}") for number in range(2_000))
    asking.load(bench, shelf, "acme", Want(grants=ids, consents=ids, requests=ids, agents=ids, retries=keys))


LAWS = (
    what_is_not_over_is_read,
    what_ended_is_not_absent,
    bounds_are_exact,
    all_that_a_grant_rests_on_is_read,
    what_may_be_relied_on_is_read,
    consents_are_no_grants,
    what_rests_on_a_consent_comes_with_it,
    chains_come_to_an_end,
    what_stands_against_an_agent_is_read,
    many_holders_are_asked_for_at_once,
)
