"""Forms made from rules, and what was chosen on them read back: no rule set is known to either."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from examples.helpdesk import plain
from examples.helpdesk.choices import change_of, form_of, sooner
from examples.helpdesk.chosen import Chosen, answer, arguments, end_of, tickets_of, version_of

from grantkit import (
    AccessRules,
    Agent,
    Calendar,
    Elapsed,
    EndOfDay,
    Instant,
    InvalidInput,
    Member,
    OpenEnded,
    Refused,
    Scope,
    Soonest,
    StartOfDay,
    SupportAccess,
    Team,
)
from grantkit.errors import NotOffered, TermNotOffered
from grantkit.rules import Choice
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

RULES = Path(__file__).parents[2] / "examples" / "data" / "rules"
NOW = datetime(2027, 3, 3, 14, 20, tzinfo=UTC)
AGENTS = (
    Agent("a-kim", teams={"customer-success"}),
    Agent("a-pia", teams={"product-support"}),
    Agent("a-tom", teams={"technical-support", "on-call"}),
)
WORDS = plain.Words(
    zone="Europe/Vienna",
    name_of=lambda ident: ident,
    places={"account:ana": "Ana’s account", "account:ben": "Ben’s account", "project:42": "The new shop"},
)
ANA = Member("m-ana", tenant="acme", roles={"admin", "authorized-contact"})
BEN = Member(
    "m-ben", tenant="acme", roles={"member"}, roles_on={"account:ben": {"owner"}, "project:42": {"admin"}}
)
TOM = AGENTS[2]


def rules_of(name):
    document = json.loads((RULES / f"{name}.json").read_text(encoding="utf-8"))
    return AccessRules.from_data(document).in_zone("Europe/Vienna")


def forms(rules, by=ANA):
    """The forms of everything that somebody may begin, by flow."""
    access = SupportAccess(MemoryStore(), rules=rules, clock=FakeClock(NOW))
    made = (
        form_of(offer, rules, by=by, agents=AGENTS, words=WORDS, now=NOW)
        for offer in access.offers("acme", by=by)
    )
    return access, {form.flow: form for form in made}


def values(options):
    return [each.value for each in options]


@pytest.mark.parametrize(
    ("name", "by", "flow", "expected"),
    [
        pytest.param(
            "meister",
            ANA,
            "support-access",
            {
                "verb": "grant",
                "to": ["team:customer-success"],
                "scope": ["*", "account:ana", "account:ben"],
                "policies": ["view-and-resolve"],
                "ends": ["calendar P7D", "calendar P1M", "calendar P1Y"],
                "word": None,
                "text": "privacy-2023-04",
                "reason": 0,
                "tickets": False,
                "channels": ("in_product",),
            },
            id="meister, an admin",
        ),
        pytest.param(
            "meister",
            BEN,
            "support-access",
            {"verb": "grant", "scope": ["account:ben"]},
            id="meister, the owner of one account",
        ),
        pytest.param(
            "m3ter",
            ANA,
            "support-access",
            {
                "verb": "grant",
                "to": ["team:support"],
                "scope": ["*"],
                "policies": ["administrator", "fix-meters", "read-only", "see-invoices"],
                "default": "administrator",
                "ends": ["start_of_day"],
                "earliest": date(2027, 3, 4),
                "text": "support-terms-3",
            },
            id="m3ter",
        ),
        pytest.param(
            "project-platform",
            BEN,
            "handshake",
            {
                "verb": "grant",
                "scope": ["project:42"],
                "ends": ["open_ended"],
                "word": "Support",
                "reason": 1,
            },
            id="project-platform, the admin of one project",
        ),
        pytest.param(
            "jobber",
            ANA,
            "written-permission",
            {
                "verb": "consent",
                "to": ["team:technical-support"],
                "scope": ["*", "account:ana", "account:ben", "project:42"],
                "ends": ["elapsed P28D"],
                "tickets": True,
                "channels": ("written",),
            },
            id="jobber",
        ),
        pytest.param(
            "resolver",
            ANA,
            "approval",
            {
                "verb": "consent",
                "to": ["team:support"],
                "channels": ("portal_ticket", "email"),
                "tickets": True,
            },
            id="resolver, an approval",
        ),
        pytest.param(
            "resolver",
            ANA,
            "change",
            {
                "verb": "consent",
                "to": ["team:support", "team:product-engineering"],
                "channels": ("written", "email"),
            },
            id="resolver, a change",
        ),
    ],
)
def test_a_form_offers_just_what_the_rules_leave_open(name, by, flow, expected):
    """Each of five rule sets gets its own form, and each person just the places over which they hold a role."""
    form = forms(rules_of(name), by)[1][flow]
    found = {
        "verb": form.verb,
        "to": values(form.to),
        "scope": values(form.scope),
        "policies": values(form.policies),
        "default": form.default,
        "ends": values(form.ends),
        "earliest": form.earliest,
        "reason": form.reason,
        "tickets": form.tickets,
        "word": form.step.word,
        "text": form.step.text,
        "channels": form.channels,
    }
    assert expected == {key: found[key] for key in expected}


@pytest.mark.parametrize(
    ("name", "by", "expected"),
    [
        ("meister", ANA, {"support-access"}),
        ("jobber", ANA, {"written-permission"}),
        ("resolver", ANA, {"approval", "change"}),
        ("resolver", BEN, set()),
        ("project-platform", ANA, {"handshake"}),
    ],
)
def test_nobody_gets_a_form_for_what_they_may_not_begin(name, by, expected):
    """What only the vendor begins, or only somebody else, has no form here."""
    assert expected == set(forms(rules_of(name), by)[1])


def test_an_agents_form_is_for_themselves_and_asks_no_ceremony():
    """Who asks, asks in each capacity that the flow offers them, and answers no step by asking."""
    form = forms(rules_of("jobber"), TOM)[1]["ask"]
    assert (["agent:a-tom#technical-support"], None, ()) == (values(form.to), form.step, form.channels)


def test_a_bare_shape_asks_for_its_value():
    """An end whose value is left to whoever chooses has a field for it, by its kind."""
    form = forms(AccessRules(zone="Europe/Vienna"))[1]["access"]
    assert [
        ("elapsed", "hours"),
        ("calendar", "days"),
        ("start_of_day", "day"),
        ("end_of_day", "day"),
        ("instant", "instant"),
    ] == [(each.value, each.asks) for each in form.ends]


def test_a_form_for_anybody_lists_every_agent_and_every_team():
    """Where the rules name nobody, whoever there is can be chosen."""
    form = forms(AccessRules(zone="Europe/Vienna"))[1]["access"]
    assert [
        "agent:a-kim",
        "agent:a-pia",
        "agent:a-tom",
        "team:customer-success",
        "team:on-call",
        "team:product-support",
        "team:technical-support",
    ] == values(form.to)


def test_exact_dates_are_those_of_the_customers_day():
    """A choice that counts days from today shows the date, in the zone of the customer and not of the machine."""
    rules = AccessRules.from_data(
        {
            "zone": "Pacific/Auckland",
            "flows": {"ask": {"ends": [{"start_of_day": "P1D"}, {"end_of_day": "P7D"}]}},
        }
    )
    words = plain.Words(zone="Pacific/Auckland", name_of=str, places={})
    access = SupportAccess(MemoryStore(), rules=rules, clock=FakeClock(NOW))
    (offer,) = access.offers("acme", by=ANA)
    form = form_of(offer, rules, by=ANA, agents=AGENTS, words=words, now=NOW)
    assert ["start_of_day 2027-03-05", "end_of_day 2027-03-11"] == values(form.ends)


@pytest.mark.parametrize("name", ["meister", "m3ter", "project-platform", "jobber", "resolver"])
def test_every_choice_of_a_form_is_taken(name):
    """Whatever a form offers goes through as it was sent: each end, each place, each policy, each grantee."""
    access, made = forms(rules_of(name))
    agents = {agent.id: agent for agent in AGENTS}
    for form in made.values():
        least = {
            "flow": form.flow,
            "to": form.to[0].value,
            "scope": [form.scope[0].value],
            "policies": [form.policies[0].value],
            "ends": form.ends[0].value,
            "day": str(form.earliest),
            "reason": "A case",
            "tickets": "T-1",
            "channel": form.channels[0],
            "reference": "letter 1",
            "word": form.step.word or "",
        }
        choices = [
            *({"ends": each.value} for each in form.ends),
            *({"to": each.value} for each in form.to),
            *({"scope": [each.value]} for each in form.scope),
            *({"policies": [each.value]} for each in form.policies),
        ]
        for choice in choices:
            chosen = Chosen(**{**least, **choice})
            given = arguments(chosen, agents=agents, zone="Europe/Vienna")
            made_of_it = getattr(access, form.verb)("acme", by=ANA, **given, **answer(chosen, {}))
            assert form.flow == made_of_it.flow
            access.revoke("acme", made_of_it.id, by=ANA, word=form.step.word)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"ends": "calendar P2M"}, TermNotOffered),
        ({"ends": "open_ended"}, TermNotOffered),
        ({"policies": ["administrator"]}, NotOffered),
        ({"to": "team:sales"}, NotOffered),
        ({"scope": ["project:42"]}, NotOffered),
        ({"scope": ["account:ana", "account:ben"]}, NotOffered),
        ({"scope": []}, InvalidInput),
        ({"scope": ["*", "account:ana"]}, InvalidInput),
        ({"policies": []}, InvalidInput),
        ({"to": "agent:a-nobody"}, InvalidInput),
        ({"flow": "elsewhere"}, InvalidInput),
        ({"ends": "for ever"}, InvalidInput),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else value.__name__,
)
def test_what_was_not_offered_is_refused(change, refusal):
    """A form that was made by hand gets nothing that was not on the page, and what was left out is never the widest."""
    access, made = forms(rules_of("meister"))
    form = made["support-access"]
    least = {
        "flow": form.flow,
        "to": form.to[0].value,
        "scope": ["account:ana"],
        "policies": ["view-and-resolve"],
        "ends": form.ends[0].value,
    }
    agents = {agent.id: agent for agent in AGENTS}

    def give(**fields):
        given = arguments(Chosen(**fields), agents=agents, zone="Europe/Vienna")
        return access.grant("acme", by=ANA, **given)

    assert Scope.only("account:ana") == give(**least).scope
    with pytest.raises((Refused, InvalidInput)) as refused:
        give(**{**least, **change})
    assert refusal is type(refused.value)


@pytest.mark.parametrize(
    ("fields", "term"),
    [
        ({}, None),
        ({"ends": "elapsed PT1H"}, Choice("elapsed", 3600)),
        ({"ends": "elapsed", "hours": "1.5"}, Elapsed(minutes=90)),
        ({"ends": "calendar P1Y"}, Choice("calendar", (12, 0))),
        ({"ends": "calendar", "days": "3"}, Calendar(days=3)),
        ({"ends": "start_of_day 2027-03-04"}, StartOfDay(date(2027, 3, 4))),
        ({"ends": "start_of_day", "day": "2027-03-04"}, StartOfDay(date(2027, 3, 4))),
        ({"ends": "end_of_day", "day": "2027-03-04"}, EndOfDay(date(2027, 3, 4))),
        ({"ends": "instant", "instant": "2027-03-04T10:00"}, Instant(datetime(2027, 3, 4, 9, tzinfo=UTC))),
        ({"ends": "open_ended"}, Choice("open_ended")),
        ({"ends": "soonest"}, Soonest()),
    ],
    ids=lambda value: "-".join(value.values()) or "nothing" if isinstance(value, dict) else "",
)
def test_an_end_is_read_as_it_was_chosen(fields, term):
    """Every kind of end comes back from the form as the term that it showed, wall clocks in the customer's zone."""
    assert term == end_of(Chosen(**fields), "Europe/Vienna")


