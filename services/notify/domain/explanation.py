"""Why an engineer was or was not alerted (spec 5.11): decided again by the same functions, from the facts of that moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.notify.domain.card import alerts_anyone, reason_for
from services.notify.domain.decision import Decision, Fact, decide
from services.notify.domain.delivery import Delivery
from services.notify.domain.session_alert import AlertedEngineer, EngineerWithPresence, SessionAlert


def moment_of(session_alert: SessionAlert) -> datetime | None:
    """When the session alerted last; None while it alerts, and for one that never did."""
    return None if alerts_anyone(session_alert.card) or session_alert.alerted_as is None else session_alert.over_at


def explanation(session_alert: SessionAlert, then: EngineerWithPresence) -> tuple[bool, tuple[Fact, ...]]:
    """Whether the engineer is or was alerted, and the steps of the decision. `then` is the engineer as of `moment_of`."""
    alerted = session_alert.people.get(then.engineer.id, AlertedEngineer(then.engineer.id))
    now = _decision(session_alert, alerted, then)
    moment = moment_of(session_alert)
    if moment is None or session_alert.alerted_as is None:
        return now.alerted or alerted.was_alerted, now.explain()
    before = replace(session_alert, card=session_alert.alerted_as)
    facts = _decision(before, alerted, then).explain()
    return alerted.was_alerted, (*facts, *(fact for fact in now.explain() if fact.check == "session"))


def _decision(session_alert: SessionAlert, alerted: AlertedEngineer, then: EngineerWithPresence) -> Decision:
    engineer, presence, push_when_away = then
    dismissed = alerted.put_away(reason_for(session_alert.card, engineer.id))
    return decide(session_alert.card, engineer, presence, dismissed, push_when_away=push_when_away)


def with_delivery(facts: tuple[Fact, ...], deliveries: Sequence[Delivery]) -> tuple[Fact, ...]:
    """Adds why the latest notification appeared where it did. A push that only removed a notification does not count."""
    shown = [delivery for delivery in deliveries if not delivery.close]
    return (*facts, *shown[-1].why) if shown else facts
