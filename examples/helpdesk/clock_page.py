"""The buttons that turn the clock. With the real clock this router is left out, and there is no such route."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Response, status
from fastapi.responses import RedirectResponse

from grantkit.testing import FakeClock

from .desk import Desk, desk_of

router = APIRouter()

# A path of ours. "//elsewhere.example" and "/\elsewhere.example" would lead away, to whoever wrote the link.
_PATH = re.compile(r"/(?:[\w.:@+|=~-]+(?:/[\w.:@+|=~-]+)*)?", re.ASCII)


@router.post("/clock")
def turn(
    desk: Annotated[Desk, Depends(desk_of)],
    hours: Annotated[Literal["1", "24", "168"], Form()],
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Turn the clock forward, and record what has ended meanwhile, as a job would."""
    if not isinstance(desk.clock, FakeClock):  # it was exchanged
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    desk.clock.advance(hours=int(hours))
    desk.access.delivery.sweep()
    return RedirectResponse(back if _PATH.fullmatch(back) else "/", status.HTTP_303_SEE_OTHER)
