"""Good requests about transfers of a chat, and chats with an open transfer, for the tests of all RPCs."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from parley.chat.v1 import chat_pb2 as c
from servicekit.errors import Kind
from tests.contract.rpcs import RPCS
from tests.journeys.scene_notifications import Good, with_command_id
from tests.journeys.team import Team, answered

if TYPE_CHECKING:
    from tests.journeys.scene import Scene

# Seconds, longer than any test.
OPEN_FOR = 600


async def good_transfers(scene: "Scene", handled: str) -> dict[str, Good]:
    """Ava may ask Sam to take over the chat `handled`. In another chat she has asked him."""
    await keep_transfers_open(scene.team, scene.token("ava"))
    asked = await with_transfer(scene)
    asking: dict[str, Good] = {
        "AskTransfer": ("ava", c.AskTransferRequest(session_id=handled, engineer_id=scene.id("sam"))),
        "AnswerTransfer": ("sam", c.AnswerTransferRequest(session_id=asked, answer=c.TRANSFER_ANSWER_ACCEPT)),
    }
    return {f"ChatService.{name}": with_command_id(good, name) for name, good in asking.items()}


async def keep_transfers_open(team: Team, admin: str) -> None:
    """Changes the settings of the desk of the admin with this token: a transfer expires after OPEN_FOR."""
    read = await team.do("ChatService.GetSettings", c.GetSettingsRequest(), admin)
    read.settings.transfer_expires_after = OPEN_FOR
    await team.do("ChatService.UpdateSettings", c.UpdateSettingsRequest(settings=read.settings, version=read.version), admin)


async def with_transfer(scene: "Scene") -> str:
    """A new chat of Mia and Ava, who has asked Sam to take it over. The transfer stays open for OPEN_FOR, which the settings have."""
    ask, session_id = RPCS["ChatService.AskTransfer"], await scene.handled()
    async with asyncio.timeout(60):
        while True:
            asked = c.AskTransferRequest(session_id=session_id, command_id=scene.fresh(), engineer_id=scene.id("sam"))
            # Presence may not know Sam's page yet.
            not_yet = (Kind.UNAVAILABLE, Kind.FAILED_PRECONDITION)
            outcome = await answered(partial(scene.team.call, ask, asked, scene.token("ava")), not_yet)
            assert isinstance(outcome.answer, c.AskTransferResponse), outcome
            transfer = outcome.answer.session.card.transfer
            if transfer.expires_at.seconds - transfer.at.seconds > 60:
                return session_id
            # This replica of chat has not consumed the new setting yet.
            withdrawal = c.AnswerTransferRequest(session_id=session_id, answer=c.TRANSFER_ANSWER_WITHDRAW, command_id=scene.fresh())
            await scene.do("ChatService.AnswerTransfer", "ava", withdrawal)
