"""The statuses of a session, and the steps that change them, in one table (spec 3.3)."""

from collections.abc import Mapping
from enum import StrEnum

from services.chat.domain.errors import StepNotAllowed


class ChatType(StrEnum):
    """A customer opens a request, an engineer a push chat (spec 2.1)."""

    REQUEST = "request"
    PUSH = "push"


class ChatStatus(StrEnum):
    """Spec 3.1."""

    WAITING = "waiting"
    HANDLED = "handled"
    ABANDONED = "abandoned"
    CALLBACK = "callback"
    COMPLETED = "completed"


class StatusStep(StrEnum):
    """The reason for a change of status."""

    JOIN = "join"
    ABANDON = "abandon"
    CALL_BACK = "call_back"
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    COMPLETE = "complete"


ACTIVE = frozenset({ChatStatus.WAITING, ChatStatus.HANDLED})
FOLLOWED_UP = frozenset({ChatStatus.ABANDONED, ChatStatus.CALLBACK})

# The allowed steps in each status and the status they lead to. Every other step is refused.
TRANSITIONS: Mapping[tuple[ChatType, ChatStatus], Mapping[StatusStep, ChatStatus]] = {
    (ChatType.REQUEST, ChatStatus.WAITING): {
        StatusStep.JOIN: ChatStatus.HANDLED,
        StatusStep.ABANDON: ChatStatus.ABANDONED,
        StatusStep.CALL_BACK: ChatStatus.CALLBACK,
    },
    (ChatType.PUSH, ChatStatus.WAITING): {
        StatusStep.ACCEPT: ChatStatus.HANDLED,
        StatusStep.DECLINE: ChatStatus.ABANDONED,
        StatusStep.EXPIRE: ChatStatus.ABANDONED,
        StatusStep.WITHDRAW: ChatStatus.ABANDONED,
    },
    **{
        (type, status): {StatusStep.COMPLETE: ChatStatus.COMPLETED}
        for type in ChatType
        for status in (ChatStatus.HANDLED, ChatStatus.ABANDONED, ChatStatus.CALLBACK)
    },
    (ChatType.REQUEST, ChatStatus.CALLBACK): {
        StatusStep.COMPLETE: ChatStatus.COMPLETED,
        StatusStep.WITHDRAW: ChatStatus.COMPLETED,
    },
    **{(type, ChatStatus.COMPLETED): {} for type in ChatType},
}


def next_status(type: ChatType, status: ChatStatus, step: StatusStep) -> ChatStatus:
    """The status after `step`; raises StepNotAllowed."""
    try:
        return TRANSITIONS[type, status][step]
    except KeyError:
        raise StepNotAllowed(f"A {type} that is {status} cannot {step.replace('_', ' ')}.", status=status, step=step) from None
