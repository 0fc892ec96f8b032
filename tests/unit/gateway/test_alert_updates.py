"""Each alert and notification is sent once, although Kafka may repeat it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from parley.notify.v1 import delivery_pb2 as delivery
from parley.notify.v1 import notify_pb2 as notify
from parley.tickets.v1 import directory_pb2 as tickets
from servicekit.identity import Caller
from servicekit.metrics import Metrics
from servicekit.moments import to_proto
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.alert_and_ticket_updates import AlertUpdates
from services.gateway.ports import SignedIn, Socket
from tests.fakes.clock import TurnedClock
from tests.unit.gateway.facts import AVA, BO, MIA
from tests.unit.gateway.fakes import FakeSocket


def page_of(index: SocketIndex[Socket], person: Caller) -> FakeSocket:
    socket = FakeSocket("secret")
    socket.identify(SignedIn(person, tickets.SignIn()))
    index.add(socket)
    return socket


def updates_of(index: SocketIndex[Socket]) -> AlertUpdates:
    return AlertUpdates(index, TurnedClock(), Metrics("gateway"))


def test_an_alert_that_is_repeated_after_its_withdrawal_is_not_sent_again() -> None:  # spec 5.1
    index: SocketIndex[Socket] = SocketIndex()
    page_of(index, AVA)
    updates = updates_of(index)
    alert = notify.Alert(alert_id="s1:waiting", session_id="s1")
    raised = notify.NotifyEvent(event_id="1", alert_raised=notify.AlertRaised(alert=alert, person_ids=[AVA.id]))
    gone = notify.AlertWithdrawn(alert_id="s1:waiting", session_id="s1", person_ids=[AVA.id])
    withdrawn = notify.NotifyEvent(event_id="2", alert_withdrawn=gone)

    sent = [updates.publish(AVA.desk_id, [AVA.id], event) for event in (raised, withdrawn, raised, withdrawn)]

    assert sent == [1, 1, 0, 0]


def test_the_time_from_saving_an_alert_until_a_page_has_it_is_measured_once_for_raised_ones() -> None:  # spec 12.2
    index: SocketIndex[Socket] = SocketIndex()
    page_of(index, AVA)
    clock, metrics = TurnedClock(), Metrics("gateway")
    updates, saved_at = AlertUpdates(index, clock, metrics), to_proto(clock.now() - timedelta(seconds=2))
    alert = notify.AlertRaised(alert=notify.Alert(alert_id="s1:waiting", session_id="s1"), person_ids=[AVA.id, BO.id])
    gone = notify.AlertWithdrawn(alert_id="s1:waiting", session_id="s1", person_ids=[AVA.id])
    raised = notify.NotifyEvent(event_id="1", at=saved_at, alert_raised=alert)

    for event in (raised, raised, notify.NotifyEvent(event_id="2", at=saved_at, alert_withdrawn=gone)):
        updates.publish(AVA.desk_id, [AVA.id, BO.id], event)
    # Nobody who is connected here is alerted.
    updates.publish(AVA.desk_id, [BO.id], notify.NotifyEvent(event_id="3", at=saved_at, alert_raised=alert))

    measured = [metrics.registry.get_sample_value(f"parley_gateway_alert_delivery_seconds_{part}") for part in ("count", "sum")]
    assert measured == [1, 2]


@pytest.mark.parametrize("person", [AVA, MIA], ids=lambda person: person.kind)
def test_a_notification_is_sent_once_and_to_the_page_that_it_names(person: Caller) -> None:  # spec 5.4
    index: SocketIndex[Socket] = SocketIndex()
    chosen, other = page_of(index, person), page_of(index, person)
    updates = updates_of(index)
    sent = notify.NotificationSent(connection_id=chosen.id, notification=delivery.Notification(delivery_id="d1", sound=True))
    events = [notify.NotifyEvent(event_id=id, notification_sent=sent) for id in ("1", "1")]

    assert [updates.publish(person.desk_id, [person.id], event) for event in events] == [1, 0]
    assert [json.loads(frame)["deliveryId"] for frame in chosen.frames] == ["d1"]
    assert other.frames == []


def test_a_notification_to_a_page_of_another_person_is_not_sent() -> None:  # spec 10.2
    index: SocketIndex[Socket] = SocketIndex()
    page_of(index, MIA)
    of_ava = page_of(index, AVA)
    sent = notify.NotificationSent(connection_id=of_ava.id, notification=delivery.Notification(delivery_id="d1"))

    assert updates_of(index).publish(MIA.desk_id, [MIA.id], notify.NotifyEvent(event_id="1", notification_sent=sent)) == 0


@pytest.mark.parametrize(
    ("company_id", "board_id", "sent"),
    [("acme", "service", 1), ("globex", "service", 0), ("acme", "orders", 0), ("", "", 1)],
    ids=["allowed", "another company", "another board", "a test notification"],
)
def test_an_engineer_is_sent_no_alert_and_no_notification_about_a_session_that_access_excludes(  # spec 2.10, 10.10
    company_id: str, board_id: str, sent: int
) -> None:
    index: SocketIndex[Socket] = SocketIndex()
    of_bo = page_of(index, BO)
    updates = updates_of(index)
    alert = notify.Alert(alert_id="s1:waiting", session_id="s1", company_id=company_id, board_id=board_id)
    shown, closing = delivery.Notification(session_id="s1"), delivery.Notification(session_id="s1", close=True)
    where = {"connection_id": of_bo.id, "company_id": company_id, "board_id": board_id}

    def publish(event_id: str, **event: Any) -> int:
        return updates.publish(BO.desk_id, [BO.id], notify.NotifyEvent(event_id=event_id, **event))

    assert publish("1", alert_raised=notify.AlertRaised(alert=alert, person_ids=[BO.id])) == sent
    assert publish("2", notification_sent=notify.NotificationSent(notification=shown, **where)) == sent
    # What is on the screen goes, also when access has ended.
    assert publish("3", notification_sent=notify.NotificationSent(notification=closing, **where)) == 1
    assert publish("4", alert_withdrawn=notify.AlertWithdrawn(alert_id="s1:waiting", session_id="s1", person_ids=[BO.id])) == 1
