"""From bodies to events: sequence, time, actor, rules digest."""

from grantkit.lifecycle.slices import Act, Slice
from grantkit.model import Body, Event, Head, Retry, RulesAdopted


def seal(
    slice_: Slice, act: Act, bodies: tuple[Body, ...], retry: Retry | None = None, *, adopt: bool = True
) -> tuple[Event, ...]:
    """
    Return the events that *bodies* become, none if there are none.

    The first command under new rules adopts them first, unless *adopt* says that nobody has set them: then the event
    names the rules last adopted. A key is sealed in the last event, the one about its subject.
    """
    if not bodies:
        return ()
    head = slice_.head
    digest = act.rules.digest if adopt else head.rules
    if head.rules != digest:
        bodies = (RulesAdopted(digest, act.rules.name), *bodies)
    last = len(bodies) - 1
    return tuple(
        _event(head, act, digest, seq=head.seq + 1 + place, body=body, retry=retry if place == last else None)
        for place, body in enumerate(bodies)
    )


def _event(head: Head, act: Act, rules: str, *, seq: int, body: Body, retry: Retry | None) -> Event:
    at = act.at(head)
    return Event(
        tenant=head.tenant,
        seq=seq,
        at=at,
        clock=None if act.now == at else act.now,
        actor=act.by,
        rules=rules,
        body=body,
        retry=retry,
    )
