"""Canonical bytes and digests, held against an independent writer."""

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from grantkit.canonical import MAX_INT, canonical_bytes, digest

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(max_codepoint=127))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_canonical_bytes_are_rfc_8785(data):
    """Whatever is plain is written as RFC 8785 says, by another hand."""
    assert rfc8785.dumps(data) == canonical_bytes(data)


@given(st.dictionaries(KEYS, PLAIN, min_size=2, max_size=5))
def test_order_of_keys_does_not_matter(data):
    """The same pairs in another order have the same digest."""
    assert digest(data) == digest(dict(reversed(data.items())))


def test_golden_digests():
    """The digests of some data never change: ledgers are full of them."""
    assert "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b" == digest(None)
    assert "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945" == digest([])
    assert "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" == digest({})
    assert b'{"":0,"a":[true,false,null,-1],"b":"\\u0001\\"\\\\\xc3\xa9\xe2\x98\x83/"}' == canonical_bytes(
        {"b": '\x01"\\\u00e9\u2603/', "a": (True, False, None, -1), "": 0},
    )


def test_numbers_and_truth_are_kept_apart():
    """True is not 1 and "1" is not 1: three values, three digests."""
    assert 3 == len({digest(True), digest(1), digest("1")})
