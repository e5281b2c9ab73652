"""Holding a store against the published laws."""

from collections.abc import Iterable
from contextlib import ExitStack
from random import Random

import attrs

from grantkit.testing.laws import LAWS, Law, LawBroken
from grantkit.testing.laws.bench import Bench, Maker, NotAskedError, Reopener, failure


@attrs.frozen(kw_only=True)
class LawsKept:
    """
    What :func:`check_store` found, where it found nothing wrong.

    Attributes:
        kept: The names of the laws that the store keeps.
        not_asked: Those that could not be held against it, with what they need.
    """

    kept: tuple[str, ...]
    not_asked: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        left = "".join(f"; not asked: {law} ({why})" for law, why in self.not_asked)
        return f"{len(self.kept)} laws kept{left}"


def check_store(
    make_store: Maker,
    *,
    reopen: Reopener | None = None,
    laws: Iterable[Law] = LAWS,
    seed: int = 0,
    rounds: int = 60,
    patience: float = 60.0,
) -> LawsKept:
    """
    Hold a store against the laws that every store keeps; it needs the standard library and grantkit alone.

    >>> from grantkit.stores import MemoryStore
    >>> print(check_store(MemoryStore, laws=LAWS[:4]))  # without laws=, all of them
    4 laws kept

    Args:
        make_store: Gives a new and empty store each time it is called, or a context manager that gives one and ends it.
        reopen: Gets a store that is in use; closes it, and gives one that was opened on what it kept. Stores that do
            not outlive their process leave it out.
        laws: Which laws; all of them by default.
        seed: For the dice of random histories; they fall the same way for the same seed.
        rounds: How long random histories are; more find more, and take longer.
        patience: How many seconds the calls of one crowd may take before they are said to hang.

    Returns:
        Which laws were kept.

    Raises:
        LawBroken: For the first law that the store breaks, with what was wanted and what came.
    """
    kept: list[str] = []
    not_asked: list[tuple[str, str]] = []
    for law in laws:
        name = law.__name__
        try:
            with ExitStack() as closing:
                bench = Bench(
                    law=name,
                    make=make_store,
                    reopen=reopen,
                    random=Random(f"{seed} {name}"),  # noqa: S311  # repeatable on purpose
                    rounds=rounds,
                    patience=patience,
                    closing=closing,
                )
                _hold(law, bench)
        except NotAskedError as why:
            not_asked.append((name, str(why)))
        else:
            kept.append(name)
    return LawsKept(kept=tuple(kept), not_asked=tuple(not_asked))


def _hold(law: Law, bench: Bench) -> None:
    try:
        law(bench)
    except (LawBroken, NotAskedError):
        raise
    except Exception as error:  # a store that lets something out breaks the law that was being held
        raise failure(bench.law, error) from error
