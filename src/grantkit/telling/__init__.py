"""Telling: what people are told, in plain words and pictures: notices, reviews, timelines. Pure."""

from grantkit.telling.notices import Notice, notice, notice_id
from grantkit.telling.occasions import About, Occasion, ids_of, occasions
from grantkit.telling.people import Person, Reader, Role, Side, TeamOf, Whom
from grantkit.telling.words import Words, inert

__all__ = [
    "About",
    "Notice",
    "Occasion",
    "Person",
    "Reader",
    "Role",
    "Side",
    "TeamOf",
    "Whom",
    "Words",
    "ids_of",
    "inert",
    "notice",
    "notice_id",
    "occasions",
]
