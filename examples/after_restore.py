"""
Cut every tenant off after a backup was restored, before any door opens: a backup has forgotten what was revoked since.

    python examples/after_restore.py sqlite:///grants.db --rules rules.json --by a-sec --team security
    python examples/after_restore.py postgresql+psycopg://…/app --rules rules.json --by a-sec --team security \
        --heads heads.json

Whoever is named must be one whom the rules' ``stop`` names. It may be run again at any time: what was consented to
before is cut off once more, and what was consented to since as well. It exits with 1 if anything could not be done, and
goes on with the other tenants.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from grantkit import VENDOR, AccessRules, Agent, GrantkitError, LedgerHead, SupportAccess
from grantkit.ports import Store
from grantkit.stores import SQLiteStore

NOBODY = "after-restore"
"""A consumer that never takes anything: what it lags behind is every record that there is."""


def records(access: SupportAccess) -> Iterator[str]:
    """Yield every tenant that has a record."""
    after: str | None = None
    while page := access.delivery.lag(NOBODY, after=after):
        yield from (lag.tenant for lag in page if lag.tenant != VENDOR)
        after = page[-1].tenant


def cut_off_all(access: SupportAccess, by: Agent, heads: Mapping[str, LedgerHead]) -> Iterator[str]:
    """Cut off every tenant; yield what could not be done, and where the restored record lacks something."""
    there = set[str]()
    for tenant in records(access):
        there.add(tenant)
        try:
            access.revoke_all(tenant, by=by)
        except GrantkitError as error:
            yield f"{tenant}: NOT CUT OFF: {error}"
        try:
            access.ledger.verify(tenant, heads.get(tenant))
        except GrantkitError as error:
            yield f"{tenant}: not the record that it was: {error}"
    yield from (f"{tenant}: has no record any more" for tenant in sorted(heads.keys() - there - {VENDOR}))


@contextmanager
def opened(url: str, schema: str | None) -> Iterator[Store]:
    """Yield the store at *url*, its tables in *schema*."""
    if url.startswith("sqlite:///"):
        with SQLiteStore(url.removeprefix("sqlite:///")) as store:
            yield store
        return
    from sqlalchemy import MetaData, create_engine  # noqa: PLC0415  # the extra `sql`; a file needs none

    from grantkit.stores.sql import SQLStore, grantkit_tables  # noqa: PLC0415

    engine = create_engine(url)
    try:
        yield SQLStore(engine, grantkit_tables(MetaData(), schema=schema))
    finally:
        engine.dispose()


def main() -> int:
    """Do what the command line says; 1 if something is left to do."""
    parser = argparse.ArgumentParser(description="Cut every tenant off after a backup was restored.")
    parser.add_argument("url", help="sqlite:///FILE, or the address of a database")
    parser.add_argument("--schema", help="where the tables lie, if not where the database looks by itself")
    parser.add_argument(
        "--rules", type=Path, required=True, help="the rules that are in force, with `stop`, as JSON"
    )
    parser.add_argument("--by", required=True, metavar="AGENT", help="who does it, for the record")
    parser.add_argument("--team", action="append", default=[], help="a team that they are in")
    parser.add_argument(
        "--heads", type=Path, help="the last heads that were kept elsewhere, by tenant, as JSON"
    )
    asked = parser.parse_args()
    rules = AccessRules.from_data(json.loads(asked.rules.read_text(encoding="utf-8")))
    kept = json.loads(asked.heads.read_text(encoding="utf-8")) if asked.heads else {}
    heads = {tenant: LedgerHead.from_data(head) for tenant, head in kept.items()}
    with opened(asked.url, asked.schema) as store:
        access = SupportAccess(store, rules=rules)
        left = list(cut_off_all(access, Agent(asked.by, teams=asked.team), heads))
        done = sum(1 for _ in records(access))
    print(*left, f"{done} tenants, {len(left)} to look into", sep="\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
