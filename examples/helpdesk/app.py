"""The application, put together."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles

from grantkit import Clock
from grantkit.testing import FakeClock

from . import clock_page, crm, front_page, support_page, vendor_page, workspaces
from .answers import add_answers
from .desk import HERE, open_desk
from .safety import SafeHeaders, only_our_forms
from .seeding import seed

EIGHT_HOURS = 8 * 60 * 60


def create_app(
    folder: Path,
    *,
    clock: Clock | None = None,
    stories: bool = True,
    database: str | None = None,
    awaited: bool = False,
) -> FastAPI:
    """
    Return the help desk, with its files in *folder*; what it needs is made if it is not there.

    Args:
        folder: A folder that is there.
        clock: Tells the time; with a ``FakeClock``, every page has buttons that turn it.
        stories: Whether a new desk begins with something going on, or with nobody let in anywhere.
        database: The address of a PostgreSQL database for the records; a file in *folder* by default.
        awaited: Whether the CRM's decisions are awaited, and not made in threads; with a database only.
    """
    desk = open_desk(folder, clock=clock, database=database, awaited=awaited)
    seed(desk, stories=stories)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await desk.records.close()

    app = FastAPI(
        title="Help desk",
        # FastAPI's own pages load scripts from elsewhere, which the policy forbids; nobody needs them here.
        openapi_url=None,
        lifespan=lifespan,
        dependencies=[Depends(only_our_forms)],
    )
    app.state.desk = desk
    # The last one added is the outermost: the headers are put on whatever the others answer.
    # No `https_only`: this one listens on the loopback interface. Everywhere else it belongs here.
    app.add_middleware(
        SessionMiddleware,
        secret_key=secrets.token_urlsafe(),
        session_cookie="helpdesk",
        max_age=EIGHT_HOURS,
        same_site="lax",
    )
    app.add_middleware(SafeHeaders)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.include_router(front_page.router)
    app.include_router(support_page.router)
    app.include_router(workspaces.router)
    app.include_router(crm.router)
    app.include_router(vendor_page.router)
    if isinstance(clock, FakeClock):
        app.include_router(clock_page.router)
    add_answers(app)
    return app
