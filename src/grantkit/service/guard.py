"""Foreign code whose failures are typed: whatever a store or a host raises, callers get one error for it."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import ParamSpec, TypeVar

from grantkit.decision import TenantFacts
from grantkit.errors import GrantkitError, Unavailable
from grantkit.model import Agent

P = ParamSpec("P")
T = TypeVar("T")


def check_facts(facts: TenantFacts, agent: Agent) -> None:
    """
    Refuse what is no answer to the question: facts not read for this agent lack what the tenant holds against it.

    Raises:
        Unavailable: If a store gave something else.
    """
    if type(facts) is not TenantFacts or facts.agent != agent.id:
        raise Unavailable(what="facts read for this agent")


def typed(what: str, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """
    Return what foreign code gives; whatever it raises becomes one typed error that shows none of it.

    Raises:
        Unavailable: In place of every error that is not grantkit's own.
    """
    try:
        return not_async(ask(*args, **kwargs))
    except GrantkitError:
        raise
    except Exception as error:
        raise Unavailable(what=what) from error


def not_async(found: T) -> T:
    """
    Return what foreign code gave, unless it has yet to be awaited: who takes that for an answer has none.

    Raises:
        TypeError: If it is a coroutine.
    """
    if isinstance(found, Coroutine):
        found.close()  # else Python says of it that it was never awaited, which helps nobody to the remedy
        wants = "it is async, and nothing here awaits it: pass plain functions, or use AsyncSupportAccess"
        raise TypeError(wants)
    return found


async def typed_async(what: str, ask: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what foreign code gives once it is awaited, as :func:`typed` does; a cancellation goes through."""
    try:
        return await ask(*args, **kwargs)
    except GrantkitError:
        raise
    except Exception as error:
        raise Unavailable(what=what) from error
