"""What a decision is made from: what the record of one tenant says, as read for one agent."""

from collections.abc import Iterable, Mapping
from typing import Self, TypeAlias

import attrs

from grantkit.errors import InvalidInput
from grantkit.inputs import FrozenMap
from grantkit.model import Consent, Grant, Head, Session, Stance

Lineage: TypeAlias = Mapping[str, Grant | Consent]
NO_STANCES: Mapping[str, Stance] = FrozenMap()
NO_LINEAGE: Lineage = FrozenMap()
NOBODY: frozenset[str] = frozenset()


@attrs.frozen(slots=False, eq=False)
class TenantFacts:
    """
    Facts, never judgements: a store fills this in and the decision judges every row of it again.

    Attributes:
        head: Where the record stands: tenant, version, the time it has seen, freeze and cut-off of the whole tenant.
        grants: The candidates: all that are not over at some bound, and for each holder the one that was over last.
        agent: For whom it was read; ``None`` means for anybody. Facts read for another agent lack its freezes: they
            deny.
        stances: Freezes and cut-offs of single agents: of the asking agent, and of those who hold what candidates
            rest on or handed it on.
        lineage: Everything that a candidate rests on, by id, all the way up. What is missing denies.
        consents: Live consents that a demand may ask for.
        sessions: The asking agent's sessions that are not over.
        suspended: Of these agents, those whom the vendor has blocked everywhere.
        member_may: Whether the member acted as may do this, as the host said; only asked with ``act_as``.
    """

    head: Head
    grants: tuple[Grant, ...] = ()
    agent: str | None = None
    stances: Mapping[str, Stance] = NO_STANCES
    lineage: Lineage = NO_LINEAGE
    consents: tuple[Consent, ...] = ()
    suspended: frozenset[str] = NOBODY
    sessions: tuple[Session, ...] = ()
    member_may: bool = False

    @classmethod
    def of(
        cls,
        *grants: Grant,
        tenant: str | None = None,
        head: Head | None = None,
        stances: Iterable[Stance] = (),
        rests_on: Iterable[Grant | Consent] = (),
        consents: Iterable[Consent] = (),
        suspended: Iterable[str] = (),
        sessions: Iterable[Session] = (),
        member_may: bool = False,
    ) -> Self:
        """
        Return facts for a test: these grants, as if a store had read them.

        Args:
            grants: The candidates, all of one tenant.
            tenant: Needed where there are neither grants nor a *head*.
            head: Where the record stands; by default before its first event.
            stances: Freezes and cut-offs of single agents.
            rests_on: The ancestors of the candidates.
            consents: Written permissions.
            suspended: Agents whom the vendor has suspended, by id.
            sessions: Sessions that the asking agent has entered.
            member_may: Whether the member acted as has the right.

        Raises:
            InvalidInput: ``tenant``, if nothing says which tenant this is about.
        """
        found = tenant or (grants[0].tenant if grants else None)
        if head is None and found is None:
            raise InvalidInput(field="tenant", code="required", wants="a grant, tenant= or head=")
        return cls(
            head=head or Head(tenant=found or ""),
            grants=tuple(grants),
            stances=FrozenMap((stance.agent, stance) for stance in stances),
            lineage=FrozenMap((ancestor.id, ancestor) for ancestor in rests_on),
            consents=tuple(consents),
            suspended=frozenset(suspended),
            sessions=tuple(sessions),
            member_may=member_may,
        )
