"""Each alert is sent once, although Kafka may repeat it."""

from parley.notify.v1 import notify_pb2 as notify
from parley.tickets.v1 import directory_pb2 as tickets
from services.gateway.domain.interest import Interest
from services.gateway.handlers.alert_and_ticket_updates import AlertUpdates
from services.gateway.ports import SignedIn, Socket
from tests.unit.gateway.facts import AVA
from tests.unit.gateway.fakes import FakeSocket


def test_an_alert_that_is_repeated_after_its_withdrawal_is_not_sent_again() -> None:  # spec 5.1
    interest: Interest[Socket] = Interest()
    socket = FakeSocket("secret")
    socket.identify(SignedIn(AVA, tickets.SignIn()))
    interest.add(socket)
    updates = AlertUpdates(interest)
    alert = notify.Alert(alert_id="a1", person_id=AVA.id, session_id="s1")
    raised = notify.NotifyEvent(event_id="1", alert_raised=notify.AlertRaised(alert=alert))
    withdrawn = notify.NotifyEvent(event_id="2", alert_withdrawn=notify.AlertWithdrawn(alert_id="a1", person_id=AVA.id, session_id="s1"))

    sent = [updates.publish(AVA.desk_id, AVA.id, event) for event in (raised, withdrawn, raised, withdrawn)]

    assert sent == [1, 1, 0, 0]
