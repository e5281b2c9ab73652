"""
Starlette: a route says what it needs, and its handler gets the decision. Needs the extra ``starlette``.

The guard decides before the handler runs; what lasts longer is watched. Denials become problem documents.
"""

try:
    import starlette as _starlette
except ModuleNotFoundError as missing:
    msg = 'grantkit.contrib.starlette needs Starlette: install the extra, "grantkit-access[starlette]"'
    raise ModuleNotFoundError(msg, name="starlette") from missing

from grantkit.contrib.starlette.answers import add_problem_handlers, problem_handlers, problem_response
from grantkit.contrib.starlette.deciding import Decisions
from grantkit.contrib.starlette.guard import SupportGuard
from grantkit.contrib.starlette.sessions import (
    SupportSession,
    begin_session,
    end_session,
    session_of,
    under_session,
)
from grantkit.contrib.starlette.watched import WatchedResponse
from grantkit.contrib.starlette.watching import Watch

__all__ = [
    "Decisions",
    "SupportGuard",
    "SupportSession",
    "Watch",
    "WatchedResponse",
    "add_problem_handlers",
    "begin_session",
    "end_session",
    "problem_handlers",
    "problem_response",
    "session_of",
    "under_session",
]

del _starlette
