"""Dataclasses come back from documents as they went, and documents hold only what every store keeps as it is."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum
from typing import Any

import pytest

from servicekit.documents import DocumentConverter


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    LARGE = 3


@dataclass(frozen=True, slots=True)
class Apple:
    colour: Colour


@dataclass(frozen=True, slots=True)
class Pear:
    size: Size


@dataclass(frozen=True, slots=True)
class Basket:
    id: str
    packed_at: datetime
    sold_at: datetime | None
    best_before: date
    fruit: tuple[Apple | Pear, ...]
    looked_at: tuple[tuple[Colour, datetime], ...]
    shops: frozenset[str] | None
    sold: bool = False


AT = datetime(2026, 3, 2, 9, 0, 0, 123_000, UTC)
BASKET = Basket("b1", AT, None, date(2026, 3, 9), (Apple(Colour.RED), Pear(Size.LARGE)), ((Colour.RED, AT),), frozenset("ba"))
DOCUMENT = {
    "_id": "b1",
    "packed_ms": 1772442000123,
    "sold_at": None,
    "best_before": "2026-03-09",
    "fruit": [{"colour": "red", "kind": "apple"}, {"size": 3, "kind": "pear"}],
    "looked_at": [["red", 1772442000123]],
    "shops": ["a", "b"],
    "sold": False,
}


@pytest.fixture
def converter() -> DocumentConverter:
    converter = DocumentConverter()
    converter.tag(Apple | Pear, "kind", {Apple: "apple", Pear: "pear"})
    converter.rename(Basket, id="_id", packed_at="packed_ms")
    return converter


def kinds_in(value: Any) -> set[type]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {type(value)}.union(*map(kinds_in, inner))


def test_a_dataclass_comes_back_as_it_went(converter: DocumentConverter) -> None:
    sold = replace(BASKET, sold_at=AT, shops=None, sold=True)

    assert converter.structure(converter.unstructure(BASKET), Basket) == BASKET
    assert converter.structure(converter.unstructure(sold), Basket) == sold


def test_a_document_has_the_stored_names_and_plain_values_only(converter: DocumentConverter) -> None:
    assert converter.unstructure(BASKET) == DOCUMENT
    assert kinds_in(converter.unstructure(BASKET)) == {dict, list, str, int, bool, type(None)}


def test_a_missing_field_has_its_default_and_a_foreign_one_is_left_out(converter: DocumentConverter) -> None:
    older = {name: value for name, value in DOCUMENT.items() if name != "sold"}

    assert converter.structure({**older, "outbox": []}, Basket) == BASKET


def test_a_store_that_returns_truth_as_a_number_is_understood(converter: DocumentConverter) -> None:
    assert converter.structure({**DOCUMENT, "sold": 0}, Basket).sold is False


@pytest.mark.parametrize("wrong", [{"_id": "b1"}, {**DOCUMENT, "fruit": [{"kind": "plum"}]}, {**DOCUMENT, "best_before": "soon"}])
def test_what_is_no_document_of_the_dataclass_is_refused(converter: DocumentConverter, wrong: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        converter.structure(wrong, Basket)
