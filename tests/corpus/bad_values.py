"""Bad values of every kind, each with the code that it must be refused by."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import Any, NamedTuple

from grantkit import Agent, Elapsed, Member, Scope, System, Team

CANARY = "s3cr3t-canary"


class Bad(NamedTuple):
    """A bad value: what to call it, itself, and the code of its refusal."""

    label: str
    value: Any
    code: str


class EvilStr(str):
    """A text that equals every text."""

    __slots__ = ()

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return hash("acme")


class Tenants(StrEnum):
    """An enumeration whose members are texts, and yet not exactly."""

    ACME = "acme"


class EvilInt(int):
    """A number that is less than every other and more, too."""

    def __lt__(self, other):
        return True

    __le__ = __gt__ = __ge__ = __lt__


class EvilList(list):
    """A list that looks empty to whoever counts it."""

    def __len__(self):
        return 0


class EvilDatetime(datetime):
    """An instant that lies before every other and after it, too."""

    def __lt__(self, other):
        return True

    __le__ = __gt__ = __ge__ = __lt__


class NoOffset(tzinfo):
    """A zone that has no offset."""

    def utcoffset(self, dt):
        return None

    def dst(self, dt):
        return None

    def tzname(self, dt):
        return "none"


class RaisingOffset(NoOffset):
    """A zone that fails when it is asked."""

    def utcoffset(self, dt):
        raise RuntimeError("zone")


class WrongOffset(NoOffset):
    """A zone whose offset is no span."""

    def utcoffset(self, dt):
        return 3600


class HugeOffset(NoOffset):
    """A zone a whole day away."""

    def utcoffset(self, dt):
        return timedelta(hours=24)


class UnstableOffset(NoOffset):
    """A zone that answers differently each time."""

    def __init__(self):
        self.asked = 0

    def utcoffset(self, dt):
        self.asked += 1
        return timedelta(hours=self.asked)


class EvilAgent(Agent):
    """An agent of a class of the caller's own."""


class EvilMember(Member):
    """A member who says of itself that it holds every role."""

    def holds(self, role, over=None):
        return True

    def holds_somewhere(self, role):
        return True


class EvilSystem(System):
    """A system of a class of the caller's own."""


class EvilTeam(Team):
    """A team of a class of the caller's own."""


class EvilScope(Scope):
    """A scope that covers everything."""

    def covers(self, resource):
        return True


class EvilElapsed(Elapsed):
    """A span of a class of the caller's own."""


def bads(code: str, values: Iterable[tuple[str, Any]]) -> tuple[Bad, ...]:
    """Return *values* as bad values of one code."""
    return tuple(Bad(label, value, code) for label, value in values)


NO_TEXT = bads(
    "wrong_type",
    [
        ("int", 7),
        ("zero", 0),
        ("bool", True),
        ("false", False),
        ("float", 1.5),
        ("bytes", b"acme"),
        ("str_subclass", EvilStr("other")),
        ("str_enum", Tenants.ACME),
        ("list", ["acme"]),
        ("tuple", ("acme",)),
        ("dict", {"id": "acme"}),
        ("object", object()),
        ("class", str),
    ],
)
NONE = bads("wrong_type", [("none", None)])

