"""What text may contain, and how it is measured and cut (spec 3.6). web/wire/text.ts does the same; tests/cases/text tests both.

A service refuses invalid text; a page repairs what a person typed or pasted before it sends it. The unit of every length is the code
point. This module does no I/O and imports only regex and the standard library, so that rules may use it.
"""

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

import regex

# Excludes white space, default ignorables (zero-width, fillers, selectors), control codes and the empty Braille pattern.
_VISIBLE = regex.compile(r"[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\uFFF9-\uFFFB\u2800]")
_BLANKS = regex.compile(r"\p{White_Space}+")
# A carriage return is part of the line end on some systems.
_CONTROLS = regex.compile(r"[^\P{Cc}\t\n\r]")
_NOT_ON_A_LINE = regex.compile(r"[\p{Cc}\u2028\u2029]")
_SURROGATES = regex.compile(r"[\uD800-\uDFFF]")
# Embeddings, overrides and isolates: they change the direction of the text that follows, even of other people.
_DIRECTIONS = regex.compile(r"[\u202A-\u202E\u2066-\u2069]")
_CLUSTER = regex.compile(r"\X")
# Ordering the marks of one letter takes quadratic time. Text that Unicode calls stream-safe has no more of them.
_TOO_MANY_MARKS = regex.compile(r"(\p{M}{30})\p{M}+")
# Scripts that write no spaces between words: each of their characters counts as a word.
_WITHOUT_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_WORD = regex.compile(rf"{_WITHOUT_SPACES}|[[\p{{L}}\p{{N}}\p{{M}}]--{_WITHOUT_SPACES}]+", regex.V1)
# A longer word is cut, so that what is stored of it is bounded.
LONGEST_WORD = 40


class Fault(NamedTuple):
    """Why a text is refused: a stable word, and a sentence for people."""

    code: str
    message: str


def is_blank(text: str) -> bool:
    """Whether nothing in it is visible."""
    return _VISIBLE.search(text) is None


def fault_of_text(text: str, most: int) -> Fault | None:
    """The first fault of text that may have several lines and at most `most` code points; None for valid text."""
    if len(text) > most:
        return Fault("too_long", f"At most {most} characters, this has {len(text)}.")
    if is_blank(text):
        return Fault("empty", "There is nothing written.")
    if _SURROGATES.search(text):
        return Fault("half_character", "The text holds half a character (a lone surrogate).")
    if found := _CONTROLS.search(text):
        return _control(found[0])
    return None


def fault_of_line(text: str, most: int) -> Fault | None:
    """The same for a name: one line without direction codes."""
    if fault := fault_of_text(text, most):
        return fault
    if found := _NOT_ON_A_LINE.search(text):
        return _control(found[0])
    if found := _DIRECTIONS.search(text):
        return Fault("direction_code", f"The text holds a code that changes the direction of writing (U+{ord(found[0]):04X}).")
    return None


def _control(found: str) -> Fault:
    return Fault("control_code", f"The text holds a control code (U+{ord(found):04X}).")


def one_line(text: str) -> str:
    """The text as one line: white space collapsed, control and direction codes removed; empty when nothing is visible."""
    line = _BLANKS.sub(" ", text)
    line = _BLANKS.sub(" ", _DIRECTIONS.sub("", _CONTROLS.sub("", line))).strip(" ")
    return "" if is_blank(line) else line


def folded(text: str) -> str:
    """Without case and accents: José and JOSE are equal. Of more than 30 marks in a row the others are dropped."""
    apart = unicodedata.normalize("NFKD", _TOO_MANY_MARKS.sub(r"\1", text).casefold())
    return unicodedata.normalize("NFKC", "".join(char for char in apart if unicodedata.category(char) != "Mn")).casefold()


def words_of(text: str) -> list[str]:
    """The folded words of letters and digits, in order, each cut at LONGEST_WORD."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(folded(text))]


def cut(text: str, most: int, mark: str = "…") -> str:
    """The text if it has at most `most` code points, else as many whole grapheme clusters as fit, followed by `mark`."""
    if len(text) <= most:
        return text
    room, end = most - len(mark), 0
    for cluster in _CLUSTER.finditer(text):
        if cluster.end() > room:
            break
        end = cluster.end()
    # A single cluster that is too long, such as a letter with hundreds of marks, is cut within.
    kept = text[: end or room]
    return kept.rstrip() + mark if mark else kept


# What stays of a person who was erased (spec 10.6).
ERASED_NAME, ERASED_TEXT = "Erased person", "Erased"


def without_parts(text: str, parts: Iterable[str]) -> str:
    """The text with ERASED_NAME in place of each of these parts that stands in it as whole words, in any case of letters."""
    # ERASED_NAME stays as it is, also for a person whose name is a part of it: else each repeat would find one more.
    # An accent may be a character of its own, depending on where the text comes from.
    both = {unicodedata.normalize(form, part) for part in parts for form in ("NFC", "NFD")}
    wanted = sorted({ERASED_NAME, *parts, *both} - {""}, key=len, reverse=True)
    pattern = "|".join(regex.escape(part, literal_spaces=True) for part in wanted)
    return regex.sub(rf"(?<!\w)(?:{pattern})(?!\w)", _erased_part, text, flags=regex.IGNORECASE)


def _erased_part(found: regex.Match[str]) -> str:
    return found[0] if found[0].casefold() == ERASED_NAME.casefold() else ERASED_NAME
