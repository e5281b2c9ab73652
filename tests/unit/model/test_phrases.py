"""How ends are told in the record, in lists and in reviews."""

import attrs
import pytest

from grantkit import OpenEnded
from grantkit.model.phrases import lasting
from grantkit.model.wording import plainly
from unit.making import NOW


@attrs.frozen
class Until:
    """As much of a grant as is needed."""

    ends_at: object
    until_tickets: bool = False
    open_tickets: frozenset = frozenset()


SOON = plainly(NOW)


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (Until(NOW), f"until {SOON}"),
        (Until(NOW, open_tickets=frozenset({"T-1"})), f"until {SOON}"),
        (Until(OpenEnded()), "with no end"),
        (Until(OpenEnded(), True, frozenset({"T-1"})), "until T-1 is solved"),
        (Until(OpenEnded(), True, frozenset({"T-2", "T-1"})), "until T-1, T-2 are solved"),
        (Until(OpenEnded(), True), "until the last ticket is solved"),
        (Until(NOW, True, frozenset({"T-1"})), f"until {SOON}, or before that until T-1 is solved"),
    ],
)
def test_an_end_by_tickets_is_told_and_never_called_no_end(one, told):
    """[R12] [R14] Whatever only its tickets end is told with them; tickets that end nothing are left out."""
    assert told == lasting(one)
