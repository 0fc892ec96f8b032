"""Whom a session alerts, and why. The same code decides and explains (spec 5.11)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.notify.domain.access import has_access
from services.notify.domain.card import Card, Reason, Status, alerts_anyone, reason_for

ONLINE = "online"
# Web Push reaches engineers in these states, if they asked for it (spec 1.10).
AWAY_STATES = frozenset({"away", "offline"})
# Spec 1.10: busy people get no alerts at all, away and offline people no alert cards.
SILENT = {
    "away": "{name} was away",
    "busy": "{name} had chosen Do Not Disturb",
    "offline": "{name} was offline",
}


@dataclass(frozen=True, slots=True)
class Engineer:
    """An engineer of the directory. `companies` and `boards`: None = all. `recorded_at`: when notify received it."""

    id: str
    desk_id: str
    name: str
    companies: frozenset[str] | None
    boards: frozenset[str] | None
    disabled: bool
    revision: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PresenceFact:
    """The latest published presence (online, away, busy or offline), and since when."""

    presence: str
    revision: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """One step of a decision: the check, whether it passed, a sentence for people, and when the fact was recorded."""

    check: str
    passed: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is why the engineer is alerted; None when they are not. `by_push`: by Web Push alone, without a card.

    `explain` returns the steps of the decision. Only an explanation needs their sentences, so they are made when it is called.
    """

    reason: Reason | None
    by_push: bool
    explain: Callable[[], tuple[Fact, ...]]

    @property
    def alerted(self) -> bool:
        return self.reason is not None


def reachable(engineer: Engineer, presence: PresenceFact | None, push_when_away: bool) -> bool:
    """Whether any session could alert this engineer now: by a card, or by Web Push alone."""
    return not engineer.disabled and (_is_online(presence) or _by_push(presence, push_when_away))


def decide(
    card: Card, engineer: Engineer, presence: PresenceFact | None, dismissed: datetime | None, *, push_when_away: bool = False
) -> Decision:
    """`presence` is None when none was published. `dismissed`: when the engineer dismissed the alert that the session would raise now.
    `push_when_away`: the engineer asked for Web Push while away or offline."""
    by_push = _by_push(presence, push_when_away)
    passed = has_access(engineer, card) and (by_push or _is_online(presence)) and dismissed is None
    reason = reason_for(card, engineer.id) if passed else None
    return Decision(reason, by_push and reason is not None, partial(_facts, card, engineer, presence, dismissed, by_push))


def _facts(card: Card, engineer: Engineer, presence: PresenceFact | None, dismissed: datetime | None, by_push: bool) -> tuple[Fact, ...]:
    return (
        _session(card, engineer),
        _access(card, engineer),
        _presence(engineer, presence, by_push),
        _dismissed(card, engineer, dismissed),
    )


def _is_online(presence: PresenceFact | None) -> bool:
    return presence is not None and presence.presence == ONLINE


def _by_push(presence: PresenceFact | None, push_when_away: bool) -> bool:
    return push_when_away and (presence is None or presence.presence in AWAY_STATES)


_WORDS = {
    Reason.WAITING: "{customer} waits",
    Reason.UNATTENDED: "Nobody is with {customer} any more",
    Reason.INVITED: "A colleague asked {name} to come",
    Reason.TRANSFER: "A colleague asked {name} to take over",
}


def _session(card: Card, engineer: Engineer) -> Fact:
    reason = reason_for(card, engineer.id)
    if reason is not None:
        return Fact("session", True, _WORDS[reason].format(customer=card.customer_name, name=engineer.name), card.waiting_since)
    if card.push and card.status is Status.WAITING:
        text = "A push chat waits for its customer and alerts no engineer"
    elif alerts_anyone(card):
        text = f"{engineer.name} is in it already" if engineer.id in card.participants else "It alerts others"
    else:
        text = f"The chat alerts nobody: it is {card.status.value}"
    return Fact("session", False, text, card.modified_at)


def _access(card: Card, engineer: Engineer) -> Fact:
    if engineer.disabled:
        return Fact("access", False, f"{engineer.name} is no longer at the desk", engineer.recorded_at)
    if has_access(engineer, card):
        return Fact("access", True, f"{engineer.name} may see the company and the board", engineer.recorded_at)
    return Fact("access", False, f"{engineer.name} may not see the company or the board", engineer.recorded_at)


def _presence(engineer: Engineer, presence: PresenceFact | None, by_push: bool) -> Fact:
    state, since = (presence.presence, presence.since) if presence else ("offline", engineer.recorded_at)
    if _is_online(presence):
        return Fact("presence", True, f"{engineer.name} was online", since)
    if by_push:
        return Fact("presence", True, f"{engineer.name} was {state}: no alert card, only Web Push, as they asked", since)
    return Fact("presence", False, SILENT.get(state, SILENT["offline"]).format(name=engineer.name), since)


def _dismissed(card: Card, engineer: Engineer, dismissed: datetime | None) -> Fact:
    if dismissed is None:
        return Fact("dismissed", True, f"{engineer.name} had not dismissed it", card.waiting_since)
    return Fact("dismissed", False, f"{engineer.name} had dismissed it", dismissed)
