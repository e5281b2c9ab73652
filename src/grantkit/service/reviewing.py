"""Reviewing: the verbs that report what stands, for whom and since when, at one tenant and across tenants."""

from collections.abc import Callable
from datetime import datetime, timedelta

from grantkit.errors import GrantkitError, InvalidInput
from grantkit.inputs import identifier, integer, optional
from grantkit.model import Actor
from grantkit.ports import Directory
from grantkit.service.door import Door
from grantkit.service.driver import drive
from grantkit.service.looks import looker
from grantkit.service.reviews import MOST_REVIEWS, REVIEWS, Wanted, limits_of, review_plan, reviews_plan
from grantkit.telling.remarks import OVERLONG, UNUSED_FOR
from grantkit.telling.review import Review


class Reviewing(Door):
    """Reviewing: review, reviews."""

    def review(
        self,
        tenant: str,
        *,
        by: Actor | None = None,
        since: datetime | None = None,
        unused_for: timedelta = UNUSED_FOR,
        overlong: timedelta = OVERLONG,
        directory: Directory | None = None,
    ) -> Review:
        """
        Return an access review: what stands at *tenant*, for whom, by whose consent, when last used, what ended (R13).

        It is a report of one moment, and changes nothing. Nothing that stands is left out, whatever its age.

        Args:
            tenant: Which tenant; one that does not exist has nothing.
            by: Who looks; if given, only what the rules' ``view.status`` lets them see, and ``whole`` says whether that
                is all. ``None`` for the host itself.
            since: What ended at this instant or later is told; ``None`` for all that ever ended.
            unused_for: What was neither entered nor used for so long is pointed out, from exactly that long on.
            overlong: What lasts so long from its start to its end is pointed out, from exactly that long on; where no
                end is set, what has stood so long.
            directory: Asked whether those who consented still hold the role that entitled them; ``None`` to leave that
                out, and ``roles_checked`` says so.

        Raises:
            InvalidInput: If an argument is malformed.
            NotFound: If *by* may see nothing there.
            Unavailable: If the directory fails.
            StoreError: If the store fails, or has a row that cannot be read: access must not be missing for that.
        """
        where = identifier("tenant", tenant)
        wanted = Wanted(by=looker(by), limits=limits_of(since, unused_for, overlong), directory=directory)
        return drive(self._guarded, lambda: review_plan(self._host, where, wanted))

    def reviews(
        self,
        *,
        after: str | None = None,
        limit: int = REVIEWS,
        since: datetime | None = None,
        unused_for: timedelta = UNUSED_FOR,
        overlong: timedelta = OVERLONG,
        directory: Directory | None = None,
        failed: Callable[[str, GrantkitError], object] | None = None,
    ) -> tuple[Review, ...]:
        """
        Return the reviews of all tenants that have a record, by id, a page at a time: for the vendor.

        Each review is of one moment, and each of another. Fewer than *limit* means that there are no more: a tenant
        whose review fails does not count.

        Args:
            after: Only tenants whose id is past this one: the last of the page before.
            limit: At most so many tenants, 1000 at the most.
            since: As for :meth:`review`.
            unused_for: As for :meth:`review`.
            overlong: As for :meth:`review`.
            directory: As for :meth:`review`.
            failed: Called with a tenant whose review cannot be made, and why; the others are made. Say so to whoever
                reads: access must not be missing from a report unnoticed. Without it the first failure is raised, with
                a note that names the tenant.

        Raises:
            InvalidInput: If an argument is malformed.
            Unavailable: If the directory, or the rules of a tenant, cannot be had, and there is no *failed*.
            StoreError: If the store fails, or has a row that cannot be read and there is no *failed*.
        """
        begin = optional(identifier, "after", after) or ""
        if failed is not None and not callable(failed):
            raise InvalidInput(
                field="failed", code="wrong_type", wants="a callable that takes a tenant and an error"
            )
        most = integer("limit", limit, least=1, most=MOST_REVIEWS)
        wanted = Wanted(by=None, limits=limits_of(since, unused_for, overlong), directory=directory)
        return drive(
            self._guarded, lambda: reviews_plan(self._host, wanted, after=begin, limit=most, failed=failed)
        )
