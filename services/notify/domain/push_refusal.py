"""Whether a push that has waited may still be sent: access, sign-in and Do Not Disturb may have changed since it was placed (spec 5.8)."""

from services.notify.domain.access import engineer_sees
from services.notify.domain.card import Card
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.domain.notification import Kind
from services.notify.domain.placement import BUSY
from services.notify.domain.preferences import Preferences

MAY_NOT_SIGN_IN = "The person may no longer sign in"
NOT_AT_DESK = "The engineer is no longer at the desk"
MAY_NOT_SEE = "The engineer may no longer see the chat"
IS_BUSY = "The engineer chose Do Not Disturb before it was sent"


def refusal_of_customer(preferences: Preferences | None) -> str:
    """The reason, or an empty string if it may be sent."""
    return MAY_NOT_SIGN_IN if preferences is not None and preferences.disabled else ""


def refusal_of_engineer(
    kind: Kind, preferences: Preferences | None, engineer: Engineer | None, presence: PresenceFact | None, card: Card | None
) -> str:
    """The reason, or an empty string if it may be sent. `card`: the session, if it is stored. A test is sent even in Do Not Disturb."""
    if (refusal := refusal_of_customer(preferences)) or kind is Kind.TEST:
        return refusal
    if engineer is None or engineer.disabled:
        return NOT_AT_DESK
    if card is not None and not engineer_sees(engineer, card):
        return MAY_NOT_SEE
    return IS_BUSY if presence is not None and presence.presence == BUSY else ""
