"""The rule by which the suites decide whether an index serves a query."""

import pytest

from tests.queries.serving import unserved

NEWEST = [("opened_at", -1), ("id", -1)]
CASES = {
    "by id": ("sessions", {"_id": "=", "revision": ["$lt"]}, [], False),
    "equality, then the sort": ("sessions", {"desk_id": "=", "status": ["$in"], "voided": "="}, NEWEST, False),
    "a sort that no index has": ("sessions", {"desk_id": "=", "voided": "="}, [("opened_at", -1), ("_id", -1)], True),
    "a field that is no part of the index": ("sessions", {"desk_id": "=", "title": "="}, NEWEST, True),
    "a selective field first": ("log", {"desk_id": "=", "session_id": "=", "revision": ["$gt"]}, [("revision", 1)], False),
    "only ranges": ("sessions", {"opened_at": ["$gt"]}, [], True),
    "a range that is sorted": ("sessions", {"next_deadline": ["$lte"]}, [("next_deadline", 1)], False),
    "everything": ("sessions", {}, [], True),
    "an alternative without an index": ("sessions", {"$or": [{"ticket_id": "="}, {"title": "="}]}, [], True),
    "a collection without indexes": ("claims", {"session_id": "="}, [], True),
}


@pytest.mark.parametrize("collection, condition, sort, expected", CASES.values(), ids=CASES.keys())
def test_a_query_is_served_by_equality_then_sort_then_ranges(
    collection: str, condition: dict[str, object], sort: list[tuple[str, int]], expected: bool
) -> None:
    assert unserved("chat", collection, condition, sort) is expected
