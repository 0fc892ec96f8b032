"""The words of a domain as the numbers of a proto."""

from enum import Enum
from typing import Protocol, TypeVar

Word = TypeVar("Word", bound=Enum)
Number = TypeVar("Number", covariant=True)


class Numbers(Protocol[Number]):
    """An enum of a proto."""

    def keys(self) -> list[str]: ...

    def Value(self, name: str) -> Number: ...


def numbers_of(words: type[Word], numbers: Numbers[Number]) -> dict[Word, Number]:
    """Word -> the number of that name: Colour.RED -> COLOUR_RED. The empty word is COLOUR_UNSPECIFIED.

    Raises ValueError when the proto lacks a word.
    """
    prefix = numbers.keys()[0].removesuffix("UNSPECIFIED")
    return {word: numbers.Value(f"{prefix}{word.name if word.value else 'UNSPECIFIED'}") for word in words}
