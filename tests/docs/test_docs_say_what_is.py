"""Pages that list what the code has: each list is compared with the code, so that neither can move alone."""

import importlib
import re
import runpy
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from docpages import DOCS, between, errors, headings, page, tables

import grantkit
from grantkit import AccessRules, Agent, Elapsed, InvalidInput, Member, Reason, SupportAccess
from grantkit.errors import INPUT_CODES, IllegalTransition
from grantkit.lifecycle import (
    ANSWERS,
    TRANSITIONS,
    Effect,
    GrantState,
    Phase,
    RequestState,
    SessionState,
    Want,
    phase_of,
)
from grantkit.model import Body, ConsentEnded, Ending
from grantkit.ports import Cursors, Store
from grantkit.service.delivery import Delivery
from grantkit.service.ledger import Ledger
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock, strategies

ANA = Member("m-ana", tenant="acme", roles={"admin"})
KIM = Agent("a-kim")
AHEAD = AccessRules.from_data({"flows": {"access": {"ahead": "P1D"}}})
STEPS = tuple(dict.fromkeys(step for _, step in TRANSITIONS))
ANSWER_VERBS = tuple(dict.fromkeys(verb for _, verb in ANSWERS))
WHAT_ANSWERS_MAKE = {"approve": "approved", "deny": "denied", "withdraw": "withdrawn"}


def code_of(error):
    return "see below" if error is InvalidInput else error.code


def leads_to(phase, step):
    """Where a step leads that happens: what amends leaves a grant where it is, every other step ends it as a fact."""
    return phase if step in ("amend", "link_ticket") else Phase.ENDED


class Story:
    """One grant, brought to a phase."""

    def __init__(self, phase):
        self.store, self.clock = MemoryStore(), FakeClock()
        self.access = SupportAccess(self.store, rules=AHEAD, clock=self.clock)
        starts = self.clock.now() + timedelta(hours=1)
        self.grant = self.access.grant(
            "acme",
            by=ANA,
            to=KIM,
            starts=starts,
            ends=Elapsed(hours=4),
            reason="A case",
            tickets=["T-1"],
            until_tickets=True,
        )
        self.clock.advance(hours={Phase.SCHEDULED: 0, Phase.LIVE: 1, Phase.OVER: 5, Phase.ENDED: 1}[phase])
        if phase is Phase.ENDED:
            self.grant = self.access.revoke("acme", self.grant.id, by=ANA)

    def phase(self):
        found = self.store.load("acme", Want(grants=(self.grant.id,)))
        return phase_of(found, found.grants[self.grant.id], self.clock.now())

    def length(self):
        return len(self.access.ledger.history("acme"))

    def take(self, step):
        match step:
            case "amend":
                version, ends = self.grant.version, Elapsed(hours=2)
                self.access.amend("acme", self.grant.id, by=ANA, version=version, ends=ends)
            case "revoke":
                self.access.revoke("acme", self.grant.id, by=ANA)
            case "relinquish":
                self.access.relinquish("acme", self.grant.id, by=KIM)
            case "link_ticket":
                self.access.link_ticket("acme", self.grant.id, "T-2", by=ANA)
            case "resolve_ticket":
                self.access.resolve_ticket("acme", "T-1", by=KIM)
            case "record_end":
                self.access.delivery.sweep()


