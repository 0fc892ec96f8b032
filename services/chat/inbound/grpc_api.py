"""ChatService: translates requests and answers."""

from collections.abc import AsyncIterator
from typing import Any

import grpc

from parley.chat.v1 import chat_pb2 as pb
from parley.chat.v1.chat_pb2_grpc import ChatServiceServicer, add_ChatServiceServicer_to_server
from servicekit.accounts import INTERNAL
from servicekit.clock import Clock
from servicekit.grpc_server import caller_of
from servicekit.grpc_uploads import content_of, upload_time
from servicekit.identity import TokenVerifier
from servicekit.moments import to_proto
from servicekit.protos import fields_of, numbers_of
from services.chat.contract.figures import figures_to_proto
from services.chat.contract.sessions import (
    PAGE_ENTRIES,
    callback_wish_from,
    card_to_proto,
    ending_from,
    history_query_from,
    next_call_at_from,
    page_to_proto,
    read_to_proto,
    session_to_proto,
    statuses_from,
    ticket_wish_to_proto,
)
from services.chat.contract.settings import settings_from, settings_to_proto
from services.chat.domain.canned_replies import CannedReply
from services.chat.domain.conversation import JoinMode, PushAnswer
from services.chat.domain.errors import BadArgument
from services.chat.domain.events import Solved
from services.chat.domain.people import Viewer
from services.chat.domain.transferring import TransferAnswer
from services.chat.handlers.build import Handlers
from services.chat.handlers.chat_logs import Verdict
from services.chat.handlers.session_command import Answer
from services.chat.inbound.post_receiver import AccessOf, PostReceiver, viewer_of
from services.chat.ports import SessionQuery

NAME = pb.DESCRIPTOR.services_by_name["ChatService"].full_name
Context = grpc.aio.ServicerContext[object, object]
JOIN_MODES = {number: mode for mode, number in numbers_of(JoinMode, pb.JoinMode).items()}
ANSWERS = {number: answer for answer, number in numbers_of(PushAnswer, pb.PushAnswer).items()}
TRANSFER_ANSWERS = {number: answer for answer, number in numbers_of(TransferAnswer, pb.TransferAnswer).items()}
SOLVED = {number: solved for solved, number in numbers_of(Solved, pb.Solved).items()}
VERDICTS = numbers_of(Verdict, pb.ChatLogVerdict)
# The scope that a service account needs for each RPC; INTERNAL is for Parley's own services.
READ, WRITE, SETTINGS = "chat:read", "chat:write", "chat:settings"
SCOPES = {
    **dict.fromkeys(("GetSession", "ListSessions", "ListHistory", "GetChatLog", "GetChatLogProof", "GetDeskFigures", "DownloadFile"), READ),
    **dict.fromkeys(("GetSupportState", "GetSettings", "ListHolidays", "ListCannedReplies"), READ),
    **dict.fromkeys(("RequestChat", "OpenCallback", "ConvertToCallback", "CancelCallback", "PostponeCallback"), WRITE),
    **dict.fromkeys(("PushChat", "AnswerPushChat"), WRITE),
    **dict.fromkeys(("JoinSession", "LeaveSession", "InviteEngineer", "CompleteSession", "AmendCloseRecord"), WRITE),
    **dict.fromkeys(("AskTransfer", "AnswerTransfer"), WRITE),
    **dict.fromkeys(("PostMessage", "UploadFile", "MarkRead", "GiveFeedback", "PutCannedReply", "DeleteCannedReply"), WRITE),
    "PostMessages": INTERNAL,
    "UpdateSettings": SETTINGS,
}


