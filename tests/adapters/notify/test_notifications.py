"""Notifications of the whole notify service with a turned clock: two replicas on real engines, with fakes of the services that it calls."""

import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.notify.v1 import delivery_pb2 as delivery
from parley.notify.v1 import notify_pb2 as pb
from servicekit.errors import RemoteError
from tests.adapters.notify.conftest import World
from tests.adapters.notify.peers import ONLINE
from tests.fakes.patient import call
from tests.fakes.waiting import until

HANDLED, ABANDONED = chat.CHAT_STATUS_HANDLED, chat.CHAT_STATUS_ABANDONED


async def confirmed(world: World, *sent: str) -> None:
    """Waits for these notifications, all there have been, and confirms the latest."""
    await world.sends_soon(*sent)
    await world.report(world.notifications[-1].notification.delivery_id, "RECEIVED", "SOUNDED")


async def test_a_waiting_chat_repeats_until_90_s_once_with_two_replicas_and_a_restart(world: World) -> None:  # spec 5.2 5.3
    peers, sent = world.peers, ["fire:waiting:ava:0 a1"]
    peers.page("ava", "a1", visible=True)
    await world.publish(peers.session("fire", "session_opened"))
    await confirmed(world, *sent)
    shown = world.notifications[0].notification
    assert (shown.title, shown.body, shown.sound, shown.show, shown.tag) == (
        "Mia Torres · Acme Ltd",
        "Printer is on fire",
        True,
        False,
        peers.id("fire"),
    )
    for seconds in (20, 10, 10):
        await world.clock.advance(seconds)
        await confirmed(world, *(sent := [*sent, f"fire:waiting:ava:{len(sent)} a1"]))
    # A replica that starts now has the repetitions from the store alone.
    new = world.new_replica()
    await new.start()
    for replica in world.replicas:
        await replica.stop()
    world.replicas[:] = [new]
    for _ in range(5):
        await world.clock.advance(10)
        await confirmed(world, *(sent := [*sent, f"fire:waiting:ava:{len(sent)} a1"]))

    await world.clock.advance(40)
    await world.publish(peers.session("next", "session_opened"))
    await confirmed(world, *sent, "next:waiting:ava:0 a1")
    asked = [(await world.delivery(f"{peers.id('fire')}:waiting:{peers.id('ava')}:{rung}")).asked_at.seconds for rung in range(9)]
    assert [at - asked[0] for at in asked] == [0, 20, 30, 40, 50, 60, 70, 80, 90]


async def test_a_join_stops_the_repetitions(world: World) -> None:  # spec 5.3
    peers = world.peers
    peers.page("ava", "a1", visible=True)
    await world.publish(peers.session("fire", "session_opened"))
    await confirmed(world, "fire:waiting:ava:0 a1")
    await world.clock.advance(20)
    await confirmed(world, *(sent := ["fire:waiting:ava:0 a1", "fire:waiting:ava:1 a1"]))

    await world.publish(peers.session("fire", "participant_joined", status=HANDLED))
    await until(lambda: "-fire:waiting:ava" in world.received)
    await world.clock.advance(30)
    await world.publish(peers.session("next", "session_opened"))

    await confirmed(world, *sent, "next:waiting:ava:0 a1")


async def test_a_page_that_does_not_confirm_loses_to_the_next_and_the_explanation_names_both(world: World) -> None:  # spec 5.4 5.9 5.11
    peers = world.peers
    peers.page("ava", "a1", visible=True)
    peers.page("ava", "a2")
    await world.publish(peers.session("fire", "session_opened"))
    await world.sends_soon("fire:waiting:ava:0 a1")
    await world.clock.advance(2)
    await world.sends_soon("fire:waiting:ava:0 a1", "fire:waiting:ava:0 a2")
    assert world.notifications[1].notification.show
    id = world.notifications[0].notification.delivery_id
    await world.report(id, "RECEIVED", "SHOWN", "CLICKED", reason="join")

    kept = await world.delivery(id)
    assert (kept.channel, kept.action, kept.failure) == (delivery.CHANNEL_HIDDEN_PAGE, "join", "")
    assert kept.HasField("shown_at")
    request = pb.ExplainAlertRequest(session_id=peers.id("fire"), person_id=peers.id("ava"))
    explained = await call(world.replicas[0].notify.ExplainAlert, request, token=world.token("ava"))
    assert (explained.alerted, list(explained.deliveries)) == (True, [kept])
    assert [fact.text for fact in explained.facts] == [
        "Mia Torres waits",
        "Ava may see the company and the board",
        "Ava was online",
        "Ava had not dismissed it",
        "Ava was online",
        "Ava wanted sounds and browser notifications",
        "The best place of Ava was a visible page",
        "Ava was online",
        "Ava wanted sounds and browser notifications",
        "One page did not confirm the notification or could not do it",
        "The best place of Ava was a hidden page",
    ]
    with pytest.raises(RemoteError) as refused:
        await world.delivery(id, "bo")
    assert refused.value.kind == "not_found"


