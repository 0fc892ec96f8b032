"""The number by which a page knows that it holds every card in its newest state: the same in Python and in the browser."""

from collections.abc import Iterable

MODULUS = 2**32
FNV_OFFSET = 2166136261
FNV_PRIME = 16777619


def fnv1a_32(text: str) -> int:
    """FNV-1a of the UTF-8 bytes, 32 bits."""
    value = FNV_OFFSET
    for byte in text.encode():
        value = ((value ^ byte) * FNV_PRIME) % MODULUS
    return value


def card_hash(session_id: str, revision: int) -> int:
    return fnv1a_32(f"{session_id}:{revision}")


def cards_digest(cards: Iterable[tuple[str, int]]) -> int:
    """Of (session id, card revision) pairs, in any order."""
    return sum(card_hash(session_id, revision) for session_id, revision in cards) % MODULUS
