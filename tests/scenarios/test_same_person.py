"""Who is one person is known to the host, where two ids hide it."""

import pytest

from grantkit import AccessRules, Agent, Elapsed, Member, SupportAccess
from grantkit.errors import AlreadyAnswered, SelfApproval
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

KIM = Agent("a-kim", teams={"support"})
ANA = Member("m-ana", tenant="acme", roles={"admin"})
BEN = Member("m-ben", tenant="acme", roles={"admin"})
CAT = Member("m-cat", tenant="acme", roles={"admin"})
TWO = AccessRules.from_data({"flows": {"access": {"steps": [{"by": ["tenant:admin"], "count": 2}]}}})
HOUR = Elapsed(hours=1)


def door(same, rules=None):
    """Return a door to a new store whose host says who is one person."""
    return SupportAccess(
        MemoryStore(), clock=FakeClock("2027-03-03T14:20:00Z"), rules=rules, same_person=same
    )


def alias(one, other):
    """Say that Kim is Ana, and Ben is Cat."""
    return {one.id, other.id} in ({"a-kim", "m-ana"}, {"m-ben", "m-cat"})


def failing(one, other):
    """Fail, as foreign code may."""
    raise LookupError


def say(access, asked, by):
    """Say yes to what the preview shows."""
    shown = access.preview("acme", asked.id)
    return access.approve("acme", asked.id, by=by, digest=shown.digest, ends_by=shown.ends_at)


@pytest.mark.parametrize("same", [alias, failing, lambda one, other: None], ids=["alias", "failing", "vague"])
def test_nobody_lets_themselves_in_under_another_id(same):
    """[B4] An agent who is also an admin there neither grants to itself nor approves its own request."""
    access = door(same)
    asked = access.request("acme", by=KIM, ends=HOUR, reason="boards")

    with pytest.raises(SelfApproval):
        access.grant("acme", by=ANA, to=KIM, ends=HOUR, reason="boards")
    with pytest.raises(SelfApproval):
        say(access, asked, ANA)
    assert ["pending"] == [status.state for status in access.requests("acme")]


def test_one_person_counts_once_under_two_ids():
    """[B4] Two ids of one person are one answer; whom the host tells apart are two."""
    access = door(alias, TWO)
    asked = say(access, access.request("acme", by=Agent("a-lee"), ends=HOUR, reason="boards"), BEN)

    with pytest.raises(AlreadyAnswered):
        say(access, asked, CAT)
    assert asked.gave is None
    assert say(access, asked, ANA).gave is not None


def test_nobody_lengthens_their_own_access_under_another_id():
    """[B4] Amending to a later end is consent too: who is the holder under another id does not give it."""
    rules = AccessRules.from_data({"flows": {"access": {"amend": {"ends": ["elapsed"]}}}})
    access = door(alias, rules)
    grant = access.grant("acme", by=BEN, to=KIM, ends=HOUR, reason="boards")

    with pytest.raises(SelfApproval):
        access.amend("acme", grant.id, by=ANA, version=grant.version, ends=Elapsed(hours=2))
    assert grant.ends_at < access.amend("acme", grant.id, by=CAT, version=1, ends=Elapsed(hours=2)).ends_at
