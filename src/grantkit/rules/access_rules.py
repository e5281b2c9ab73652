"""AccessRules: what a host, or one tenant, has settled; data in, data out, laws kept."""

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache, partial
from typing import Any, Self, TypeVar, cast

import attrs

from grantkit.canonical import Plain, digest
from grantkit.errors import InvalidInput
from grantkit.inputs import FrozenMap, identifier, line, shown
from grantkit.model import Demand
from grantkit.policy import ADMINISTRATOR, READ_ONLY, Layer, LayerKind, PermissionPolicy
from grantkit.rules import laws
from grantkit.rules.fields import (
    MOST_TEXT,
    Check,
    each,
    exactly,
    join,
    keyed,
    maybe,
    members,
    must,
    record,
    spelled,
    unique,
)
from grantkit.rules.flows import Flow
from grantkit.rules.notices import Notices, notice_key, over_defaults, told
from grantkit.rules.standing import SCHEMA, DemandRule, View, flow_name, predicate, schema, zone_name
from grantkit.rules.who import Selector

V = TypeVar("V")

BUILT_IN: Mapping[str, PermissionPolicy] = FrozenMap(
    {policy.name: policy for policy in (READ_ONLY, ADMINISTRATOR)}
)
"""The policies that every rule set knows and none may redefine."""

_title: Check = partial(line, least=0, most=MOST_TEXT)


def _team(field: str, value: object) -> str:
    return "*" if value == "*" else identifier(field, value)


def _policies(field: str, value: object) -> dict[str, PermissionPolicy]:
    pairs = members(field, value)
    return {
        name: PermissionPolicy.from_data(name, data, field=join(field, shown(name)))
        for name, data in pairs.items()
    }


def _frozen(value: Mapping[str, V]) -> FrozenMap[str, V]:
    # What is no mapping is left as it is, for the validator to refuse by name.
    return FrozenMap(value) if _is_mapping(value) else cast("Any", value)


def _told(value: Notices) -> FrozenMap[str, tuple[Selector, ...]]:
    return over_defaults(value) if _is_mapping(value) else cast("Any", value)


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


