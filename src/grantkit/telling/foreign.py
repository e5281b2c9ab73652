"""Foreign text: what people wrote, shown so that it can do no harm."""

import unicodedata
from typing import Final

_JOINERS: Final = "\u200c\u200d"
_VARIANTS: Final = "\ufe0e\ufe0f"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_BLANK: Final = (
    # What fonts draw as nothing though its category is that of a letter, a mark or a symbol: Unicode's
    # Default_Ignorable_Code_Point, which unicodedata does not have, and the empty Braille pattern.
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0xE0000, 0xE0FFF),
)
_PARENTHESES: Final = str.maketrans("(\uff08\u207d\u208d\ufe59)\uff09\u207e\u208e\ufe5a", "[[[[[]]]]]")


def inert(text: str) -> str:
    r"""
    Return *text* with every character that is not seen, or that turns others around, spelled out.

    Bidirectional marks would let a reason rewrite the line that it stands in ("Trojan Source", CVE-2021-42574); what is
    not seen would let two names look alike. Joiners stay where a script or an emoji needs them, and nowhere else.

    >>> inert("invoice\u202egnp.exe")
    'invoice[U+202E]gnp.exe'
    """
    around = zip(text, ("", *text), (*text[1:], ""), strict=False)
    return "".join(
        char if _harmless(char, before, after) else f"[U+{ord(char):04X}]" for char, before, after in around
    )


def _harmless(char: str, before: str, after: str) -> bool:
    if char == "\n":
        return True
    if char in _JOINERS:
        return _joined(before) and _joined(after)
    if char in _VARIANTS:
        return before != "" and unicodedata.category(before) == "So"  # the coloured heart, and not a letter
    blank = any(first <= ord(char) <= last for first, last in _BLANK)
    return not blank and unicodedata.category(char) not in _UNSEEN


def _joined(char: str) -> bool:
    """Whether a joiner beside *char* may change what is seen: in scripts from Arabic to those of India, in emoji."""
    if char == "":
        return False
    return "\u0600" <= char <= "\u1cff" or char in _VARIANTS or unicodedata.category(char) in {"So", "Sk"}


def on_one_line(text: str) -> str:
    """Return *text*, inert and on one line: a line feed in a reason must not begin a line that looks like ours."""
    return " / ".join(part for part in map(str.strip, inert(text).split("\n")) if part)


def name_beside_id(name: str | None, ident: str) -> str:
    """
    Return a name with the id behind it, in the only parentheses there are: ``Ana (m-ana)``.

    Whoever calls themselves ``Ana (m-ana)`` is shown as ``Ana [m-ana] (a-eve)``.
    """
    return (
        ident if name is None or name == ident else f"{on_one_line(name).translate(_PARENTHESES)} ({ident})"
    )
