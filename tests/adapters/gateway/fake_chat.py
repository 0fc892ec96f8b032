"""A fake of chat: a log for each session, the stream's rules of repeats and order, and streams that can be cut."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from parley.chat.v1 import chat_pb2 as chat
from parley.chat.v1 import chat_pb2_grpc
from servicekit.errors import NotFound
from servicekit.grpc_server import accept, caller_of
from servicekit.identity import Caller


class FakeChat(chat_pb2_grpc.ChatServiceServicer):
    """The stream breaks after `cut_after` accepted posts, before their results are sent. With `answers = False` no results are sent."""

    def __init__(self, may: Callable[[str], None] = lambda method: None) -> None:
        self._may = may
        self.cards: dict[str, chat.SessionCard] = {}
        self.log: dict[str, list[tuple[str, str]]] = {}  # session -> (command id, text)
        self.file_ids: dict[str, list[str]] = {}  # of each accepted post, by its command id
        self.received = b""  # the content of the files that were uploaded
        self.calls: list[tuple[str, Caller, Any]] = []
        self.tokens: list[str] = []
        self.batches: list[int] = []
        self.cut_after = -1
        self.answers = True
        self.taken = asyncio.Event()
        self.verify: Callable[[str], Caller] | None = None

    def open(self, session_id: str, **fields: Any) -> chat.SessionCard:
        """A session that GetSession and ListSessions know."""
        self.cards[session_id] = chat.SessionCard(session_id=session_id, **fields)
        return self.cards[session_id]

    async def PostMessages(self, requests: Any, context: Any) -> AsyncIterator[Any]:
        async for request in requests:
            self.tokens += [introduction.token for introduction in request.tokens]
            self.batches.append(len(request.posts))
            results = [self._post(post) for post in request.posts]
            self.taken.set()
            if 0 <= self.cut_after <= sum(map(len, self.log.values())):
                self.cut_after = -1
                await context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
            if self.answers:
                yield chat.PostMessagesResponse(results=results)

    def _post(self, post: chat.Post) -> chat.PostResult:
        log = self.log.setdefault(post.session_id, [])
        taken_ids = [command_id for command_id, _ in log]
        if post.text == "refuse me":
            refusal = chat.Refusal(kind="invalid_argument", code="bad_text", field="text", message="No.", details={"most": "4000"})
            return chat.PostResult(correlation=post.correlation, refusal=refusal)
        if post.command_id not in taken_ids:
            if post.previous_command_id and post.previous_command_id not in taken_ids:
                refusal = chat.Refusal(kind="failed_precondition", code="out_of_order")
                return chat.PostResult(correlation=post.correlation, refusal=refusal)
            log.append((post.command_id, post.text + (f"note: {post.note}" if post.note else "")))
            taken_ids.append(post.command_id)
            self.file_ids[post.command_id] = list(post.file_ids)
        return chat.PostResult(correlation=post.correlation, revision=taken_ids.index(post.command_id) + 1)

    async def UploadFile(self, requests: Any, context: Any) -> Any:
        first = await anext(aiter(requests))
        self.calls.append(("UploadFile", caller_of(context), first))
        self._may("UploadFile")
        await accept(context)
        async for request in requests:
            self.received += request.data
        return chat.UploadFileResponse(file=chat.File(id="f1", name=first.name, size=first.size))

    async def DownloadFile(self, request: Any, context: Any) -> AsyncIterator[Any]:
        """Chat sends no data with the description."""
        if (request.session_id, request.file_id) != ("s1", "f1"):
            raise NotFound("There is no such file.", field="file_id")
        yield chat.DownloadFileResponse(file=chat.File(id="f1", name="Störung.png", content_type="image/png", size=5))
        for data in (b"\x89PN", b"G!"):
            yield chat.DownloadFileResponse(data=data)

    async def GetSession(self, request: Any, context: Any) -> Any:
        caller = caller_of(context)
        self.calls.append(("GetSession", caller, request))
        self._may("GetSession")
        card = self.cards.get(request.session_id)
        mine = card is not None and (
            caller.id == card.customer.id or (caller.kind == "engineer" and caller.may_see(card.company_id, card.board_id))
        )
        if not mine:
            raise NotFound("There is no such session.", field="session_id")
        return chat.GetSessionResponse(session=chat.Session(card=card))

    async def CompleteSession(self, request: Any, context: Any) -> Any:
        self.calls.append(("CompleteSession", caller_of(context), request))
        return chat.CompleteSessionResponse(session=chat.Session(card=chat.SessionCard(session_id=request.session_id)))

    async def ListSessions(self, request: Any, context: Any) -> Any:
        caller = caller_of(context)
        self.calls.append(("ListSessions", caller, request))
        self._may("ListSessions")
        cards = [card for card in self.cards.values() if request.desk_id in ("", card.desk_id) and self._lists(caller, card)]
        live = [card for card in cards if not request.live or self._is_live(caller, card)]
        return chat.ListSessionsResponse(cards=live)

    def _is_live(self, caller: Caller, card: chat.SessionCard) -> bool:
        inside = {person.id for person in card.participants}
        return card.status != chat.CHAT_STATUS_COMPLETED or (bool(inside) if caller.kind == "service" else caller.id in inside)

    def _lists(self, caller: Caller, card: chat.SessionCard) -> bool:
        if caller.kind == "customer":
            return bool(caller.id == card.customer.id)
        return caller.may_see(card.company_id, card.board_id)

    async def JoinSession(self, request: Any, context: Any) -> Any:
        self.calls.append(("JoinSession", caller_of(context), request))
        self._may("JoinSession")
        return chat.JoinSessionResponse(session=chat.Session(card=self.cards.get(request.session_id)))

    async def AnswerPushChat(self, request: Any, context: Any) -> Any:
        self.calls.append(("AnswerPushChat", caller_of(context), request))
        return chat.AnswerPushChatResponse()

    async def RequestChat(self, request: Any, context: Any) -> Any:
        self.calls.append(("RequestChat", caller_of(context), request))
        return chat.RequestChatResponse(opened=True)

    async def GetSupportState(self, request: Any, context: Any) -> Any:
        self.calls.append(("GetSupportState", caller_of(context), request))
        return chat.GetSupportStateResponse(open=True)
