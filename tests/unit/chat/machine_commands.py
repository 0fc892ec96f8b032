"""The commands that people send in the state machine test, and the replies."""

from dataclasses import dataclass

from servicekit.errors import TypedError, Unavailable
from services.chat.domain.conversation import JoinMode, PushAnswer
from services.chat.domain.ending import ClosingNote, Ending, NoTicket, OwnTicket
from services.chat.domain.errors import ChatError
from services.chat.domain.events import CallbackWish, NewTicket
from services.chat.domain.people import Viewer
from services.chat.domain.transferring import TransferAnswer
from services.chat.handlers.build import Handlers
from tests.fakes.chat.desk import AVA, BO, DESK, LEO, MIA, SAM, ZOE

PEOPLE: dict[str, Viewer] = {viewer.person.id: viewer for viewer in (AVA, SAM, BO, MIA, LEO, ZOE)}
OPENING = ("request", "callback", "push")
CONSUMED = ("linked", "back")  # from tickets and from presence
ACTS: dict[str, dict[str, list[str]]] = {
    "request": {"mia": ["", "t-vpn", "t-old", "t-move"], "leo": ["", "t-vpn"], "zoe": ["", "t-move"]},
    "callback": {"mia": [""], "leo": [""]},
    "push": {"ava": ["t-vpn", "t-move", "t-old"], "bo": ["t-vpn", "t-move"]},
    "invite": {"ava": ["sam", "bo"], "sam": ["ava", "bo"]},
    "transfer": {"ava": ["sam", "bo"], "sam": ["ava", "bo"]},
    "answer_transfer": {who: ["accept", "decline", "withdraw"] for who in ("ava", "sam", "bo")},
    "end": {who: ["own", "none", "create"] for who in ("ava", "sam", "bo")},
    **{act: {who: [""] for who in ("ava", "sam", "bo")} for act in ("take", "also", "close", "amend", "withdraw")},
    **{act: {who: [""] for who in ("mia", "leo", "zoe")} for act in ("call_back", "accept", "decline")},
    **{act: {who: [""] for who in ("mia", "leo", "zoe", "ava", "sam", "bo")} for act in ("post", "post_file", "leave")},
    "linked": {"tickets": [""]},
    "back": {"ava": [""], "sam": [""]},
}
KINDS = [(who, act, about) for act, people in ACTS.items() for who, abouts in people.items() for about in abouts]
BY_CHAT = CallbackWish(by_chat=True)
ENDINGS: dict[str, Ending] = {"own": OwnTicket(), "none": NoTicket(), "create": NewTicket("service-desk", "Fire", "normal")}


@dataclass(frozen=True)
class Asked:
    """`about`: a ticket, an engineer, an ending or an answer to a transfer. An empty `id` gets a new id."""

    who: str
    act: str
    about: str = ""
    session_id: str = "none"
    replica: int = 0
    id: str = ""


@dataclass(frozen=True)
class Reply:
    """An empty `code` means accepted; `revision` 0 means that nothing was written."""

    session_id: str = ""
    code: str = ""
    revision: int = 0
    existing: bool = False


def file_of(command_id: str) -> str:
    """The id of the file that a `post_file` sends. It was uploaded for that command."""
    return f"file-{command_id}"


async def ask(chats: Handlers, asked: Asked) -> Reply:
    try:
        return await _asked(chats, asked)
    except Unavailable:
        raise
    except (ChatError, TypedError) as refused:
        return Reply(code=refused.code)


async def _asked(chats: Handlers, asked: Asked) -> Reply:
    viewer, id, session_id, conversation = PEOPLE.get(asked.who, AVA), asked.id, asked.session_id, chats.conversation
    match asked.act:
        case "request":
            opened = await chats.opening.request_chat(viewer, id, "Fire", asked.about)
        case "callback":
            opened = await chats.opening.open_callback(viewer, id, "Fire", BY_CHAT)
        case "push":
            opened = await chats.opening.push_chat(viewer, id, asked.about, "")
        case "post":
            outcome = await conversation.post_message(viewer, session_id, id, "Hello")
            return Reply(session_id, revision=outcome.revision)
        case "post_file":
            outcome = await conversation.post_message(viewer, session_id, id, "", file_ids=[file_of(id)])
            return Reply(session_id, revision=outcome.revision)
        case "take" | "also":
            answer = await conversation.join(viewer, session_id, id, JoinMode(asked.act))
        case "leave":
            answer = await conversation.leave(viewer, session_id, id)
        case "call_back":
            answer = await conversation.ask_callback(viewer, session_id, id, BY_CHAT)
        case "accept" | "decline" | "withdraw":
            answer = await conversation.answer_push(viewer, session_id, id, PushAnswer(asked.act))
        case "invite":
            answer = await conversation.invite(viewer, session_id, id, asked.about)
        case "transfer":
            answer = await chats.transferring.ask_engineer(viewer, session_id, id, asked.about)
        case "answer_transfer":
            answer = await chats.transferring.answer(viewer, session_id, id, TransferAnswer(asked.about))
        case "end":
            answer = await chats.ending.complete(viewer, session_id, id, ENDINGS[asked.about])
        case "close":
            answer = await chats.ending.complete(viewer, session_id, id, ClosingNote("Done"))
        case "amend":
            answer = await chats.ending.amend(viewer, session_id, id, f"Done {id}")
        case "linked":
            await chats.ticket_follower.ticket_linked(DESK, session_id, "t-new", 12)
            return Reply(session_id)
        case "back":
            await chats.deadlines.person_is_back(DESK, asked.who)
            return Reply(session_id)
    if asked.act in OPENING:
        return Reply(opened.session.id, revision=1 if opened.opened else 0, existing=not opened.opened)
    return Reply(session_id, revision=answer.entries[0].revision if answer.entries else 0)
