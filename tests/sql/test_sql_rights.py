"""Roles of the database: an application's can add to the ledger, and can change and remove nothing of it."""

import os
from contextlib import contextmanager
from itertools import count

import psycopg
import pytest
from sqlalchemy import MetaData, insert, text
from sqlalchemy.exc import DBAPIError

from grantkit import Agent, Elapsed, Member, SupportAccess, System
from grantkit.errors import ChainBroken, Corrupt, InvalidInput, Unavailable
from grantkit.stores.sql import SQLStore, grantkit_tables, rights_of
from grantkit.testing import LAWS, FakeClock, check_store
from postgres import database, engine_of, lay_out, tables
from story import told

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
KIM = Agent("a-kim", name="Kim")
KEEPER = System("records")
GIVE = {"by": ANA, "to": KIM, "ends": Elapsed(hours=4), "reason": "Boards are missing"}
_NUMBERS = count(1)


class Roles:
    """A database, its owner, and roles that have what they were given."""

    def __init__(self, address, owner, wanted):
        self.address, self.owner, self.tables, self.made = address, owner, wanted, []

    @contextmanager
    def role(self, **rights):
        """Yield an engine of a new role with these rights."""
        name = f"App {os.getpid()} {next(_NUMBERS)}"  # a name that must be quoted
        self.made.append(name)
        with self.owner.begin() as connection:
            connection.execute(text(f'CREATE ROLE "{name}" LOGIN'))
            for statement in rights_of(self.tables, name, **rights):
                connection.execute(text(statement))
        with engine_of(self.address.set(username=name)) as engine:
            yield engine

    def access(self, engine):
        return SupportAccess(SQLStore(engine, self.tables), clock=FakeClock("2027-03-03T14:20:00Z"))


@pytest.fixture(params=[None, "Support desk"], ids=["public", "in a schema"])
def roles(request):
    with database() as address, engine_of(address) as owner:
        wanted = grantkit_tables(MetaData(schema=request.param))
        with owner.begin() as connection:
            if request.param is not None:
                connection.execute(text(f'CREATE SCHEMA "{request.param}"'))
        lay_out(owner, wanted)
        found = Roles(address, owner, wanted)
        yield found
        with owner.begin() as connection:
            for name in found.made:
                connection.execute(text(f'DROP OWNED BY "{name}"'))
                connection.execute(text(f'DROP ROLE "{name}"'))


def test_an_application_needs_no_more(roles):
    """All that happens in the story happens as the application's role; only what erases stops it, before it began."""
    with roles.role() as app:
        store = SQLStore(app, roles.tables)
        with pytest.raises(Unavailable) as refused:
            told(store)
        access = roles.access(app)
        kinds = {event.kind for event in access.ledger.history("acme")}
        access.ledger.verify("acme")

    assert "InsufficientPrivilege 42501" in str(refused.value)
    assert "nothing was written" in str(refused.value)
    assert {"granted", "revoked", "amended", "cut_off", "frozen"} <= kinds
    assert "erased" not in kinds


CHANGES = {
    "change an entry": "UPDATE {entries} SET sealed = ''",
    "remove an entry": "DELETE FROM {entries}",
    "empty the ledger": "TRUNCATE {entries}",
    "take a text": "DELETE FROM {texts}",
    "change a text": "UPDATE {texts} SET text = ''",
    "change the rules": "UPDATE {documents} SET document = ''",
    "remove the rules": "DELETE FROM {documents}",
    "remove a head": "DELETE FROM {heads}",
    "remove a grant": "DELETE FROM {grants}",
    "drop the ledger": "DROP TABLE {entries}",
    "add a column": "ALTER TABLE {entries} ADD COLUMN more text",
    "put something in between": "CREATE TRIGGER t BEFORE INSERT ON {entries} EXECUTE FUNCTION f()",
    "be the owner": "SET ROLE postgres",
}


def spelled(statement, wanted):
    """Return a statement with the names of the tables."""
    named = {name: getattr(wanted, name) for name in ("entries", "texts", "heads", "documents", "grants")}
    return statement.format(
        **{
            name: f'"{table.schema}".{table.name}' if table.schema else table.name
            for name, table in named.items()
        }
    )


def tried(engine, statement):
    """Whether the server lets it happen; it is taken back then."""
    with engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except DBAPIError as error:
            if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                raise
            return False
        finally:
            connection.rollback()
    return True


def test_an_application_cannot_change_the_ledger(roles):
    """Whatever an application sends to the server: nothing of a record is changed or removed by it."""
    with roles.owner.begin() as connection:
        connection.execute(text("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'"))
    with roles.role() as app:
        roles.access(app).grant("acme", **GIVE)
        possible = [name for name, change in CHANGES.items() if tried(app, spelled(change, roles.tables))]

    assert possible == []


def test_the_probe_sees_what_a_broader_role_could_do(roles):
    """Control: as the owner of the tables every one of these statements is let through."""
    with roles.owner.begin() as connection:
        connection.execute(text("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'"))
    possible = [name for name, change in CHANGES.items() if tried(roles.owner, spelled(change, roles.tables))]

    assert possible == list(CHANGES)


