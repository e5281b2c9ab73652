"""A vendor and a tenant in which things happen that people are told of."""

from grantkit import AccessRules, Agent, Member, SupportAccess, System
from grantkit.rules import EVENTS
from grantkit.stores import MemoryStore
from grantkit.telling import Reader
from grantkit.testing import FakeClock

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
BOB = Member("m-bob", tenant="acme", roles={"admin"}, name="Bob")
KIM = Agent("a-kim", teams={"support"}, name="Kim")
LOU = Agent("a-lou", teams={"tech"}, name="Lou")
HOOK = System("hook")
EVERYTHING = [event for event in EVENTS if event not in {"activated", "rules_adopted", "clock_corrected"}]


class People:
    """A directory: Ana reads in Vienna, Bob by the tenant's clock, agents in UTC."""

    def __init__(self):
        self.known = {
            ("member", "m-ana"): ("Ana", "Europe/Vienna", {"admin"}),
            ("member", "m-bob"): ("Bob", None, {"admin"}),
            ("agent", "a-kim"): ("Kim", None, {"support"}),
            ("agent", "a-lou"): ("Lou", None, {"tech"}),
        }
        self.asked = []

    def _reader(self, key):
        name, zone, _ = self.known[key]
        return Reader(side=key[0], id=key[1], name=name, address=f"{key[1]}@example.com", zone=zone)

    def members(self, tenant, role, scope):
        self.asked.append((tenant, role, str(scope)))
        return [
            self._reader(key)
            for key, each in self.known.items()
            if key[0] == "member" and role in {"*", *each[2]}
        ]

    def agents(self, team):
        return [
            self._reader(key)
            for key, each in self.known.items()
            if key[0] == "agent" and team in {"*", *each[2]}
        ]

    def person(self, tenant, side, id):
        return self._reader((side, id)) if (side, id) in self.known else None


class Anything:
    """Members may do anything by themselves."""

    def may(self, member, action, resource):
        return True


class Box:
    """A notifier that keeps what it was told."""

    def __init__(self):
        self.told = []

    def tell(self, notice):
        self.told.append(notice)

    def take(self):
        """Return what came since the last time, as reader, kind and headline."""
        came, self.told = self.told, []
        return [(each.to.id, each.kind, each.headline) for each in came]


FLOWS = {
    "access": {
        "start": {"by": ["approvers", "vendor:*"]},
        "delegate": {"to": ["agent"], "depth": 2},
        "amend": {"ends": ["elapsed"], "policies": True},
        "policies": ["read-only", "administrator"],
        "ends": ["elapsed", "calendar", "start_of_day", "end_of_day", "instant", "open_ended"],
        "longest": "open_ended",
    },
    "two": {"start": {"by": ["vendor:*"]}, "steps": [{"by": ["vendor:support"]}, {"by": ["tenant:admin"]}]},
    "single": {"single": True},
    "standing": {"yields": "consent", "start": {"by": ["approvers", "vendor:*"]}},
    "inside": {"under": "standing", "start": {"by": ["vendor:*"]}, "steps": []},
}


class Told:
    """Support access, and who is told what of it."""

    def __init__(self, notices=None, **rules):
        document = {"flows": FLOWS, "zone": "Europe/London"} | rules
        if notices is not None:
            document["notices"] = notices
        self.clock = FakeClock("2027-03-03T12:00:00Z")
        self.access = SupportAccess(
            MemoryStore(),
            rules=AccessRules.from_data(document),
            clock=self.clock,
            member_rights=Anything(),
        )
        self.people, self.box, self.page = People(), Box(), None

    def run(self, **how):
        """Tell what there is to tell."""
        return self.access.delivery.notify("mail", self.box, directory=self.people, page=self.page, **how)

    def came(self):
        """Return what readers were told now, as reader, kind and headline."""
        assert () == self.run().failed
        return self.box.take()

    def last(self):
        """Return the last notice that there was."""
        assert () == self.run().failed
        found = self.box.told[-1]
        self.box.told.clear()
        return found
