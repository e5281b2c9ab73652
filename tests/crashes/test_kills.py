"""[I-25, I-29] A process that is killed leaves every acknowledged command behind, and none by half."""

import subprocess
from random import Random

import pytest

from crashes.crash_campaign import EACH, MOMENTS, Campaign, Plan
from crashes.crash_points import COMMANDS, MIGRATING, OPENING
from crashes.warm_host import Host


@pytest.fixture(scope="module")
def host():
    with Host("crash_host") as found:
        yield found


def seed_of(point):
    return sum(point.encode())


@pytest.mark.parametrize("witness", [False, True], ids=["alone", "beside another"])
@pytest.mark.parametrize("point", COMMANDS)
def test_a_kill_at_a_point_of_a_command_halves_nothing(host, tmp_path, point, witness):
    """Killed at any point of a command, it is recorded whole or not at all, and those acknowledged are recorded."""
    rng = Random(seed_of(point))  # noqa: S311  # repeatable on purpose
    with Campaign(host, tmp_path, seed=seed_of(point), witness=witness) as campaign:
        for _ in range(EACH // 2):
            nth = rng.choice([1, 2, 4])
            while not campaign.strike(Plan(point, nth)):
                nth = 1  # what was left of the story comes there less often

    assert {point: EACH // 2} == campaign.kills


@pytest.mark.parametrize("witness", [False, True], ids=["alone", "beside another"])
def test_a_kill_at_some_moment_halves_nothing(host, tmp_path, witness):
    """Killed at moments that nobody chose, from the first look at the file on, it is the same."""
    rng = Random(witness)  # noqa: S311  # repeatable on purpose
    with Campaign(host, tmp_path, seed=witness, witness=witness) as campaign:
        while campaign.kills.total() < MOMENTS:
            campaign.strike(Plan(timed=(rng.randrange(6), rng.random() * 0.008)))

    assert {"at some moment": MOMENTS} == campaign.kills


@pytest.mark.parametrize("point", OPENING)
def test_a_kill_while_a_file_is_laid_out_leaves_one_that_can_be(host, tmp_path, point):
    """Killed while it makes a new file, it leaves one that the next process lays out, and works with."""
    with Campaign(host, tmp_path, seed=seed_of(point)) as campaign:
        for _ in range(EACH // 2):
            campaign.open()
            assert campaign.strike(Plan(point))
            while not campaign.strike(Plan(timed=(8, 0.001))):
                pass


@pytest.mark.parametrize("point", MIGRATING)
def test_a_kill_while_a_file_is_brought_up_leaves_one_that_can_be(host, tmp_path, point):
    """Killed while it brings up a file of an older version, with a record in it, it leaves that record whole."""
    with Campaign(host, tmp_path, seed=seed_of(point)) as campaign:
        for acknowledged in (6, 12):
            campaign.open()
            assert campaign.strike(Plan("after the acknowledgement", acknowledged))
            before = campaign.done
            campaign.make_old()
            assert campaign.strike(Plan(point))
            assert before in (campaign.done, campaign.done - 1)


def test_what_was_erased_goes_with_the_next_command_of_whoever_opens_the_file(host, tmp_path):
    """Killed after an erasure and before its traces are gone, it leaves them to the next process that comes."""
    with Campaign(host, tmp_path, witness=True) as campaign:
        while not (left := traces(campaign.path, reasons_gone(campaign))):
            campaign.strike(Plan("before checkpoint"))
        while campaign.story.states[campaign.done] == campaign.story.states[campaign.done + 1]:
            campaign.strike(Plan("after the acknowledgement"))
        campaign.strike(Plan("after the acknowledgement"))

        assert set() == traces(campaign.path, left)


def reasons_gone(campaign):
    """Return the reasons that are erased; a name may come again."""
    return {text for text in campaign.story.gone[campaign.done] if text.startswith("Words")}


def traces(path, texts):
    """Return which of *texts* lie in the files; another process reads them, since this one would drop its locks."""
    files = [str(found) for found in path.parent.glob(f"{path.name}*")]
    kept = subprocess.run(["cat", *files], capture_output=True, check=True).stdout
    return {text for text in texts if text.encode() in kept}


def test_there_are_two_hundred_kills_and_more():
    """The tests of this file kill some two hundred processes: that is what they are worth."""
    points = 2 * len(COMMANDS) * (EACH // 2) + 2 * len(OPENING) * (EACH // 2) + 4 * len(MIGRATING)

    assert 200 <= points + 2 * MOMENTS
