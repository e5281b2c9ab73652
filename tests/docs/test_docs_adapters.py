"""The page on adapters: its lists are compared with the code, so that neither can move alone."""

import re
from datetime import timedelta

import attrs
import pytest
from docpages import errors, page, tables

from grantkit import AccessDenied, AccessRules, Agent, SupportAccess
from grantkit.contrib import fastapi, problems, starlette
from grantkit.contrib.problems import problem_of
from grantkit.contrib.starlette import answers, watching
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

PAGE = page("reference/adapters.md")
TOLD = {what: (int(status), code, detail) for what, status, code, detail in tables(PAGE)[0]}
HIDDEN = "AccessDenied where decision.conceal"
UNREAD = "AccessDenied with store_unavailable, hidden or not"
HIDING = AccessRules.from_data({"view": {"status": ["tenant:*"]}})


class StoreThatFails(MemoryStore):
    def read(self, *_, **__):
        raise OSError


def denial(store, rules):
    access = SupportAccess(store, rules=rules, clock=FakeClock())
    return AccessDenied(decision=access.authorize(Agent("a-kim"), "acme", "invoice:read"))


def example(error):
    """An error of a kind, with some text in each of its fields."""
    if error is AccessDenied:
        return denial(MemoryStore(), AccessRules())
    return error(**dict.fromkeys(attrs.fields_dict(error), "bad_id"))


def told_of(error):
    """What the page says of an error, in the row that is nearest to it, spelled out."""
    rows = {what.split(",")[0]: told for what, told in TOLD.items()}
    status, code, detail = next(rows[each.__name__] for each in type(error).__mro__ if each.__name__ in rows)
    if (code, detail) == ("the reason", 'what explain(to="agent") says'):
        return status, error.decision.reason, error.decision.explain(to="agent")
    texts = {
        "its text": str(error),
        "that the log says why": "grantkit could not do this; the log says why.",
    }
    return status, {"its code": error.code}[code], texts[detail]


@pytest.mark.parametrize("error", errors(), ids=lambda error: error.__name__)
def test_each_error_is_told_as_the_page_says(error):
    """The nearest row says the status of every public error, and whether its own code and text are told."""
    raised = example(error)
    problem = problem_of(raised)
    assert told_of(raised) == (problem.status, problem.code, problem.detail)


def test_what_is_hidden_is_told_as_the_page_says():
    """Of a tenant that the rules hide, there is a status and nothing else."""
    problem = problem_of(denial(MemoryStore(), HIDING))
    assert (problem.status, "none", "none") == TOLD[HIDDEN]
    assert ("", "") == (problem.code, problem.detail)


@pytest.mark.parametrize("rules", [AccessRules(), HIDING], ids=["shown", "hidden"])
def test_what_cannot_be_read_is_told_as_the_page_says(rules):
    """Where the store fails, the answer says so and names nobody, whether the tenant is hidden or not."""
    problem = problem_of(denial(StoreThatFails(), rules))
    assert TOLD[UNREAD][:2] == (problem.status, problem.code)
    assert "acme" not in problem.detail


def test_the_openapi_document_has_the_statuses_of_denials():
    """What `PROBLEMS` adds to a route are the statuses that the page has for denials."""
    of_denials = {status for what, (status, _, _) in TOLD.items() if what.startswith("AccessDenied")}
    assert of_denials == fastapi.PROBLEMS.keys()


def test_the_close_codes_are_those_of_the_code():
    """The page says with which codes a WebSocket is closed: denied first, failed second."""
    codes = [int(code) for code in re.findall(r"closed with (\d+)", PAGE)]
    assert codes == [answers._POLICY_VIOLATION, answers._TRY_AGAIN_LATER]


def test_the_times_of_a_watch_are_those_of_the_code():
    """How often a watch asks, and how long it waits for an answer, is what the page says."""
    assert "every `every` (a second)" in PAGE
    assert timedelta(seconds=1) == watching.EVERY
    assert "does not answer for five seconds" in PAGE
    assert timedelta(seconds=5) == watching._PATIENCE


def test_every_public_name_of_the_adapters_is_documented():
    """Each name that an adapter offers stands on the page once, under the module it is to be taken from."""
    there = re.findall(r"^\.\. (?:auto(?:class|data|function)|py:data):: ([\w.]+)", PAGE, re.MULTILINE)
    both = {*starlette.__all__} & {*fastapi.__all__}
    made = [
        name for name, each in vars(problems).items() if getattr(each, "__module__", "") == problems.__name__
    ]
    assert sorted(there) == sorted(
        [
            *(f"grantkit.contrib.starlette.{name}" for name in starlette.__all__),
            *(f"grantkit.contrib.fastapi.{name}" for name in {*fastapi.__all__} - both | {"SupportGuard"}),
            *made,
            "MEDIA_TYPE",
        ]
    )


def test_both_adapters_have_the_same_names_for_what_they_share():
    """Whatever the adapter for Starlette offers, the one for FastAPI offers too: the same, but for the guard."""
    different = {
        name for name in starlette.__all__ if getattr(starlette, name) is not getattr(fastapi, name, None)
    }
    assert different == {"SupportGuard"}
