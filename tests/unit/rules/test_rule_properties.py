"""Laws over all rule sets, by generated ones."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from grantkit.errors import InvalidInput
from grantkit.rules import EVENTS, AccessRules

FEWER = settings(max_examples=max(20, (settings.default or settings()).max_examples // 2))
"""A rule document takes long to make up."""
NAMES = st.sampled_from(["a", "b.c", "on-call", "Team_9"])
TEXTS = st.text("aé ☃x", min_size=1, max_size=8).filter(lambda value: value.strip())
PEOPLE = st.builds("{}:{}".format, st.sampled_from(["tenant", "vendor"]), st.one_of(NAMES, st.just("*")))
RELATIONS = st.sampled_from(["approvers", "consenters", "grantee"])


def lists(entries, least=0, most=4):
    return st.lists(entries, min_size=least, max_size=most, unique_by=json.dumps)


def spans(form, most):
    return st.integers(1, most).map(form.format)


EXACT = st.one_of(
    st.builds(lambda span: {"elapsed": span}, spans("PT{}M", 90)),
    st.builds(lambda span: {"calendar": span}, spans("P{}M", 11)),
    st.builds(lambda span: {"start_of_day": span}, spans("P{}D", 99)),
    st.builds(lambda span: {"end_of_day": span}, spans("P{}D", 99)),
)
CHOICES = st.one_of(
    EXACT, st.sampled_from(["elapsed", "calendar", "start_of_day", "end_of_day", "instant", "open_ended"])
)
LATER = st.one_of(CHOICES, spans("PT{}M", 90).map(lambda span: {"elapsed": span, "from": "end"}))
GRANTEES = st.one_of(
    st.sampled_from(["agent", "team"]), st.builds("{}:{}".format, st.sampled_from(["agent", "team"]), NAMES)
)
REASONS = st.fixed_dictionaries({}, optional={"min": st.integers(0, 99), "categories": lists(NAMES)})


def steps(side):
    who = st.builds(f"{side}:{{}}".format, NAMES)
    optional = {
        "count": st.integers(1, 3),
        "within": st.one_of(spans("P{}D", 60), st.just("open_ended")),
        "channels": lists(NAMES, 1),
        "text": st.none() | TEXTS,
        "word": st.none() | TEXTS,
    }
    return st.fixed_dictionaries({"by": lists(who, 1)}, optional=optional)


def flows(required):
    optional = {
        "start": st.fixed_dictionaries(
            {},
            optional={
                "by": lists(PEOPLE | RELATIONS, 1),
                "reason": REASONS,
                "tickets": st.sampled_from(["optional", "required", "until_solved"]),
            },
        ),
        "to": lists(GRANTEES, 1),
        "scope": st.just({"tenant": False, "resources": ["project:*", "board:7"], "most": 3}),
        "policies": lists(st.sampled_from(["read-only", "administrator", "own", "*"]), 1),
        "act_as": lists(st.sampled_from(["none", "self", "any"]), 1),
        "ends": lists(CHOICES, 1),
        "longest": st.sampled_from(["open_ended", {"elapsed": "P90D"}, {"calendar": "P1Y"}]),
        "shortest": EXACT,
        "ahead": spans("P{}D", 9),
        "amend": st.fixed_dictionaries({}, optional={"ends": lists(LATER), "policies": st.booleans()}),
        "single": st.booleans(),
        "off_word": st.none() | TEXTS,
        "delegate": st.none()
        | st.fixed_dictionaries({"to": lists(GRANTEES, 1)}, optional={"depth": st.integers(1, 3)}),
        "entry": st.fixed_dictionaries(
            {}, optional={"required": st.booleans(), "reason": REASONS, "longest": EXACT}
        ),
    }
    return st.fixed_dictionaries(required, optional=optional)


DOCUMENTS = st.fixed_dictionaries(
    {
        "policies": st.just({"own": [{"effect": "deny", "action": ["*:delete"], "resource": ["*"]}]}),
        "flows": st.fixed_dictionaries(
            {
                "paper": flows({"yields": st.just("consent"), "steps": lists(steps("tenant"), 1)}),
                "way-in": flows({"steps": st.tuples(steps("vendor"), steps("tenant")).map(list)}),
                "beneath": flows({"under": st.just("paper"), "steps": lists(steps("vendor"))}),
            }
        ),
    },
    optional={
        "schema": st.just(1),
        "name": TEXTS,
        "ceilings": st.dictionaries(NAMES, lists(st.sampled_from(["own", "read-only"]))).map(
            lambda ceilings: {**ceilings, "other": []}
        ),
        "zone": st.none() | st.sampled_from(["UTC", "Europe/Vienna", "Etc/GMT+1"]),
        "demands": st.just([{"beyond": ["read-only"], "needs": "paper"}]),
        "eligible": lists(st.sampled_from(["trained", "domain:example.com"])),
        "stop": lists(PEOPLE | RELATIONS),
        "view": st.fixed_dictionaries({}, optional={"status": lists(PEOPLE), "history": lists(PEOPLE)}),
        "notices": st.dictionaries(st.sampled_from([*EVENTS, "way-in/granted"]), lists(PEOPLE | RELATIONS)),
    },
)


@FEWER
@given(DOCUMENTS)
def test_document_written_is_the_rule_set_read(document):
    """A rule set survives its own document, through JSON, digest included; the document is a fixed point."""
    rules = AccessRules.from_data(document)
    written = json.loads(json.dumps(rules.to_data()))
    again = AccessRules.from_data(written)
    assert rules == again
    assert written == again.to_data()
    assert rules.digest == again.digest


@FEWER
@given(DOCUMENTS, DOCUMENTS)
def test_digest_tells_rule_sets_apart(one, other):
    """Two rule sets have one digest exactly when they are equal."""
    first, second = AccessRules.from_data(one), AccessRules.from_data(other)
    assert (first == second) is (first.digest == second.digest)


@FEWER
@given(DOCUMENTS)
def test_vendor_never_lets_itself_in(document):
    """Whatever a rule set says, each flow rests on an answer of the tenant, its own or the one above."""
    rules = AccessRules.from_data(document)
    for flow in rules.flows.values():
        resting_on = flow if flow.under is None else rules.flow(flow.under)
        assert resting_on.consenting_roles


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("tenant:admin"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["flows", "steps", "by", "ends", "elapsed", "notices", "access", "zone"])
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_any_plain_data_is_read_or_refused_by_name(data):
    """Whatever is handed in becomes a lawful rule set, or is refused under the name of a field."""
    try:
        rules = AccessRules.from_data(data)
    except InvalidInput as error:
        named = error.field
    else:
        named = AccessRules.from_data(rules.to_data()) == rules
    assert named
