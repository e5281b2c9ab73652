"""Rules: the ways in which consent comes about, as data, and the laws that no rule set can break."""

from grantkit.rules.access_rules import BUILT_IN, AccessRules
from grantkit.rules.choices import Bound, Choice, surely_longer
from grantkit.rules.flows import Flow
from grantkit.rules.notices import EVENTS
from grantkit.rules.offers import AmendRule, Delegation, Entry, ScopeRule
from grantkit.rules.standing import DemandRule, View
from grantkit.rules.steps import ReasonRule, Start, Step
from grantkit.rules.who import Selector, To

__all__ = [
    "BUILT_IN",
    "EVENTS",
    "AccessRules",
    "AmendRule",
    "Bound",
    "Choice",
    "Delegation",
    "DemandRule",
    "Entry",
    "Flow",
    "ReasonRule",
    "ScopeRule",
    "Selector",
    "Start",
    "Step",
    "To",
    "View",
    "surely_longer",
]
