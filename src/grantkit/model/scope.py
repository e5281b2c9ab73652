"""Scope: where in a tenant a grant holds."""

from typing import Self

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import boolean, every
from grantkit.policy import Resource, parse_resource


@attrs.frozen(cache_hash=True)
class Scope:
    """
    A tenant as a whole, or listed resources of it; never nothing.

    Which accounts belong to "the whole" is the tenant's affair on the day of the decision (M3): nothing is copied here.

    >>> Scope.whole().covers(None), Scope.only("project:42").covers(None)
    (True, False)

    Attributes:
        tenant_wide: Whether it is the tenant as a whole.
        resources: The listed resources; empty exactly when *tenant_wide*.
    """

    tenant_wide: bool
    resources: frozenset[Resource]

    def __attrs_post_init__(self) -> None:
        boolean("scope.tenant_wide", self.tenant_wide)
        every("scope.resources", self.resources, frozenset, Resource)
        if self.tenant_wide is bool(self.resources):
            # Over no resource at all, a check of each would pass with none (vacuous truth).
            raise InvalidInput(
                field="scope", code="blank", wants="Scope.whole(), or Scope.only(…) with a resource"
            )

    @classmethod
    def whole(cls) -> Self:
        """Return the scope that is the tenant as a whole."""
        return cls(tenant_wide=True, resources=frozenset())

    @classmethod
    def only(cls, *resources: str) -> Self:
        """
        Return the scope that is these resources and nothing else.

        Raises:
            InvalidInput: If one is malformed, or none is given (an empty list never means everything).
        """
        if not resources:
            raise InvalidInput(field="scope", code="blank", wants="at least one resource, or Scope.whole()")
        return cls(
            tenant_wide=False, resources=frozenset(parse_resource("scope", entry) for entry in resources)
        )

    @property
    def over(self) -> frozenset[Resource] | None:
        """The resources over which a role must be held, or ``None`` for the tenant as a whole."""
        return None if self.tenant_wide else self.resources

    def covers(self, resource: Resource | None) -> bool:
        """Whether *resource* lies in it; ``None`` asks for the tenant as a whole."""
        return self.tenant_wide or resource in self.resources

    def includes(self, other: "Scope") -> bool:
        """Whether all of *other* lies in it."""
        return self.tenant_wide or (not other.tenant_wide and other.resources <= self.resources)

    def to_data(self) -> dict[str, Plain]:
        """Return the scope as plain data."""
        return {"tenant": self.tenant_wide, "resources": sorted(str(resource) for resource in self.resources)}

    def __str__(self) -> str:
        return "everything" if self.tenant_wide else ", ".join(sorted(map(str, self.resources)))