def test_a_role_that_may_erase_erases_and_forgets_nothing(roles):
    """Texts are erased by a role for that, which can take no entry away; a tenant is forgotten by one for that."""
    with roles.role() as app, roles.role(erase=True) as eraser, roles.role(forget=True) as forgetter:
        roles.access(app).grant("acme", **GIVE)

        assert roles.access(eraser).ledger.erase("acme", by=KEEPER, people=["m-ana"]) == 2
        with pytest.raises(Unavailable):
            roles.access(eraser).ledger.forget_tenant("acme", by=KEEPER)
        roles.access(app).ledger.verify("acme")
        assert not tried(eraser, spelled(CHANGES["remove an entry"], roles.tables))

        roles.access(forgetter).ledger.forget_tenant("acme", by=KEEPER)
        assert roles.access(app).ledger.history("acme") == ()


def test_what_a_role_can_still_do_is_found(roles):
    """An application can write into what decisions read, as it must: what was not recorded there is found."""
    with roles.role() as app:
        access = roles.access(app)
        grant = access.grant("acme", **GIVE)
        access.revoke("acme", grant.id, by=ANA)
        with app.begin() as connection:
            connection.execute(text(spelled("UPDATE {grants} SET over_at = over_at + 1", roles.tables)))
        with pytest.raises((ChainBroken, Corrupt)):
            access.ledger.verify("acme")


def test_rights_that_are_given_again_are_no_broader(roles):
    """Statements that are executed again, as after an update, take away what a role had beyond them."""
    with roles.role(erase=True, forget=True) as engine:
        access = roles.access(engine)
        access.grant("acme", **GIVE)
        with roles.owner.begin() as connection:
            for statement in rights_of(roles.tables, roles.made[-1]):
                connection.execute(text(statement))

        assert not tried(engine, spelled(CHANGES["take a text"], roles.tables))
        assert access.authorize(KIM, "acme", "board:read").allowed


def test_what_everybody_may_do_is_taken_too(roles):
    """A role has what PUBLIC has: what everybody could do with the tables is taken with the rights of any role."""
    everybody = "GRANT ALL ON {entries}, {texts} TO PUBLIC"
    remove, take = CHANGES["remove an entry"], CHANGES["take a text"]
    with roles.role() as app:
        with roles.owner.begin() as connection:
            connection.execute(text(spelled(everybody, roles.tables)))
        assert tried(app, spelled(remove, roles.tables))  # the danger
        assert tried(app, spelled(take, roles.tables))

        with roles.owner.begin() as connection:
            for statement in rights_of(roles.tables, roles.made[-1]):
                connection.execute(text(statement))

        assert not tried(app, spelled(remove, roles.tables))
        assert not tried(app, spelled(take, roles.tables))
        roles.access(app).grant("acme", **GIVE)


ABOUT = ("forg", "eras", "use", "cursor", "histor", "ticket")
"""What the names of laws hold that touch what few rights cover."""
TOUCHING = [law for law in LAWS if any(part in law.__name__ for part in ABOUT)]


@pytest.mark.gates
@pytest.mark.parametrize("law", TOUCHING, ids=lambda law: law.__name__)
def test_a_role_that_erases_and_forgets_keeps_the_law(law):
    """With both further rights a role keeps every law: nothing that the store does needs to own the tables."""

    @contextmanager
    def store():
        with database() as address, engine_of(address) as owner:
            wanted = tables()
            lay_out(owner, wanted)
            roles = Roles(address, owner, wanted)
            with roles.role(erase=True, forget=True) as engine:
                yield SQLStore(engine, wanted)
            with owner.begin() as connection:
                connection.execute(text(f'DROP OWNED BY "{roles.made[0]}"'))
                connection.execute(text(f'DROP ROLE "{roles.made[0]}"'))

    check_store(store, laws=[law], rounds=3)


@pytest.mark.parametrize(("role", "code"), [("", "blank"), ("a\nb", "bad_text"), (7, "wrong_type")])
def test_a_role_that_is_none_is_refused(role, code):
    """What cannot be the name of a role is refused, and quotes in one stay its own."""
    with pytest.raises(InvalidInput) as caught:
        rights_of(tables(), role)

    assert ("role", code) == (caught.value.field, caught.value.code)
    assert 'TO "a"";b"' in rights_of(tables(), 'a";b')[0] + " " + rights_of(tables(), 'a";b')[1]


def test_a_false_rule_document_is_never_taken_for_the_true_one(roles):
    """Whoever may add a document can put a false one beside the true one: from then on it says Corrupt, at any time."""
    with roles.role() as app:
        access = roles.access(app)
        access.grant("acme", **GIVE)
        (adopted, _) = access.ledger.history("acme")
        access.ledger.verify("acme")
        with app.begin() as connection:
            connection.execute(
                insert(roles.tables.documents).values(digest=adopted.rules, entry="-", document=b"{}")
            )

        with pytest.raises(Corrupt):
            access.ledger.verify("acme")
        assert access.authorize(
            KIM, "acme", "board:read"
        ).allowed  # decisions go by what the host has in force
        with pytest.raises(Corrupt):
            access.ledger.as_of("acme", KIM, "board:read", at=access.clock.now())
