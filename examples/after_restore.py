"""
Cut every tenant off after a backup was restored, before any door opens: a backup has forgotten what was revoked since.

    python examples/after_restore.py sqlite:///grants.db --by a-sec --team security
    python examples/after_restore.py postgresql+psycopg://…/app --by a-sec --team security --heads heads.json

Whoever is named must be one whom the rules' ``stop`` names: the rules that each record adopted last, or one document
for all with ``--rules``. It may be run again at any time: what was consented to before is cut off once more, and what
was consented to since as well. Where one tenant fails it goes on with the others. It exits with

* 0: every tenant is cut off, and no record is known to lack anything;
* 1: something is left to do, at the tenants that it names; run it again;
* 2: it was not told well, and has done nothing;
* 3: every tenant is cut off; some records are known to lack something, and running it again will not bring that back.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs

from grantkit import VENDOR, AccessRules, Agent, GrantkitError, LedgerHead, SupportAccess
from grantkit.errors import ChainBroken, Corrupt
from grantkit.ports import Store
from grantkit.stores import SQLiteStore

NOBODY = "after-restore"
"""A consumer that never takes anything: what it lags behind is every record that there is."""
ALL_DONE, LEFT_TO_DO, TOLD_BADLY, LOST = 0, 1, 2, 3


@attrs.frozen
class Found:
    """What is to be looked into at a tenant: left to do, or known to be lost."""

    tenant: str
    what: str
    lost: bool = False

    def __str__(self) -> str:
        return f"{self.tenant}: {self.what}"


def records(access: SupportAccess) -> Iterator[str]:
    """Yield every tenant that has a record."""
    after: str | None = None
    while page := access.delivery.lag(NOBODY, after=after):
        yield from (lag.tenant for lag in page if lag.tenant != VENDOR)
        after = page[-1].tenant


def cut_off_all(access: SupportAccess, by: Agent, heads: Mapping[str, LedgerHead]) -> Iterator[Found]:
    """Cut off every tenant; yield what could not be done, and where the restored record lacks something."""
    there = set[str]()
    try:
        for tenant in records(access):
            there.add(tenant)
            # First: once an event is added here, it stands where a lost one stood, and only its seal tells them apart.
            yield from what_lacks(access, tenant, heads.get(tenant))
            yield from what_stands(access, tenant, by)
    except GrantkitError as error:
        yield Found("every tenant that is not named here", f"NOT CUT OFF: {error}")
        return
    for tenant in sorted(heads.keys() - there - {VENDOR}):
        yield Found(tenant, "has no record any more", lost=True)


def what_lacks(access: SupportAccess, tenant: str, head: LedgerHead | None) -> Iterator[Found]:
    """Yield in what a record is not the one whose head was kept, or does not hold together by itself."""
    try:
        access.ledger.verify(tenant, head)
    except (ChainBroken, Corrupt) as error:
        yield Found(tenant, f"not the record that it was: {error}", lost=True)
    except GrantkitError as error:
        yield Found(tenant, f"not looked at: {error}")


def what_stands(access: SupportAccess, tenant: str, by: Agent) -> Iterator[Found]:
    """Cut one tenant off; yield why it could not be."""
    try:
        access.revoke_all(tenant, by=by)
    except GrantkitError as error:
        yield Found(tenant, f"NOT CUT OFF: {error}")


def as_adopted(tenant: str) -> AccessRules:
    """Give no rules: a tenant is cut off under those that its own record adopted last, and adopts none by it."""
    raise LookupError(tenant)


@contextmanager
def opened(url: str, schema: str | None) -> Iterator[Store]:
    """
    Yield the store at *url*, its tables in *schema*.

    Raises:
        ValueError: If there is no such file, or *url* is no address; the address, which may hold a password, is not
            in its text.
    """
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        if not file.is_file():  # it would be made, empty, and all would look well
            raise ValueError(f"there is no file {file}")
        with SQLiteStore(file) as store:
            yield store
        return
    from sqlalchemy import MetaData, create_engine  # noqa: PLC0415  # the extra `sql`; a file needs none
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    from grantkit.stores.sql import SQLStore, grantkit_tables  # noqa: PLC0415

    try:
        engine = create_engine(url)
    except ArgumentError:
        raise ValueError("the address is none: postgresql+psycopg://user@host/database") from None
    try:
        yield SQLStore(engine, grantkit_tables(MetaData(), schema=schema))
    finally:
        engine.dispose()


def asked_for() -> argparse.Namespace:
    """Return what the command line says; its files are read, so that nothing is done if one of them is no good."""
    parser = argparse.ArgumentParser(description="Cut every tenant off after a backup was restored.")
    parser.add_argument("url", help="sqlite:///FILE, or the address of a database")
    parser.add_argument("--schema", help="where the tables lie, if not where the database looks by itself")
    parser.add_argument(
        "--rules", type=Path, help="rules for every tenant, as JSON; each record's own by default"
    )
    parser.add_argument("--by", required=True, metavar="AGENT", help="who does it, for the record")
    parser.add_argument("--team", action="append", default=[], help="a team that they are in")
    parser.add_argument(
        "--heads", type=Path, help="the last heads that were kept elsewhere, by tenant, as JSON"
    )
    asked = parser.parse_args()
    try:
        asked.by = Agent(asked.by, teams=asked.team)
        asked.rules = as_adopted if asked.rules is None else AccessRules.from_data(_json(asked.rules))
        kept = {} if asked.heads is None else _json(asked.heads)
        asked.heads = {tenant: LedgerHead.from_data(head) for tenant, head in kept.items()}
    except (OSError, ValueError, AttributeError, GrantkitError) as error:
        parser.error(str(error))
    return asked


def _json(file: Path) -> dict[str, object]:
    read = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(read, dict):
        raise ValueError(f"{file}: not an object of JSON")  # noqa: TRY004  # a bad file, and no wrong call
    return read


def main() -> int:
    """Do what the command line says."""
    asked = asked_for()
    try:
        with opened(asked.url, asked.schema) as store:
            access = SupportAccess(store, rules=asked.rules)
            found = list(cut_off_all(access, asked.by, asked.heads))
            tenants = sum(1 for _ in records(access)) if all(each.lost for each in found) else None
    except (ValueError, GrantkitError) as error:
        print(f"Nothing was done: {error}", file=sys.stderr)
        return TOLD_BADLY
    left = [each for each in found if not each.lost]
    print(*found, sep="\n", end="\n" if found else "")
    print(
        f"{len(left)} left to do: run it again"
        if left
        else f"{tenants} tenants are cut off, {len(found)} records lack something"
    )
    return LEFT_TO_DO if left else LOST if found else ALL_DONE


if __name__ == "__main__":
    sys.exit(main())
