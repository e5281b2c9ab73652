"""Lines of an export, and rule documents: what is written reads back, and nothing else reads."""

import json
from hashlib import sha256

import attrs
import pytest

from grantkit import VENDOR, AccessRules
from grantkit.codec import (
    Document,
    document_line,
    entry_line,
    first_line,
    open_document,
    read_line,
    seal_document,
)
from grantkit.errors import Corrupt
from story import LATER, RULES
from unit.codec.gallery import EVENTS, sealed, spelled

RULE_SET = AccessRules.from_data(RULES)


@pytest.mark.parametrize("name", EVENTS)
def test_line_of_an_entry_reads_back(name):
    """An entry of every kind, its bytes, hash and texts, is read from its line as it was, and the line is JSON."""
    entry = sealed(EVENTS[name])
    line = entry_line(entry)
    assert entry == read_line(line)
    assert (1, b"\n") == (line.count(b"\n"), line[-1:])
    assert json.loads(entry.sealed) == json.loads(line)["entry"]
    bare = attrs.evolve(entry, texts=())
    assert bare == read_line(entry_line(bare))


@pytest.mark.parametrize("tenant", ["acme", VENDOR])
def test_first_line_says_whose_record_follows(tenant):
    """The first line holds the format and the tenant."""
    assert tenant == read_line(first_line(tenant))
    assert {"format": "grantkit-ledger-1", "tenant": tenant} == json.loads(first_line(tenant))


@pytest.mark.parametrize(
    "rules", [AccessRules(), RULE_SET, AccessRules.from_data(LATER)], ids=["safe", "now", "later"]
)
def test_rule_document_is_kept_by_the_digest_of_its_bytes(rules):
    """A document reads back under the digest of its own bytes, which is that of the rules."""
    document = seal_document(rules)
    assert sha256(document).hexdigest() == rules.digest
    assert rules == open_document(rules.digest, document)
    assert Document(rules.digest, document, rules) == read_line(document_line(rules.digest, document))


def test_document_is_never_spelled_anew():
    """A document that spells less, as an older grantkit may have, is read under the digest of what was written."""
    short = spelled({"name": "short", "flows": {"access": {}}})
    digest = sha256(short).hexdigest()
    rules = open_document(digest, short)
    assert ("short", False) == (rules.name, rules.digest == digest)
    assert Document(digest, short, rules) == read_line(document_line(digest, short))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b'{"zz":1}',
        b'{"flows":{}}',
        b"\xff",
        b"[" * 100_000,
        b'{"name":"\\ud800"}',
    ],
    ids=["empty", "cut", "null", "list", "text", "key", "law", "utf8", "deep", "surrogate"],
)
def test_document_that_is_none_is_corrupt(document):
    """What is no rule document, under whatever digest, is one typed error."""
    for digest in (sha256(document).hexdigest(), RULE_SET.digest, ""):
        with pytest.raises(Corrupt):
            open_document(digest, document)


def test_document_under_another_digest_is_corrupt():
    """A sound document under a digest that is not its own is refused, in a line too."""
    document = seal_document(RULE_SET)
    for digest in ("d" * 64, "", RULE_SET.digest.upper()):
        with pytest.raises(Corrupt):
            open_document(digest, document)
        with pytest.raises(Corrupt):
            read_line(document_line(digest, document))


LINE = json.loads(entry_line(sealed(EVENTS["granted"])))
NO_LINES = {
    "empty": b"",
    "no_json": b"{",
    "no_utf8": b"\xff",
    "null": b"null",
    "list": b"[]",
    "nothing": b"{}",
    "number": b"7",
    "deep": b"[" * 100_000,
    "key_more": spelled({**LINE, "zz": 1}),
    "other_format": b'{"format":"grantkit-ledger-2","tenant":"acme"}',
    "tenant_number": b'{"format":"grantkit-ledger-1","tenant":7}',
    "document_number": b'{"document":7,"digest":"x"}',
    **{f"without_{key}": spelled({name: LINE[name] for name in LINE if name != key}) for key in LINE},
    **{
        f"{key}_{number}": spelled({**LINE, key: value})
        for key in LINE
        for number, value in enumerate((None, 7, "x", ["x"], [["x"]], [{}], {"x": 1}))
        if (key, value) != ("hash", "x")
    },
    **{
        f"text_{key}_{number}": spelled({**LINE, "texts": [{**LINE["texts"][0], key: value}]})
        for key in ("what", "salt", "text")
        for number, value in enumerate((None, 7, ["x"], {}))
    },
    "text_salt_no_hex": spelled({**LINE, "texts": [{**LINE["texts"][0], "salt": "xy"}]}),
    **{
        f"entry_{key}_{number}": spelled({**LINE, "entry": {**LINE["entry"], key: value}})
        for key in ("tenant", "seq")
        for number, value in enumerate((None, 1.5, True, ["x"], {}))
    },
    "entry_float": spelled({**LINE, "entry": {**LINE["entry"], "rules": 1.5}}),
}


@pytest.mark.parametrize("name", NO_LINES)
def test_line_that_is_none_of_a_ledger_is_corrupt(name):
    """Whatever else a line holds is one typed error."""
    with pytest.raises(Corrupt):
        read_line(NO_LINES[name])
