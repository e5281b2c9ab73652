"""What the page "Support access" shows of the whole story: a picture that grantkit draws from the record."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import attrs
from markupsafe import Markup

from grantkit import VENDOR, Agent
from grantkit.model import Event
from grantkit.telling import draw, timeline

from .desk import Desk, Tenant

LATEST = 12
"""How many requests, consents and grants one picture shows, besides all that are not over."""


@attrs.frozen
class Story:
    """
    How support access went.

    Attributes:
        picture: It, drawn.
        left_out: How many requests, consents and grants are over, and older than those that are shown.
    """

    picture: Markup
    left_out: int


def story(desk: Desk, tenant: Tenant, history: Iterable[Event]) -> Story | None:
    """
    Return the story that *history* tells; ``None`` where nobody has asked for anything or was let in.

    Suspensions stand in the vendor's own record, which no member may read. The page reads it for them: a picture that
    shows access while an agent was shut out would be wrong.
    """
    found = timeline(tenant.id, history, desk.now(), vendor=desk.access.ledger.history(VENDOR))
    if not found.lanes:
        return None
    # What is not over is always shown, however old: leaving out a way in that is open would be the worst of lies.
    over = [lane for lane in found.lanes if lane.ended is not None]
    older = over[: max(len(over) - LATEST, 0)]
    shown = attrs.evolve(found, lanes=tuple(lane for lane in found.lanes if lane not in older))
    names = {
        ("agent" if isinstance(person, Agent) else "member", person.id): person.name
        for person in desk.people.values()
        if person.name is not None
    }
    svg = draw(shown, ZoneInfo(tenant.zone), zone_name=tenant.zone, names=names)
    # Every text in it is escaped where it is drawn; it goes onto the page as it is.
    return Story(picture=Markup(svg), left_out=len(older))  # noqa: S704
