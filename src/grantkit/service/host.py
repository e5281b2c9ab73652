"""What a host application gives: rules, a clock, ids, predicates, the rights of members."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeAlias, TypeVar, cast

import attrs

from grantkit.decision import Question
from grantkit.errors import InvalidInput
from grantkit.inputs import identifier, instance_of, instant
from grantkit.lifecycle import Predicates, SamePerson
from grantkit.ports import AsyncMemberRights, Clock, IdFactory, MemberRights
from grantkit.rules import AccessRules
from grantkit.service.guard import not_async, typed, typed_async
from grantkit.service.zones import load_zone

T = TypeVar("T")

_LEAST_SEED = 16

RulesSource: TypeAlias = AccessRules | Callable[[str], AccessRules | Awaitable[AccessRules | None] | None]
"""One rule set, or what gives the one of a tenant; that may be async at the async door."""

NOWHERE = AccessRules.from_data(
    {
        "name": "no such tenant",
        "flows": {"access": {"start": {"by": ["approvers"]}}},
        "view": {"status": ["tenant:*"], "history": ["approvers"]},
    }
)
"""
The rules of a tenant that does not exist, or whose rules cannot be had: an agent learns nothing, and can begin nothing.

They hide what a tenant's own rules would hide, so that the two cannot be told apart (P8).
"""


@attrs.define(kw_only=True, on_setattr=attrs.setters.frozen)
class Host:
    """
    The host's side of the shell. Nothing of it changes but the clock, which a test may exchange.

    Attributes:
        rules: One rule set for every tenant, or a callable that gives the one of a tenant, ``None`` if there is none.
        clock: Tells the time.
        new_id: Makes ids.
        new_seed: Makes 32 random bytes, of which the salts of erasable texts are made.
        predicates: Eligibility predicates by the names that rules use.
        rights: What members may do by themselves; ``None`` where nobody is acted as.
        same_person: Tells who is one person on both sides; ``None`` leaves it to the ids.
    """

    rules: RulesSource
    clock: Clock = attrs.field(on_setattr=attrs.setters.NO_OP)
    new_id: IdFactory
    new_seed: Callable[[], bytes]
    predicates: Predicates
    rights: MemberRights | AsyncMemberRights | None
    same_person: SamePerson | None = None

    def __attrs_post_init__(self) -> None:
        if not isinstance(cast("object", self.predicates), Mapping):
            raise InvalidInput(field="predicates", code="wrong_type", wants="a mapping of names to callables")
        if isinstance(self.rules, AccessRules):
            self._check(self.rules)
        elif not callable(self.rules):
            raise InvalidInput(
                field="rules", code="wrong_type", wants="AccessRules, or a callable that gives them"
            )

    def _check(self, rules: AccessRules) -> AccessRules:
        """Refuse to work half configured: a predicate nobody knows would otherwise only show on the first grant."""
        instance_of("rules", rules, AccessRules)
        for name in rules.eligible:
            if not name.startswith("domain:") and name not in self.predicates:
                known = ", ".join(self.predicates) or "none"
                raise InvalidInput(
                    field=f"rules.eligible.{name}", code="unknown", wants=f"a predicate given: {known}"
                )
        if rules.zone is not None:
            load_zone(rules.zone)
        return rules

    def rules_of(self, tenant: str) -> AccessRules:
        """
        Return the rules in force for *tenant*; :data:`NOWHERE` if the host says that there is no such tenant.

        Raises:
            Unavailable: If the host's callable fails.
            InvalidInput: If it gives no rules, or rules that name what is not there.
        """
        if isinstance(self.rules, AccessRules):
            return self.rules
        return self.in_force(typed("the tenant's rules", self.rules, tenant))

    async def rules_of_async(self, tenant: str) -> AccessRules:
        """Return the rules in force for *tenant*, as :meth:`rules_of` does, from a callable that may be async."""
        if isinstance(self.rules, AccessRules):
            return self.rules
        return self.in_force(await typed_async("the tenant's rules", _awaited, self.rules, tenant))

    def in_force(self, found: object) -> AccessRules:
        """Return what the host's callable gave for a tenant, checked; :data:`NOWHERE` for ``None``."""
        return NOWHERE if found is None else self._check(cast("AccessRules", found))

    def make_id(self, prefix: str) -> str:
        """Return a new id; :class:`Unavailable` if the host's factory fails, :class:`InvalidInput` if it is no id."""
        return identifier("id_factory", typed("the id factory", self.new_id, prefix))

    def make_seed(self) -> bytes:
        """
        Return random bytes that nobody keeps.

        Raises:
            Unavailable: If the host's source fails.
            InvalidInput: If it gives fewer than 16 bytes: salts that can be guessed protect nothing.
        """
        found = typed("the source of salts", self.new_seed)
        if type(found) is not bytes or len(found) < _LEAST_SEED:
            raise InvalidInput(
                field="salts", code="wrong_type", wants="a callable that gives 16 random bytes or more"
            )
        return found

    def now(self) -> datetime:
        """
        Return what the clock reads, in UTC.

        Raises:
            Unavailable: If the clock fails.
            InvalidInput: If it gives something that is no instant.
        """
        return instant("clock", typed("the clock", self.clock.now))

    def member_may(self, question: Question) -> bool:
        """Whether the member acted as may do it: only exactly ``True`` is a yes, and an error is a no (B10)."""
        try:
            return not_async(self._asked(question)) is True
        except Exception:  # noqa: BLE001  # the host's code may raise anything; nobody has said yes
            return False

    async def member_may_async(self, question: Question) -> bool:
        """Whether the member acted as may do it, as :meth:`member_may` says, by rights that may be async."""
        try:
            return await _awaited(self._asked, question) is True
        except Exception:  # noqa: BLE001  # as above
            return False

    def _asked(self, question: Question) -> object:
        if self.rights is None or question.act_as is None:
            return False
        resource = None if question.resource is None else str(question.resource)
        return self.rights.may(question.act_as, str(question.action), resource)


async def _awaited(ask: Callable[[T], object], about: T) -> object:
    found = ask(about)
    return await cast("Awaitable[object]", found) if isinstance(found, Awaitable) else found
