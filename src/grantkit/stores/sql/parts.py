"""
The parts of a read: each finds one kind of thing, and all have the same columns.

Joined by ``UNION ALL`` they are one statement. So whatever is read is of one moment at any isolation level, also within
a transaction of the host, and costs one round trip.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    Integer,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from grantkit.model import VENDOR
from grantkit.stores.sql.tables import Tables

Part: TypeAlias = Select[int, Any, Any, Any, Any, Any, Any, Any, Any]
Where: TypeAlias = Callable[[Any], Any]
"""Which tenants are meant, as a condition on the column ``tenant`` of a table."""


_NO_TEXT: Final[Any] = literal_column("''", Text)
_NO_NUMBER: Final[Any] = literal_column("0", Integer)
_NULL: Final[Any] = literal_column("NULL", Text)


class What(IntEnum):
    """What a row is."""

    HEAD = 0
    STANCE = 1
    MADE = 2
    CONSENTED = 3
    SUSPENDED = 4
    INSIDE = 5
    STATE = 6
    ABOVE = 7
    REQUEST = 8
    USAGE = 9
    CUT = 10
    RETRY = 11
    FOUND = 12  # a grant or consent that was found by other ways than its id


def part(  # one place for each column that a row can have
    what: What,
    *,
    tenant: Any = _NO_TEXT,
    key: Any = _NO_TEXT,
    text: Any = _NO_TEXT,
    rules: Any = _NO_TEXT,
    frozen: Any = _NULL,
    one: Any = _NO_NUMBER,
    two: Any = _NO_NUMBER,
    three: Any = _NO_NUMBER,
) -> Part:
    """Return a part: what it finds, tenant, key, text, rules, frozen, and three numbers."""
    found: Part = select(
        literal_column(str(int(what)), Integer).label("what"),
        tenant,
        key,
        text,
        rules,
        frozen,
        one,
        two,
        three,
    )
    return found


def this_tenant(table: Any) -> Any:
    """The one tenant that is asked about."""
    return table.c.tenant == bindparam("tenant")


def state() -> Part:
    """
    What server and transaction this is: whether it is a standby, and whether it may look at an older snapshot.

    Asked in the statement that it is about: no setting of a connection pool or a proxy can come in between.
    """
    level = func.current_setting(literal_column("'transaction_isolation'", Text))
    keeps = literal_column("'repeatable read'", Text), literal_column("'serializable'", Text)
    return part(
        What.STATE,
        one=case(
            (func.pg_is_in_recovery(), literal_column("1", Integer)), else_=literal_column("0", Integer)
        ),
        two=case(
            (or_(*(level == each for each in keeps)), literal_column("1", Integer)),
            else_=literal_column("0", Integer),
        ),
    )


def heads(tables: Tables, where: Where = this_tenant) -> Part:
    """Where records stand."""
    head = tables.heads.c
    found = part(
        What.HEAD,
        tenant=head.tenant,
        text=head.hash,
        rules=head.rules,
        frozen=head.freeze,
        one=head.seq,
        two=head.seen_at,
        three=head.cut_off,
    )
    return found.where(where(tables.heads))


def _stance(tables: Tables) -> Part:
    stance = tables.stances.c
    return part(What.STANCE, tenant=stance.tenant, key=stance.agent, frozen=stance.freeze, one=stance.cut_off)


def stance(tables: Tables, where: Where = this_tenant) -> Part:
    """What is held against the agent who asks."""
    return _stance(tables).where(where(tables.stances), tables.stances.c.agent == bindparam("agent"))


def stances(tables: Tables, where: Where = this_tenant) -> Part:
    """What is held against agents."""
    return _stance(tables).where(where(tables.stances), _among(tables.stances.c.agent, "agents"))


def suspended(tables: Tables, *, one: bool) -> Part:
    """Who is suspended, be it the one who asks or of several: frozen in the vendor's own record (B7)."""
    found = tables.stances.c
    whom = found.agent == bindparam("agent") if one else _among(found.agent, "agents")
    here = literal_column(f"'{VENDOR}'", Text)
    return part(What.SUSPENDED, key=found.agent).where(found.tenant == here, whom, found.freeze.is_not(None))


def inside(tables: Tables, where: Where = this_tenant) -> Part:
    """The agent's sessions that are not over."""
    session = tables.sessions.c
    return part(What.INSIDE, tenant=session.tenant, text=session.body).where(
        session.agent == bindparam("agent"), where(tables.sessions), session.over_at > bindparam("after")
    )


def _made(table: Any, what: What = What.MADE) -> Part:
    return part(what, tenant=table.c.tenant, key=table.c.kind, text=table.c.body)


