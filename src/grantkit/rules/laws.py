"""
The laws that every rule set keeps; one that breaks a law cannot be constructed.

Above all: no rule set can let the vendor in on its own say. Every flow that yields a consent has a step of
the tenant, and every flow that yields a grant has one too, or stands under a consent flow.
"""

from collections.abc import Collection, Iterable, Mapping

from grantkit.errors import InvalidInput
from grantkit.inputs import shown
from grantkit.policy import PermissionPolicy
from grantkit.rules.choices import Choice, surely_longer
from grantkit.rules.flows import Flow
from grantkit.rules.standing import DemandRule
from grantkit.rules.steps import Step


def flows_stand(flows: Mapping[str, Flow], policies: Collection[str]) -> None:
    """Every flow keeps its own laws, names known policies, and stands under a consent flow or nothing."""
    if not flows:
        raise InvalidInput(field="flows", code="law", wants="at least one flow, or leave it out")
    for name, flow in flows.items():
        field = f"flows.{name}"
        for index, step in enumerate(flow.steps):
            one_side(f"{field}.steps[{index}]", step)
        if flow.under is not None:
            _under(f"{field}.under", flow, flows)
        tenant_consents(field, flow)
        who_begins(field, flow)
        something_offered(field, flow)
        spans_agree(field, flow)
        known(f"{field}.policies", flow.policies, {"*", *policies})


def one_side(field: str, step: Step) -> None:
    """A step has one side: roles of the tenant, or teams of the vendor, and no relations."""
    for index, who in enumerate(step.by):
        if who.side == "relation":
            raise InvalidInput(
                field=f"{field}.by[{index}]", code="law", wants="roles or teams: a relation decides nothing"
            )
        if who.side != step.side:
            raise InvalidInput(
                field=f"{field}.by[{index}]", code="law", wants="one side a step; add a step for the other"
            )


def _under(field: str, flow: Flow, flows: Mapping[str, Flow]) -> None:
    if flow.yields == "consent":
        raise InvalidInput(field=field, code="law", wants="nothing here: a consent flow is under nothing")
    consent_flow(field, str(flow.under), flows)


def consent_flow(field: str, name: str, flows: Mapping[str, Flow]) -> None:
    """What ``under`` and ``needs`` name is a flow of this rule set, and one that yields a consent."""
    consents = [other for other, flow in flows.items() if flow.yields == "consent"]
    if name not in flows:
        raise InvalidInput(
            field=field, code="unknown", wants=f"a consent flow: {', '.join(consents) or 'none is here'}"
        )
    if name not in consents:
        raise InvalidInput(field=field, code="law", wants='a flow with "yields": "consent"')


def tenant_consents(field: str, flow: Flow) -> None:
    """A flow has a step of the tenant, unless it yields a grant under a consent, which had one."""
    if not flow.tenant_steps and flow.under is None:
        raise InvalidInput(
            field=f"{field}.steps", code="law", wants="a step by the tenant: the vendor never lets itself in"
        )


def who_begins(field: str, flow: Flow) -> None:
    """Nobody may begin for being the one who begins: that would be anybody."""
    for index, who in enumerate(flow.start.by):
        if str(who) == "requester":
            raise InvalidInput(
                field=f"{field}.start.by[{index}]",
                code="law",
                wants="whoever may begin: whoever does is the requester",
            )


def something_offered(field: str, flow: Flow) -> None:
    """A flow offers the tenant as a whole, or some resources."""
    if not flow.scope.tenant and not flow.scope.resources:
        raise InvalidInput(
            field=f"{field}.scope", code="law", wants="the tenant as a whole, or patterns of resources"
        )


def spans_agree(field: str, flow: Flow) -> None:
    """The shortest end is not surely past the longest, and only amendments count from the old end."""
    if surely_longer(flow.shortest, flow.longest):
        raise InvalidInput(field=f"{field}.shortest", code="law", wants="a span no longer than longest")
    for index, choice in enumerate(flow.ends):
        from_now(f"{field}.ends[{index}]", choice)


def from_now(field: str, choice: Choice) -> None:
    """A first end counts from the start: there is no old end."""
    if choice.from_end:
        raise InvalidInput(
            field=f"{field}.from", code="law", wants='no "from" here: only amend.ends count from an end'
        )


def known(field: str, names: Iterable[str], policies: Collection[str]) -> None:
    """Every policy named is defined here, or always known."""
    for index, name in enumerate(names):
        if name not in policies:
            wants = f"one of {', '.join(sorted(policies))}"
            raise InvalidInput(field=f"{field}[{index}]", code="unknown", wants=wants)


def policies_defined_once(
    policies: Mapping[str, PermissionPolicy], built_in: Mapping[str, PermissionPolicy]
) -> None:
    """A policy stands under its own name, and the ones that are always known mean the same everywhere."""
    for name, policy in policies.items():
        if name in built_in:
            raise InvalidInput(
                field=f"policies.{name}", code="law", wants="another name: this one is always known"
            )
        if policy.name != name:
            raise InvalidInput(field=f"policies.{name}", code="law", wants="the policy under its own name")


def ceilings_closed(ceilings: Mapping[str, tuple[str, ...]], policies: Collection[str]) -> None:
    """Ceilings name known policies; beside any team's stands one for the others, or a new team had none."""
    for team, names in ceilings.items():
        known(f"ceilings.{team}", names, policies)
    if "other" not in ceilings and any(team != "*" for team in ceilings):
        raise InvalidInput(field="ceilings.other", code="law", wants='"other" beside the ceiling of any team')


def demands_can_be_met(
    demands: tuple[DemandRule, ...], flows: Mapping[str, Flow], policies: Collection[str]
) -> None:
    """A demand names known policies, and a consent flow of this rule set."""
    for index, demand in enumerate(demands):
        known(f"demands[{index}].beyond", demand.beyond, policies)
        consent_flow(f"demands[{index}].needs", demand.needs, flows)


def notices_fit(keys: Iterable[str], flows: Mapping[str, Flow]) -> None:
    """A notice about one flow names a flow of this rule set."""
    for key in keys:
        flow, slash, _ = key.rpartition("/")
        if slash and flow not in flows:
            raise InvalidInput(
                field=f"notices.{shown(key)}", code="unknown", wants=f"a flow among {', '.join(flows)}"
            )
