"""A review of one tenant: the report itself, its plain data and its text (R13)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

import attrs

from grantkit.canonical import Plain
from grantkit.model import Freeze
from grantkit.model.wording import iso, plainly
from grantkit.telling.remarks import Limits
from grantkit.telling.reviewed import Reviewed, ReviewedRequest, who_data

SCHEMA: Final = 1
"""The version of the form of :meth:`Review.to_data`."""

_SECOND: Final = timedelta(seconds=1)


@attrs.frozen(kw_only=True)
class FlowReview:
    """
    What came about by one flow: so emergency access stands apart from the rest.

    Attributes:
        flow: Which.
        grants: Grants that stand, live or scheduled.
        consents: Consents that stand by themselves.
        ended: Grants and consents that ended.
        requests: Requests that wait, and those that something became of.
    """

    flow: str
    grants: tuple[Reviewed, ...] = ()
    consents: tuple[Reviewed, ...] = ()
    ended: tuple[Reviewed, ...] = ()
    requests: tuple[ReviewedRequest, ...] = ()

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data."""
        return {
            "flow": self.flow,
            "grants": [each.to_data() for each in self.grants],
            "consents": [each.to_data() for each in self.consents],
            "ended": [each.to_data() for each in self.ended],
            "requests": [each.to_data() for each in self.requests],
        }

    def lines(self) -> Iterable[str]:
        """Yield its text."""
        yield f"Flow {self.flow}"
        parts = (
            ("grants", self.grants),
            ("consents", self.consents),
            ("ended", self.ended),
            ("requests", self.requests),
        )
        for title, found in parts:
            if found:
                yield f"  {title}:"
            for each in found:
                yield from (f"    {line}" for line in each.lines())


@attrs.frozen(kw_only=True)
class Review:
    """
    An access review of one tenant: a report of one moment, which allows and changes nothing.

    Attributes:
        tenant: Whose.
        now: When: the later of the clock and what the record has seen.
        seq: The sequence of the record's last event then.
        rules: The digest of the rules that it was held against.
        limits: What counted as unused and overlong, and since when ends are told.
        freeze: The freeze of the whole tenant, if there is one.
        whole: Whether nothing was left out; a reader who may see only some of it gets that.
        roles_checked: Whether a directory was asked if those who consented still hold their roles.
        flows: What there is, flow by flow, by name.
    """

    tenant: str
    now: datetime
    seq: int
    rules: str
    limits: Limits
    freeze: Freeze | None
    whole: bool
    roles_checked: bool
    flows: tuple[FlowReview, ...]

    @property
    def grants(self) -> tuple[Reviewed, ...]:
        """The grants that stand, of every flow."""
        return tuple(chain.from_iterable(each.grants for each in self.flows))

    @property
    def consents(self) -> tuple[Reviewed, ...]:
        """The consents that stand by themselves, of every flow."""
        return tuple(chain.from_iterable(each.consents for each in self.flows))

    @property
    def ended(self) -> tuple[Reviewed, ...]:
        """What ended, of every flow."""
        return tuple(chain.from_iterable(each.ended for each in self.flows))

    @property
    def requests(self) -> tuple[ReviewedRequest, ...]:
        """The requests, of every flow."""
        return tuple(chain.from_iterable(each.requests for each in self.flows))

    @property
    def remarked(self) -> tuple[Reviewed, ...]:
        """What stands and has something to be pointed out."""
        return tuple(each for each in (*self.grants, *self.consents) if each.remarks)

    def to_data(self) -> dict[str, Plain]:
        """Return it as plain data: see ``docs/reference/review.schema.json``."""
        since, freeze = self.limits.since, self.freeze
        return {
            "schema": SCHEMA,
            "tenant": self.tenant,
            "now": iso(self.now),
            "seq": self.seq,
            "rules": self.rules,
            "unused_for": self.limits.unused_for // _SECOND,
            "overlong": self.limits.overlong // _SECOND,
            "since": None if since is None else iso(since),
            "frozen": None
            if freeze is None
            else {"by": who_data(freeze.by), "at": iso(freeze.at), "seq": freeze.seq},
            "whole": self.whole,
            "roles_checked": self.roles_checked,
            "flows": [each.to_data() for each in self.flows],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterable[str]:
        part = "" if self.whole else " (only what the reader may see)"
        yield f"Access review of {self.tenant}, {plainly(self.now)}, record up to #{self.seq}{part}"
        since = self.limits.since
        told = "" if since is None else f" since {plainly(since)}"
        yield (
            f"{len(self.grants)} granted, {len(self.consents)} consented to, {len(self.remarked)} to look at;"
            f" {len(self.ended)} ended{told}"
        )
        if self.freeze is not None:
            yield f"The tenant is frozen since {plainly(self.freeze.at)}, by {self.freeze.by}"
        for each in self.flows:
            yield ""
            yield from each.lines()