def held(tables: Tables, place: int, where: Where = this_tenant) -> Part:
    """
    What a holder has: everything that is over after the bound, and before that what was over last.

    A holder of many tenants is asked about one at a time, each with a bound of its own.
    """
    grant, other = tables.grants.alias("g"), tables.grants.alias("o")
    last = select(func.max(other.c.over_at)).where(
        other.c.kind == literal_column("'grant'", Text),
        *_holder(other, place),
        where(other) if where is this_tenant else other.c.tenant == grant.c.tenant,
        other.c.over_at <= bindparam("after"),
    )
    return _made(grant).where(
        grant.c.kind == literal_column("'grant'", Text),
        *_holder(grant, place),
        where(grant),
        grant.c.over_at >= func.coalesce(last.scalar_subquery(), bindparam("after")),
    )


def alive(tables: Tables) -> Part:
    """The grants of a holder that are not over."""
    grant = tables.grants
    return _made(grant, What.FOUND).where(
        grant.c.kind == literal_column("'grant'", Text),
        *_holder(grant, 0),
        this_tenant(grant),
        grant.c.over_at > bindparam("after"),
    )


def consented(tables: Tables, places: int, where: Where = this_tenant) -> Part:
    """
    The consents for any of so many holders that are not over: what written permissions are found among.

    One part for all of them: SQLite joins no more than 500.
    """
    consent = tables.grants
    return _made(consent, What.CONSENTED).where(
        consent.c.kind == literal_column("'consent'", Text),
        or_(*(and_(*_holder(consent, place)) for place in range(places))),
        where(consent),
        consent.c.over_at > bindparam("after"),
    )


def _holder(table: Any, place: int) -> tuple[Any, Any]:
    return table.c.holder == bindparam(f"holder{place}"), table.c.holder_kind == bindparam(f"kind{place}")


def above(tables: Tables) -> Part:
    """Everything that rests above these parents, all the way up; ``UNION`` ends it also where a circle was forged."""
    grant = tables.grants.alias("a")
    up = (
        select(grant.c.tenant, grant.c.id, grant.c.kind, grant.c.parent, grant.c.body)
        .where(this_tenant(grant), _among(grant.c.id, "parents"))
        .cte("up", recursive=True)
    )
    higher = tables.grants.alias("h")
    step = select(higher.c.tenant, higher.c.id, higher.c.kind, higher.c.parent, higher.c.body).where(
        higher.c.tenant == up.c.tenant, higher.c.id == up.c.parent
    )
    return _made(up.union(step), What.ABOVE)


def made(tables: Tables) -> Part:
    """Grants and consents by id."""
    return _made(tables.grants).where(this_tenant(tables.grants), _among(tables.grants.c.id, "ids"))


def bound(tables: Tables) -> Part:
    """What is bound to a ticket that is open."""
    link, grant = tables.links.c, tables.grants
    return _made(grant, What.FOUND).where(
        this_tenant(tables.links),
        link.ticket == bindparam("ticket"),
        grant.c.tenant == link.tenant,
        grant.c.id == link.id,
    )


def requests(tables: Tables) -> Part:
    """Requests by id."""
    return _by_id(tables.requests, What.REQUEST, "requests")


def sessions(tables: Tables) -> Part:
    """Sessions by id."""
    return _by_id(tables.sessions, What.INSIDE, "sessions")


def _by_id(table: Table, what: What, name: str) -> Part:
    found = part(what, tenant=table.c.tenant, text=table.c.body)
    return found.where(this_tenant(table), _among(table.c.id, name))


def usages(tables: Tables) -> Part:
    """Usages by grant and agent."""
    usage = tables.usages.c
    pair = tuple_(usage.grant_id, usage.agent).in_(bindparam("usages", expanding=True))
    return part(What.USAGE, tenant=usage.tenant, text=usage.body).where(this_tenant(tables.usages), pair)


def cuts(tables: Tables) -> Part:
    """The cut-offs."""
    cut = tables.cuts.c
    return part(What.CUT, tenant=cut.tenant, frozen=cut.agent, one=cut.seq, two=cut.at).where(
        this_tenant(tables.cuts)
    )


def retries(tables: Tables) -> Part:
    """The uses of idempotency keys."""
    retry = tables.retries.c
    found = part(What.RETRY, tenant=retry.tenant, key=retry.row_key, text=retry.body)
    return found.where(this_tenant(tables.retries), _among(retry.row_key, "retries"))


def _among(column: Any, name: str) -> Any:
    return column.in_(bindparam(name, expanding=True))