class ChatApi(ChatServiceServicer):
    """Does not catch errors: servicekit/grpc_errors.py turns them into statuses. Returns whole messages; servicekit/grpc_server.py removes
    what customers must not see."""

    def __init__(self, handlers: Handlers, verifier: TokenVerifier, clock: Clock, access_of: AccessOf) -> None:
        self._chat = handlers
        self._streams = PostReceiver(handlers.conversation, verifier, clock, access_of)
        self.end_streams = self._streams.end

    def add_to(self, server: grpc.aio.Server) -> None:
        add_ChatServiceServicer_to_server(self, server)

    async def RequestChat(self, request: pb.RequestChatRequest, context: Context) -> pb.RequestChatResponse:
        opened = await self._chat.opening.request_chat(_viewer(context), request.command_id, request.text, request.ticket_id)
        return pb.RequestChatResponse(session=_session(opened), opened=opened.opened)

    async def OpenCallback(self, request: pb.OpenCallbackRequest, context: Context) -> pb.OpenCallbackResponse:
        wish = callback_wish_from(request.wish)
        opened = await self._chat.opening.open_callback(_viewer(context), request.command_id, request.text, wish)
        return pb.OpenCallbackResponse(session=_session(opened), opened=opened.opened)

    async def ConvertToCallback(self, request: pb.ConvertToCallbackRequest, context: Context) -> pb.ConvertToCallbackResponse:
        wish = callback_wish_from(request.wish)
        answer = await self._chat.conversation.ask_callback(_viewer(context), request.session_id, request.command_id, wish)
        return pb.ConvertToCallbackResponse(session=_session(answer))

    async def CancelCallback(self, request: pb.CancelCallbackRequest, context: Context) -> pb.CancelCallbackResponse:
        answer = await self._chat.ending.cancel_callback(_viewer(context), request.session_id, request.command_id)
        return pb.CancelCallbackResponse(session=_session(answer))

    async def PostponeCallback(self, request: pb.PostponeCallbackRequest, context: Context) -> pb.PostponeCallbackResponse:
        next_call_at = next_call_at_from(request)
        answer = await self._chat.conversation.postpone_callback(_viewer(context), request.session_id, request.command_id, next_call_at)
        return pb.PostponeCallbackResponse(session=_session(answer))

    async def PushChat(self, request: pb.PushChatRequest, context: Context) -> pb.PushChatResponse:
        opened = await self._chat.opening.push_chat(_viewer(context), request.command_id, request.ticket_id, request.text)
        return pb.PushChatResponse(session=_session(opened))

    async def AnswerPushChat(self, request: pb.AnswerPushChatRequest, context: Context) -> pb.AnswerPushChatResponse:
        if request.answer not in ANSWERS:
            raise BadArgument("answer must be accept, decline or withdraw.", field="answer")
        given = ANSWERS[request.answer]
        answer = await self._chat.conversation.answer_push(_viewer(context), request.session_id, request.command_id, given)
        return pb.AnswerPushChatResponse(session=_session(answer))

    async def JoinSession(self, request: pb.JoinSessionRequest, context: Context) -> pb.JoinSessionResponse:
        if request.mode not in JOIN_MODES:
            raise BadArgument("mode must be take or also.", field="mode")
        mode = JOIN_MODES[request.mode]
        answer = await self._chat.conversation.join(_viewer(context), request.session_id, request.command_id, mode)
        return pb.JoinSessionResponse(session=_session(answer))

    async def LeaveSession(self, request: pb.LeaveSessionRequest, context: Context) -> pb.LeaveSessionResponse:
        answer = await self._chat.conversation.leave(_viewer(context), request.session_id, request.command_id)
        return pb.LeaveSessionResponse(session=_session(answer))

    async def InviteEngineer(self, request: pb.InviteEngineerRequest, context: Context) -> pb.InviteEngineerResponse:
        answer = await self._chat.conversation.invite(_viewer(context), request.session_id, request.command_id, request.engineer_id)
        return pb.InviteEngineerResponse(session=_session(answer))

    async def AskTransfer(self, request: pb.AskTransferRequest, context: Context) -> pb.AskTransferResponse:
        viewer, transferring = _viewer(context), self._chat.transferring
        match request.WhichOneof("target"):
            case "engineer_id":
                answer = await transferring.ask_engineer(viewer, request.session_id, request.command_id, request.engineer_id)
            case "board_id":
                answer = await transferring.ask_board(viewer, request.session_id, request.command_id, request.board_id)
            case _:
                raise BadArgument("Name an engineer or a board.", field="target", code="target_needed")
        return pb.AskTransferResponse(session=_session(answer))

    async def AnswerTransfer(self, request: pb.AnswerTransferRequest, context: Context) -> pb.AnswerTransferResponse:
        if request.answer not in TRANSFER_ANSWERS:
            raise BadArgument("answer must be accept, decline or withdraw.", field="answer")
        given = TRANSFER_ANSWERS[request.answer]
        answer = await self._chat.transferring.answer(_viewer(context), request.session_id, request.command_id, given)
        return pb.AnswerTransferResponse(session=_session(answer))

    async def PostMessage(self, request: pb.PostMessageRequest, context: Context) -> pb.PostMessageResponse:
        outcome = await self._chat.conversation.post_message(
            _viewer(context), request.session_id, request.command_id, request.text, request.note, request.file_ids
        )
        return pb.PostMessageResponse(revision=outcome.revision, at=to_proto(outcome.at))

    # Not a generator: gRPC then lets it write its answers itself. The stubs type only generators.
    async def PostMessages(self, requests: Any, context: Any) -> None:  # type: ignore[override]
        await self._streams.serve(caller_of(context), requests, context)

    async def UploadFile(self, requests: AsyncIterator[pb.UploadFileRequest], context: Context) -> pb.UploadFileResponse:
        async with upload_time():
            first = await anext(aiter(requests), pb.UploadFileRequest())
            content = content_of(first, requests, context)
            arguments = first.session_id, first.command_id, first.name, first.size
            file = await self._chat.message_files.store(_viewer(context), *arguments, content)
        return pb.UploadFileResponse(file=pb.File(**fields_of(file)))

    async def DownloadFile(self, request: pb.DownloadFileRequest, context: Context) -> AsyncIterator[pb.DownloadFileResponse]:
        files = self._chat.message_files
        file = await files.find(_viewer(context), request.session_id, request.file_id, request.desk_id)
        yield pb.DownloadFileResponse(file=pb.File(**fields_of(file)))
        async for piece in files.content(file):
            yield pb.DownloadFileResponse(data=piece)

    async def CompleteSession(self, request: pb.CompleteSessionRequest, context: Context) -> pb.CompleteSessionResponse:
        answer = await self._chat.ending.complete(_viewer(context), request.session_id, request.command_id, ending_from(request))
        return pb.CompleteSessionResponse(session=_session(answer))

    async def AmendCloseRecord(self, request: pb.AmendCloseRecordRequest, context: Context) -> pb.AmendCloseRecordResponse:
        answer = await self._chat.ending.amend(_viewer(context), request.session_id, request.command_id, request.note)
        return pb.AmendCloseRecordResponse(session=_session(answer))

    async def GiveFeedback(self, request: pb.GiveFeedbackRequest, context: Context) -> pb.GiveFeedbackResponse:
        if request.solved not in SOLVED:
            raise BadArgument("solved must be yes or no.", field="solved")
        solved = SOLVED[request.solved]
        answer = await self._chat.ending.give_feedback(_viewer(context), request.session_id, request.command_id, solved, request.comment)
        return pb.GiveFeedbackResponse(session=_session(answer))

    async def GetSession(self, request: pb.GetSessionRequest, context: Context) -> pb.GetSessionResponse:
        viewer = _viewer(context)
        answer = await self._chat.queries.get(viewer, request.session_id, request.after_revision, request.desk_id, most=PAGE_ENTRIES)
        reads = await self._chat.read_positions.of_session(viewer, answer.session)
        page = page_to_proto(answer.session, answer.entries)
        page.reads.extend(map(read_to_proto, reads))
        page.max_file_bytes = self._chat.message_files.most_for_page(answer.session.desk_id)
        return page

    async def ListSessions(self, request: pb.ListSessionsRequest, context: Context) -> pb.ListSessionsResponse:
        viewer = _viewer(context)
        wanted = SessionQuery(
            request.desk_id,
            statuses=statuses_from(request.statuses),
            person_id=request.person_id,
            ticket_id=request.ticket_id,
            live=request.live,
            older=request.older,
        )
        page = await self._chat.queries.page(viewer, wanted, request.page_size, request.page_token)
        reads = await self._chat.read_positions.own(viewer, page.sessions)
        cards = map(card_to_proto, page.sessions)
        return pb.ListSessionsResponse(cards=cards, next_page_token=page.next_token, reads=map(read_to_proto, reads), total=page.total)

    async def ListHistory(self, request: pb.ListHistoryRequest, context: Context) -> pb.ListHistoryResponse:
        page = await self._chat.history.page(_viewer(context), history_query_from(request), request.page_size, request.page_token)
        return pb.ListHistoryResponse(
            cards=map(card_to_proto, page.sessions),
            next_page_token=page.next.token() if page.next else "",
            total=page.total,
            more_than_total=page.more_than_total,
        )

    async def MarkRead(self, request: pb.MarkReadRequest, context: Context) -> pb.MarkReadResponse:
        await self._chat.read_positions.mark(_viewer(context), request.session_id, request.revision, request.delivered)
        return pb.MarkReadResponse()

    async def GetChatLog(self, request: pb.GetChatLogRequest, context: Context) -> AsyncIterator[pb.GetChatLogResponse]:
        log = await self._chat.chat_logs.write(_viewer(context), request.session_id, request.desk_id, request.ticket_number)
        wish = ticket_wish_to_proto(log.session.wish) if log.session.wish else None
        yield pb.GetChatLogResponse(file_name=log.file_name, card=card_to_proto(log.session), wish=wish)
        async for piece in log.pieces:
            yield pb.GetChatLogResponse(text=piece.text, files=fields_of(piece.files), file_sender_ids=piece.file_sender_ids)

    async def GetChatLogProof(self, request: pb.GetChatLogProofRequest, context: Context) -> pb.GetChatLogProofResponse:
        proof = await self._chat.chat_logs.prove(_viewer(context), request.session_id, request.sha256, request.desk_id)
        entries, last = (proof.written.revision, proof.written.hash) if proof.written else (0, "")
        verdict = VERDICTS[proof.verdict]
        return pb.GetChatLogProofResponse(verdict=verdict, entries=entries, hash=last, session_entries=proof.revision)

    async def GetSupportState(self, request: pb.GetSupportStateRequest, context: Context) -> pb.GetSupportStateResponse:
        state = await self._chat.support.state(_viewer(context), request.ticket_id)
        return pb.GetSupportStateResponse(**fields_of(state))

    async def GetDeskFigures(self, request: pb.GetDeskFiguresRequest, context: Context) -> pb.GetDeskFiguresResponse:
        day = await self._chat.figures.of_day(_viewer(context), request.date, request.company_id, request.board_id, request.desk_id)
        return figures_to_proto(day.date, day.zone, day.figures, day.callbacks, day.promise_wait)

    async def GetSettings(self, request: pb.GetSettingsRequest, context: Context) -> pb.GetSettingsResponse:
        settings, version = await self._chat.desk_settings.get(_viewer(context))
        return pb.GetSettingsResponse(settings=settings_to_proto(settings), version=version)

    async def UpdateSettings(self, request: pb.UpdateSettingsRequest, context: Context) -> pb.UpdateSettingsResponse:
        if not request.HasField("settings"):
            raise BadArgument("There are no settings.", field="settings")
        settings = settings_from(request.settings)
        version = await self._chat.desk_settings.update(_viewer(context), settings, request.version)
        return pb.UpdateSettingsResponse(settings=settings_to_proto(settings), version=version)

    async def ListHolidays(self, request: pb.ListHolidaysRequest, context: Context) -> pb.ListHolidaysResponse:
        found = await self._chat.desk_settings.holidays(_viewer(context), request.country, request.year)
        return pb.ListHolidaysResponse(holidays=fields_of(found))

    async def ListCannedReplies(self, request: pb.ListCannedRepliesRequest, context: Context) -> pb.ListCannedRepliesResponse:
        own, of_desk = await self._chat.canned_replies.of(_viewer(context), request.engineer_id, request.desk_id)
        return pb.ListCannedRepliesResponse(own=fields_of(own), of_desk=fields_of(of_desk))

    async def PutCannedReply(self, request: pb.PutCannedReplyRequest, context: Context) -> pb.PutCannedReplyResponse:
        reply = CannedReply(request.reply.reply_id, request.reply.title, request.reply.text)
        await self._chat.canned_replies.put(_viewer(context), reply, request.of_desk)
        return pb.PutCannedReplyResponse()

    async def DeleteCannedReply(self, request: pb.DeleteCannedReplyRequest, context: Context) -> pb.DeleteCannedReplyResponse:
        await self._chat.canned_replies.delete(_viewer(context), request.reply_id, request.of_desk)
        return pb.DeleteCannedReplyResponse()


def _viewer(context: Context) -> Viewer:
    return viewer_of(caller_of(context))


def _session(answer: Answer) -> pb.Session:
    return session_to_proto(answer.session, answer.entries)