def drawn_table():
    """The table of steps, as the page has it."""
    lines = ["| phase | " + " | ".join(f"`{step}`" for step in STEPS) + " |", "|---" * (len(STEPS) + 1) + "|"]
    for phase in Phase:
        cells = []
        for step in STEPS:
            effect = TRANSITIONS[phase, step]
            cells.append(f"to *{leads_to(phase, step)}*" if effect is Effect.HAPPENS else str(effect))
        lines.append(f"| *{phase}* | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def drawn_diagram():
    """The steps that happen, as arrows; with them what time does, which is no step and stands in no table."""
    arrows = [
        ("", "grant", "scheduled, or live"),
        ("scheduled", "time", "live"),
        ("live", "time, cut-off", "over"),
    ]
    for phase in Phase:
        targets = {}
        for step in STEPS:
            if TRANSITIONS[phase, step] is Effect.HAPPENS:
                targets.setdefault(leads_to(phase, step), []).append(step)
        arrows += [(str(phase), ", ".join(steps), str(target)) for target, steps in targets.items()]
    arrows.insert(2, ("scheduled", "cut-off", "over"))
    order = ["", *Phase]
    arrows.sort(key=lambda arrow: order.index(arrow[0]))
    width = max(len(label) for _, label, _ in arrows)
    lines = [f"{start:<9} ── {label} {'─' * (width - len(label))}──▶ {end}" for start, label, end in arrows]
    return "\n".join(["```text", *lines, "```"])


def answered(state, verb):
    """Where an answer leads that happens: a lapse, or a cut-off, is recorded as what it was."""
    return str(state) if verb == "record_lapse" else WHAT_ANSWERS_MAKE[verb]


def drawn_answers():
    """The table of answers, as the page has it."""
    lines = [
        "| state | " + " | ".join(f"`{verb}`" for verb in ANSWER_VERBS) + " |",
        "|---" * (len(ANSWER_VERBS) + 1) + "|",
    ]
    for state in RequestState:
        cells = []
        for verb in ANSWER_VERBS:
            effect = ANSWERS[state, verb]
            happens = f"to *{answered(state, verb)}*" if verb != "record_lapse" else "recorded"
            cells.append(happens if effect is Effect.HAPPENS else str(effect))
        lines.append(f"| *{state}* | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def drawn_answer_diagram():
    """The answers that happen, as arrows; with them what time and a cut-off do, which are no answers."""
    arrows = [("", "request", "pending"), ("pending", "time", "lapsed"), ("pending", "revoke_all", "cut_off")]
    for state in RequestState:
        for verb in ANSWER_VERBS:
            if ANSWERS[state, verb] is Effect.HAPPENS:
                if verb == "approve":
                    arrows.append((str(state), "approve, more to come", str(state)))
                last = "approve, the last" if verb == "approve" else verb
                arrows.append((str(state), last, answered(state, verb)))
    order = ["", *RequestState]
    arrows.sort(key=lambda arrow: order.index(arrow[0]))
    width = max(len(label) for _, label, _ in arrows)
    lines = [f"{start:<7} ── {label} {'─' * (width - len(label))}──▶ {end}" for start, label, end in arrows]
    return "\n".join(["```text", *lines, "```"])


def test_every_reason_has_its_anchor_in_the_closed_order():
    """The page of reasons has one anchor for each reason, in the order of the list, and no other."""
    assert [str(reason) for reason in Reason] == headings(page("reference/reasons.md"))


def test_every_reason_is_shown_by_an_example_that_gives_it():
    """Below each reason stands what an explanation says that begins with it."""
    parts = re.split(r"^## ", page("reference/reasons.md"), flags=re.MULTILINE)[1:]
    for reason, part in zip(Reason, parts, strict=True):
        said = "Allowed." if reason is Reason.ALLOWED else f"Denied: {reason}."
        assert said in part, f"{reason} has no example of its own"
        assert "**When.**" in part


def test_the_table_of_errors_is_the_tree():
    """The page of errors has one row for each public error: its name, its code, and what it is a kind of."""
    there = [
        (each.__name__, code_of(each), ", ".join(base.__name__ for base in each.__bases__))
        for each in errors()
    ]
    assert sorted(there) == sorted(row[:3] for row in tables(page("reference/errors.md"))[0])


def test_codes_of_errors_are_told_apart():
    """No two errors share a code."""
    codes = [code_of(each) for each in errors()]
    assert len(codes) == len(set(codes))


def test_the_table_of_input_codes_is_the_list():
    """The page of errors explains each code of InvalidInput once, in the order of the list."""
    assert list(INPUT_CODES) == [row[0] for row in tables(page("reference/errors.md"))[1]]


def test_the_front_door_is_documented():
    """Each name that the front door offers stands in the reference, the errors in their table."""
    documented = set(
        re.findall(
            r"^\.\. (?:auto(?:class|data|function)|py:data):: (\w+)", page("reference/api.md"), re.MULTILINE
        )
    )
    documented |= {row[0] for row in tables(page("reference/errors.md"))[0]}
    assert sorted(grantkit.__all__) == sorted(documented & set(grantkit.__all__))


REFERENCE = page("reference/api.md") + page("reference/testing.md")


@pytest.mark.parametrize("module", ["stores", "stores.sql", "telling", "testing"])
def test_what_is_imported_from_elsewhere_is_documented(module):
    """Each name that a public module beside the front door offers stands in the reference under that module."""
    offered = importlib.import_module(f"grantkit.{module}").__all__
    there = re.findall(
        rf"^\.\. auto\w+:: grantkit\.{re.escape(module)}\.(\w+)(?!\.|\w)", REFERENCE, re.MULTILINE
    )
    assert sorted(offered) == sorted(there)


def test_every_strategy_is_listed():
    """The page for tests lists each strategy once, and none that is not there."""
    assert sorted(strategies.__all__) == sorted(row[0] for row in tables(page("reference/testing.md"))[0])


def test_every_public_name_says_which_promises_it_keeps():
    """The page of promises lists every verb and name of the front door, each with promises that tests name."""
    verbs, ledger, delivery, names = tables(page("reference/promises.md"))
    faces = {"clock", "delivery", "ledger"}
    assert sorted(_public(SupportAccess) - faces) == sorted(row[0] for row in verbs)
    assert sorted(_public(Ledger)) == sorted(row[0] for row in ledger)
    assert sorted(_public(Delivery)) == sorted(row[0] for row in delivery)
    assert sorted(grantkit.__all__) == sorted(row[0] for row in names)
    tested = {
        promise
        for path in Path("tests").rglob("test_*.py")
        for found in re.findall(r"\[((?:[A-Z]\d+(?:, )?)+)\]", path.read_text(encoding="utf-8"))
        for promise in found.split(", ")
    }
    said = [row[1].split(", ") for table in (verbs, ledger, delivery, names) for row in table]
    assert all(said)
    assert {promise for promises in said for promise in promises} <= tested


def _public(face):
    return {name for name in dir(face) if not name.startswith("_")}


def test_every_verb_stands_at_a_glance():
    """The table of verbs names each public method of the front door once, and none that is not there."""
    there = {name for name in dir(SupportAccess) if not name.startswith("_")}
    named = [
        name.strip()
        for verb, *_ in tables(page("reference/api.md"))[0]
        for name in verb.split(",")
        if "**" not in name
    ]
    assert sorted(there - {"clock", "delivery", "ledger"}) == sorted(named)


def test_the_states_are_those_of_the_code():
    """The page of steps explains each state of a grant, in the order of the list."""
    assert [str(state) for state in GrantState] == [
        row[0] for row in tables(page("reference/transitions.md"))[0]
    ]


def test_the_states_of_sessions_are_those_of_the_code():
    """The page of steps explains each state of a session, in the order of the list."""
    explained = next(table for table in tables(page("reference/transitions.md")) if table[0][0] == "open")
    assert [str(state) for state in SessionState] == [row[0] for row in explained]


def test_the_states_of_requests_are_those_of_the_code():
    """The page of steps explains each state of a request."""
    explained = next(table for table in tables(page("reference/transitions.md")) if table[0][0] == "pending")
    assert [str(state) for state in RequestState] == [row[0] for row in explained]


def test_the_rules_are_described_from_the_code():
    """The reference of the rule schema is what the classes give; on a change, paste it anew."""
    described = runpy.run_path(str(DOCS / "_ext" / "rules_schema.py"))["reference"]()
    assert described == between(page("reference/rules.md"), "keys")


def test_the_kinds_of_events_are_those_of_the_code():
    """The page of the ledger explains each kind of event once, in the order in which they are listed."""
    rows = tables(page("explanation/ledger.md"))[0]
    explained = [kind for row in rows for kind in row[0].split(", ")]
    assert [body.kind for body in get_args(Body) if body is not ConsentEnded] == explained


def test_the_end_of_a_consent_is_called_as_that_of_a_grant():
    """How a consent ended is said by the kinds that grants have for it, which the page explains for both."""
    kinds = {ConsentEnded("co_1", how).kind for how in Ending}
    assert {"revoked", "relinquished", "ended"} == kinds


def test_the_methods_of_a_store_are_those_of_the_port():
    """The page on writing a store says of each method of the port what it promises, in the order of the port."""
    methods = [name for each in (Cursors, Store) for name in vars(each) if not name.startswith("_")]
    promised = next(table for table in tables(page("how-to/writing-a-store.md")) if table[0][0] == "cursor")
    assert methods == [row[0] for row in promised]


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("table", drawn_table),
        ("diagram", drawn_diagram),
        ("answers", drawn_answers),
        ("answer diagram", drawn_answer_diagram),
    ],
)
def test_the_steps_are_drawn_from_the_table_of_transitions(name, draw):
    """The tables and diagrams are what the tables of steps and of answers give; on a change, paste them anew."""
    assert draw() == between(page("reference/transitions.md"), name)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("phase", Phase)
