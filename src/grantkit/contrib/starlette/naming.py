"""Where a connection says which tenant and which resource it is about."""

from collections.abc import Callable
from string import Formatter
from typing import TypeAlias

from starlette.requests import HTTPConnection

from grantkit.errors import InvalidInput

Source: TypeAlias = str | Callable[[HTTPConnection], str]
"""A template over the route's path parameters, such as ``"invoice:{number}"``, or a callable of the connection."""


def reader(field: str, source: Source) -> Callable[[HTTPConnection], str]:
    """
    Return what reads *source* off a connection.

    A template sees the path parameters as the route's converters left them (``{number:int}`` gives ``7`` for ``007``),
    so that the guard judges the very value that the handler goes on to read. A handler that converts once more by
    itself could read another resource than was judged: let the route convert, or take ``decision.resource``.

    Raises:
        InvalidInput: *field*, if the template holds anything but one plain name in braces. Two could read the same for
            two places: ``file:{folder}-{name}`` is ``file:a-b-c`` for ``c`` in ``a-b`` and for ``b-c`` in ``a``.
    """
    if callable(source):
        return source
    names = _names_in(field, source)

    def read(connection: HTTPConnection) -> str:
        given = connection.path_params
        missing = [name for name in names if name not in given]
        if missing:
            # The route and the guard do not fit: nobody is let in, and whoever wrote them is told.
            msg = f"the route has no path parameter {', '.join(missing)}: nothing was decided; see {field}={source!r}"
            raise RuntimeError(msg)
        return source.format_map({name: str(given[name]) for name in names})

    return read


def _names_in(field: str, template: str) -> tuple[str, ...]:
    wants = 'a template such as "invoice:{number}", with plain names in braces'
    try:
        parts = tuple(Formatter().parse(template))
    except ValueError as error:
        raise InvalidInput(field=field, code="bad_pattern", wants=wants) from error
    names = tuple(name for _, name, _, _ in parts if name is not None)
    if not all(name.isidentifier() for name in names) or any(spec or turn for _, _, spec, turn in parts):
        raise InvalidInput(field=field, code="bad_pattern", wants=wants)
    if len(names) > 1:
        several = "one name in braces; for several, a callable that spells no two places alike"
        raise InvalidInput(field=field, code="bad_pattern", wants=several)
    return names
