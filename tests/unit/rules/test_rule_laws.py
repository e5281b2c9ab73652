"""The laws that no rule set can break, each refused under the path of what breaks it."""

import pytest

from grantkit.policy import READ_ONLY, PermissionPolicy
from grantkit.rules import AccessRules, Choice, DemandRule, Entry, Flow, ScopeRule, Selector, Start, Step

ADMIN = {"by": ["tenant:admin"]}
VENDOR = {"by": ["vendor:boss"]}
CONSENT = {"yields": "consent"}


def flow(**keys):
    return {"flows": {"f": keys, "paper": CONSENT}}


LAWS = {
    "a step by both sides": (
        flow(steps=[{"by": ["tenant:admin", "vendor:boss"]}]),
        ("flows.f.steps[0].by[1]", "law"),
    ),
    "a step by a relation": (flow(steps=[{"by": ["approvers"]}]), ("flows.f.steps[0].by[0]", "law")),
    "a step by a relation, second": (
        flow(steps=[ADMIN, {"by": ["tenant:a", "requester"]}]),
        ("flows.f.steps[1].by[1]", "law"),
    ),
    "a step by nobody": (flow(steps=[{"by": []}]), ("flows.f.steps[0].by", "blank")),
    "a grant by nobody's consent": (flow(steps=[]), ("flows.f.steps", "law")),
    "a grant by the vendor alone": (flow(steps=[VENDOR]), ("flows.f.steps", "law")),
    "a consent by the vendor alone": (flow(yields="consent", steps=[VENDOR]), ("flows.f.steps", "law")),
    "a consent by nobody": (flow(yields="consent", steps=[]), ("flows.f.steps", "law")),
    "a consent under a consent": (flow(yields="consent", under="paper"), ("flows.f.under", "law")),
    "under nothing known": (flow(under="scissors"), ("flows.f.under", "unknown")),
    "under, with no consent flow at all": ({"flows": {"f": {"under": "x"}}}, ("flows.f.under", "unknown")),
    "under itself": (flow(under="f", steps=[]), ("flows.f.under", "law")),
    "under a grant": (
        {"flows": {"f": {"under": "g", "steps": []}, "g": {}}},
        ("flows.f.under", "law"),
    ),
    "a policy not known": (flow(policies=["read-only", "rule"]), ("flows.f.policies[1]", "unknown")),
    "no policy": (flow(policies=[]), ("flows.f.policies", "blank")),
    "a policy twice": (flow(policies=["*", "*"]), ("flows.f.policies[1]", "duplicate")),
    "no grantee": (flow(to=[]), ("flows.f.to", "blank")),
    "a grantee twice": (flow(to=["team", "agent", "team"]), ("flows.f.to[2]", "duplicate")),
    "no capacity": (flow(act_as=[]), ("flows.f.act_as", "blank")),
    "a capacity twice": (flow(act_as=["self", "self"]), ("flows.f.act_as[1]", "duplicate")),
    "a capacity not known": (flow(act_as=["root"]), ("flows.f.act_as[0]", "unknown")),
    "no end": (flow(ends=[]), ("flows.f.ends", "blank")),
    "an end twice": (flow(ends=[{"elapsed": "P7D"}, {"elapsed": "P1W"}]), ("flows.f.ends[1]", "duplicate")),
    "a first end from an old end": (
        flow(ends=["instant", {"elapsed": "P7D", "from": "end"}]),
        ("flows.f.ends[1].from", "law"),
    ),
    "a shortest that is no term": (flow(shortest="elapsed"), ("flows.f.shortest", "law")),
    "a shortest that is open": (flow(shortest="open_ended"), ("flows.f.shortest", "law")),
    "a shortest from an old end": (
        flow(shortest={"elapsed": "PT1H", "from": "end"}),
        ("flows.f.shortest", "law"),
    ),
    "a longest that is no term": (flow(longest="instant"), ("flows.f.longest", "law")),
    "shortest past longest": (
        flow(shortest={"elapsed": "PT2H"}, longest={"elapsed": "PT1H"}),
        ("flows.f.shortest", "law"),
    ),
    "an entry that is open": (flow(entry={"longest": "open_ended"}), ("flows.f.entry.longest", "law")),
    "an entry until solved": (flow(entry={"tickets": "until_solved"}), ("flows.f.entry.tickets", "unknown")),
    "nowhere": (flow(scope={"tenant": False, "resources": []}), ("flows.f.scope", "law")),
    "resources beside a silent tenant": (
        flow(scope={"resources": ["project:*"]}),
        ("flows.f.scope.tenant", "required"),
    ),
    "no resources at the most": (flow(scope={"most": 0}), ("flows.f.scope.most", "out_of_range")),
    "a start by nobody": (flow(start={"by": []}), ("flows.f.start.by", "blank")),
    "a start by whoever starts": (
        flow(start={"by": ["approvers", "requester"]}),
        ("flows.f.start.by[1]", "law"),
    ),
    "nobody counted": (flow(steps=[{**ADMIN, "count": 0}]), ("flows.f.steps[0].count", "out_of_range")),
    "truth counted": (flow(steps=[{**ADMIN, "count": True}]), ("flows.f.steps[0].count", "wrong_type")),
    "a step that lapses at once": (
        flow(steps=[{**ADMIN, "within": "PT0S"}]),
        ("flows.f.steps[0].within", "out_of_range"),
    ),
    "a step within nothing": (
        flow(steps=[{**ADMIN, "within": None}]),
        ("flows.f.steps[0].within", "bad_duration"),
    ),
    "no channel": (flow(steps=[{**ADMIN, "channels": []}]), ("flows.f.steps[0].channels", "blank")),
    "a channel twice": (
        flow(steps=[{**ADMIN, "channels": ["email", "email"]}]),
        ("flows.f.steps[0].channels[1]", "duplicate"),
    ),
    "a channel that is no id": (
        flow(steps=[{**ADMIN, "channels": ["by post"]}]),
        ("flows.f.steps[0].channels[0]", "bad_id"),
    ),
    "a blank word": (flow(steps=[{**ADMIN, "word": "  "}]), ("flows.f.steps[0].word", "blank")),
    "a long word": (flow(steps=[{**ADMIN, "word": "x" * 201}]), ("flows.f.steps[0].word", "too_long")),
    "a blank text": (flow(steps=[{**ADMIN, "text": ""}]), ("flows.f.steps[0].text", "blank")),
    "a blank off word": (flow(off_word="\t"), ("flows.f.off_word", "blank")),
    "a reason of less than nothing": (
        flow(start={"reason": {"min": -1}}),
        ("flows.f.start.reason.min", "out_of_range"),
    ),
    "a category twice": (
        flow(start={"reason": {"categories": ["a", "a"]}}),
        ("flows.f.start.reason.categories[1]", "duplicate"),
    ),
    "delegation to nobody": (flow(delegate={"to": []}), ("flows.f.delegate.to", "blank")),
    "delegation not deep": (
        flow(delegate={"to": ["team"], "depth": 0}),
        ("flows.f.delegate.depth", "out_of_range"),
    ),
    "an amended end twice": (
        flow(amend={"ends": ["instant", "instant"]}),
        ("flows.f.amend.ends[1]", "duplicate"),
    ),
    "a start ahead by months": (flow(ahead="P1M"), ("flows.f.ahead", "bad_duration")),
    "a flow with a slash": ({"flows": {"a/b": {}}}, ("flows.a/b", "bad_id")),
    "no flow": ({"flows": {}}, ("flows", "law")),
    "a policy redefined": ({"policies": {"administrator": []}}, ("policies.administrator", "law")),
    "a ceiling without other": ({"ceilings": {"support": ["read-only"]}}, ("ceilings.other", "law")),
    "a ceiling not known": ({"ceilings": {"*": ["read-only", "gone"]}}, ("ceilings.*[1]", "unknown")),
    "a ceiling twice": ({"ceilings": {"*": ["read-only", "read-only"]}}, ("ceilings.*[1]", "duplicate")),
    "a ceiling of no team": ({"ceilings": {"a b": []}}, ("ceilings.?", "bad_id")),
    "a demand beyond nothing known": (
        {**flow(), "demands": [{"beyond": ["gone"], "needs": "paper"}]},
        ("demands[0].beyond[0]", "unknown"),
    ),
    "a demand for a grant": (
        {**flow(), "demands": [{"beyond": [], "needs": "f"}]},
        ("demands[0].needs", "law"),
    ),
    "a demand for nothing known": (
        {**flow(), "demands": [{"beyond": [], "needs": "x"}]},
        ("demands[0].needs", "unknown"),
    ),
    "a demand twice": (
        {**flow(), "demands": [{"beyond": [], "needs": "paper"}] * 2},
        ("demands[1]", "duplicate"),
    ),
    "an eligible of no name": ({"eligible": ["domian:example.com"]}, ("eligible[0]", "bad_id")),
    "an eligible of no domain": ({"eligible": ["domain:"]}, ("eligible[0]", "bad_id")),
    "an eligible of an address": ({"eligible": ["domain:kim@example.com"]}, ("eligible[0]", "bad_id")),
    "an eligible that is no text": ({"eligible": [1]}, ("eligible[0]", "wrong_type")),
    "an eligible twice": ({"eligible": ["trained", "trained"]}, ("eligible[1]", "duplicate")),
    "a stop by nobody known": ({"stop": ["admin"]}, ("stop[0]", "bad_selector")),
    "a view by somebody twice": (
        {"view": {"status": ["tenant:*", "tenant:*"]}},
        ("view.status[1]", "duplicate"),
    ),
    "a notice of nothing": ({"notices": {"rained": []}}, ("notices.rained", "unknown")),
    "a notice of no flow": ({"notices": {"x/granted": []}}, ("notices.x/granted", "unknown")),
    "a notice of a flow without a name": ({"notices": {"/granted": []}}, ("notices./granted", "unknown")),
    "a notice to nobody known": ({"notices": {"granted": ["boss"]}}, ("notices.granted[0]", "bad_selector")),
    "a zone that climbs": ({"zone": "../../etc/passwd"}, ("zone", "unknown")),
    "a zone that is blank": ({"zone": ""}, ("zone", "unknown")),
    "a zone that is no text": ({"zone": 1}, ("zone", "unknown")),
    "a zone that is long": ({"zone": "E" * 101}, ("zone", "unknown")),
    "another schema": ({"schema": 2}, ("schema", "unknown")),
    "a schema of truth": ({"schema": True}, ("schema", "unknown")),
    "a name that is long": ({"name": "x" * 201}, ("name", "too_long")),
    "too many flows": ({"flows": {f"f{n}": {} for n in range(1001)}}, ("flows", "too_many")),
    "too many ends": (
        flow(ends=[{"elapsed": f"PT{n + 1}S"} for n in range(257)]),
        ("flows.f.ends", "too_many"),
    ),
    "a bare string for a list": (flow(policies="read-only"), ("flows.f.policies", "wrong_type")),
}