async def test_a_test_notification_is_recorded(world: World) -> None:  # spec 5.10
    world.peers.page("ava", "a1", visible=True)
    request = delivery.TestNotificationRequest(connection_id="a1")
    tested = await call(world.replicas[0].deliveries.TestNotification, request, token=world.token("ava"))
    await until(lambda: len(world.notifications) == 1)
    await world.report(tested.delivery_id, "RECEIVED", "SOUND_BLOCKED", reason="no gesture yet")

    kept = await world.delivery(tested.delivery_id)
    assert (kept.kind, kept.failure) == (delivery.NOTIFICATION_KIND_TEST, "no gesture yet")
    for wrong in ({}, {"connection_id": "b1"}, {"endpoint": "https://push/1"}):
        with pytest.raises(RemoteError):
            request = delivery.TestNotificationRequest(**wrong)
            await call(world.replicas[0].deliveries.TestNotification, request, token=world.token("ava"))


async def test_messages_abandoned_sessions_and_push_chats_notify_once(world: World) -> None:  # spec 5.2 5.6 5.7
    peers, mia = world.peers, world.peers.person("mia", chat.SIDE_CUSTOMER)
    peers.page("ava", "a1", visible=True, session_ids=[peers.id("seen")])
    peers.page("mia", "m1", visible=True)
    both = [peers.person("ava"), mia]
    seen = peers.session("seen", "message_posted", by=mia, status=HANDLED, participants=both)
    chatted = [peers.session("talk", "message_posted", by=mia, status=HANDLED, participants=both)]
    abandoned = peers.session("left", "status_changed", status=ABANDONED)
    pushed = peers.session("push", "session_opened", type=chat.CHAT_TYPE_PUSH, creator=peers.person("ava"))
    await world.publish(seen, *chatted, *chatted, abandoned, abandoned, pushed, pushed)
    await until(lambda: len(world.notifications) >= 3)

    # Later than all others, because the messages of 100 ms are placed together.
    await world.publish(peers.session("talk", "message_posted", by=peers.person("ava")))
    await until(lambda: len(world.notifications) >= 4)
    # An internal note is for the engineers alone.
    await world.publish(peers.session("talk", "note_written", by=peers.person("sam")))
    await until(lambda: len(world.notifications) >= 5)
    assert sorted(world.sent()) == [
        "left:abandoned:ava:0 a1",
        "push:push_chat:mia:0 m1",
        "talk:message:ava:1 a1",
        "talk:message:ava:3 a1",
        "talk:message:mia:2 m1",
    ]


async def test_alert_settings_and_preferences_are_kept(world: World) -> None:  # spec 5.3 5.12
    first, second = world.replicas
    settings = pb.AlertSettings(first=5, every=5, until=5)
    change = pb.UpdateSettingsRequest(settings=settings)
    await call(first.notify.UpdateSettings, change, token=world.token("ava", "admin"))
    answer = await call(second.notify.GetSettings, pb.GetSettingsRequest(), token=world.token("bo"))
    assert (answer.settings, answer.version) == (settings, 1)
    wanted = delivery.Preferences(volume=5, chat_sound="bell", message_sound="marimba", language="de")
    await call(first.deliveries.UpdatePreferences, delivery.UpdatePreferencesRequest(preferences=wanted), token=world.token("ava"))
    kept = await call(second.deliveries.GetPreferences, delivery.GetPreferencesRequest(), token=world.token("ava"))
    assert kept.preferences == wanted
    for rpc, wrong, field in (
        (first.notify.UpdateSettings, pb.UpdateSettingsRequest(), "settings"),
        (first.deliveries.UpdatePreferences, delivery.UpdatePreferencesRequest(), "preferences"),
        (first.deliveries.ReportDelivery, delivery.ReportDeliveryRequest(delivery_id="x"), "outcome"),
    ):
        with pytest.raises(RemoteError) as refused:
            await call(rpc, wrong, token=world.token("ava", "admin"))
        assert (refused.value.kind, refused.value.field) == ("invalid_argument", field)

    # The first repetition is the last one, and nothing sounds.
    world.peers.page("ava", "a1", visible=True)
    await world.publish(world.peers.becomes("bo", ONLINE), world.peers.session("fire", "session_opened"))
    await confirmed(world, "fire:waiting:ava:0 a1")
    await world.clock.advance(5)
    await confirmed(world, "fire:waiting:ava:0 a1", "fire:waiting:ava:1 a1")
    assert not world.notifications[0].notification.sound