# What no id, action or resource may hold, wherever it stands; each is put around a text that would be fine.
FOREIGN = [
    ("trailing_newline", "{}\n"),
    ("leading_newline", "\n{}"),
    ("carriage_return", "{}\r"),
    ("trailing_space", "{} "),
    ("leading_space", " {}"),
    ("tab", "{}\t"),
    ("nul", "{}\x00"),
    ("leading_nul", "\x00{}"),
    ("escape", "\x1b[2J{}"),
    ("delete", "{}\x7f"),
    ("next_line", "{}\x85"),
    ("no_break_space", "{}\u00a0"),
    ("zero_width_space", "{}\u200b"),
    ("zero_width_joiner", "{}\u200d"),
    ("byte_order_mark", "\ufeff{}"),
    ("right_to_left_override", "\u202e{}"),
    ("first_strong_isolate", "{}\u2068"),
    ("line_separator", "{}\u2028"),
    ("high_surrogate", "{}\ud800"),
    ("low_surrogate", "\udfff{}"),
    ("cyrillic_a", "{}\u0430"),
    ("greek_omicron", "{}\u03bf"),
    ("fi_ligature", "{}\ufb01"),
    ("fullwidth", "{}\uff21"),
    ("kelvin_sign", "{}\u212a"),
    ("dotless_i", "{}\u0131"),
    ("long_s", "{}\u017f"),
    ("arabic_digit", "{}\u0663"),
    ("superscript_two", "{}\u00b2"),
    ("combining_accent", "{}e\u0301"),
    ("composed_accent", "{}\u00e9"),
    ("emoji", "{}\U0001f600"),
    ("star", "{}*"),
    ("leading_star", "*{}"),
    ("percent", "{}%"),
    ("leading_percent", "%{}"),
    ("leading_underscore", "_{}"),
    ("leading_dash", "-{}"),
    ("leading_dot", ".{}"),
    ("leading_slash", "/{}"),
    ("question_mark", "{}?"),
    ("bracket", "{}[a]"),
    ("leading_bracket", "[a]{}"),
    ("backslash", "{}\\"),
    ("quote", "{}'"),
    ("double_quote", '{}"'),
    ("semicolon", "{};"),
    ("comma", "{},a"),
    ("hash", "{}#"),
    ("dollar", "{}$"),
    ("brace", "{}{{0}}"),
    ("exclamation", CANARY + "!"),
]


def spoiled(text: str) -> list[tuple[str, str]]:
    """Return *text* spoiled in every way in which no id, action or resource may be."""
    return [(label, form.format(text)) for label, form in FOREIGN]


IDS = (
    *NO_TEXT,
    *bads(
        "bad_id",
        [
            ("empty", ""),
            ("space", " "),
            ("only_star", "*"),
            ("only_percent", "%"),
            ("only_underscore", "_"),
            ("too_long_by_one", "a" * 201),
            ("huge", "a" * 100_000),
            *spoiled("acme"),
        ],
    ),
)
REQUIRED_IDS = (*NONE, *IDS)
FEW_IDS = (*REQUIRED_IDS[:21], *REQUIRED_IDS[21::9])
"""For doors behind the same check as one that is tried with them all."""
ACTIONS = (
    *NONE,
    *NO_TEXT,
    *bads(
        "bad_action",
        [
            ("empty", ""),
            ("colon", ":"),
            ("no_verb", "invoice:"),
            ("no_noun", ":read"),
            ("one_part", "invoice"),
            ("three_parts", "invoice:read:all"),
            ("everything", "*"),
            ("any_of_any", "*:*"),
            ("any_verb", "invoice:*"),
            ("any_noun", "*:read"),
            ("star_inside", "inv*:read"),
            ("slash", "invoice/read"),
            ("space_inside", "invoice :read"),
            ("verb_underscore", "invoice:_read"),
            ("long_noun", "a" * 101 + ":read"),
            ("long_verb", "invoice:" + "a" * 101),
            ("huge", "a" * 100_000 + ":read"),
            *spoiled("invoice:read"),
        ],
    ),
)
RESOURCES = (
    *NO_TEXT,
    *bads(
        "bad_resource",
        [
            ("empty", ""),
            ("colon", ":"),
            ("no_id", "project:"),
            ("no_kind", ":42"),
            ("one_part", "project"),
            ("everything", "*"),
            ("any_of_any", "*:*"),
            ("any_id", "project:*"),
            ("any_kind", "*:42"),
            ("like_percent", "project:%"),
            ("like_underscore", "project:_"),
            ("id_space", "project:4 2"),
            ("kind_slash", "pro/ject:42"),
            ("long_kind", "a" * 101 + ":42"),
            ("long_id", "project:" + "a" * 201),
            ("huge", "project:" + "a" * 100_000),
            *spoiled("project:42"),
        ],
    ),
)