@pytest.mark.parametrize("law", LAWS)
def test_rule_set_that_breaks_a_law_is_refused(refused, law):
    """A document that breaks a law is no rule set, and the refusal names the place."""
    document, expected = LAWS[law]
    assert expected == refused(document)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"flows": {"f": Flow(steps=())}}, ("flows.f.steps", "law")),
        ({"flows": {"f": Flow(under="g", steps=())}}, ("flows.f.under", "unknown")),
        ({"flows": {"f": Flow(scope=ScopeRule(tenant=False, resources=()))}}, ("flows.f.scope", "law")),
        (
            {"flows": {"f": Flow(ends=(Choice("elapsed", 5, from_end=True),))}},
            ("flows.f.ends[0].from", "law"),
        ),
        (
            {"flows": {"f": Flow(start=Start(by=(Selector("relation", "requester"),)))}},
            ("flows.f.start.by[0]", "law"),
        ),
        ({"flows": {"f": {}}}, ("flows.f", "wrong_type")),
        ({"flows": [Flow()]}, ("flows", "wrong_type")),
        ({"flows": {"a/b": Flow()}}, ("flows.a/b", "bad_id")),
        ({"flows": {1: Flow()}}, ("flows", "wrong_type")),
        ({"policies": {"read-only": READ_ONLY}}, ("policies.read-only", "law")),
        ({"policies": {"a": PermissionPolicy("b", ())}}, ("policies.a", "law")),
        ({"ceilings": {"support": ("read-only",)}}, ("ceilings.other", "law")),
        ({"ceilings": {"*": ["read-only"]}}, ("ceilings.*", "wrong_type")),
        ({"demands": (DemandRule(beyond=(), needs="access"),)}, ("demands[0].needs", "law")),
        ({"stop": ["tenant:admin"]}, ("stop", "wrong_type")),
        ({"stop": ("tenant:admin",)}, ("stop[0]", "wrong_type")),
        ({"notices": {"x/granted": ()}}, ("notices.x/granted", "unknown")),
        ({"notices": []}, ("notices", "wrong_type")),
        ({"view": None}, ("view", "wrong_type")),
        ({"zone": "Vienna!"}, ("zone", "unknown")),
        ({"name": " padded "}, ("name", "bad_text")),
    ],
)
def test_rule_set_by_keyword_obeys_the_same_laws(refusal, values, expected):
    """There is no second door: what a document may not say, a call may not either."""
    assert expected == refusal(AccessRules, **values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"by": ()}, ("by", "blank")),
        ({"by": [Selector("tenant", "admin")]}, ("by", "wrong_type")),
        ({"by": (Selector("tenant", "admin"),), "word": " Yes"}, ("word", "bad_text")),
        ({"by": (Selector("tenant", "admin"),), "count": 21}, ("count", "out_of_range")),
        ({"by": (Selector("tenant", "admin"),), "within": 0}, ("within", "out_of_range")),
    ],
)
def test_step_by_keyword_is_checked_under_its_own_names(refusal, values, expected):
    """A part made by itself names its own attributes."""
    assert expected == refusal(Step, **values)


