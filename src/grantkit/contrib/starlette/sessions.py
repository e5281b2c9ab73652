"""
Sessions that run under a grant: what is remembered between two clicks, and what is not.

The session holds the tenant and the id of the grant, and nothing that allows anything: every click is decided afresh.
It serves to show where one is, and so that whoever acts carries ``via`` and can consent to nothing there (I-14).
"""

from typing import Any, TypeVar, cast

import attrs
from starlette.requests import HTTPConnection

from grantkit.decision import Decision
from grantkit.model import Agent, Member

_KEY = "grantkit"
P = TypeVar("P", bound=Agent | Member)


@attrs.frozen
class SupportSession:
    """
    Where a support session runs.

    Attributes:
        tenant: In whose account.
        grant_id: Under which grant it was begun; another one may allow what is done in it by now.
    """

    tenant: str
    grant_id: str


def begin_session(connection: HTTPConnection, decision: Decision) -> SupportSession:
    """
    Remember in the session that it runs under the grant of *decision*; one that ran before is over.

    Needs Starlette's ``SessionMiddleware``, or another that keeps a mapping in ``scope["session"]``.

    Raises:
        AccessDenied: If the decision denies.
    """
    found = SupportSession(decision.require().tenant, cast("str", decision.grant_id))
    connection.session[_KEY] = {"tenant": found.tenant, "grant": found.grant_id}
    return found


def end_session(connection: HTTPConnection) -> None:
    """Forget it; right also where none runs."""
    connection.session.pop(_KEY, None)


def session_of(connection: HTTPConnection) -> SupportSession | None:
    """Return the support session that this connection belongs to, if it belongs to one."""
    kept: dict[str, Any] = connection.scope.get("session") or {}
    # A KeyError for half an entry is right: somebody else wrote it, and "no session" would lift the restraint.
    return SupportSession(kept[_KEY]["tenant"], kept[_KEY]["grant"]) if _KEY in kept else None


def under_session(connection: HTTPConnection, person: P) -> P:
    """Return *person* with ``via`` set if the connection belongs to a support session, else *person* itself."""
    session = session_of(connection)
    return person if session is None else cast("P", person.under(session.grant_id))
