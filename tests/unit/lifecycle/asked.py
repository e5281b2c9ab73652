"""What the tests of requests make their examples of: ask, preview, answer, and fold, all pure."""

from typing import Any

import attrs

from grantkit import AccessRequest, AccessRules, Agent, Elapsed, Member
from grantkit.inputs import FrozenMap
from grantkit.lifecycle import (
    ApproveIntent,
    Preview,
    Setting,
    Slice,
    activate,
    approve,
    deny,
    preview_now,
    project,
    record_lapse,
    request,
    withdraw,
)
from grantkit.model import Actor, Body, Event, Head
from unit.making import ANA, KIM, NOW, act, asking

CY = Member("m-cy", tenant="acme", roles={"admin"})
LEAD = Agent("a-lead", teams={"lead"})
SETTING = Setting(
    grant_id="gr_9", consent_id="co_9", request_id="rq_9", predicates=FrozenMap(), rights_known=True
)


@attrs.frozen
class World:
    """A tenant under rules, with what has happened there so far."""

    slice_: Slice
    rules: AccessRules

    def after(self, *bodies: Body, by: Actor, now: Any = NOW) -> "World":
        """Return the tenant after these events."""
        head = self.slice_.head
        events = [
            Event(
                tenant="acme",
                seq=head.seq + 1 + n,
                at=max(now, head.seen_at),
                clock=None,
                actor=by,
                rules=self.rules.digest,
                body=body,
            )
            for n, body in enumerate(bodies)
        ]
        rows = {**self.slice_.rows, **project(self.slice_.rows, events)}
        return attrs.evolve(self, slice_=slice_of(rows))

    @property
    def asked(self) -> AccessRequest:
        """The one request."""
        return self.slice_.requests["rq_9"]

    def change(self, **row: Any) -> "World":
        """Return the tenant with the request changed."""
        changed = attrs.evolve(self.asked, **row)
        return attrs.evolve(self, slice_=attrs.evolve(self.slice_, requests=FrozenMap({"rq_9": changed})))

    def request(self, by: Actor = KIM, now: Any = NOW, setting: Setting = SETTING, **intent: Any) -> "World":
        """Return the tenant after somebody asked."""
        said = asking(**{"to": None, **intent})
        made = request(self.slice_, act(by, self.rules, now), said, setting=setting)
        return self.after(*made.bodies, by=by, now=now)

    def activate(self, by: Actor = KIM, now: Any = NOW, contact: str | None = None, **intent: Any) -> "World":
        """Return the tenant after somebody activated consent co_1."""
        said = asking(**{"to": None, **intent})
        made = activate(
            self.slice_,
            act(by, self.rules, now),
            said,
            under="co_1",
            contact=contact,
            setting=attrs.evolve(SETTING, grant_id="gr_8"),
        )
        return self.after(*made.bodies, by=by, now=now)

    def preview(self, now: Any = NOW) -> Preview:
        """Return what the request comes to now."""
        return preview_now(self.slice_, act(ANA, self.rules, now), self.asked)

    def approve(self, by: Actor = ANA, now: Any = NOW, setting: Setting = SETTING, **said: Any) -> "World":
        """Return the tenant after somebody said yes, to what the preview shows unless told otherwise."""
        if not {"digest", "ends_by"} <= set(said):
            shown = self.preview(now)
            said = {"digest": shown.digest, "ends_by": shown.ends_at, **said}
        nothing = dict.fromkeys(attrs.fields_dict(ApproveIntent))
        intent = ApproveIntent(**{**nothing, "request_id": "rq_9", **said})
        made = approve(self.slice_, act(by, self.rules, now), intent, setting=setting)
        return self.after(*made.bodies, by=by, now=now)

    def deny(self, by: Actor = ANA, now: Any = NOW, reason: str = "") -> "World":
        """Return the tenant after somebody said no."""
        made = deny(self.slice_, act(by, self.rules, now), "rq_9", reason)
        return self.after(*made.bodies, by=by, now=now)

    def withdraw(self, by: Actor = KIM, now: Any = NOW) -> "World":
        """Return the tenant after somebody took the request back."""
        made = withdraw(self.slice_, act(by, self.rules, now), "rq_9")
        return self.after(*made.bodies, by=by, now=now)

    def sweep(self, now: Any = NOW) -> "World":
        """Return the tenant after a sweep."""
        made = record_lapse(self.slice_, act(ANA, self.rules, now), "rq_9")
        return self.after(*made.bodies, by=ANA, now=now)


def slice_of(rows: Any) -> Slice:
    """Return the slice that holds these rows."""
    found = {kind: {} for kind in ("grant", "consent", "request", "agent")}
    head = Head(tenant="acme")
    for (kind, *ident), row in rows.items():
        if kind == "head":
            head = row
        elif kind in found:
            found[kind][ident[0]] = row
    return Slice(
        head=head,
        grants=FrozenMap(found["grant"]),
        consents=FrozenMap(found["consent"]),
        requests=FrozenMap(found["request"]),
        stances=FrozenMap(found["agent"]),
    )


def world(flow: dict[str, Any] | None = None, *rows: Any, flows: Any = None, **rules: Any) -> World:
    """Return a tenant where nothing was asked yet; *rows* are consents that stand."""
    law = AccessRules.from_data({"flows": {"access": flow or {}, **(flows or {})}, **rules})
    slice_ = Slice(head=Head(tenant="acme", seq=1), consents=FrozenMap((row.id, row) for row in rows))
    return World(slice_, law)


FOUR = Elapsed(hours=4)
TWO_SIDES = {"steps": [{"by": ["tenant:admin"]}, {"by": ["vendor:lead"], "within": "PT1H"}]}
TWO_MEMBERS = {"steps": [{"by": ["tenant:admin"], "count": 2, "within": "P7D"}]}