@pytest.mark.parametrize(
    ("make", "values", "expected"),
    [
        (Flow, {"shortest": "PT1M"}, ("shortest", "wrong_type")),
        (Flow, {"longest": Choice("elapsed")}, ("longest", "law")),
        (Flow, {"steps": [Step(by=(Selector("tenant", "admin"),))]}, ("steps", "wrong_type")),
        (Flow, {"ends": ()}, ("ends", "blank")),
        (Flow, {"single": 1}, ("single", "wrong_type")),
        (Entry, {"longest": 3600}, ("longest", "wrong_type")),
        (Start, {"reason": 5}, ("reason", "wrong_type")),
        (ScopeRule, {"resources": ("*",)}, ("resources[0]", "wrong_type")),
    ],
)
def test_part_by_keyword_is_no_laxer(refusal, make, values, expected):
    """A part takes values of its own types, and what belongs in no document belongs in none of them."""
    assert expected == refusal(make, **values)


def test_vendor_steps_may_stand_under_a_consent():
    """Under a consent of the tenant a flow may take answers of the vendor alone, or none."""
    document = {"flows": {"paper": CONSENT, "f": {"under": "paper", "steps": [VENDOR]}}}
    assert () == AccessRules.from_data(document).flow("f").tenant_steps
    document["flows"]["f"]["steps"] = []
    assert 0 == AccessRules.from_data(document).flow("f").answers_needed


def test_month_may_stand_beside_thirty_days():
    """Spans that are only comparable at an anchor are left to the moment of use."""
    document = {"flows": {"f": {"shortest": {"calendar": "P1M"}, "longest": {"elapsed": "P30D"}}}}
    assert Choice("calendar", (1, 0)) == AccessRules.from_data(document).flow("f").shortest


def test_step_that_never_lapses_says_so():
    """A step without a lapse is spelled aloud, both ways."""
    rules = AccessRules.from_data({"flows": {"f": {"steps": [{**ADMIN, "within": "open_ended"}]}}})
    assert None is rules.flow("f").steps[0].within
    assert "open_ended" == rules.to_data()["flows"]["f"]["steps"][0]["within"]


def test_words_are_kept_trimmed():
    """White space around a word to type is not part of it: nobody can see it."""
    rules = AccessRules.from_data({"flows": {"f": {"off_word": " Support "}}})
    assert "Support" == rules.flow("f").off_word