@pytest.mark.parametrize(
    "fields",
    [
        {"ends": "elapsed"},
        {"ends": "elapsed", "hours": "inf"},
        {"ends": "elapsed", "hours": "nan"},
        {"ends": "elapsed PT-5H"},
        {"ends": "elapsed PT0S"},
        {"ends": "elapsed many"},
        {"ends": "calendar 1"},
        {"ends": "calendar", "days": "٣x"},
        {"ends": "start_of_day"},
        {"ends": "end_of_day 2027-02-30"},
        {"ends": "instant", "instant": "soon"},
        {"ends": "Soonest"},
    ],
    ids=lambda fields: ",".join(fields.values()),
)
def test_an_unreadable_end_is_refused_by_its_name(fields):
    """Nothing that was typed into an end is an end by accident: it is refused as such, and never crashes a page."""
    with pytest.raises(InvalidInput):
        end_of(Chosen(**fields), "Europe/Vienna")


def test_an_approver_is_offered_only_ends_before_the_one_shown():
    """What an approver may choose instead is shorter, whatever is asked for."""
    assert ["elapsed PT1H", "elapsed PT4H"] == values(sooner(NOW, NOW + timedelta(days=1)))
    assert [] == values(sooner(NOW, NOW + timedelta(hours=1)))
    assert 5 == len(sooner(NOW, OpenEnded()))


