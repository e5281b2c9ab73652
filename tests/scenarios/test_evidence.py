"""What exactly did they agree to? One call answers, and the exported lines and a head prove it offline."""

import hashlib
import io
import json

import pytest

from grantkit import Agent, Elapsed, Member, NotFound, SupportAccess, System, Team
from grantkit.errors import NotEntitled
from grantkit.testing import FakeClock
from grantkit.verify import check
from scenarios.asking import STORES, agree, no_trace, opened
from scenarios.world import KIM, LEE, Counter, one_flow, utc

ANA = Member("m-ana", tenant="acme", roles={"admin"}, name="Ana")
MIA = Agent("a-mia", teams={"managers"}, name="Mia")
TERMS = "Support may look at your boards. Nothing else."
RULES = one_flow(
    steps=[
        {"by": ["vendor:managers"], "within": "P1D"},
        {
            "by": ["tenant:admin"],
            "within": "P1D",
            "text": "privacy-2027-01",
            "word": "Acme",
            "channels": ["in_product", "email"],
        },
    ]
)
YES = {"word": " Acme ", "text": TERMS, "channel": "email", "reference": "<9@mail.acme>"}


@pytest.fixture
def clock():
    return FakeClock("2027-03-03T12:00:00Z")


@pytest.fixture(params=STORES)
def access(request, tmp_path, clock):
    with opened(request.param, tmp_path) as store:
        yield SupportAccess(store, rules=RULES.in_zone("Europe/Berlin"), clock=clock, id_factory=Counter())


def let_in(access):
    """Ask, have the manager say yes, and then the customer; return the request."""
    asked = access.request("acme", by=KIM, ends=Elapsed(hours=8), reason="Boards missing", tickets=["T-1"])
    return agree(access, agree(access, asked, by=MIA), by=ANA, **YES)


def lines_of(access):
    """Return the export of the record, line by line."""
    file = io.BytesIO()
    access.ledger.export("acme", file)
    return file.getvalue().splitlines(keepends=True)


def test_what_exactly_did_they_agree_to(access, clock):
    """[M12] One call tells who agreed, in which role, by which channel, having seen which text and typed which word."""
    asked = let_in(access)

    manager, customer = access.ledger.evidence("acme", asked.gave).agreements
    assert (MIA, "vendor:managers", None, None, None, "in_product") == (
        manager.by,
        manager.approval.selector,
        manager.approval.text,
        manager.approval.text_digest,
        manager.approval.word,
        manager.approval.channel,
    )
    approval = customer.approval
    assert (ANA, "tenant:admin", clock.now()) == (customer.by, approval.selector, approval.at)
    assert ("privacy-2027-01", hashlib.sha256(TERMS.encode()).hexdigest(), "Acme") == (
        approval.text,
        approval.text_digest,
        approval.word,
    )
    assert ("email", "<9@mail.acme>", utc("2027-03-03 20:00")) == (
        approval.channel,
        approval.reference,
        approval.ends_by,
    )


def test_what_the_preview_said_is_kept(access):
    """[M12] What the preview said to whoever decided is kept word for word, with the end in both zones."""
    asked = access.request("acme", by=KIM, ends=Elapsed(hours=8), reason="Boards missing", tickets=["T-1"])
    said = access.preview("acme", asked.id)
    asked = agree(access, agree(access, asked, by=MIA), by=ANA, **YES)
    manager, customer = access.ledger.evidence("acme", asked.gave).agreements

    shown = [line for line in said.lines if not line.startswith("Who:")]
    for each in (manager, customer):
        assert shown == [line for line in each.said.splitlines() if not line.startswith("Who:")]
    assert "Until: 2027-03-03 20:00 UTC (2027-03-03 21:00 Europe/Berlin), and never later" == shown[-1]
    assert said.digest == manager.approval.digest == customer.approval.digest


@pytest.mark.parametrize("about", ["request", "grant"])
def test_the_request_and_its_grant_have_one_evidence(access, about):
    """[M12] Asked about the request or about the grant that came of it, the evidence is the same."""
    asked = let_in(access)
    found = access.ledger.evidence("acme", asked.id if about == "request" else asked.gave)

    assert ["requested", "approved", "step_opened", "approved", "granted"] == [
        event.kind for event in found.events
    ]
    assert "Ana (member m-ana) agreed to request rq_1" in str(found)
    assert "having typed Acme" in str(found)


