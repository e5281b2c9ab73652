"""
Asks: what a call of the store wants of the database, one statement at a time.

Each call is one generator, for the blocking and the async store alike: it yields statements and is sent their answers,
and holds neither a connection nor a transaction. Who carries them out (``running``) opens and ends those.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import attrs
from sqlalchemy import CompoundSelect, Dialect, Executable

T = TypeVar("T")
Values: TypeAlias = Mapping[str, object]
Given: TypeAlias = Mapping[str, object] | tuple[object, ...]
"""Values as a driver takes them: by name, or in order."""


@attrs.frozen
class Ready:
    """
    A read as the driver takes it, rendered once.

    Attributes:
        statement: The same for SQLAlchemy.
        text: The same for the driver.
        places: Whose values go where, for a driver that takes them in order; None for one that takes them by name.
    """

    statement: Executable
    text: str
    places: tuple[str, ...] | None

    def given(self, values: Values) -> Given:
        """Return *values* as the driver takes them."""
        return values if self.places is None else tuple(values[name] for name in self.places)


def ready(statement: CompoundSelect[*tuple[Any, ...]], dialect: Dialect) -> Ready:
    """Return *statement* rendered: all its parameters are to be given, and none may be a list."""
    rendered = statement.compile(dialect=dialect)
    places = rendered.positiontup
    return Ready(statement, str(rendered), None if places is None else tuple(places))


@attrs.frozen
class Ask:
    """
    One statement.

    Attributes:
        statement: What is asked, or written.
        values: Its parameters; a list of them for a statement that is carried out once for each.
        rendered: Both as the driver takes them, if it is asked often enough to be worth that.
    """

    statement: Executable
    values: Values | list[Values]
    rendered: tuple[str, Given] | None = None


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


def rows_of(ready: Ready, values: Values) -> Asks[Sequence[Any]]:
    """Ask for rows by a statement that is rendered."""
    answer = yield Ask(ready.statement, values, (ready.text, ready.given(values)))
    return answer.rows


def touched(statement: Executable, **values: object) -> Asks[int]:
    """Write, and return how many rows were touched."""
    answer = yield Ask(statement, values)
    return answer.touched


def each(statement: Executable, values: list[Values]) -> Asks[None]:
    """Write once for each of *values*, in one go; nothing for none."""
    if values:
        yield Ask(statement, values[0] if len(values) == 1 else values)
