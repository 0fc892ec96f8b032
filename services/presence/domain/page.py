"""What an open page reports of itself, so that a notification appears on the best page of a person (spec 5.4)."""

from dataclasses import dataclass
from enum import StrEnum

# The gateway has the same bounds (client_frames.py); tests/contract compares the two. They bound the document of a person.
MAX_SESSIONS = 50
MAX_SESSION_ID = 64
MAX_BROWSER_ID = 64


class NotificationPermission(StrEnum):
    """Whether a browser lets a page show notifications."""

    UNKNOWN = ""
    DEFAULT = "default"
    GRANTED = "granted"
    DENIED = "denied"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class PageState:
    """A page that has reported nothing is as these defaults: hidden, silent and not permitted.

    `session_ids` are the chats whose windows are open and not minimised.
    """

    visible: bool = False
    focused: bool = False
    installed: bool = False
    permission: NotificationPermission = NotificationPermission.UNKNOWN
    sound_allowed: bool = False
    session_ids: tuple[str, ...] = ()
    browser_id: str = ""


UNREPORTED = PageState()
