"""Where a notification can appear: a person's open pages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Permission(StrEnum):
    """Whether the browser lets a page show notifications. UNKNOWN: the page has not reported it."""

    UNKNOWN = ""
    DEFAULT = "default"
    GRANTED = "granted"
    DENIED = "denied"
    UNSUPPORTED = "unsupported"


class Channel(StrEnum):
    """Where a notification appears. NONE: nowhere."""

    NONE = ""
    VISIBLE_PAGE = "visible_page"
    INSTALLED_APP = "installed_app"
    HIDDEN_PAGE = "hidden_page"
    WEB_PUSH = "web_push"


@dataclass(frozen=True, slots=True)
class Page:
    """An open page as it reported itself. `session_ids` are the chats whose windows are open in it and not minimised."""

    connection_id: str
    active_at: datetime
    visible: bool = False
    focused: bool = False
    installed: bool = False
    permission: Permission = Permission.UNKNOWN
    sound_allowed: bool = False
    session_ids: frozenset[str] = frozenset()

    @property
    def channel(self) -> Channel:
        if self.visible:
            return Channel.VISIBLE_PAGE
        return Channel.INSTALLED_APP if self.installed else Channel.HIDDEN_PAGE

    @property
    def granted(self) -> bool:
        return self.permission is Permission.GRANTED