def test_tickets_are_read_however_they_are_parted():
    """Several tickets may be named in one field."""
    assert ["T-1", "T-2", "T-3"] == tickets_of(" T-1, T-2  T-3,")


def test_an_answer_carries_the_text_that_was_shown_and_no_more_than_was_said():
    """The text itself goes to the record, by its version; what was left empty is not said at all."""
    assert {"text": "Privacy!", "text_version": "v1"} == answer(Chosen(text="v1"), {"v1": "Privacy!"})
    assert {"text_version": "v2"} == answer(Chosen(text="v2"), {"v1": "Privacy!"})
    assert {} == answer(Chosen(), {"v1": "Privacy!"})


def test_a_team_and_an_agent_in_a_capacity_are_read_back():
    """Whom a form names comes back with the team in whose capacity they act."""
    agents = {agent.id: agent for agent in AGENTS}
    least = {"flow": "x", "scope": ["*"], "policies": ["p"]}
    found = arguments(Chosen(**least, to="agent:a-tom#on-call"), agents=agents, zone="Europe/Vienna")
    assert (TOM, "on-call") == (found["to"], found["as_team"])
    assert Team("support") == arguments(Chosen(**least, to="team:support"), agents=agents, zone="UTC")["to"]


TWO_POLICIES = AccessRules.from_data(
    {
        "zone": "Europe/Vienna",
        "flows": {"access": {"policies": ["read-only", "administrator"], "ends": [{"elapsed": "PT8H"}]}},
    }
)


