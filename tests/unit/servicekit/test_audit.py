"""What an entry of the audit log says of a change."""

from datetime import UTC, datetime

from parley.audit.v1.audit_pb2 import AuditEntry
from servicekit.audit import CUT, MAX_CHANGES, MAX_VALUE, changes_between, settings_record

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_change_names_the_fields_that_differ_with_their_values() -> None:  # spec 10.5
    before = {"away_after": 300, "hours": None, "mode": "notice", "same": [1]}
    changes = changes_between(before, {"away_after": 60, "hours": {"zone": "UTC"}, "mode": "notice", "same": [1], "new": True})

    assert [(change.field, change.before, change.after) for change in changes] == [
        ("away_after", "300", "60"),
        ("hours", "", '{"zone": "UTC"}'),
        ("new", "", "true"),
    ]


def test_an_entry_is_bounded_whatever_changed() -> None:  # spec 10.5, 10.9
    after = {f"companies.{number:04}": "x" * 2000 for number in range(MAX_CHANGES + 50)}
    entry = AuditEntry.FromString(settings_record("chat", "harbour", 2, "ava", AT, {}, after).value)

    assert len(entry.changes) == MAX_CHANGES
    assert entry.changes[-1].field == "and 51 more"
    assert {len(change.after) for change in entry.changes[:-1]} == {MAX_VALUE}
    assert entry.changes[0].after.endswith(CUT)


def test_a_repeated_change_is_the_same_entry() -> None:  # spec 10.5
    first, repeated = (settings_record("chat", "harbour", 2, "ava", AT, {"a": 1}, {"a": 2}) for _ in range(2))

    assert first == repeated
    assert (first.topic, first.key, first.headers["kind"]) == ("parley.audit.v1", "harbour", "settings")
