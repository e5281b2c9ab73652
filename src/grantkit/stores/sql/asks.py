"""
Asks: what a call of the store wants of the database, one statement at a time.

Each call is one generator, for the blocking and the async store alike: it yields statements and is sent their answers,
and holds neither a connection nor a transaction. Who carries them out (``running``) opens and ends those.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import attrs
from sqlalchemy import Executable

T = TypeVar("T")
Values: TypeAlias = Mapping[str, object]


@attrs.frozen
class Ask:
    """
    One statement.

    Attributes:
        statement: What is asked, or written.
        values: Its parameters; a list of them for a statement that is carried out once for each.
    """

    statement: Executable
    values: Values | list[Values]


@attrs.frozen
class Answer:
    """
    What came of a statement.

    Attributes:
        rows: All of them, fetched; none for a statement that gives none.
        touched: How many rows were written.
    """

    rows: Sequence[Any]
    touched: int


Asks: TypeAlias = Generator[Ask, Answer, T]


def rows(statement: Executable, **values: object) -> Asks[Sequence[Any]]:
    """Ask for rows."""
    answer = yield Ask(statement, values)
    return answer.rows


def touched(statement: Executable, **values: object) -> Asks[int]:
    """Write, and return how many rows were touched."""
    answer = yield Ask(statement, values)
    return answer.touched


def each(statement: Executable, values: list[Values]) -> Asks[None]:
    """Write once for each of *values*, in one go; nothing for none."""
    if values:
        yield Ask(statement, values[0] if len(values) == 1 else values)
