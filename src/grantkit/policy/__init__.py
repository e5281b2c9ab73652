"""Actions, resources, patterns, statements, policies, layers: what is allowed, before anyone asks when or by whom."""

from grantkit.policy.layers import Layer, LayerKind, names_left
from grantkit.policy.patterns import (
    Action,
    ActionPattern,
    Resource,
    ResourcePattern,
    parse_action,
    parse_resource,
)
from grantkit.policy.policies import ADMINISTRATOR, READ_ONLY, PermissionPolicy
from grantkit.policy.statements import Statement

__all__ = [
    "ADMINISTRATOR",
    "READ_ONLY",
    "Action",
    "ActionPattern",
    "Layer",
    "LayerKind",
    "PermissionPolicy",
    "Resource",
    "ResourcePattern",
    "Statement",
    "names_left",
    "parse_action",
    "parse_resource",
]
