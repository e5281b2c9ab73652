"""I-20: in which order rows come, and how often, is nothing to a decision."""

import attrs
from hypothesis import given
from hypothesis import strategies as st

from grantkit import TenantFacts
from grantkit.decision import Decision, Question, reach_verdict
from properties.strategies import PRESENT, QUESTIONS, facts


def told(question: Question, known: TenantFacts) -> tuple[object, ...]:
    decision = Decision(question, known, PRESENT, reach_verdict(question, known, PRESENT))
    return decision.to_dict(), decision.explain(), decision.explain(to="agent")


@given(facts(), QUESTIONS, st.data())
def test_i20_order_and_duplicates_of_rows_do_not_matter(
    known: TenantFacts, question: Question, data: st.DataObject
):
    """Rows shuffled, and some of them twice, give the same answer, reason, grant and words."""
    again = data.draw(st.lists(st.sampled_from(known.grants), max_size=4)) if known.grants else []
    shuffled = data.draw(st.permutations([*known.grants, *again]))
    assert told(question, known) == told(question, attrs.evolve(known, grants=tuple(shuffled)))


@given(facts(), QUESTIONS)
def test_i20_statement_and_policy_order_do_not_matter(known: TenantFacts, question: Question):
    """Layers, and the policies in them, are sets to a decision: turned around they say the same."""

    def turned(layers: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(
            attrs.evolve(layer, policies=layer.policies[::-1])
            for layer in layers[::-1]  # type: ignore[attr-defined]
        )

    around = tuple(attrs.evolve(grant, layers=turned(grant.layers)) for grant in known.grants)
    one, other = (
        reach_verdict(question, each, PRESENT) for each in (known, attrs.evolve(known, grants=around))
    )
    assert one.reason is other.reason
