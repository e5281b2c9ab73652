"""Telling: what people are told, in plain words and pictures: notices, reviews, timelines. Pure."""

from grantkit.telling.drawing import draw
from grantkit.telling.falling import About, ends_others, fallen
from grantkit.telling.foreign import inert
from grantkit.telling.lanes import Interval, Lane, LaneState, Mark, Timeline
from grantkit.telling.notices import Notice, notice, notice_id
from grantkit.telling.occasions import Ids, Occasion, ids_of, occasions
from grantkit.telling.people import Person, Reader, Role, Side, TeamOf, Whom, person_of, whom_of
from grantkit.telling.remarks import Limits, Remark, Remarked
from grantkit.telling.review import FlowReview, Review
from grantkit.telling.reviewed import ByAgent, Over, Reviewed, ReviewedRequest, Tally
from grantkit.telling.timeline import timeline
from grantkit.telling.words import Words

__all__ = [
    "About",
    "ByAgent",
    "FlowReview",
    "Ids",
    "Interval",
    "Lane",
    "LaneState",
    "Limits",
    "Mark",
    "Notice",
    "Occasion",
    "Over",
    "Person",
    "Reader",
    "Remark",
    "Remarked",
    "Review",
    "Reviewed",
    "ReviewedRequest",
    "Role",
    "Side",
    "Tally",
    "TeamOf",
    "Timeline",
    "Whom",
    "Words",
    "draw",
    "ends_others",
    "fallen",
    "ids_of",
    "inert",
    "notice",
    "notice_id",
    "occasions",
    "person_of",
    "timeline",
    "whom_of",
]
