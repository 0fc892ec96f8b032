"""On which place a notification appears, and why (spec 5.4). The same function decides and explains (spec 5.11)."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from services.notify.domain.decision import ONLINE, Fact
from services.notify.domain.notification import Kind, Recipient
from services.notify.domain.page import Channel, Page
from services.notify.domain.preferences import Preferences

BUSY = "busy"
NAMES = {
    Channel.VISIBLE_PAGE: "a visible page",
    Channel.INSTALLED_APP: "a hidden page of the installed app",
    Channel.HIDDEN_PAGE: "a hidden page",
}


@dataclass(frozen=True, slots=True)
class Placement:
    """`recorded` is whether a delivery is recorded, also when there is no place."""

    channel: Channel
    facts: tuple[Fact, ...]
    connection_id: str = ""
    sound: bool = False
    show: bool = False
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a person when a notification is placed. `tried`: pages that did not confirm it, or could not do it."""

    recipient: Recipient
    preferences: Preferences
    pages: Sequence[Page]
    subscribed: bool
    tried: Set[str] = frozenset()


def choose(kind: Kind, session_id: str, situation: Situation, now: datetime) -> Placement:
    recipient = situation.recipient
    if kind is Kind.MESSAGE and (open_in := shows(situation.pages, session_id)):
        text = f"The chat is open in a page that {recipient.name} sees"
        return Placement(Channel.NONE, (Fact("page", False, text, open_in.active_at),), recorded=False)
    presence = _presence(situation, now)
    if not presence.passed:
        return Placement(Channel.NONE, (presence,), recorded=False)
    facts = [presence, _wishes(situation, now)]
    if reached_by_pages(recipient):
        placement = _page(kind, situation, facts, now)
        if placement is not None:
            return placement
    return _push(kind, situation, facts, now)


def reached_by_pages(recipient: Recipient) -> bool:
    """Away and offline engineers get no sound and no page (spec 1.10); a customer's presence does not matter."""
    return not recipient.engineer or (recipient.presence is not None and recipient.presence.presence == ONLINE)


def shows(pages: Iterable[Page], session_id: str) -> Page | None:
    return next((page for page in pages if page.visible and session_id in page.session_ids), None)


def _presence(situation: Situation, now: datetime) -> Fact:
    recipient, presence = situation.recipient, situation.recipient.presence
    if situation.preferences.disabled:
        return Fact("access", False, f"{recipient.name} may no longer sign in", now)
    if not recipient.engineer:
        return Fact("presence", True, f"{recipient.name} is a customer: presence does not matter", now)
    state, since = (presence.presence, presence.since) if presence else ("offline", now)
    if state == ONLINE:
        return Fact("presence", True, f"{recipient.name} was online", since)
    if state == BUSY:
        return Fact("presence", False, f"{recipient.name} had chosen Do Not Disturb: no notification on any channel", since)
    if not situation.preferences.push_when_away:
        return Fact("presence", False, f"{recipient.name} was {state} and had not asked for Web Push then", since)
    return Fact("presence", True, f"{recipient.name} was {state}: Web Push only, as they asked", since)


def _wishes(situation: Situation, now: datetime) -> Fact:
    preferences, name = situation.preferences, situation.recipient.name
    off = [text for text, on in (("sounds", preferences.sound), ("browser notifications", preferences.browser_notifications)) if not on]
    if off:
        return Fact("preferences", False, f"{name} had switched off {' and '.join(off)}", now)
    return Fact("preferences", True, f"{name} wanted sounds and browser notifications", now)


def _page(kind: Kind, situation: Situation, facts: list[Fact], now: datetime) -> Placement | None:
    """None when no page remains, or when the best one can do nothing and Web Push remains. Adds to `facts` why."""
    remaining = [page for page in situation.pages if page.connection_id not in situation.tried]
    if tried := len(situation.pages) - len(remaining):
        facts.append(Fact("page", False, f"{_pages(tried)} did not confirm the notification or could not do it", now))
    ranked = sorted(remaining, key=_rank, reverse=True)
    useful = next((page for page in ranked if _of_use(page, situation.preferences)), None)
    if useful is not None:
        for page in ranked[: ranked.index(useful)]:
            facts.append(Fact("page", False, f"{NAMES[page.channel].capitalize()} may neither show nor sound", page.active_at))
        return _on(kind, useful, situation, facts)
    if ranked and not _may_push(situation):
        return _on(kind, ranked[0], situation, facts)
    text = f"{_pages(len(ranked))} may neither show nor sound" if ranked else f"{situation.recipient.name} had no other page open"
    facts.append(Fact("page", False, text, now))
    return None


def _pages(count: int) -> str:
    return "One page" if count == 1 else f"{count} pages"


def _rank(page: Page) -> tuple[object, ...]:
    if page.visible:
        return (2, page.focused, False, page.active_at)
    return (1 if page.installed else 0, page.granted, page.sound_allowed, page.active_at)


def _of_use(page: Page, preferences: Preferences) -> bool:
    return page.visible or (preferences.browser_notifications and page.granted) or (preferences.sound and page.sound_allowed)


def _on(kind: Kind, page: Page, situation: Situation, facts: list[Fact]) -> Placement:
    preferences, name = situation.preferences, situation.recipient.name
    facts.append(Fact("page", True, f"The best place of {name} was {NAMES[page.channel]}", page.active_at))
    if not page.visible and preferences.browser_notifications and not page.granted:
        text = f"The browser may not show notifications of that page: permission {page.permission.value or 'not reported'}"
        facts.append(Fact("permission", False, text, page.active_at))
    # A push chat is shown beside its dialog (spec 5.6), and a test on a visible page too (spec 5.10).
    wanted = kind is Kind.TEST or (preferences.browser_notifications and (not page.visible or kind is Kind.PUSH_CHAT))
    return Placement(page.channel, tuple(facts), page.connection_id, preferences.sound, wanted and page.granted)


def _may_push(situation: Situation) -> bool:
    """A person whose pages are open is pushed to only if browser notifications are switched on."""
    preferences, recipient = situation.preferences, situation.recipient
    if not situation.subscribed:
        return False
    if recipient.engineer and reached_by_pages(recipient):
        return preferences.browser_notifications
    return preferences.push_when_away and (preferences.browser_notifications or not situation.pages)


def _push(kind: Kind, situation: Situation, facts: list[Fact], now: datetime) -> Placement:
    name = situation.recipient.name
    if _may_push(situation):
        facts.append(Fact("push", True, f"{name} has a browser with Web Push", now))
        return Placement(Channel.WEB_PUSH, tuple(facts), sound=situation.preferences.sound, show=True)
    text = f"{name} does not want Web Push" if situation.subscribed else f"{name} has no browser with Web Push"
    facts.append(Fact("push", False, text, now))
    # Bounds what is written: a message to somebody who is not here leaves no record.
    return Placement(Channel.NONE, tuple(facts), recorded=kind is not Kind.MESSAGE)
