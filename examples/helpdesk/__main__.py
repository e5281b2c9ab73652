"""The command line: ``python -m examples.helpdesk``, and ``--help`` for what it takes."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn

from grantkit.testing import FakeClock

from .app import create_app

START = "2027-03-03T14:20:00Z"
LOOPBACK = "127.0.0.1"  # everybody may be anybody here, so nobody else's machine gets in


def main() -> None:
    """Start the help desk, and run it until it is interrupted."""
    arguments = _arguments()
    with ExitStack() as until:
        folder = arguments.folder
        if folder is None:
            folder = Path(until.enter_context(TemporaryDirectory(prefix="helpdesk-")))
        folder.mkdir(parents=True, exist_ok=True)
        clock = FakeClock(START) if arguments.clock else None
        app = create_app(folder, clock=clock, database=arguments.database, awaited=arguments.awaited)
        print(f"The records are in {'the database' if arguments.database else folder}.")
        print(f"The help desk is at http://{LOOPBACK}:{arguments.port}/ until you press Ctrl+C.", flush=True)
        uvicorn.run(app, host=LOOPBACK, port=arguments.port, log_level="warning")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m examples.helpdesk", description="A help desk on grantkit."
    )
    parser.add_argument(
        "--clock", action="store_true", help=f"stop the clock at {START}, and show buttons to turn it"
    )
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on (8000)")
    parser.add_argument(
        "--folder", type=Path, help="where its two SQLite files lie; a temporary folder by default"
    )
    parser.add_argument(
        "--database", metavar="URL", help="keep the records in PostgreSQL: postgresql+psycopg://…"
    )
    parser.add_argument(
        "--awaited", action="store_true", help="await decisions on the event loop; with --database only"
    )
    asked = parser.parse_args()
    if asked.awaited and asked.database is None:
        parser.error("--awaited needs --database: a file is asked in threads")
    return asked


if __name__ == "__main__":
    main()
