"""I-25: what is stored is what the record folds to, after any history."""

from itertools import pairwise

from hypothesis import given

from grantkit.lifecycle import Want, project, replay
from grantkit.model import Cut
from properties.strategies import FEWER, SEEDS, past
from properties.vocabulary import AGENTS, TENANTS


@FEWER
@given(SEEDS)
def test_i25_replaying_the_record_gives_the_stored_rows(seed: int):
    """The fold of a tenant's events is its head, its grants and its stances, row for row, and there are no others."""
    world = past(seed)
    for tenant in TENANTS:
        rows = replay(world.access.ledger.history(tenant))
        ids = tuple(status.grant.id for status in world.access.grants(tenant))
        stored = world.store.load(tenant, Want(grants=ids, agents=AGENTS, cuts=True))
        folded = {key: row for key, row in rows.items() if not isinstance(row, Cut)}
        assert folded == (stored.rows if rows else {})
        assert tuple(row for row in rows.values() if isinstance(row, Cut)) == stored.cuts


@FEWER
@given(SEEDS)
def test_i25_sequences_have_no_gap_and_time_never_runs_back(seed: int):
    """Events are numbered from 1 without gaps, and only a corrected clock sets the record's time back."""
    world = past(seed)
    for tenant in TENANTS:
        events = world.access.ledger.history(tenant)
        assert list(range(1, len(events) + 1)) == [event.seq for event in events]
        for one, other in pairwise(events):
            assert one.at <= other.at or one.kind == "clock_corrected"


@FEWER
@given(SEEDS)
def test_i25_a_prefix_replayed_and_the_rest_folded_on_is_the_whole(seed: int):
    """Folding in two goes gives what folding in one does."""
    world = past(seed)
    events = world.access.ledger.history(TENANTS[0])
    half = replay(events[: len(events) // 2])
    assert replay(events) == {**half, **project(half, events[len(events) // 2 :])}
