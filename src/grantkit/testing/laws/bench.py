"""The bench on which one law is held against a store: new stores, what was wanted and what was found, and patience."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from random import Random
from threading import BrokenBarrierError, Thread
from typing import Any, NoReturn, TypeAlias, TypeVar, cast

import attrs

from grantkit.ports import Store
from grantkit.testing.laws.shelf import Shelf

T = TypeVar("T")

Maker: TypeAlias = Callable[[], Store | AbstractContextManager[Store]]
"""Makes a new and empty store each time it is called; what has an end may be a context manager."""

Reopener: TypeAlias = Callable[[Store], Store | AbstractContextManager[Store]]
"""Closes a store, and opens anew what it has kept."""

_MOST_SHOWN = 300


class LawBroken(AssertionError):
    """
    A store does not keep a law.

    Attributes:
        law: The name of the law, as in :data:`~grantkit.testing.LAWS`.
        what: What was wanted, and what was found instead.
    """

    def __init__(self, law: str, what: str) -> None:
        super().__init__(law, what)
        self.law = law
        self.what = what

    def __str__(self) -> str:
        return f"{self.law}: {self.what}"


class NotAskedError(Exception):
    """The law needs something that was not given: it is neither kept nor broken."""


@attrs.define(kw_only=True)
class Bench:
    """
    What a law gets to work with.

    Attributes:
        law: Its name.
        make: Gives a new and empty store.
        reopen: Closes a store, and opens what it kept; ``None`` if stores are not said to last.
        random: Dice that fall the same way each time.
        rounds: How long random histories are.
        patience: How many seconds one call may take before it is said to hang.
        closing: Closes what was opened.
    """

    law: str
    make: Maker
    reopen: Reopener | None
    random: Random
    rounds: int
    patience: float
    closing: ExitStack

    def shelf(self) -> Shelf:
        """Return a new and empty store, with a memory of what is put there."""
        return Shelf(self._opened(self.make()))

    def reopened(self, shelf: Shelf) -> Shelf:
        """Return the same store, closed and opened again, with the same memory of what is there."""
        if self.reopen is None:
            what = "reopen= was not given"
            raise NotAskedError(what)
        return attrs.evolve(shelf, store=self._opened(self.reopen(shelf.store)))

    def _opened(self, made: Store | AbstractContextManager[Store]) -> Store:
        if isinstance(made, AbstractContextManager):
            # Not AbstractContextManager[Store]: what a store that is one gives for itself is known to no checker.
            return cast("Store", self.closing.enter_context(cast("AbstractContextManager[Any]", made)))
        return made

    def broken(self, what: str) -> NoReturn:
        """Say that the store does not keep the law."""
        raise LawBroken(self.law, what)

    def true(self, what: str, found: object) -> None:
        """Break the law unless *found* is exactly ``True``."""
        if found is not True:
            self.broken(f"it is not so that {what}")

    def same(self, what: str, wanted: Any, found: Any) -> None:
        """Break the law unless *found* equals *wanted*, and say in what they differ."""
        if wanted != found:
            self.broken(f"{what}: {_difference(wanted, found)}")

    def among(self, what: str, wanted: Mapping[Any, object], found: Mapping[Any, object]) -> None:
        """Break the law unless everything of *wanted* is in *found*, as it is wanted; more does no harm."""
        self.same(what, dict(wanted), {key: value for key, value in found.items() if key in wanted})

    def finished(self, what: str, found: object) -> None:
        """Break the law unless *found* is a tuple: what is only made while it is looked at is no snapshot."""
        if type(found) is not tuple:
            self.broken(f"{what}: a finished tuple was wanted, and a {type(found).__name__} came")

    def refused(self, what: str, kind: type[Exception], call: Callable[[], object]) -> Exception:
        """Return the error of *kind* that *call* raises; break the law if it raises none, or another."""
        try:
            call()
        except kind as error:
            return error
        except Exception as error:
            message = f"{what}: {kind.__name__} was wanted, and {_told(error)} came"
            raise LawBroken(self.law, message) from error
        return self.broken(f"{what}: it was not refused")

    def within(self, what: str, *calls: Callable[[], T]) -> list[T]:
        """
        Return what *calls* give, each in a thread of its own.

        Whoever is not done when patience is at an end is said to hang; the first error is raised here.
        """
        given: dict[int, T] = {}
        failed: list[Exception] = []

        def run(place: int, call: Callable[[], T]) -> None:
            try:
                given[place] = call()
            except Exception as error:  # raised in the thread that asked  # noqa: BLE001
                failed.append(error)

        threads = [Thread(target=run, args=(place, call), daemon=True) for place, call in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(self.patience)
        if failed:  # whoever was waiting for one that failed says nothing new
            raise next((error for error in failed if not isinstance(error, BrokenBarrierError)), failed[0])
        if any(thread.is_alive() for thread in threads):
            self.broken(f"{what}: not done within {self.patience:g} seconds")
        return [given[place] for place in range(len(calls))]


def failure(law: str, error: Exception) -> LawBroken:
    """Return the breach that *error*, which a store let out where nothing should fail, comes to."""
    return LawBroken(law, f"nothing should fail, and {_told(error)} came")


def _told(error: Exception) -> str:
    return f"{type(error).__name__} ({error})"[:_MOST_SHOWN]


def kind_of(value: object) -> type[Any]:
    """Return the type of *value*, of which nothing is known."""
    return type(value)


def _difference(wanted: Any, found: Any) -> str:
    """Say in what two things differ, the smallest part of it that can be named."""
    ours, theirs = _parts(wanted), _parts(found)
    if type(wanted) is type(found) and ours is not None and theirs is not None:
        for key, value in ours.items():
            if key not in theirs:
                return f"{_name(key)} is missing: {_shown(value)}"
            if value != theirs[key]:
                return f"{_name(key)}: {_difference(value, theirs[key])}"
        for key, value in theirs.items():
            if key not in ours:
                return f"{_name(key)} should not be there: {_shown(value)}"
    return f"wanted {_shown(wanted)}, found {_shown(found)}"


def _parts(value: Any) -> dict[Any, Any] | None:
    """Return what *value* is made of, by name or place; ``None`` for what is in one piece."""
    kind = kind_of(value)
    if issubclass(kind, dict):
        return dict(value)
    if issubclass(kind, tuple | list):
        return {place: value[place] for place in range(len(value))}
    return {name: getattr(value, name) for name in attrs.fields_dict(kind)} if attrs.has(kind) else None


def _name(key: Any) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return " ".join(map(str, key)) if issubclass(kind_of(key), tuple) else str(key)


def _shown(value: object) -> str:
    found = repr(value)
    return found if len(found) <= _MOST_SHOWN else f"{found[:_MOST_SHOWN]}…"