@pytest.mark.parametrize(
    ("rules", "ends", "policies"),
    [
        (rules_of("meister"), ["", "elapsed PT1H", "elapsed PT4H", "elapsed P1D"], ["view-and-resolve"]),
        (
            rules_of("m3ter"),
            ["", "soonest", "start_of_day"],
            ["see-invoices", "administrator", "fix-meters", "read-only"],
        ),
        (TWO_POLICIES, ["", "elapsed PT1H", "elapsed PT4H"], ["administrator"]),
    ],
    ids=["meister", "m3ter", "two policies and no change of them"],
)
def test_a_change_offers_less_always_and_more_where_the_rules_say_so(rules, ends, policies):
    """Sooner is always there; a later date and more policies only where the flow lets a grant be changed to that."""
    access, made = forms(rules)
    (form,) = made.values()
    given = {"scope": ["*"], "policies": [form.policies[-1].value], "day": "2027-03-20"}
    given |= {"flow": form.flow, "to": form.to[-1].value, "ends": form.ends[0].value, "reason": "A case"}
    grant = access.grant("acme", by=ANA, **arguments(Chosen(**given), agents={}, zone="Europe/Vienna"))
    change = change_of(grant, rules, words=WORDS, now=NOW)
    assert (ends, policies, grant.policies) == (values(change.ends), values(change.policies), change.chosen)


def test_a_version_is_a_number():
    """What a form says about the version is read as one, or refused by its name."""
    assert 3 == version_of(Chosen(version="3"))
    with pytest.raises(InvalidInput):
        version_of(Chosen(version="latest"))
