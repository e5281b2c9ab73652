"""I-33: bad input gives one typed error that names the field. The corpus of bad input is written elsewhere."""

from hypothesis import given
from hypothesis import strategies as st

from grantkit import Agent, Elapsed, GrantkitError, InvalidInput, Member, SupportAccess, Team
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from properties.strategies import ZERO

JUNK = (
    st.text(max_size=30)
    | st.none()
    | st.integers()
    | st.binary(max_size=4)
    | st.sampled_from(["*", "*:*", "a:*", "a b"])
)
ANA = Member("m-ana", tenant="acme", roles={"admin"})


@given(st.sampled_from(["tenant", "action", "resource"]), JUNK)
def test_i33_a_malformed_question_names_its_field(field: str, junk: object):
    """Whatever stands in a question, the answer is a decision or one error that names what is malformed."""
    access = SupportAccess(MemoryStore(), clock=FakeClock(ZERO))
    asked = {"tenant": "acme", "action": "board:read", "resource": None, field: junk}
    found: list[object] = []
    try:
        found.append(
            access.authorize(Agent("a-kim"), asked["tenant"], asked["action"], resource=asked["resource"])
        )  # type: ignore[arg-type]
    except InvalidInput as error:
        found.append(error.field)
    assert found == [field] or not found[0]


@given(
    st.sampled_from(["as_team", "flow", "policies", "act_as", "starts", "ends", "reason", "tickets", "key"]),
    JUNK,
)
def test_i33_a_malformed_command_writes_nothing(field: str, junk: object):
    """Whatever stands in an argument, there is a grant, or one error of ours and an empty record."""
    access = SupportAccess(MemoryStore(), clock=FakeClock(ZERO))
    said = {"to": Team("support"), "ends": Elapsed(hours=4), "reason": "because", field: junk}
    told = ""
    try:
        access.grant("acme", by=ANA, **said)  # type: ignore[arg-type]
    except GrantkitError as error:
        told = str(error)
    kinds = [event.kind for event in access.ledger.history("acme")]
    assert "because" not in told
    assert kinds == ([] if told else ["rules_adopted", "granted"])
