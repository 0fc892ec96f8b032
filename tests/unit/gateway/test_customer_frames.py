"""Frames for customers lack the fields for engineers only, and nothing else."""

import json

from hypothesis import given
from hypothesis import strategies as st

from parley.chat.v1 import chat_pb2 as chat
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.visibility import has_option
from services.gateway.outbound.server_frames import frames_of

FIELDS = chat.SessionEvent.DESCRIPTOR.oneofs_by_name["event"].fields
EVENTS = [field.name for field in FIELDS]
HIDDEN = {field.name for field in FIELDS if has_option(field)}


def event(name: str) -> chat.SessionEvent:
    made = chat.SessionEvent()
    getattr(made, name).SetInParent()
    return made


@given(st.lists(st.sampled_from(EVENTS), max_size=8))
def test_hidden_events_are_counted_and_the_others_keep_their_order(names: list[str]) -> None:  # spec 3.7, 4.12
    entry = chat.SessionEntry(session_id="s", revision=3, hash="abc", events=[event(name) for name in names])
    frames = frames_of("entry", entry)
    shown, whole = (json.loads(frames(audience))["entry"] for audience in ("customer", "engineer"))
    json_names = {field.name: field.json_name for field in chat.SessionEvent.DESCRIPTOR.fields}
    left = [json_names[name] for name in names if name not in HIDDEN]
    assert [next(iter(one)) for one in shown["events"]] == left
    assert (shown["hidden"], shown["revision"], shown["hash"]) == (len(names) - len(left), 3, "abc")
    assert [next(iter(one)) for one in whole["events"]] == [json_names[name] for name in names]
    assert whole["hidden"] == 0


def test_a_customers_card_lacks_invitations_close_note_and_contact() -> None:  # spec 4.12, 4.13
    card = chat.SessionCard(session_id="s", title="Printer", invited=[chat.Person(id="bo")], contact=chat.Contact(phone="+64"))
    card.close_record.note = "between us"
    frames = frames_of("card", card)
    assert frames("customer") == frames_of("card", chat.SessionCard(session_id="s", title="Printer"))("engineer")
    whole = json.loads(frames("engineer"))["card"]
    assert (whole["closeRecord"]["note"], whole["contact"]["phone"], whole["invited"][0]["id"]) == ("between us", "+64", "bo")


def test_a_frame_is_encoded_once_for_each_audience() -> None:
    entry = chat.SessionEntry(session_id="s", events=[event("close_noted")])
    frames = frames_of("entry", entry)
    assert frames("customer") is frames("customer")
    assert json.loads(frames("customer"))["entry"]["hidden"] == 1
    assert json.loads(frames("engineer"))["entry"]["events"] == [{"closeNoted": {"note": ""}}]
    card = json.loads(frames_of("card", chat.SessionCard(title='"ünï" <b>'))("customer"))
    assert card["t"] == "card" and card["card"]["title"] == '"ünï" <b>'


def test_a_frame_that_both_audiences_may_see_is_encoded_once() -> None:
    for frames in (frames_of("entry", chat.SessionEntry(events=[event("message_posted")])), frames_of("ticket", tickets.Ticket(id="t"))):
        assert frames("customer") is frames("engineer")