@attrs.frozen(kw_only=True, slots=False)
class AccessRules:
    """
    What holds for a tenant: the ways in, and what holds whatever the way in.

    Without anything said, it is the safest useful set: a tenant admin consents, look only, thirty days, a
    reason.

    >>> rules = AccessRules.from_data({"flows": {"support": {"steps": [{"by": ["tenant:owner"]}]}}})
    >>> rules.flow("support").consenting_roles
    frozenset({'owner'})

    Attributes:
        name: For people to read.
        flows: The ways in, by name.
        policies: The policies defined here; ``read-only`` and ``administrator`` are known besides.
        ceilings: At most the union of these policies for a team; ``*`` binds every team, ``other`` those not
            listed (J8).
        zone: The zone in which dates and calendar spans are read when a term names none (T3).
        demands: What needs a further consent (J9, R10).
        eligible: Predicates, all of which must hold for a grantee (B11).
        stop: Who, besides those entitled by law, may revoke, freeze and cut off (J11, R11).
        view: Who may look.
        notices: Who is told: what was given, over the defaults.
    """

    name: str = attrs.field(default="", validator=must(_title))
    flows: FrozenMap[str, Flow] = attrs.field(
        factory=lambda: FrozenMap({"access": Flow()}),
        converter=_frozen,
        validator=must(keyed(flow_name, exactly(Flow))),
    )
    policies: FrozenMap[str, PermissionPolicy] = attrs.field(
        factory=FrozenMap[str, PermissionPolicy],
        converter=_frozen,
        validator=must(keyed(identifier, exactly(PermissionPolicy))),
    )
    ceilings: FrozenMap[str, tuple[str, ...]] = attrs.field(
        factory=FrozenMap[str, tuple[str, ...]],
        converter=_frozen,
        validator=must(keyed(_team, unique(identifier))),
    )
    zone: str | None = attrs.field(default=None, validator=must(maybe(zone_name)))
    demands: tuple[DemandRule, ...] = attrs.field(default=(), validator=must(unique(exactly(DemandRule))))
    eligible: tuple[str, ...] = attrs.field(default=(), validator=must(unique(predicate)))
    stop: tuple[Selector, ...] = attrs.field(default=(), validator=must(unique(exactly(Selector))))
    view: View = attrs.field(default=View(), validator=must(exactly(View)))
    notices: FrozenMap[str, tuple[Selector, ...]] = attrs.field(
        factory=FrozenMap[str, tuple[Selector, ...]],
        converter=_told,
        validator=must(keyed(notice_key, unique(exactly(Selector)))),
    )

    def __attrs_post_init__(self) -> None:
        laws.policies_defined_once(self.policies, BUILT_IN)
        laws.flows_stand(self.flows, self.known_policies)
        laws.ceilings_closed(self.ceilings, self.known_policies)
        laws.demands_can_be_met(self.demands, self.flows, self.known_policies)
        laws.notices_fit(self.notices, self.flows)

    @classmethod
    def from_data(cls, data: object) -> Self:
        """
        Read a document.

        Raises:
            InvalidInput: If a key is unknown, a value malformed, or a law broken; the field is the path to
                it, such as ``flows.support-access.ends[0]``.
        """
        given = dict(members("", data))
        schema("schema", given.pop("schema", SCHEMA))
        return record("", given, cls, _RULES)

    def to_data(self) -> dict[str, Plain]:
        """Return the whole document, every default written out, so that it is evidence by itself."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "flows": {name: flow.to_data() for name, flow in self.flows.items()},
            "policies": {name: policy.to_data() for name, policy in self.policies.items()},
            "ceilings": {team: spelled(names) for team, names in self.ceilings.items()},
            "zone": self.zone,
            "demands": [demand.to_data() for demand in self.demands],
            "eligible": spelled(self.eligible),
            "stop": spelled(self.stop),
            "view": self.view.to_data(),
            "notices": {key: spelled(who) for key, who in self.notices.items()},
        }

    @cached_property
    def digest(self) -> str:
        """The digest of the document: two rule sets have the same one exactly when they are equal."""
        return digest(self.to_data())

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def known_policies(self) -> frozenset[str]:
        """The names of the policies defined here and of those always known."""
        return frozenset(self.policies) | frozenset(BUILT_IN)

    def policy(self, name: str) -> PermissionPolicy | None:
        """Return the present definition of a policy, or ``None`` if there is none (any more)."""
        return BUILT_IN.get(name) or self.policies.get(name)

    def layer(self, names: Iterable[str], kind: LayerKind = "consented") -> Layer:
        """Return the layer of today's definitions of *names*, to be pinned; an unknown name is refused."""
        return _layer(self, tuple(sorted(set(names))), kind)

    def present(self, layer: Layer) -> Layer:
        """Return *layer* with today's definitions of its names; one that is gone is left out (N8)."""
        today = tuple(policy for pinned in layer.policies if (policy := self.policy(pinned.name)) is not None)
        return layer if today == layer.policies else Layer(layer.kind, today)

    def ceilings_for(self, teams: tuple[str, ...]) -> tuple[Layer, ...]:
        """
        Return the ceilings that bind whoever acts in *teams*, every one of which must allow (J8).

        That is the one of ``*`` first, then each team's own or else ``other``; who has no team falls under
        ``other``.
        """
        layers = self._ceiling_layers
        other = layers.get("other")
        found = [layers.get("*"), *(layers.get(team, other) for team in teams or ("other",))]
        return tuple(dict.fromkeys(layer for layer in found if layer is not None))

    @cached_property
    def guardrails(self) -> tuple[Layer, ...]:
        """The ceiling that binds everybody, if there is one."""
        return tuple(layer for team, layer in self._ceiling_layers.items() if team == "*")

    @cached_property
    def _ceiling_layers(self) -> dict[str, Layer]:
        return {team: self.layer(names, kind="ceiling") for team, names in self.ceilings.items()}

    @cached_property
    def pinned_demands(self) -> tuple[Demand, ...]:
        """Today's demands with today's definitions: as a decision judges them, and as a grant pins them."""
        return tuple(Demand(beyond=self.layer(demand.beyond), needs=demand.needs) for demand in self.demands)

    def notices_for(self, event: str, flow: str | None = None) -> tuple[Selector, ...]:
        """Return who is told of *event*: what is said for this flow, else for the event, else by default."""
        return told(self.notices, event, flow)

    def flow(self, name: str) -> Flow:
        """Return the flow of that name."""
        found = self.flows.get(name)
        if found is None:
            raise InvalidInput(field="flow", code="unknown", wants=f"one of {', '.join(self.flows)}")
        return found

    def in_zone(self, zone: str) -> "AccessRules":
        """Return the same rules with another zone: a tenant's rules carry the tenant's zone."""
        return _in_zone(self, zone_name("zone", zone))


# Rule sets are values, so what is made of one is made once: grants of one rule set then share their layers, and a host
# that asks for each tenant's zone at every call does not pay for the laws and the digest at every call.


@lru_cache(maxsize=4096)
def _layer(rules: AccessRules, names: tuple[str, ...], kind: LayerKind) -> Layer:
    found = {name: rules.policy(name) for name in names}
    gone = [shown(name) for name, policy in found.items() if policy is None]
    if gone:
        wants = f"names among {', '.join(sorted(rules.known_policies))}, and not {', '.join(gone)}"
        raise InvalidInput(field="policies", code="unknown", wants=wants)
    return Layer.of(*(policy for policy in found.values() if policy is not None), kind=kind)


@lru_cache(maxsize=4096)
def _in_zone(rules: AccessRules, zone: str) -> AccessRules:
    return attrs.evolve(rules, zone=zone)


_RULES: Mapping[str, Check] = {
    "name": _title,
    "flows": keyed(flow_name, Flow.from_data),
    "policies": _policies,
    "ceilings": keyed(_team, each(identifier)),
    "zone": maybe(zone_name),
    "demands": each(DemandRule.from_data),
    "eligible": each(predicate),
    "stop": each(Selector.parse),
    "view": View.from_data,
    "notices": keyed(notice_key, each(Selector.parse)),
}
