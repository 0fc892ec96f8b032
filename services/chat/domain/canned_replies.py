"""Canned replies: texts that engineers insert into messages (spec 13.1). An engineer has their own, and the desk has some for everyone.

A text may hold placeholders such as {customer}. The page fills them, since it has the chat in front of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chat.domain.arguments import checked_id, checked_line, checked_text
from services.chat.domain.errors import BadArgument, Refused

MAX_OWN = 200
MAX_OF_DESK = 500
MAX_TITLE = 100
MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class CannedReply:
    """`reply_id` is chosen by the caller, so that a repeat makes no second reply."""

    reply_id: str
    title: str
    text: str


def check_reply(reply: CannedReply) -> None:
    """Raises BadArgument."""
    checked_id(reply.reply_id, "reply.reply_id")
    if not reply.title:
        raise BadArgument("A reply needs a title.", field="reply.title", code="empty")
    checked_line(reply.title, "reply.title", MAX_TITLE)
    checked_text(reply.text, "reply.text", MAX_TEXT)


def put(replies: Sequence[CannedReply], reply: CannedReply, most: int) -> tuple[CannedReply, ...]:
    """With this reply, in place of one with the same id. `reply` was checked."""
    if any(other.reply_id == reply.reply_id for other in replies):
        return tuple(reply if other.reply_id == reply.reply_id else other for other in replies)
    if len(replies) >= most:
        raise Refused(f"There are {most} canned replies already.", code="too_many_replies", field="reply", most=str(most))
    return (*replies, reply)


def without(replies: Sequence[CannedReply], reply_id: str) -> tuple[CannedReply, ...]:
    return tuple(reply for reply in replies if reply.reply_id != reply_id)
