"""A desk's chat settings as protos."""

import re
from datetime import date
from enum import StrEnum
from typing import TypeVar

from parley.chat.v1 import chat_pb2 as pb
from servicekit.protos import declare, fields_of
from services.chat.domain.desk_settings import ChatSettings, CustomerLeave, HoursMode, JoinPolicy
from services.chat.domain.errors import BadArgument
from services.chat.domain.hours import Holiday, OfficeHours, WeeklySpan

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Word = TypeVar("Word", bound=StrEnum)

declare(Holiday, pb.Holiday, day="date")


def settings_to_proto(settings: ChatSettings) -> pb.ChatSettings:
    return pb.ChatSettings(**fields_of(settings))


def settings_from(settings: pb.ChatSettings) -> ChatSettings:
    """Checks words and dates (BadArgument names the field); the domain checks amounts and the zone."""
    return ChatSettings(
        join_policy=_word(JoinPolicy, settings.join_policy, "join_policy"),
        waiting_gone_after=settings.waiting_gone_after,
        no_answer_after=settings.no_answer_after,
        idle_after=settings.idle_after,
        unattended_after=settings.unattended_after,
        ended_leave_after=settings.ended_leave_after or ChatSettings.ended_leave_after,
        customer_leave=_word(CustomerLeave, settings.customer_leave, "customer_leave"),
        hours_mode=_word(HoursMode, settings.hours_mode, "hours_mode"),
        hours=_hours_from(settings.hours) if settings.HasField("hours") else None,
        pre_ticket_chat=settings.pre_ticket_chat,
        post_ticket_chat=settings.post_ticket_chat,
        call_back=settings.call_back,
        companies=dict(settings.companies),
        customers=dict(settings.customers),
        promise_wait=settings.promise_wait if settings.HasField("promise_wait") else ChatSettings.promise_wait,
        transfer_expires_after=settings.transfer_expires_after or ChatSettings.transfer_expires_after,
    )


def _word(words: type[Word], text: str, field: str) -> Word:
    try:
        return words(text)
    except ValueError:
        choices = ", ".join(words)
        raise BadArgument(f"{field} must be one of: {choices}.", field=f"settings.{field}") from None


def _hours_from(hours: pb.OfficeHours) -> OfficeHours:
    return OfficeHours(
        zone=hours.zone,
        spans=tuple(WeeklySpan(span.day, span.from_minute, span.until_minute) for span in hours.spans),
        holidays=tuple(
            Holiday(_day(holiday.date, number), holiday.name, holiday.from_minute, holiday.until_minute)
            for number, holiday in enumerate(hours.holidays)
        ),
    )


def _day(text: str, number: int) -> date:
    """Accepts YYYY-MM-DD only; Python would accept other formats, such as weeks, that the pages do not."""
    try:
        if not DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise BadArgument("A holiday's date is written YYYY-MM-DD.", field=f"settings.hours.holidays[{number}].date") from None
