"""What an error of grantkit is in HTTP: a status, and a problem document (RFC 9457). No framework is needed here."""

from http import HTTPStatus
from typing import Final

import attrs

from grantkit.canonical import Plain
from grantkit.decision import Decision, Reason
from grantkit.errors import (
    AccessDenied,
    Conflict,
    GrantkitError,
    InvalidInput,
    NotFound,
    Refused,
    StoreError,
)

MEDIA_TYPE: Final = "application/problem+json"

_STATUS: Final[tuple[tuple[type[GrantkitError], HTTPStatus], ...]] = (
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Refused, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
)


@attrs.frozen
class Problem:
    """
    One error, as a client gets it.

    Attributes:
        status: The HTTP status.
        code: The reason of a denial, or the code of an error; empty where there is nothing to learn.
        detail: One sentence for people; empty where there is nothing to learn.
        docs: The page whose anchors are the codes; ``None`` names the code alone.
    """

    status: HTTPStatus
    code: str = ""
    detail: str = ""
    docs: str | None = None

    @property
    def failed(self) -> bool:
        """Whether it is the server's fault: then the host's log should say what happened."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def type(self) -> str:
        """The URI that tells problems apart: the page and its anchor, or a URN; "about:blank" is the status alone."""
        if not self.code:
            return "about:blank"
        return f"urn:grantkit:problem:{self.code}" if self.docs is None else f"{self.docs}#{self.code}"

    def to_data(self) -> dict[str, Plain]:
        """Return the problem document."""
        data: dict[str, Plain] = {"type": self.type, "title": self.status.phrase, "status": self.status.value}
        return data | {"detail": self.detail, "code": self.code} if self.code else data


def problem_of(error: GrantkitError, docs: str | None = None) -> Problem:
    """
    Return what a client is told of *error*.

    A denial is 403 with its reason and the words for the agent. Where the rules' ``view`` hides the tenant or the
    resource (P8) it is a bare 404, the same for whatever is hidden and for what never was. ``store_unavailable`` is 503
    and says nothing of the tenant. What failed inside (a store, a ledger) is named by its code alone: its text is for
    the host's log.

    Args:
        error: Any error of grantkit.
        docs: The address of a page that explains the codes, each under an anchor of that name.
    """
    if isinstance(error, AccessDenied):
        return problem_of_denial(error.decision, docs)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
    if status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        failed = HTTPStatus.INTERNAL_SERVER_ERROR if status is None else status
        return Problem(failed, error.code, "grantkit could not do this; the log says why.", docs)
    return Problem(status, error.code, str(error), docs)


def problem_of_denial(decision: Decision, docs: str | None = None) -> Problem:
    """Return what a client is told of a decision that denies; see :func:`problem_of`."""
    if decision.reason is Reason.STORE_UNAVAILABLE:
        # Before hiding: a 404 would tell clients that something is gone for good. An outage says nothing of a tenant.
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, decision.reason.value, "Who may enter could not be read.", docs
        )
    if decision.conceal:
        return Problem(HTTPStatus.NOT_FOUND)
    return Problem(HTTPStatus.FORBIDDEN, decision.reason.value, decision.explain(to="agent"), docs)
