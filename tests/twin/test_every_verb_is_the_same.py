"""Each verb there is, called once at both doors."""

from io import BytesIO
from itertools import count

from grantkit import AccessRules, Agent, Elapsed, Member, SupportAccess, System
from grantkit.service.delivery import Delivery
from grantkit.service.ledger import Ledger
from grantkit.stores import MemoryStore
from grantkit.telling import Reader
from grantkit.testing import FakeClock
from twin.awaited import AwaitedAccess

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
KIM = Agent("a-kim", teams={"support"}, name="Kim")
LEE = Agent("a-lee", teams={"support"}, name="Lee")
KEEPER = System("keeper")
FOUR = {"ends": Elapsed(hours=4), "reason": "A case"}
RULES = AccessRules.from_data(
    {
        "flows": {
            "access": {
                "act_as": ["none", "self"],
                "amend": {"ends": ["elapsed"]},
                "delegate": {"to": ["agent:support"]},
                "start": {"by": ["vendor:support", "tenant:admin"]},
                "steps": [{"by": ["tenant:admin"]}],
                "to": ["agent", "team"],
            },
            "written": {"yields": "consent", "steps": [{"by": ["tenant:admin"]}]},
            "visit": {"under": "written", "start": {"by": ["vendor:support"]}, "steps": []},
        },
        "notices": {"granted": ["tenant:admin"]},
    }
)


class Rights:
    """What members may do themselves: to read."""

    def may(self, member, action, resource):
        return action.endswith(":read")


class People:
    """Whoever is asked for, under their id; the told are noted."""

    def __init__(self):
        self.told = []

    def members(self, tenant, role, scope):
        return [Reader(side="member", id="m-ana")]

    def agents(self, team):
        return []

    def person(self, tenant, side, id):
        return None

    def tell(self, notice):
        self.told.append(notice)


class Noting:
    """A door, or a face of one, that notes which verbs were called."""

    def __init__(self, thing, called):
        self._thing, self._called = thing, called

    def __getattr__(self, name):
        self._called.add(name)
        return getattr(self._thing, name)


def lived(kind):
    """Call each verb at a door of *kind*; return what each call came to, and which verbs were called."""
    clock, ids, called, people, file = FakeClock("2027-03-03T12:00:00Z"), count(1), set(), People(), BytesIO()
    door = kind(
        MemoryStore(),
        rules=RULES,
        clock=clock,
        id_factory=lambda prefix: f"{prefix}{next(ids)}",
        salts=lambda: bytes(32),
        member_rights=Rights(),
    )
    access, ledger, delivery = (Noting(each, called) for each in (door, door.ledger, door.delivery))
    found = []

    def note(result):
        found.append(result)
        return result

    grant = note(
        access.grant("acme", by=ANA, to=KIM, flow="access", tickets=["T-1"], until_tickets=True, **FOUR)
    )
    note(access.amend("acme", grant.id, by=ANA, version=1, ends=Elapsed(hours=3)))
    added = note(access.delegate("acme", grant.id, by=KIM, to=LEE, reason="Help"))
    note(access.link_ticket("acme", grant.id, "T-2", by=ANA))
    session = note(access.enter("acme", grant.id, by=KIM, reason="A case"))
    decision = note(access.authorize(KIM, "acme", "board:read"))
    note(access.again(decision))
    note(access.record_use(decision, count=3))
    note(access.leave("acme", session.id, by=KIM))
    consent = note(access.consent("acme", by=ANA, to=KIM, flow="written", **FOUR))
    note(access.activate("acme", under=consent.id, by=KIM, **FOUR))
    for verb in ("approve", "deny", "withdraw"):
        asked = note(access.request("acme", by=KIM, flow="access", **FOUR))
        shown = note(access.preview("acme", asked.id)).shown
        by = {"shown": shown, "by": ANA} if verb == "approve" else {"by": ANA if verb == "deny" else KIM}
        note(getattr(access, verb)("acme", asked.id, **by))
    note(access.visible_tenants(KIM, action="board:read"))
    for verb in ("grants", "consents", "requests", "sessions", "uses", "standing", "offers", "review"):
        note(getattr(access, verb)("acme", by=ANA))
    note(access.reviews(directory=people))
    note(access.relinquish("acme", added.id, by=LEE))
    note(access.resolve_ticket("acme", "T-1", by=KIM))
    note(access.revoke("acme", consent.id, by=ANA))
    note(access.freeze("acme", by=ANA))
    note(access.unfreeze("acme", by=ANA))
    note(access.suspend("a-lee", by=KEEPER))
    note(access.reinstate("a-lee", by=KEEPER))
    clock.advance(hours=5)
    note(delivery.sweep())
    note(delivery.lag("mail"))
    note(delivery.notify("mail", people, directory=people))
    note(delivery.deliver("crm", lambda event: found.append(event.hash)))
    note(access.revoke_all("acme", by=ANA))
    note(ledger.head("acme"))
    note(ledger.history("acme", by=ANA))
    note(ledger.as_of("acme", KIM, "board:read", at=grant.window.starts_at, by=ANA))
    note(ledger.evidence("acme", grant.id, by=ANA))
    note(ledger.verify("acme", ledger.head("acme")))
    note(ledger.export("acme", file, by=ANA))
    note(ledger.erase("acme", by=KEEPER, people=["m-ana"]))
    note(ledger.correct_clock("acme", by=KEEPER))
    note(ledger.forget_tenant("acme", by=KEEPER))
    return [repr(each) for each in (*found, *people.told, file.getvalue())], called


def test_every_verb_comes_to_the_same():
    """Every verb of access, ledger and delivery comes to the same at the async door as at the plain one."""
    (plain, verbs), (twin, _) = lived(SupportAccess), lived(AwaitedAccess)
    there = {
        name for kind in (SupportAccess, Ledger, Delivery) for name in dir(kind) if not name.startswith("_")
    }

    assert there - verbs == {"clock", "over"}
    assert plain == twin
