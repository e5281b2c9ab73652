"""Random histories: invented from a seed, step by step, as plain data."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from random import Random

import oracle as model
from properties.vocabulary import (
    ACTIONS,
    AGENTS,
    DAY,
    DEFINITIONS,
    EARLIEST,
    FLOWS,
    HOUR,
    LAST,
    MEMBERS,
    NOWHERE,
    PEOPLE,
    RESOURCES,
    SECOND,
    T0,
    TEAMS,
    TENANTS,
    WORD,
    YEAR,
    Law,
    Question,
    Step,
    first_law,
)
from properties.world import World


class Writer:
    """Invents, from a seed, what happens next and what is asked about it."""

    def __init__(self, seed: int, world: World, flows: Mapping[str, tuple[Law, ...]] = FLOWS) -> None:
        self.rng = Random(seed)  # noqa: S311  # repeatable on purpose
        self.world = world
        self.flows = flows

    def chance(self, percent: float) -> bool:
        return self.rng.random() * 100 < percent

    def step(self) -> Step:
        """Invent a step; commands are mostly by those who may and about what is there."""
        kinds = {
            "grant": 38, "amend": 17, "revoke": 4, "relinquish": 4, "revoke_all": 2, "freeze": 2, "unfreeze": 6,
            "sweep": 4, "correct_clock": 6, "clock": 12, "rules": 13,
        }  # fmt: skip
        verb = self.rng.choices(list(kinds), list(kinds.values()))[0]
        tenant = self.rng.choices(TENANTS, (6, 3, 1))[0]
        if len(self._facts(tenant).grants) < 3 and self.chance(60):  # first there must be something
            verb = "grant"
        return getattr(self, f"_{verb}")(tenant)

    def _facts(self, tenant: str) -> model.Facts:
        return self.world.oracle.facts(tenant)

    def member(self, tenant: str) -> model.Actor:
        rng = self.rng
        home = rng.choice(TENANTS) if self.chance(6) else tenant
        roles = (
            {"owner", "admin"}
            if self.chance(70)
            else rng.choice(({"admin"}, {"owner"}, {"officer"}, {"guest"}, set()))
        )
        on = rng.choice(
            (
                {},
                {},
                {"project:1": {"owner"}},
                {"project:1": {"owner"}, "project:2": {"admin"}},
                {"project:2": {"owner"}},
            )
        )
        via = "gr_1" if self.chance(2) else None
        return (
            "member",
            rng.choice(MEMBERS),
            home,
            frozenset(roles),
            {key: frozenset(value) for key, value in on.items()},
            via,
        )

    def agent(self, via: str | None = None) -> model.Actor:
        ident = self.rng.choice(AGENTS)
        return "agent", ident, frozenset(self.teams(ident)), via

    def teams(self, ident: str) -> AbstractSet[str]:
        """Return the teams of an agent: mostly the usual ones."""
        if self.chance(75):
            return frozenset(PEOPLE[ident])
        return frozenset(team for team in TEAMS if self.chance(50))

    def anybody(self, tenant: str) -> model.Actor:
        if self.chance(72):
            return self.member(tenant)
        return ("system", "job") if self.chance(10) else self.agent("gr_1" if self.chance(4) else None)

    def some_grant(self, tenant: str) -> model.Grant | None:
        grants = list(self._facts(tenant).grants.values())
        return self.rng.choice(grants[-8:]) if grants else None

    def an_id(self, tenant: str) -> str:
        grant = self.some_grant(tenant)
        return "gr_absent" if grant is None or self.chance(3) else grant.gid

    def end(self, tenant: str, base: int) -> model.Term:
        rng = self.rng
        match rng.randrange(10):
            case 0:
                return ("open_ended",)
            case 1 | 2 | 3:
                at = base + rng.choice((1, 59 * SECOND, 60 * SECOND, HOUR, 5 * HOUR, DAY, 30 * DAY))
                return "instant", min(max(at + rng.choice((-1, 0, 0, 1)), EARLIEST), LAST)
            case 4:
                bounds = self.bounds(tenant)
                return "instant", min(max(rng.choice(bounds), EARLIEST), LAST)
            case _:
                spans = (
                    59,
                    60,
                    3600,
                    4 * 3600,
                    4 * 3600,
                    86_400,
                    86_400,
                    2 * 86_400,
                    30 * 86_400,
                    30 * 86_400 + 1,
                )
                return "elapsed", rng.choice(spans) * SECOND

    def word(self) -> str | None:
        return WORD if self.chance(75) else self.rng.choice((f" {WORD} ", WORD.lower(), None, "Off", "Off "))

    def policies(self, tenant: str, most: int = 3) -> frozenset[str]:
        names = [*self.world.laws[tenant]["policies"], "read-only", "administrator"]
        if self.chance(4):
            names.append("unheard-of")
        return frozenset(
            self.rng.sample(names, self.rng.randint(0 if self.chance(5) else 1, min(most, len(names))))
        )

    def _grant(self, tenant: str) -> Step:
        rng = self.rng
        facts = self._facts(tenant)
        base = max(self.world.now, facts.seen_at)
        way = rng.choice(
            ("access", "access", "access", "handshake", "permit" if self.chance(10) else "access")
        )
        law = self.world.laws[tenant]["flows"].get(way, FLOWS["permit"][0])
        handshake = way == "handshake"
        if self.chance(55):
            holder, teams, as_team = (
                ("team", rng.choice(TEAMS[: 1 if handshake else 3])),
                frozenset[str](),
                None,
            )
        else:
            ident = rng.choice(AGENTS)
            holder, teams = ("agent", ident), self.teams(ident)
            as_team = rng.choice(("tech", "duty", *sorted(teams))) if self.chance(40) else None
        scope = None
        if self.chance(95 if not law["whole"] else 45 if law["resources"] else 5):
            scope = frozenset(rng.sample(RESOURCES[: 2 if handshake else 3], 1 if self.chance(80) else 2))
        start = None
        if self.chance(30):
            start = base + rng.choice((-HOUR, 0, 1, 60 * SECOND, HOUR, DAY, DAY + 1))
        args = {
            "gid": self.an_id(tenant) if self.chance(1) else f"gr_{rng.randrange(10_000)}",
            "holder": holder,
            "policies": frozenset({rng.choice(("read-only", "administrator"))})
            if self.chance(60)
            else self.policies(tenant),
            "end": ("open_ended",) if handshake and self.chance(50) else self.end(tenant, start or base),
            "flow": "gone" if self.chance(2) else way,
            "as_team": as_team,
            "scope": scope,
            "start": start,
            "act_as": rng.choice(MEMBERS) if self.chance(12 if law["act_as"] else 2) else None,
            "word": self.word(),
            "reason": " " if self.chance(3) else "because",
            "holder_teams": teams,
        }
        by = self.member(tenant) if self.chance(92) else self.anybody(tenant)
        return Step("grant", tenant, by, args)

    def _amend(self, tenant: str) -> Step:
        grant = self.some_grant(tenant)
        end = policies = None
        base = max(self.world.now, self._facts(tenant).seen_at)
        if self.chance(65) or grant is None:
            end = self.end(tenant, base)
        if end is None or self.chance(35):
            policies = self.policies(tenant)
            if grant is not None and self.chance(60):
                policies = frozenset(name for name in sorted(grant.policies) if self.chance(60)) | (
                    policies if self.chance(30) else frozenset()
                )
        version = 1 if grant is None else max(1, grant.version - self.chance(5))
        by = self.member(tenant) if self.chance(80) else self.agent()
        gid = "gr_absent" if grant is None else grant.gid
        return Step(
            "amend",
            tenant,
            by,
            {"gid": gid, "version": version, "end": end, "policies": policies, "word": self.word()},
        )

    def _revoke(self, tenant: str) -> Step:
        return Step("revoke", tenant, self.anybody(tenant), {"gid": self.an_id(tenant), "word": self.word()})

    def _relinquish(self, tenant: str) -> Step:
        gid = self.an_id(tenant)
        by = self.agent(gid if self.chance(20) else None) if self.chance(85) else self.member(tenant)
        return Step("relinquish", tenant, by, {"gid": gid})

    def _agent_or_all(self) -> str | None:
        return self.rng.choice((None, *AGENTS)) if self.chance(80) else None

    def _revoke_all(self, tenant: str) -> Step:
        return Step("revoke_all", tenant, self.anybody(tenant), {"agent": self._agent_or_all()})

    def _freeze(self, tenant: str) -> Step:
        return Step("freeze", tenant, self.anybody(tenant), {"agent": self._agent_or_all()})

    def _unfreeze(self, tenant: str) -> Step:
        frozen = sorted(self._facts(tenant).frozen, key=str)
        agent = self.rng.choice(frozen) if frozen and self.chance(90) else self._agent_or_all()
        return Step("unfreeze", tenant, self.anybody(tenant), {"agent": agent, "revoke": self.chance(15)})

    def _sweep(self, tenant: str) -> Step:
        return Step("sweep")

    def _correct_clock(self, tenant: str) -> Step:
        return Step(
            "correct_clock", tenant, ("system", "clock-job") if self.chance(90) else self.anybody(tenant)
        )

    def bounds(self, tenant: str) -> list[int]:
        """Return the instants at which something changes at a tenant."""
        facts = self._facts(tenant)
        edges = {self.world.now}
        if facts.seen_at != model.NEVER:
            edges |= {facts.seen_at, facts.seen_at - model.TOLERANCE}
        for grant in facts.grants.values():
            edges |= {grant.start} | ({grant.end} if grant.end is not None else set())
        return sorted(edges)

    def moment(self, tenant: str, grant: model.Grant | None = None) -> int:
        """Return an instant: now, a bound or next to one, or a jump."""
        rng, now = self.rng, self.world.now
        match rng.randrange(10):
            case 0 | 1 | 2 | 3:
                at = max(now, self._facts(tenant).seen_at)
            case 4 | 5:
                at = rng.choice(self.bounds(tenant)) + rng.choice((-1, 0, 1))
            case 6 | 7 if grant is not None:
                at = rng.choice((grant.start, grant.end or grant.start + DAY)) + rng.choice((-1, 0, 1))
            case 6 | 7 | 8:
                at = now + rng.choice((-1, 1)) * rng.choice(
                    (1, 59 * SECOND, 60 * SECOND, 60 * SECOND + 1, HOUR, DAY)
                )
            case _:
                at = now + rng.choice((-30, -1, 1, 10)) * YEAR + rng.randrange(DAY)
        return min(max(at, EARLIEST), LAST)

    def _clock(self, tenant: str) -> Step:
        rng, now = self.rng, self.world.now
        seen = max((self._facts(each).seen_at for each in TENANTS), default=now)
        match rng.randrange(20):
            case 0 if self.chance(50):
                at = now + rng.choice((-3, 2)) * YEAR
            case 1 | 2:
                at = now - rng.choice((1, 59 * SECOND, 60 * SECOND, 60 * SECOND + 1, HOUR, DAY))
            case 3 | 4 | 5:
                at = rng.choice(self.bounds(tenant)) + rng.choice((-1, 0, 1))
            case 6 | 7 if seen != model.NEVER:
                at = seen + rng.choice((0, 1, -model.TOLERANCE, -model.TOLERANCE - 1))
            case _:
                at = max(now, seen if self.chance(50) else now) + rng.randrange(
                    1, rng.choice((SECOND, HOUR, HOUR, 6 * HOUR))
                )
        return Step("clock", args={"now": min(max(at, T0 - 4 * YEAR), T0 + 300 * YEAR)})

    def _rules(self, tenant: str) -> Step:
        rng, old = self.rng, self.world.laws[tenant]
        law = {**old, "policies": dict(old["policies"]), "flows": dict(old["flows"])}
        match rng.randrange(9):
            case 0 | 1:
                law["ceilings"] = self._ceilings(law)
            case 2 | 3:
                name = rng.choice(list(DEFINITIONS))
                law["policies"][name] = rng.choice(DEFINITIONS[name])  # defined anew, or added again
            case 4:
                self._withdraw(law)
            case 5 | 6:
                name = rng.choice(("access", "access", "access", "handshake"))
                law["flows"][name] = self._flow_for(name, law)
            case 7:
                law["stop"] = rng.choice(([], ["vendor:duty"], ["tenant:guest"], ["vendor:*"], ["grantee"]))
            case _:
                beyond = rng.choice((["read-only"], ["read-only", "administrator"]))
                law["demands"] = [{"beyond": beyond, "needs": "permit"}] if self.chance(40) else []
        if self.chance(10):
            law = first_law()
        return Step("rules", tenant, args={"law": law})

    def _ceilings(self, law: Law) -> dict[str, list[str]]:
        rng = self.rng
        names = [*law["policies"], "read-only", "administrator", "administrator"]
        some = lambda: rng.sample(sorted(set(names)), rng.choice((1, 1, 2)))  # noqa: E731
        found: dict[str, list[str]] = {}
        if self.chance(40):
            found["*"] = some() if self.chance(50) else ["administrator"]
        if self.chance(70):
            found |= {team: some() for team in TEAMS if self.chance(50)}
            found["other"] = some() if self.chance(60) else ["administrator"]
        return found

    def _withdraw(self, law: Law) -> None:
        used = {name for names in law["ceilings"].values() for name in names}
        used |= {name for each in law["flows"].values() for name in each["policies"]}
        free = [name for name in law["policies"] if name not in used]
        if free:
            del law["policies"][self.rng.choice(free)]

    def _flow_for(self, name: str, law: Law) -> Law:
        offered = [
            each for each in self.flows[name] if set(each["policies"]) <= {"*", "read-only", *law["policies"]}
        ]
        return self.rng.choice(offered) if self.chance(60) else self.flows[name][0]

    def questions(self, tenant: str, count: int) -> Iterator[Question]:
        """Yield questions, mostly about the tenant that was just changed."""
        rng = self.rng
        for _ in range(count):
            where = tenant if self.chance(80) else rng.choice((*TENANTS, NOWHERE))
            grant = self.some_grant(where) if self.chance(85) else None
            ident, teams, act_as, resource = self.holder(grant)
            if self.chance(10):
                act_as = rng.choice((None, *MEMBERS))
            if resource is None or self.chance(15):
                resource = rng.choice((None, None, *RESOURCES))
            yield Question(
                ident, teams, where, rng.choice(ACTIONS), resource, self.moment(where, grant), act_as
            )

    def holder(self, grant: model.Grant | None) -> tuple[str, AbstractSet[str], str | None, str | None]:
        """Return an agent, its teams, as whom and where it might ask: mostly one who holds the grant."""
        ident = self.rng.choice(AGENTS)
        if grant is None:
            return ident, self.teams(ident), None, None
        resource = None if grant.scope is None else self.rng.choice(sorted(grant.scope))
        if grant.holder[0] == "agent":
            ident = grant.holder[1]
            teams = self.teams(ident) | ({grant.as_team} if grant.as_team and self.chance(70) else set())
        else:
            ident = self.rng.choice([each for each in AGENTS if grant.holder[1] in PEOPLE[each]])
            teams = self.teams(ident)
        return ident, frozenset(teams), grant.act_as, resource