BAD_CHARS = [
    ("nul", "\x00"),
    ("bell", "\x07"),
    ("backspace", "\x08"),
    ("vertical_tab", "\x0b"),
    ("form_feed", "\x0c"),
    ("carriage_return", "\r"),
    ("escape", "\x1b"),
    ("delete", "\x7f"),
    ("next_line", "\x85"),
    ("last_c1", "\x9f"),
    ("left_to_right_embedding", "\u202a"),
    ("right_to_left_embedding", "\u202b"),
    ("pop_directional", "\u202c"),
    ("left_to_right_override", "\u202d"),
    ("right_to_left_override", "\u202e"),
    ("left_to_right_isolate", "\u2066"),
    ("right_to_left_isolate", "\u2067"),
    ("first_strong_isolate", "\u2068"),
    ("pop_isolate", "\u2069"),
    ("first_surrogate", "\ud800"),
    ("last_surrogate", "\udfff"),
]
BAD_TEXTS = bads("bad_text", [(label, f"{CANARY} {char}") for label, char in BAD_CHARS])


def texts(most: int) -> tuple[Bad, ...]:
    """Return what is no text of at most so many characters."""
    long = bads("too_long", [("too_long_by_one", "a" * (most + 1)), ("huge", CANARY * 10_000)])
    return (*NO_TEXT, *BAD_TEXTS, *long)


BLANKS = bads(
    "blank",
    [
        ("empty", ""),
        ("spaces", "   "),
        ("newlines", "\n\t\n"),
        ("no_break_space", "\u00a0"),
        ("ideographic_space", "\u3000"),
        ("line_separator", "\u2028"),
    ],
)
# Nobody who reads the record would see anything.
INVISIBLE = bads(
    "blank",
    [
        ("zero_width_spaces", "\u200b" * 3),
        ("word_joiner", "\u2060"),
        ("byte_order_mark", " \ufeff "),
        ("hangul_fillers", "\u3164\u115f\uffa0"),
        ("braille_blank", "\u2800"),
    ],
)
NAMES = (*texts(200), *BLANKS)
# A name stands in the one line of an explanation, and of an event.
LINES = bads(
    "bad_text",
    [
        ("newline", "Kim\nAllowed."),
        ("tab", "Kim\tAna"),
        ("line_separator_inside", "Kim\u2028Allowed."),
        ("paragraph", "a\u2029b"),
    ],
)

NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)
INSTANTS = (
    *bads(
        "wrong_type",
        [
            ("text", "2027-03-03T12:00:00Z"),
            ("date", date(2027, 3, 3)),
            ("int", 1_800_000_000),
            ("float", 1.8e9),
            ("bool", True),
            ("span", timedelta(hours=1)),
            ("datetime_subclass", EvilDatetime(2027, 3, 3, tzinfo=UTC)),
            ("class", datetime),
        ],
    ),
    *bads(
        "naive_datetime",
        [
            ("naive", datetime(2027, 3, 3, 12)),  # noqa: DTZ001
            ("naive_fold", datetime(2027, 10, 31, 2, 30, fold=1)),  # noqa: DTZ001
            ("naive_max", datetime.max),  # noqa: DTZ901
        ],
    ),
    *bads(
        "odd_datetime",
        [
            ("offset_none", NOON.replace(tzinfo=NoOffset())),
            ("offset_raises", NOON.replace(tzinfo=RaisingOffset())),
            ("offset_no_span", NOON.replace(tzinfo=WrongOffset())),
            ("offset_of_a_day", NOON.replace(tzinfo=HugeOffset())),
            ("past_the_last", datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))),
            ("before_the_first", datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))),
        ],
    ),
    *bads(
        "out_of_range",
        [
            ("just_before_1970", datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
            ("before_1970_by_zone", datetime(1970, 1, 1, tzinfo=timezone(timedelta(microseconds=1)))),
            ("just_past_9000", datetime(9000, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
            ("max", datetime.max.replace(tzinfo=UTC)),
            ("min", datetime.min.replace(tzinfo=UTC)),
        ],
    ),
)
REQUIRED_INSTANTS = (*NONE, *INSTANTS)
ODD_INSTANTS = tuple(each for each in INSTANTS if isinstance(each.value, datetime))

NO_INTS = bads(
    "wrong_type",
    [
        ("text", "1"),
        ("float", 1.0),
        ("bool", True),
        ("int_subclass", EvilInt(1)),
        ("list", [1]),
        ("bytes", b"1"),
        ("infinity", float("inf")),
    ],
)


def integers(least: int, most: int) -> tuple[Bad, ...]:
    """Return what is no integer in the range."""
    return (*NO_INTS, *bads("out_of_range", [("below", least - 1), ("negative", -5), ("above", most + 1)]))


LIMITS = (*NO_INTS, *bads("out_of_range", [("zero", 0), ("negative", -1), ("huge", 2**63)]))
REQUIRED_LIMITS = (*NONE, *LIMITS)
BOOLS = bads("wrong_type", [("none", None), ("one", 1), ("zero", 0), ("text", "false"), ("empty", "")])

NO_LISTS = bads(
    "wrong_type",
    [
        ("bare_text", "abc"),
        ("empty_text", ""),
        ("bytes", b"abc"),
        ("int", 7),
        ("dict", {"abc": 1}),
        ("generator", (each for each in ("abc",))),
        ("list_subclass", EvilList(["abc"])),
    ],
)
ID_LISTS = (
    *NO_LISTS,
    *bads(
        "wrong_type",
        [
            ("of_int", [7]),
            ("of_none", [None]),
            ("of_bool", ["abc", True]),
            ("of_str_subclass", [EvilStr("other")]),
            ("of_list", [["abc"]]),
        ],
    ),
    *bads(
        "bad_id",
        [
            ("of_empty", [""]),
            ("of_only_star", ["*"]),
            *((f"of_{label}", [bad]) for label, bad in spoiled("abc")),
        ],
    ),
    *bads("too_many", [("of_257", [f"t-{count}" for count in range(257)])]),
)
REQUIRED_ID_LISTS = (*NONE, *ID_LISTS)
REQUIRED_TEXT_LISTS = (
    *NONE,
    *NO_LISTS,
    *(each._replace(label=f"of_{each.label}", value=[each.value]) for each in (*NAMES, *LINES)),
)

NO_NOUN = bads(
    "wrong_type",
    [
        ("text", "m-ana"),
        ("int", 7),
        ("bool", True),
        ("dict", {"id": "m-ana", "roles": ["admin"]}),
        ("object", object()),
        ("list", [Member("m-ana", tenant="acme", roles={"admin"})]),
    ],
)
ACTORS = (
    *NO_NOUN,
    *bads(
        "wrong_type",
        [
            ("class", Member),
            ("team", Team("support")),
            ("agent_subclass", EvilAgent("a-kim")),
            ("member_subclass", EvilMember("m-ben", tenant="acme")),
            ("system_subclass", EvilSystem("sweep")),
        ],
    ),
)
REQUIRED_ACTORS = (*NONE, *ACTORS)
GRANTEES = (
    *NO_NOUN,
    *bads(
        "wrong_type",
        [
            ("class", Agent),
            ("member", Member("m-ben", tenant="acme")),
            ("system", System("sweep")),
            ("agent_subclass", EvilAgent("a-kim")),
            ("team_subclass", EvilTeam("support")),
        ],
    ),
)
AGENTS = (
    *NONE,
    *NO_NOUN,
    *bads(
        "wrong_type",
        [
            ("class", Agent),
            ("team", Team("support")),
            ("member", Member("m-ben", tenant="acme")),
            ("agent_subclass", EvilAgent("a-kim")),
        ],
    ),
)
SCOPES = (
    *NO_NOUN,
    *bads(
        "wrong_type",
        [("class", Scope), ("scope_subclass", EvilScope(tenant_wide=True, resources=frozenset()))],
    ),
)
ENDS = (
    *NO_NOUN,
    *bads(
        "wrong_type",
        [
            ("span", timedelta(hours=4)),
            ("instant", NOON),
            ("date", date(2027, 3, 4)),
            ("class", Elapsed),
            ("elapsed_subclass", EvilElapsed(hours=1)),
        ],
    ),
)
DATES = (
    *NONE,
    *bads(
        "wrong_type",
        [
            ("text", "2027-03-03"),
            ("int", 7),
            ("bool", True),
            ("datetime", NOON),
            ("datetime_subclass", EvilDatetime(2027, 3, 3, tzinfo=UTC)),
        ],
    ),
)
