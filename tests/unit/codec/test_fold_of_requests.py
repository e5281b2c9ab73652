"""What becomes of requests and consents, event by event; and what is sealed of them but never read."""

import attrs
import pytest

from grantkit import OpenEnded
from grantkit.codec import open_entry, row_text
from grantkit.codec.rows import read_row
from grantkit.errors import Corrupt
from grantkit.lifecycle import apply
from grantkit.model import (
    Approved,
    Consented,
    ConsentEnded,
    Denied,
    Ending,
    Erased,
    Frozen,
    Granted,
    Lapsed,
    Requested,
    Settling,
    StepOpened,
    Withdrawn,
    consent_key,
    request_key,
)
from grantkit.model.texts import reference_of
from unit.codec.gallery import (
    APPROVALS,
    BARE_CONSENT,
    FULL,
    FULL_ASK,
    FULL_CONSENT,
    FULL_REQUEST,
    changed,
    data_of,
    event,
    resealed,
    sealed,
)
from unit.making import HOUR, NOW

RQ, CN = request_key("rq_1"), consent_key("cn_1")
ASKED = apply(RQ, None, event(Requested(FULL_REQUEST), seq=2))
GIVEN = apply(CN, None, event(Consented(FULL_CONSENT), seq=3))
YES = Approved("rq_1", APPROVALS[0])
OPENED = StepOpened("rq_1", 1, ("tenant:owner",), 1, OpenEnded())
CLOSING = {
    "denied": (Denied("rq_1"), Settling.DENIED, None),
    "withdrawn": (Withdrawn("rq_1"), Settling.WITHDRAWN, None),
    "lapsed": (Lapsed("rq_1"), Settling.LAPSED, None),
    "cut off": (Lapsed("rq_1", Settling.CUT_OFF), Settling.CUT_OFF, None),
    "granted": (Granted(FULL), Settling.APPROVED, "gr_1"),
}
ANSWERS = [YES, OPENED, *(body for body, _, _ in CLOSING.values())]


@pytest.mark.parametrize("name", CLOSING)
def test_what_closes_a_request_settles_it_once(name):
    """Each way to close a request is kept as a fact of its own, with when and by whom, and nothing happens after it."""
    body, how, gave = CLOSING[name]
    made = event(body, seq=5)
    settled = apply(RQ, ASKED, made)
    assert (how, made.at, 5, gave) == (
        settled.settled.how,
        settled.settled.at,
        settled.settled.seq,
        settled.gave,
    )
    for after in ANSWERS:
        with pytest.raises(ValueError, match="cannot have happened"):
            apply(RQ, settled, event(after, seq=6))


def test_consent_settles_the_request_that_yields_one():
    """What comes of a request is of the kind that its flow yields, and no other kind settles it."""
    asks = attrs.evolve(ASKED, yields="consent")
    assert "cn_1" == apply(RQ, asks, event(Consented(FULL_CONSENT))).gave
    for request, body in ((asks, Granted(FULL)), (ASKED, Consented(FULL_CONSENT))):
        with pytest.raises(ValueError, match="cannot have happened"):
            apply(RQ, request, event(body))


def test_answers_are_counted_and_terms_narrowed():
    """A yes is one answer fewer to wait for, says where it was sealed, and the earliest end that was shown binds."""
    yes = attrs.evolve(APPROVALS[0], ends_by=NOW)
    once = apply(RQ, ASKED, event(Approved("rq_1", yes, FULL_ASK), seq=5))
    assert (1, 5, NOW) == (once.needs, once.approvals[0].seq, once.ask.ends_by)
    beforehand = apply(RQ, once, event(Approved("rq_1", ASKED.beforehand), seq=6))
    assert (0, None) == (beforehand.needs, beforehand.beforehand)
    with pytest.raises(ValueError, match="cannot have happened"):
        apply(RQ, beforehand, event(YES, seq=7))
    opened = apply(RQ, beforehand, event(OPENED, seq=7))
    assert (1, ("tenant:owner",), 1, OpenEnded()) == (
        opened.step,
        opened.awaits,
        opened.needs,
        opened.lapses_at,
    )
    with pytest.raises(ValueError, match="cannot have happened"):
        apply(RQ, opened, event(OPENED, seq=8))


