"""Who, where and what: principals, scopes, policies and layers."""

from operator import attrgetter

from hypothesis import strategies as st

from grantkit.model import Actor, Agent, Holder, Member, Scope, System, Team
from grantkit.policy import ADMINISTRATOR, READ_ONLY, Layer, LayerKind, PermissionPolicy
from grantkit.testing.strategies.words import FIRST, Fields, ids, texts


def agents(**fields: Fields) -> st.SearchStrategy[Agent]:
    """Return agents in a few teams, some with a name; ``id``, ``teams``, ``name`` and ``via`` can be given."""
    said = {"id": ids(), "teams": st.frozensets(ids(), max_size=3), "name": st.none() | texts(most=60)}
    return st.builds(Agent, **{**said, **fields})


def members(**fields: Fields) -> st.SearchStrategy[Member]:
    """
    Return members with roles for the tenant and on single resources.

    ``id``, ``tenant``, ``roles``, ``roles_on``, ``name`` and ``via`` can be given.
    """
    roles = st.frozensets(st.sampled_from(("admin", "owner", "guest")) | ids(), max_size=2)
    said = {
        "id": ids(),
        "tenant": ids(),
        "roles": roles,
        "roles_on": st.dictionaries(resources(), roles, max_size=2),
        "name": st.none() | texts(most=60),
    }
    return st.builds(Member, **{**said, **fields})


def systems() -> st.SearchStrategy[System]:
    """Return jobs of the host."""
    return st.builds(System, ids())


def teams() -> st.SearchStrategy[Team]:
    """Return teams, to grant to."""
    return st.builds(Team, ids())


def actors(tenant: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Actor]:
    """Return whoever can stand in ``by=``; members are of *tenant*, if it is given."""
    return agents() | members(tenant=ids() if tenant is None else tenant) | systems()


def holders() -> st.SearchStrategy[Holder]:
    """Return holders: a kind and an id."""
    return st.builds(Holder, st.sampled_from(("agent", "team")), ids())


def actions() -> st.SearchStrategy[str]:
    """Return actions, as they are asked for: ``noun:verb``."""
    usual = st.sampled_from(("board:read", "board:list", "board:write", "invoice:read", "invoice:delete"))
    return usual | st.builds("{}:{}".format, _parts(), _parts())


def resources() -> st.SearchStrategy[str]:
    """Return resources, as they are asked for: ``kind:id``."""
    return st.sampled_from(("project:1", "project:42", "account:ben")) | st.builds(
        "{}:{}".format, _parts(), ids()
    )


def _parts() -> st.SearchStrategy[str]:
    return st.builds(str.__add__, st.sampled_from(FIRST), st.text(FIRST + "._-", max_size=20))


def scopes() -> st.SearchStrategy[Scope]:
    """Return scopes: a tenant as a whole, or a few resources of it."""
    listed = st.lists(resources(), min_size=1, max_size=4)
    return st.just(Scope.whole()) | listed.map(lambda names: Scope.only(*names))


def policies(names: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[PermissionPolicy]:
    """
    Return permission policies: the two that are always known, and others with a few statements, some of which deny.

    Args:
        names: What the others are called.
    """
    statement = st.fixed_dictionaries(
        {
            "effect": st.sampled_from(("allow", "allow", "deny")),
            "action": st.sampled_from(
                (["*"], ["*:read", "*:list"], ["board:*"], ["board:write", "invoice:delete"])
            ),
            "resource": st.sampled_from(
                (["*"], ["*"], ["project:*"], ["*:1", "account:ben"], ["project:42"])
            ),
        }
    )
    called = ids(most=40) if names is None else names
    others = st.builds(PermissionPolicy.from_data, called, st.lists(statement, max_size=2))
    return st.sampled_from((READ_ONLY, ADMINISTRATOR)) | others.filter(_is_named_by_itself)


def _is_named_by_itself(policy: PermissionPolicy) -> bool:
    return policy.name not in (READ_ONLY.name, ADMINISTRATOR.name)


def layers(
    kinds: st.SearchStrategy[LayerKind] | None = None,
    of: st.SearchStrategy[PermissionPolicy] | None = None,
) -> st.SearchStrategy[Layer]:
    """
    Return layers of up to two policies, each name once.

    Args:
        kinds: Where they come from; ``consented`` by default.
        of: Of which policies.
    """
    consented: st.SearchStrategy[LayerKind] = st.just("consented")
    chosen = st.lists(policies() if of is None else of, max_size=2, unique_by=attrgetter("name"))
    return st.builds(_layer, consented if kinds is None else kinds, chosen)


def _layer(kind: LayerKind, found: list[PermissionPolicy]) -> Layer:
    return Layer.of(*found, kind=kind)


def stacks() -> st.SearchStrategy[tuple[Layer, ...]]:
    """Return what a grant permits: the layer that was consented to, and up to two that bound it."""
    bounds: st.SearchStrategy[LayerKind] = st.sampled_from(("narrowed", "delegated", "ceiling"))
    return st.builds(_stack, layers(), st.lists(layers(bounds), max_size=2))


def _stack(own: Layer, more: list[Layer]) -> tuple[Layer, ...]:
    return own, *more
