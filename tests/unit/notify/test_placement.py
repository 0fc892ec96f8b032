"""Where a notification appears, as a table.

`pages`: each as "id state"; the states are visible, focused, app (hidden, installed) and tab (hidden), then: later (a more recent
activity), mute (the browser blocks its sound), default, denied or unsupported (the permission; granted unless named), and "has s1" (the
chat's window is open in it). `gets`: the page's id or "push" with what it does, "nowhere" (a failed delivery), or "nothing" (no record).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.decision import PresenceFact
from services.notify.domain.notification import Kind, Recipient
from services.notify.domain.page import Channel, Page, Permission
from services.notify.domain.placement import Placement, Situation, choose
from services.notify.domain.preferences import default_preferences
from tests.unit.notify.world import START

OFF: dict[str, dict[str, Any]] = {
    "no sound": {"sound": False},
    "no show": {"browser_notifications": False},
    "push when away": {"push_when_away": True},
}
OFF |= {"no push when away": {"push_when_away": False}, "disabled": {"disabled": True}}


@dataclass(frozen=True)
class Case:
    rule: str
    pages: str
    gets: str
    kind: str = "waiting"
    who: str = "online"
    wants: str = ""
    push: bool = False
    tried: str = ""


CUSTOMER: dict[str, Any] = {"kind": "push_chat", "who": "customer"}
MESSAGE: dict[str, Any] = {"kind": "message"}
CASES = [
    # 5.2: a new chat always plays the sound, and shows a notification if no page is visible.
    Case("a new chat sounds in a visible page", "a visible", "a sound"),
    Case("a new chat sounds and shows in a hidden page", "a tab", "a sound show"),
    Case("nothing is shown while a page is visible", "a visible, b tab", "a sound"),
    Case("a new chat sounds even if its chat is open in a visible page", "a visible has s1", "a sound"),
    Case("an unattended chat is like a new chat", "a visible", "a sound", kind="unattended"),
    Case("an invitation is like a new chat", "a tab", "a sound show", kind="invited"),
    Case("an abandoned session is like a new chat", "a tab", "a sound show", kind="abandoned"),
    Case("a call-back is like a new chat", "a visible", "a sound", kind="callback"),
    # 5.2: a new message does so only if its chat is not open in a visible page.
    Case("a message sounds in a visible page without its chat", "a visible", "a sound", **MESSAGE),
    Case("a message of an open chat makes nothing", "a visible has s1", "nothing", **MESSAGE),
    Case("a message of a chat that is open in another visible page makes nothing", "a focused, b visible has s1", "nothing", **MESSAGE),
    Case("a message whose chat is open in a hidden page is shown", "a tab has s1", "a sound show", **MESSAGE),
    Case("a message whose chat is open in a hidden page sounds in the visible one", "a visible, b tab has s1", "a sound", **MESSAGE),
    Case("a message of another open chat sounds", "a visible has s2", "a sound", **MESSAGE),
    Case("a message to nobody here leaves no record", "", "nothing", **MESSAGE),
    Case("a message reaches an engineer without a page by Web Push", "", "push", push=True, **MESSAGE),
    Case("a message is not pushed while its chat is open", "a visible has s1", "nothing", push=True, **MESSAGE),
    Case("a message to a customer sounds", "a visible", "a sound", kind="message", who="customer"),
    Case("a message to a customer of an open chat makes nothing", "a visible has s1", "nothing", kind="message", who="customer"),
    Case("a message is pushed to a customer without a page", "", "push", kind="message", who="customer", push=True),
    # 5.4: once, on the best place.
    Case("a visible page goes before an app", "a app, b visible", "b sound"),
    Case("a visible page goes before a tab of later activity", "a tab later, b visible", "b sound"),
    Case("of visible pages the focused one", "a visible later, b focused", "b sound"),
    Case("of visible pages the last used one", "a visible, b visible later", "b sound"),
    Case("a visible app is a visible page", "a visible, b visible app later", "b sound"),
    Case("an app goes before a tab", "a tab later, b app", "b sound show"),
    Case("an app without permission goes before a tab if it may sound", "a tab, b app default", "b sound"),
    Case("an app that can do nothing is skipped", "a tab, b app denied mute", "a sound show"),
    Case("of tabs the one that may show", "a tab denied later, b tab", "b sound show"),
    Case("of tabs the one that may sound", "a tab mute later, b tab", "b sound show"),
    Case("of tabs the last used one", "a tab, b tab later", "b sound show"),
    Case("a tab goes before Web Push", "a tab", "a sound show", push=True),
    Case("Web Push without a page", "", "push", push=True),
    Case("a silent push who switched sound off", "", "silent push", push=True, wants="no sound"),
    Case("Web Push when the tab can do nothing", "a tab denied mute", "push", push=True),
    Case("a tab that can do nothing is better than nowhere", "a tab denied mute", "a sound"),
    Case("a tab that may only sound goes before Web Push", "a tab denied", "a sound", push=True),
    Case("a tab that may only show goes before Web Push", "a tab mute", "a sound show", push=True),
    Case("a page that has reported nothing can do nothing", "a tab unsupported mute, b tab", "b sound show"),
    Case("nowhere without a page and without Web Push", "", "nowhere"),
    # 5.4: the next place, when a page did not confirm it.
    Case("the next visible page", "a focused, b visible", "b sound", tried="a"),
    Case("a hidden page shows it when the visible one did not confirm", "a visible, b tab", "b sound show", tried="a"),
    Case("an app after the visible page", "a visible, b app, c tab", "b sound show", tried="a"),
    Case("a tab after the app", "a visible, b app, c tab", "c sound show", tried="a b"),
    Case("Web Push after all pages", "a visible, b tab", "push", tried="a b", push=True),
    Case("nowhere after all places", "a visible, b tab", "nowhere", tried="a b"),
    Case("a message goes on like a chat", "a visible, b tab", "b sound show", tried="a", **MESSAGE),
    # 1.10: presence.
    Case("Do Not Disturb gets nothing in a page", "a visible", "nothing", who="busy"),
    Case("Do Not Disturb gets no Web Push", "", "nothing", who="busy", push=True, wants="push when away"),
    Case("Do Not Disturb gets no messages", "a visible", "nothing", who="busy", **MESSAGE),
    Case("an away engineer gets no sound", "a visible", "nothing", who="away"),
    Case("an away engineer gets no Web Push without asking", "a visible", "nothing", who="away", push=True),
    Case("an away engineer gets Web Push who asked for it", "a visible", "push", who="away", push=True, wants="push when away"),
    Case("an away engineer without a browser is recorded as not reached", "a visible", "nowhere", who="away", wants="push when away"),
    Case("an offline engineer gets Web Push who asked for it", "", "push", who="offline", push=True, wants="push when away"),
    Case("an offline engineer gets nothing without asking", "", "nothing", who="offline", push=True),
    Case("an engineer of unknown presence is offline", "a visible", "nothing", who="unknown", push=True),
    Case("an away engineer's messages go by Web Push", "", "push", who="away", push=True, wants="push when away", **MESSAGE),
    Case("somebody who may not sign in gets nothing", "a visible", "nothing", wants="disabled", push=True),
    Case("a customer who may not sign in gets nothing", "a visible", "nothing", wants="disabled", push=True, **CUSTOMER),
    # 5.6: a push chat and its customer.
    Case("a push chat sounds in the customer's page and is shown beside its dialog", "a visible", "a sound show", **CUSTOMER),
    Case("a push chat is shown in the hidden app", "a tab, b app", "b sound show", **CUSTOMER),
    Case("a push chat reaches a customer without a page by Web Push", "", "push", push=True, **CUSTOMER),
    Case("a customer can refuse Web Push", "", "nowhere", push=True, wants="no push when away", **CUSTOMER),
    Case("a customer without Web Push and without a page is not reached", "", "nowhere", **CUSTOMER),
    # 5.12: preferences.
    Case("no sound who switched it off", "a visible", "a", wants="no sound"),
    Case("a silent notification who switched sound off", "a tab", "a show", wants="no sound"),
    Case("only the sound who switched notifications off", "a tab", "a sound", wants="no show"),
    Case("a tab that may only show does nothing without them", "a tab mute, b tab denied", "b sound", wants="no show"),
    Case("no Web Push for an engineer who is here and switched notifications off", "", "nowhere", wants="no show", push=True),
    Case(
        "Web Push while away who asked for it and switched notifications off",
        "",
        "push",
        who="away",
        wants="no show, push when away",
        push=True,
    ),
    Case("a page without sound and without notifications", "a tab", "a", wants="no sound, no show"),
    # 5.10: a test.
    Case("a test is shown in a visible page too", "a visible", "a sound show", kind="test"),
    Case("a test in a page without permission only sounds", "a visible default", "a sound", kind="test"),
]


def page(text: str) -> Page:
    id, *states = text.split()
    named = [permission for permission in Permission if permission.value in states]
    return Page(
        id,
        START + timedelta(seconds=60 * ("later" in states)),
        visible="visible" in states or "focused" in states,
        focused="focused" in states,
        installed="app" in states,
        permission=named[0] if named else Permission.GRANTED,
        sound_allowed="mute" not in states,
        session_ids=frozenset(states[states.index("has") + 1 :] if "has" in states else ()),
    )


def situation(case: Case) -> Situation:
    presence = PresenceFact(case.who, 1, START) if case.who in ("online", "busy", "away", "offline") else None
    recipient = Recipient("ava", "Ava", case.who != "customer", presence)
    preferences = default_preferences(engineer=recipient.engineer)
    for wish in filter(None, case.wants.split(", ")):
        preferences = replace(preferences, **OFF[wish])
    pages = [page(text) for text in filter(None, case.pages.split(", "))]
    return Situation(recipient, preferences, pages, case.push, frozenset(case.tried.split()))


def outcome(placement: Placement) -> str:
    if placement.channel is Channel.NONE:
        return "nowhere" if placement.recorded else "nothing"
    if placement.channel is Channel.WEB_PUSH:
        return "push" if placement.sound else "silent push"
    does = [word for word, done in (("sound", placement.sound), ("show", placement.show)) if done]
    return " ".join([placement.connection_id, *does])


@pytest.mark.parametrize("case", [pytest.param(case, id=case.rule) for case in CASES])
def test_a_notification_appears_once_on_the_best_place(case: Case) -> None:  # spec 1.10 5.2 5.4 5.6 5.7 5.12
    placement = choose(Kind(case.kind), "s1", situation(case), START)

    assert outcome(placement) == case.gets
    # spec 5.11: the decision has its steps, and the last one allows it exactly when there is a place.
    assert placement.facts
    reached = placement.channel is not Channel.NONE
    assert reached == any(fact.passed for fact in placement.facts if fact.check in ("page", "push"))


def test_the_table_names_each_rule_once() -> None:
    assert len({case.rule for case in CASES}) == len(CASES) >= 60


def test_the_order_of_pages_does_not_matter() -> None:  # spec 5.4
    for case in CASES:
        facts = situation(case)
        turned = replace(facts, pages=list(reversed(facts.pages)))
        assert outcome(choose(Kind(case.kind), "s1", turned, START)) == case.gets, case.rule


@pytest.mark.parametrize(
    ("case", "sentences"),
    [
        (
            Case("", "a visible", ""),
            ["Ava was online", "Ava wanted sounds and browser notifications", "The best place of Ava was a visible page"],
        ),
        (Case("", "", "", who="busy"), ["Ava had chosen Do Not Disturb: no notification on any channel"]),
        (Case("", "", "", who="away"), ["Ava was away and had not asked for Web Push then"]),
        (
            Case("", "a tab denied", "", wants="no sound", push=True, tried=""),
            [
                "Ava was online",
                "Ava had switched off sounds",
                "One page may neither show nor sound",
                "Ava has a browser with Web Push",
            ],
        ),
        (
            Case("", "a visible, b tab denied", "", tried="a"),
            [
                "Ava was online",
                "Ava wanted sounds and browser notifications",
                "One page did not confirm the notification or could not do it",
                "The best place of Ava was a hidden page",
                "The browser may not show notifications of that page: permission denied",
            ],
        ),
    ],
)
def test_a_placement_explains_itself(case: Case, sentences: list[str]) -> None:  # spec 5.11
    assert [fact.text for fact in choose(Kind(case.kind), "s1", situation(case), START).facts] == sentences
