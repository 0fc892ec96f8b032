"""Maps enums of a domain to enums of a proto."""

from enum import Enum
from typing import Protocol, TypeVar

Member = TypeVar("Member", bound=Enum)
Number = TypeVar("Number", covariant=True)


class Numbers(Protocol[Number]):
    """An enum of a proto."""

    def keys(self) -> list[str]: ...

    def Value(self, name: str) -> Number: ...


def numbers_of(members: type[Member], numbers: Numbers[Number]) -> dict[Member, Number]:
    """Member -> the proto's number of that name: Colour.RED -> COLOUR_RED; a member with an empty value -> COLOUR_UNSPECIFIED.

    Raises ValueError when the proto lacks a member.
    """
    prefix = numbers.keys()[0].removesuffix("UNSPECIFIED")
    return {member: numbers.Value(f"{prefix}{member.name if member.value else 'UNSPECIFIED'}") for member in members}
