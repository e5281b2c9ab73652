"""Print every decision of some fixed histories, with its explanation: run by the tests of I-19 on odd machines."""

import sys

from properties.strategies import grid, moments, past
from properties.vocabulary import TENANTS

for seed in range(int(sys.argv[1])):
    world = past(seed, 40)
    for tenant in TENANTS:
        for event in world.access.ledger.history(tenant):
            sys.stdout.write(f"{event} {event.to_data()}\n")
    for agent, action, resource in grid(seed):
        for seen in world.access.visible_tenants(agent, action=action):
            places = sorted(seen.resources)
            sys.stdout.write(f"{seen.tenant} {seen.tenant_wide} {places} {seen.valid_until}\n")
        for now in moments(world)[-9:]:
            decision = world.access.authorize(agent, TENANTS[0], action, now, resource=resource)
            told = (decision.explain(), decision.explain(to="agent"), decision.to_dict())
            sys.stdout.write(f"{told}\n")
