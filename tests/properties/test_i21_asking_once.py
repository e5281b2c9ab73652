"""I-21: a key stands for one request, one consent, one activation: again it gives the first one, and writes nothing."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantkit import Agent, Elapsed, Member, SupportAccess
from grantkit.errors import ActingThroughGrant, IdempotencyMismatch
from grantkit.testing import FakeClock
from properties.test_i18_asking_fails_closed import ANA, KIM, opened, permit

BETWEEN = st.lists(
    st.sampled_from(["deny", "revoke", "freeze", "revoke_all", "years on", "sweep"]), max_size=4
)
Verb = Callable[..., object]


def verbs(access: SupportAccess) -> dict[str, Callable[..., object]]:
    """Return the verbs that take a key, each with the arguments of one command."""
    under = permit(access)
    ends = Elapsed(hours=4)
    return {
        "request": lambda **more: (
            access.request(
                "acme",
                **{"by": KIM, "flow": "ask", "to": KIM, "ends": ends, "reason": "x", "key": "k-1", **more},
            ).id
        ),
        "consent": lambda **more: (
            access.consent("acme", **{"by": ANA, "ends": ends, "reason": "x", "key": "k-1", **more}).id
        ),
        "activate": lambda **more: (
            access.activate(
                "acme", **{"under": under, "by": KIM, "ends": ends, "reason": "x", "key": "k-1", **more}
            ).id
        ),
    }


def meanwhile(access: SupportAccess, clock: FakeClock, what: str, made: str) -> None:
    match what:
        case "deny" if made.startswith("rq_") and str(access.requests("acme")[0].state) == "pending":
            access.deny("acme", made, by=ANA)
        case "revoke" if not made.startswith("rq_"):
            access.revoke("acme", made, by=ANA)
        case "freeze":
            access.freeze("acme", by=ANA)
        case "revoke_all":
            access.revoke_all("acme", by=ANA)
        case "years on":
            clock.advance(days=800)
        case _:
            access.delivery.sweep()


@pytest.mark.parametrize("verb", ["request", "consent", "activate"])
@given(between=BETWEEN)
def test_i21_what_is_asked_under_a_key_is_asked_once(verb: str, between: list[str]):
    """However often it comes, and whatever comes between, it gives the first result and writes nothing."""
    _, access, clock = opened()
    say = verbs(access)[verb]
    first = say()
    for what in between:
        meanwhile(access, clock, what, str(first))
    record = access.ledger.history("acme")
    assert [first, first] == [say(), say()]
    assert record == access.ledger.history("acme")


@pytest.mark.parametrize(
    "changed",
    [{"reason": "y"}, {"ends": Elapsed(hours=3)}, {"tickets": ["T-1"]}],
    ids=["reason", "ends", "tickets"],
)
@pytest.mark.parametrize("verb", ["request", "consent", "activate"])
def test_i21_a_key_stands_for_one_asking(verb: str, changed: dict[str, object]):
    """The key with other arguments is refused, and nothing is written."""
    _, access, _ = opened()
    say = verbs(access)[verb]
    say()
    record = access.ledger.history("acme")
    with pytest.raises(IdempotencyMismatch):
        say(**changed)
    assert record == access.ledger.history("acme")


@pytest.mark.parametrize("verb", ["request", "consent", "activate"])
def test_i21_a_key_is_of_whoever_uses_it(verb: str):
    """Another's use of the same key is another command, and a session under a grant uses none."""
    _, access, _ = opened()
    say = verbs(access)[verb]
    other = (
        Member("m-ben", tenant="acme", roles={"admin"})
        if verb == "consent"
        else Agent("a-lee", teams={"support"})
    )
    within = (
        Member("m-ana", tenant="acme", roles={"admin"}, via="gr_1")
        if verb == "consent"
        else Agent("a-kim", teams={"support"}, via="gr_1")
    )
    assert say() != say(by=other)
    with pytest.raises(ActingThroughGrant):
        say(by=within)
