"""A store with one thing wrong is found out by the kills of `test_kills`; so those would find it in ours."""

from random import Random

import pytest

from crashes.crash_campaign import (
    EACH,
    MOMENTS,
    Campaign,
    Found,
    HalfApplied,
    LostAcknowledged,
    Plan,
    TextLeft,
)
from crashes.warm_host import Host
from grantkit import GrantkitError
from grantkit.errors import Corrupt, StoreError

MOST = EACH
"""Within how many kills at a point it must be found out: as many as `test_kills` makes there."""


@pytest.fixture(scope="module")
def host():
    with Host("crash_host") as found:
        yield found


WRONG = {
    "commits each statement": ("grant", "after INSERT entries", HalfApplied),
    "acknowledges before it commits": ("revoke", "after the acknowledgement", LostAcknowledged),
    "keeps no journal": ("grant", "inside COMMIT", (Found, GrantkitError)),
    "overwrites nothing": ("erase", "after checkpoint", TextLeft),
    "writes the projection in a second transaction": ("grant", "after COMMIT", HalfApplied),
    "writes keys in a second transaction": ("grant", "after COMMIT", HalfApplied),
    "erases before it says so": ("erase", "after COMMIT", HalfApplied),
    "forgets before it says so": ("forget", "after COMMIT", HalfApplied),
}


def strike_often(campaign, verb, point):
    """Kill so many processes while they do a command of that verb."""
    for _ in range(MOST):
        campaign.go_to(verb)
        campaign.strike(Plan(point))


@pytest.mark.parametrize("store", WRONG)
def test_a_store_with_one_thing_wrong_is_found_out(host, tmp_path, store):
    """A store that is not whole, not durable, or keeps what is erased, is found out by as many kills at a point."""
    verb, point, how = WRONG[store]
    with Campaign(host, tmp_path, store=store) as campaign, pytest.raises(how):
        strike_often(campaign, verb, point)


def strike_at_moments(campaign):
    """Kill as many processes as `test_kills` does at moments that nobody chose."""
    rng = Random(7)  # noqa: S311  # repeatable on purpose
    for _ in range(MOMENTS):
        campaign.strike(Plan(timed=(rng.randrange(1, 6), rng.random() * 0.008)))


def test_kills_at_some_moment_find_it_out_too(host, tmp_path):
    """A store that commits each statement is found out by kills at moments that nobody chose."""
    with Campaign(host, tmp_path, store="commits each statement") as campaign, pytest.raises(HalfApplied):
        strike_at_moments(campaign)


@pytest.mark.parametrize("point", ["after CREATE heads", "after CREATE due"])
def test_a_file_that_is_laid_out_step_by_step_is_found_out(host, tmp_path, point):
    """Where the layout of a new file is not one transaction, a kill in the middle leaves what nobody can open."""
    with Campaign(host, tmp_path, store="commits each statement") as campaign, pytest.raises(Corrupt):
        campaign.strike(Plan(point))


def test_a_file_that_is_brought_up_step_by_step_is_found_out(host, tmp_path):
    """Where bringing a file up is not one transaction, a kill in the middle leaves what nobody can open."""
    with Campaign(host, tmp_path, store="commits each statement") as campaign:
        campaign.strike(Plan("after the acknowledgement"))
        campaign.make_old()
        with pytest.raises(StoreError):
            campaign.strike(Plan("after CREATE due"))