def test_the_evidence_of_others_is_left_out(access):
    """[M12] What others agreed to, for somebody else, is no part of it; what became of the grant is."""
    asked = let_in(access)
    other = access.request("acme", by=LEE, ends=Elapsed(hours=8), reason="Curious")
    access.deny("acme", other.id, by=ANA)
    access.revoke("acme", asked.gave, by=ANA)

    assert ["requested", "approved", "step_opened", "approved", "granted", "revoked"] == [
        event.kind for event in access.ledger.evidence("acme", asked.gave).events
    ]
    denied = access.ledger.evidence("acme", other.id)
    assert ((), "nobody has agreed to") == (denied.agreements, str(denied)[:20])


def test_the_exported_lines_prove_it_offline(access):
    """[M12] [N5] Each agreement names the line of the export that proves it, and a kept head proves the export."""
    asked = let_in(access)
    head, lines = access.ledger.head("acme"), lines_of(access)

    assert head.seq == check(lines, head).head.seq
    for each in access.ledger.evidence("acme", asked.gave).agreements:
        (line,) = [line for line in map(json.loads, lines) if line.get("hash") == each.hash]
        assert (each.seq, each.approval.digest) == (
            line["entry"]["seq"],
            line["entry"]["body"]["approval"]["digest"],
        )


def test_an_erased_reference_is_said_to_be_erased(access):
    """[M12] After its reference is erased the agreement still stands and verifies, and says that it was erased."""
    asked = let_in(access)
    before = access.ledger.evidence("acme", asked.gave).agreements[-1]
    head = access.ledger.head("acme")
    access.ledger.erase("acme", by=System("privacy"), events=[before.seq])

    after = access.ledger.evidence("acme", asked.gave).agreements[-1]
    assert "<9@mail.acme>" not in str(after)
    assert "<9@mail.acme>" not in b"".join(lines_of(access)).decode()
    assert "erased" in str(after)
    assert (before.hash, before.approval.digest, before.approval.text_digest, "Acme") == (
        after.hash,
        after.approval.digest,
        after.approval.text_digest,
        after.approval.word,
    )
    assert access.ledger.verify("acme", head)
    assert check(lines_of(access), head)


@pytest.mark.parametrize(
    ("by", "may"),
    [(ANA, True), (Member("m-vic", tenant="acme", roles={"member"}), False), (KIM, False), (None, True)],
    ids=["admin", "member", "agent", "host"],
)
def test_who_may_see_the_evidence(access, by, may):
    """[P9] Whoever may see the history sees the evidence; a plain member and an agent do not."""
    asked = let_in(access)
    if may:
        assert 2 == len(access.ledger.evidence("acme", asked.gave, by=by).agreements)
        return
    with no_trace(access, NotEntitled):
        access.ledger.evidence("acme", asked.gave, by=by)


def test_there_is_no_evidence_of_nothing(access):
    """[M12] About what never was, or is another tenant's, there is nothing to be told, in the same words."""
    asked = let_in(access)

    for tenant, ident in (("acme", "gr_none"), ("globex", asked.gave)):
        with pytest.raises(NotFound) as refusal:
            access.ledger.evidence(tenant, ident)
        assert f"there is no grant, consent or request {ident} at tenant {tenant}" in str(refusal.value)


def test_a_grant_without_a_request_has_its_evidence_too(tmp_path, clock):
    """[M12] A consent that was given unasked is shown with the version and the digest of the text that was seen."""
    rules = one_flow(steps=[{"by": ["tenant:admin"], "text": "privacy-2027-01"}])
    with opened("memory", tmp_path) as store:
        access = SupportAccess(store, rules=rules, clock=clock)
        grant = access.grant(
            "acme", by=ANA, to=Team("support"), ends=Elapsed(hours=1), reason="Have a look", text=TERMS
        )
        (found,) = access.ledger.evidence("acme", grant.id).agreements

    assert ("privacy-2027-01", hashlib.sha256(TERMS.encode()).hexdigest(), "") == (
        found.approval.text,
        found.approval.text_digest,
        found.said,
    )


def test_the_reason_of_a_request_goes_wherever_it_was_said_again(access):
    """Erasing the event that asked takes the reason from the previews, the request and the grant, and nothing else."""
    reasons = ("Her divorce papers", "Boards missing")
    asked = [access.request("acme", by=KIM, ends=Elapsed(hours=4), reason=reason) for reason in reasons]
    for each in asked:
        agree(access, agree(access, each, by=MIA), by=ANA, **YES)

    access.ledger.erase("acme", by=System("privacy"), events=[asked[0].seq])

    said = str(access.ledger.evidence("acme", asked[0].id).to_data()) + str(access.ledger.history("acme"))
    assert "divorce" not in said + str(access.requests("acme")) + str(access.grants("acme"))
    assert "Boards missing" in str(access.ledger.evidence("acme", asked[1].id))
    assert ["", "Boards missing"] == [status.grant.reason for status in access.grants("acme")]
    access.ledger.verify("acme")
