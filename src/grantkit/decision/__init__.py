"""The decision: facts, rules and one instant in, an answer with its reason out. Pure."""

from grantkit.decision.authorize import SAFE, authorize
from grantkit.decision.candidates import in_order
from grantkit.decision.decision import Considered, Decision
from grantkit.decision.facts import Lineage, TenantFacts
from grantkit.decision.hiding import may_see_status
from grantkit.decision.judge import TOLERANCE
from grantkit.decision.past import PastDecision, facts_from
from grantkit.decision.permits import capacity
from grantkit.decision.question import Question, ask
from grantkit.decision.reasons import NEARNESS, Reason
from grantkit.decision.verdict import Verdict, reach_verdict
from grantkit.decision.visible import Visible, visible

__all__ = [
    "NEARNESS",
    "SAFE",
    "TOLERANCE",
    "Considered",
    "Decision",
    "Lineage",
    "PastDecision",
    "Question",
    "Reason",
    "TenantFacts",
    "Verdict",
    "Visible",
    "ask",
    "authorize",
    "capacity",
    "facts_from",
    "in_order",
    "may_see_status",
    "reach_verdict",
    "visible",
]