def test_each_arrow_leads_where_the_verbs_lead(phase, step):
    """What happens is an event and ends where the arrow says; nothing is no event; what is refused changes nothing."""
    story, effect = Story(phase), TRANSITIONS[phase, step]
    before = story.length()
    assert phase is story.phase()
    if effect is Effect.REFUSED:
        with pytest.raises(IllegalTransition):
            story.take(step)
    else:
        story.take(step)
    happens = effect is Effect.HAPPENS
    events = happens + (
        happens and step == "resolve_ticket"
    )  # that it was solved, and that this ended the grant
    assert (before + events, leads_to(phase, step) if happens else phase) == (story.length(), story.phase())


def test_every_decision_record_is_listed():
    """The index of decision records lists every record, in the order of their numbers, under its title."""
    records = sorted(path for path in (DOCS / "adr").glob("*.md") if path.name != "index.md")
    titled = [re.match(r"# (\d{3}): (.+)\n", path.read_text(encoding="utf-8")) for path in records]
    assert all(
        title is not None and title[1] == path.name[:3] for title, path in zip(titled, records, strict=True)
    )
    assert [
        f"| {title[1]} | [{title[2]}]({path.name}) |" for title, path in zip(titled, records, strict=True)
    ] == [line for line in page("adr/index.md").splitlines() if re.match(r"\| \d", line)]


def test_every_decision_record_has_its_four_parts():
    """A decision record says the context, the options, the choice and the cost."""
    for path in (DOCS / "adr").glob("0*.md"):
        parts = re.findall(
            r"^\*\*(Context|Options|Choice|Cost)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert {"Context", "Options", "Choice", "Cost"} <= {*parts}, path.name


def test_every_page_is_in_the_tree():
    """Each page is reached from the index: a page that nothing lists is read by nobody."""
    listed = {"index"}
    for path in DOCS.rglob("index.md"):
        folder = path.parent.relative_to(DOCS).as_posix()
        for block in re.findall(
            r"^```\{toctree\}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            entries = [line for line in block.splitlines() if line and not line.startswith(":")]
            listed |= {entry if folder == "." else f"{folder}/{entry}" for entry in entries}
    assert sorted(listed) == sorted(
        path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")
    )