OTHER = [
    Denied("rq_9"),
    Withdrawn("rq_9"),
    Lapsed("rq_9"),
    Approved("rq_9", APPROVALS[0]),
    attrs.evolve(OPENED, request_id="rq_9"),
    Granted(attrs.evolve(FULL, request="rq_9")),
    Requested(FULL_REQUEST),
    Frozen(None),
]


@pytest.mark.parametrize("body", OTHER, ids=lambda body: body.kind)
def test_what_is_about_another_request_changes_none(body):
    """What is about another request, or asks again under the same id, cannot have happened to this one."""
    with pytest.raises(ValueError, match="cannot have happened"):
        apply(RQ, ASKED, event(body))


@pytest.mark.parametrize(
    "body", [*ANSWERS, Erased(((2, "reason"),))], ids=["approved", "opened", *CLOSING, "erased"]
)
def test_nothing_happens_to_what_never_was(body):
    """No answer makes a request, and no end a consent."""
    for key in (RQ, CN):
        with pytest.raises(ValueError, match="cannot have happened"):
            apply(key, None, event(body))


def test_ended_consent_stays_ended():
    """A consent ends once, as the event says, and neither ends again nor comes about again."""
    ended = apply(CN, GIVEN, event(ConsentEnded("cn_1", Ending.REVOKED), seq=8))
    assert (Ending.REVOKED, 8) == (ended.ended.how, ended.ended.seq)
    for row, body in (
        (ended, ConsentEnded("cn_1", Ending.EXPIRED)),
        (ended, Consented(FULL_CONSENT)),
        (GIVEN, ConsentEnded("cn_9", Ending.REVOKED)),
        (GIVEN, Consented(FULL_CONSENT)),
        (None, Consented(BARE_CONSENT)),
        (None, Consented(attrs.evolve(FULL_CONSENT, tenant="globex"))),
    ):
        with pytest.raises(ValueError, match="cannot have happened"):
            apply(CN, row, event(body))


def test_erasing_takes_the_texts_of_requests_and_consents():
    """The reason goes with the event that had it, a reference with its own; everything else stays."""
    by = APPROVALS[0].by
    once = apply(RQ, ASKED, event(YES, seq=5))
    left = apply(RQ, once, event(Erased(((5, reference_of(by)),), requests=("rq_1",)), seq=6))
    assert (FULL_REQUEST.reason, None) == (left.reason, left.approvals[0].reference)
    gone = apply(RQ, once, event(Erased(((2, "reason"),), requests=("rq_1",)), seq=6))
    assert ("", APPROVALS[0].reference) == (gone.reason, gone.approvals[0].reference)
    bare = apply(CN, GIVEN, event(Erased(((3, "reason"), (3, reference_of(by))), consents=("cn_1",)), seq=6))
    assert ("", [None, "by phone"]) == (bare.reason, [each.reference for each in bare.approvals])


@pytest.mark.parametrize(
    ("body", "place", "value"),
    [
        (Requested(FULL_REQUEST), ("body", "request", "beforehand", "seq"), 2),
        (YES, ("body", "approval", "seq"), 2),
        (Consented(FULL_CONSENT), ("body", "consent", "approvals", 0, "seq"), 2),
        (Lapsed("rq_1"), ("body", "how"), "denied"),
        (ConsentEnded("cn_1", Ending.EXPIRED), ("body", "how"), "revoked"),
    ],
    ids=["beforehand", "approved", "consented", "lapse", "end"],
)
def test_what_only_rows_say_is_refused_in_events(body, place, value):
    """An approval that says where it was sealed, a lapse that is none and an end with a word of its own are corrupt."""
    entry = sealed(event(body))
    with pytest.raises(Corrupt):
        open_entry(resealed(entry, changed(data_of(entry), place, value)))


def test_rows_are_read_back_and_name_nobody():
    """Requests and consents are what their rows read as, and a row with the name of whoever asked is corrupt."""
    text = row_text(ASKED)
    assert ASKED == read_row("request", text)
    job = row_text(attrs.evolve(FULL_CONSENT, ended=None))
    assert FULL_CONSENT == read_row("consent", job)
    plain = row_text(attrs.evolve(ASKED, lapses_at=NOW + HOUR))
    assert '"kind":"member"' in plain
    spoiled = plain.replace('"by":{"id":"m-ana"', '"by":{"id":"m-ana","name":"Ana"')
    assert plain != spoiled
    with pytest.raises(Corrupt):
        read_row("request", spoiled)
