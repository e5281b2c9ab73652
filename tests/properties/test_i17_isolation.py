"""I-17: what happens at one tenant is nothing to another."""

from hypothesis import given
from hypothesis import strategies as st

from properties.differential import Run
from properties.strategies import FEWER, SEEDS, grid, moments
from properties.vocabulary import TENANTS, Step
from properties.world import World


def lived(steps: list[Step]) -> World:
    world = World()
    for step in steps:
        world.take(step)
    return world


@FEWER
@given(SEEDS, st.sampled_from(TENANTS))
def test_i17_another_tenants_past_changes_nothing(seed: int, tenant: str):
    """With every other tenant's commands left out, one tenant's record is the same to the byte, and its answers are."""
    run = Run(seed)
    all_of_it = run.live(30, 0)
    alone = lived([step for step in run.steps if step.tenant in ("", tenant)])
    assert all_of_it.store.events(tenant, 0, 1_000) == alone.store.events(tenant, 0, 1_000)
    assert all_of_it.access.ledger.history(tenant) == alone.access.ledger.history(tenant)
    assert all_of_it.access.ledger.head(tenant) == alone.access.ledger.head(tenant)
    assert all_of_it.access.grants(tenant) == alone.access.grants(tenant)
    for agent, action, resource in grid(seed):
        for now in moments(alone)[:6]:
            asked = {"now": now, "resource": resource}
            one = all_of_it.access.authorize(agent, tenant, action, **asked)
            other = alone.access.authorize(agent, tenant, action, **asked)
            assert one.to_dict() == other.to_dict()
            assert one.explain() == other.explain()


@FEWER
@given(SEEDS, st.sampled_from(TENANTS))
def test_i17_an_agents_list_holds_no_other_tenants_resources(seed: int, tenant: str):
    """What is listed for a tenant is what its own record gives: the same with every other tenant left out."""
    run = Run(seed)
    all_of_it = run.live(30, 0)
    alone = lived([step for step in run.steps if step.tenant in ("", tenant)])
    for agent, action, _ in grid(seed)[:4]:
        both = [world.access.visible_tenants(agent, action=action) for world in (all_of_it, alone)]
        one, other = ([each for each in seen if each.tenant == tenant] for seen in both)
        assert one == other
