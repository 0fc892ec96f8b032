"""The transitions of a delivery, and the times of the repetitions, as tables."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notify.domain.delivery import Delivery, closing, gave_up_place, placed, pushed, with_time_to_confirm, withdrawn
from services.notify.domain.delivery_report import DeliveryReport, Outcome, reported, usual_change
from services.notify.domain.desk_settings import AlertSettings, next_repetition
from services.notify.domain.errors import WrongArgument
from services.notify.domain.notification import Kind, about_chat, about_message, about_push_chat
from services.notify.domain.page import Channel
from services.notify.domain.placement import Placement
from services.notify.domain.preferences import Preferences
from services.notify.domain.push import PushOutcome
from tests.unit.notify.world import START, card

NOW, LATER = START + timedelta(seconds=1), START + timedelta(seconds=5)
ASKED = Delivery("s1:waiting:ava:0", "harbour", "ava", "s1", Kind.WAITING, 0, about_chat(card()), START)
VISIBLE = replace(placed(ASKED, Placement(Channel.VISIBLE_PAGE, (), "page-1", sound=True), START), sent_at=START)
HIDDEN = replace(placed(ASKED, Placement(Channel.HIDDEN_PAGE, (), "page-1", sound=True, show=True), START), sent_at=START)
PUSHED = placed(ASKED, Placement(Channel.WEB_PUSH, (), show=True), START)


@pytest.mark.parametrize(
    ("before", "outcome", "changes"),
    [
        (replace(VISIBLE, sent_at=None), Outcome.RECEIVED, {"sent_at": NOW}),
        (VISIBLE, Outcome.RECEIVED, {}),
        (VISIBLE, Outcome.SOUNDED, {"sounded_at": NOW}),
        (VISIBLE, Outcome.SOUND_BLOCKED, {"blocked_at": NOW, "failure": "why"}),
        (HIDDEN, Outcome.SHOWN, {"shown_at": NOW}),
        (HIDDEN, Outcome.FAILED, {"not_shown_at": NOW, "failure": "why"}),
        (HIDDEN, Outcome.CLICKED, {"clicked_at": NOW, "action": "why"}),
        (PUSHED, Outcome.RECEIVED, {"push_at": None}),
        (PUSHED, Outcome.SHOWN, {"shown_at": NOW, "push_at": None}),
        (PUSHED, Outcome.FAILED, {"failed_at": NOW, "failure": "why"}),
        (PUSHED, Outcome.CLICKED, {"clicked_at": NOW, "action": "why", "push_at": None}),
    ],
)
def test_a_report_is_recorded_once_and_confirms_the_delivery(
    before: Delivery, outcome: Outcome, changes: dict[str, object]
) -> None:  # spec 5.9
    after = reported(before, DeliveryReport(outcome, "why"), NOW)

    assert after == replace(before, received_at=NOW, confirm_at=None, **changes)  # type: ignore[arg-type]
    assert reported(after, DeliveryReport(outcome, "again"), LATER) == after
    if before.on_page:
        assert reported(before, DeliveryReport(outcome, "why", "page-1"), NOW) == after


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_report_in_the_usual_order_changes_what_a_decided_one_changes(outcome: Outcome) -> None:  # spec 5.9
    report = DeliveryReport(outcome, "open", "page-1")
    change = usual_change(report, LATER)
    if change is None:
        assert outcome in (Outcome.SOUND_BLOCKED, Outcome.FAILED)
        return
    before = reported(HIDDEN, DeliveryReport(Outcome.RECEIVED), NOW) if change.received else HIDDEN
    assert getattr(before, change.unset) is None
    assert replace(before, **change.values) == reported(before, report, LATER)  # type: ignore[arg-type]


LOST = replace(HIDDEN, connection_id="page-2", tried=("page-1",), sent_at=START)


@pytest.mark.parametrize(
    ("before", "outcome", "changes"),
    [
        (LOST, Outcome.RECEIVED, {}),
        (LOST, Outcome.SHOWN, {"shown_at": NOW}),
        (LOST, Outcome.SOUNDED, {"sounded_at": NOW}),
        (LOST, Outcome.SOUND_BLOCKED, {}),
        (LOST, Outcome.FAILED, {}),
        (LOST, Outcome.CLICKED, {"clicked_at": NOW, "action": "why", "confirm_at": None, "received_at": NOW}),
        (PUSHED, Outcome.RECEIVED, {"push_at": None, "received_at": NOW}),
        (PUSHED, Outcome.SOUNDED, {"sounded_at": NOW, "push_at": None, "received_at": NOW}),
        (PUSHED, Outcome.FAILED, {}),
    ],
)
def test_a_late_report_of_a_page_does_not_count_for_the_place_after_it(
    before: Delivery, outcome: Outcome, changes: dict[str, object]
) -> None:  # spec 5.4 5.9
    assert reported(before, DeliveryReport(outcome, "why", "page-1"), NOW) == replace(before, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("outcome", "goes_on"), [(Outcome.SHOWN, True), (Outcome.SOUNDED, True), (Outcome.CLICKED, False)])
def test_a_browser_that_shows_a_push_ends_no_attempts_for_the_others(outcome: Outcome, goes_on: bool) -> None:  # spec 5.8
    assert (reported(PUSHED, DeliveryReport(outcome, "", "push"), NOW).push_at is not None) is goes_on


def test_a_page_has_two_seconds_and_a_push_is_queued_at_once() -> None:  # spec 5.4
    asked = placed(ASKED, Placement(Channel.VISIBLE_PAGE, (), "page-1"), START)
    assert (asked.unsent, asked.confirm_at, asked.push_at) == (True, START + timedelta(seconds=2), None)
    assert with_time_to_confirm(asked, LATER) == replace(asked, confirm_at=LATER + timedelta(seconds=2))
    assert (VISIBLE.unsent, VISIBLE.place, PUSHED.unsent, PUSHED.place) == (False, "page-1", False, "push")
    assert (PUSHED.sent_at, PUSHED.confirm_at, PUSHED.push_at) == (None, None, START)


def test_without_a_place_it_has_failed() -> None:  # spec 5.9
    nowhere = Placement(Channel.NONE, ())
    assert placed(ASKED, nowhere, NOW).failure == "There was no place for it."
    assert placed(gave_up_place(VISIBLE), nowhere, NOW).failure == "No page confirmed it."
    failed = placed(gave_up_place(reported(HIDDEN, DeliveryReport(Outcome.FAILED, "denied"), NOW)), nowhere, LATER)
    assert (failed.failed_at, failed.failure, failed.confirm_at) == (LATER, "denied", None)


def test_the_next_place_has_to_confirm_it_again() -> None:  # spec 5.4
    moved = placed(gave_up_place(reported(HIDDEN, DeliveryReport(Outcome.FAILED, "denied"), NOW)), Placement(Channel.WEB_PUSH, ()), LATER)
    assert (moved.tried, moved.connection_id, moved.push_at, moved.received_at, moved.not_shown_at) == (("page-1",), "", LATER, None, None)


@pytest.mark.parametrize(
    ("sound", "show", "outcomes", "useless"),
    [
        (True, True, [Outcome.SOUND_BLOCKED], False),
        (True, True, [Outcome.FAILED], False),
        (True, True, [Outcome.SOUND_BLOCKED, Outcome.FAILED], True),
        (True, True, [Outcome.SOUND_BLOCKED, Outcome.SHOWN], False),
        (True, False, [Outcome.SOUND_BLOCKED], True),
        (False, True, [Outcome.FAILED], True),
        (False, False, [Outcome.RECEIVED], False),
    ],
)
def test_a_hidden_page_that_could_do_nothing_loses_it(sound: bool, show: bool, outcomes: list[Outcome], useless: bool) -> None:  # spec 5.4
    hidden, visible = replace(HIDDEN, sound=sound, show=show), replace(VISIBLE, sound=sound, show=show)
    for outcome in outcomes:
        hidden, visible = reported(hidden, DeliveryReport(outcome), NOW), reported(visible, DeliveryReport(outcome), NOW)
    assert (hidden.useless, visible.useless) == (useless, False)


def test_what_the_push_services_answer_is_recorded() -> None:  # spec 5.8 5.9
    accepted = pushed(PUSHED, PushOutcome(2), NOW)
    assert (accepted.sent_at, accepted.received_at, accepted.push_at) == (NOW, NOW, None)
    retried = pushed(PUSHED, PushOutcome(0, "503", LATER), NOW)
    assert (retried.push_at, retried.failed_at, retried.failure) == (LATER, None, "503")
    given_up = pushed(PUSHED, PushOutcome(0, "410"), NOW)
    assert (given_up.push_at, given_up.failed_at, given_up.failure) == (None, NOW, "410")
    partly = pushed(PUSHED, PushOutcome(1, "", LATER, ("tablet",)), NOW)
    assert (partly.sent_at, partly.received_at, partly.push_at, partly.push_to) == (NOW, NOW, LATER, ("tablet",))
    done = pushed(partly, PushOutcome(0, "410"), LATER)
    assert (done.push_at, done.push_to, done.failed_at, done.failure) == (None, (), None, "")


def test_a_delivery_whose_alert_ended_goes_nowhere() -> None:  # spec 5.3
    for delivery in (VISIBLE, PUSHED):
        ended = withdrawn(delivery, NOW)
        assert (ended.confirm_at, ended.push_at, ended.failed_at) == (None, None, NOW)


def test_a_push_is_removed_by_a_push_with_the_same_tag() -> None:
    close = closing(PUSHED, NOW)
    assert (close.close, close.content.tag, close.push_at, close.channel) == (True, PUSHED.content.tag, NOW, Channel.WEB_PUSH)


def test_a_notification_has_name_and_title_only() -> None:  # spec 5.5 5.8
    push_chat = card(push=True, creator_id="ava", creator_name="Ava Chen")
    shown = [
        about_chat(card()),
        about_push_chat(push_chat),
        about_message(card(), "mia", "Mia Torres"),
        about_message(card(), "ava", "Ava Chen"),
    ]
    assert [(each.title, each.body, each.picture_person_id, each.tag) for each in shown] == [
        ("Mia Torres · Acme Ltd", "Printer is on fire", "mia", "s1"),
        ("Ava Chen", "Printer is on fire", "ava", "s1"),
        ("Mia Torres · Acme Ltd", "Printer is on fire", "mia", "s1:message"),
        ("Ava Chen", "Printer is on fire", "ava", "s1:message"),
    ]
    assert len(about_chat(card(title="x" * 5000, customer_name="y" * 5000)).title) == 200


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        (AlertSettings(), [20, 30, 40, 50, 60, 70, 80, 90]),
        (AlertSettings(20, 10, 95), [20, 30, 40, 50, 60, 70, 80, 90]),
        (AlertSettings(30, 60, 120), [30, 90]),
        (AlertSettings(5, 5, 5), [5]),
        (AlertSettings(20, 10, 19), []),
        (AlertSettings(20, 10, 0), []),
    ],
)
def test_a_waiting_chat_repeats_at_the_times_of_the_desk(settings: AlertSettings, seconds: list[int]) -> None:  # spec 5.3
    found, at = [], next_repetition(START, START, settings)
    while at is not None:
        found.append(int((at - START).total_seconds()))
        at = next_repetition(START, at, settings)
    assert found == seconds


def test_missed_repetitions_are_left_out() -> None:  # spec 5.3
    assert next_repetition(START, START + timedelta(seconds=47), AlertSettings()) == START + timedelta(seconds=50)
    assert next_repetition(START, START + timedelta(seconds=90), AlertSettings()) is None
    assert next_repetition(START, START - timedelta(seconds=3), AlertSettings()) == START + timedelta(seconds=20)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (AlertSettings(first=4), "settings.first"),
        (AlertSettings(every=601), "settings.every"),
        (AlertSettings(until=3601), "settings.until"),
        (Preferences(volume=101), "preferences.volume"),
        (Preferences(chat_sound="gong"), "preferences.chat_sound"),
        (Preferences(message_sound=""), "preferences.message_sound"),
        (Preferences(language="fr"), "preferences.language"),
        (Preferences(language="DE"), "preferences.language"),
        (Preferences(language="de-CH"), "preferences.language"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_field(wrong: AlertSettings | Preferences, field: str) -> None:  # spec 5.12
    with pytest.raises(WrongArgument) as refused:
        wrong.check()
    assert refused.value.field == field
