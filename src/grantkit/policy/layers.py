"""
Layers: a grant's permission is a tuple of them, and every one must allow.

What was consented to is a layer; an approver's narrowing, a ceiling in force at consent, a delegation each add one. So
everything that ever bounded a grant is pinned, and nothing ever needs to compare two policy sets for inclusion.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, Self

import attrs

from grantkit.canonical import Plain
from grantkit.inputs import every, one_of
from grantkit.policy.patterns import Action, Resource, ResourcePattern
from grantkit.policy.policies import PermissionPolicy

LayerKind = Literal["consented", "narrowed", "delegated", "ceiling"]
_KINDS = ("consented", "narrowed", "delegated", "ceiling")
Matching = tuple[tuple[ResourcePattern, ...], tuple[ResourcePattern, ...]]


@attrs.frozen(cache_hash=True)
class Layer:
    """
    A set of policies, judged together: some allow matches and no deny matches.

    An empty layer allows nothing (T9).

    Attributes:
        kind: Where it came from: ``consented``, ``narrowed`` by an approver, ``delegated``, or a ``ceiling``
            (guardrails are ceilings of every team).
        policies: Sorted by name, each name once.
    """

    kind: LayerKind
    policies: tuple[PermissionPolicy, ...]

    def __attrs_post_init__(self) -> None:
        one_of("layer.kind", self.kind, _KINDS)
        every("layer.policies", self.policies, tuple, PermissionPolicy)

    @classmethod
    def of(cls, *policies: PermissionPolicy, kind: LayerKind = "consented") -> Self:
        """Return the layer of *policies*, in whatever order they come."""
        return cls(kind, tuple(sorted(set(policies), key=lambda policy: policy.name)))

    @property
    def names(self) -> frozenset[str]:
        """The names of its policies."""
        return frozenset(policy.name for policy in self.policies)

    def allows(self, action: Action, resource: Resource | None) -> bool:
        """
        Whether some allow statement matches and no deny statement does.

        *resource* ``None`` is the tenant as a whole, which only the resource pattern ``*`` reaches.
        """
        allowing, denying = _matching(self, action)
        return _any(allowing, resource) and not _any(denying, resource)

    def denies(self, action: Action, resource: Resource | None) -> bool:
        """Whether some deny statement matches."""
        return _any(_matching(self, action)[1], resource)

    def is_blind_to_resources(self, action: Action) -> bool:
        """Whether :meth:`allows` says the same of *action* on every resource, and on the tenant as a whole."""
        return all(pattern.everything for patterns in _matching(self, action) for pattern in patterns)

    def leaves_something(self) -> bool:
        """Whether some allow statement is not swallowed whole by a deny statement: is there anything left to do?"""
        statements = [statement for policy in self.policies for statement in policy.statements]
        allowed = [(a, r) for s in statements if s.effect == "allow" for a in s.actions for r in s.resources]
        denied = [(a, r) for s in statements if s.effect == "deny" for a in s.actions for r in s.resources]
        return any(
            not any(denied_a.includes(a) and denied_r.includes(r) for denied_a, denied_r in denied)
            for a, r in allowed
        )

    def to_data(self) -> dict[str, Plain]:
        """Return the layer as plain data, definitions included."""
        return {"kind": self.kind, "policies": {policy.name: policy.to_data() for policy in self.policies}}


@lru_cache(maxsize=16384)
def _matching(layer: Layer, action: Action) -> Matching:
    # Content-addressed, so it never goes stale: the same layer and action always give the same patterns.
    return _patterns(layer.policies, "allow", action), _patterns(layer.policies, "deny", action)


def _any(patterns: tuple[ResourcePattern, ...], resource: Resource | None) -> bool:
    return any(pattern.matches(resource) for pattern in patterns)


def _patterns(
    policies: Iterable[PermissionPolicy], effect: str, action: Action
) -> tuple[ResourcePattern, ...]:
    return tuple(
        pattern
        for policy in policies
        for statement in policy.statements
        if statement.effect == effect and statement.matches_action(action)
        for pattern in statement.resources
    )


def names_left(layers: Iterable[Layer]) -> tuple[str, ...]:
    """Return the names of the policies that were consented to or handed on, and that no approver dropped, sorted."""
    chosen = [layer.names for layer in layers if layer.kind != "ceiling"]
    left = frozenset[str]().union(*chosen)
    return tuple(sorted(name for name in left if all(name in names for names in chosen)))
