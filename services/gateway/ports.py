"""What the gateway's use cases need of the world: the services behind it, the lines to browsers, tokens."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from google.protobuf.message import Message

from parley.chat.v1.chat_pb2 import Refusal
from parley.tickets.v1.directory_pb2 import SignIn
from servicekit.identity import Caller
from services.gateway.domain.access import Audience


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who showed a valid cookie: as whom they act, and the sign-in as pages are told of it."""

    caller: Caller
    sign_in: SignIn

    @property
    def expires_at(self) -> datetime:
        """When the sign-in ends by itself."""
        return self.sign_in.expires_at.ToDatetime(UTC)


class Service(Protocol):
    """One gRPC service behind the gateway."""

    async def call(self, method: str, request: Message, by: Caller | None = None) -> Any:
        """The answer of a unary method, asked as that person, or as the gateway itself. Raises TypedError."""
        ...

    def stream(self, method: str, request: Message, by: Caller) -> AsyncIterator[Any]:
        """The answers of a streaming method. Raises TypedError."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """One message on its way to chat; ids are the page's own."""

    by: Caller
    session_id: str
    command_id: str
    previous_command_id: str
    text: str
    traceparent: str


# As whom somebody acts after a change of access: the same caller where it does not concern them, None where they may not act any more.
Renew = Callable[[Caller], Caller | None]

# The message's revision, or why it was refused. Called once for each post, at the latest when its deadline has passed.
PostAnswered = Callable[[int, Refusal | None], None]


class Posts(Protocol):
    """The way of messages to chat: in order within a session, never twice, however often a line breaks on the way."""

    def post(self, post: Post, answered: PostAnswered) -> None: ...


class Socket(Protocol):
    """One socket whose person is known."""

    @property
    def id(self) -> str: ...
    @property
    def viewer(self) -> Caller: ...
    @property
    def sign_in_id(self) -> str: ...
    @property
    def expires_at(self) -> datetime:
        """When its sign-in ends by itself."""
        ...

    @property
    def audience(self) -> Audience: ...
    @property
    def secret(self) -> str:
        """What the cookie held: to ask again who this is."""
        ...

    @property
    def address(self) -> str:
        """Under which name its browser's address is counted (rate_limits.address_key)."""
        ...

    @property
    def shared_tickets(self) -> bool:
        """Whether a customer sees the tickets of the whole company (spec 9.4)."""
        ...

    @property
    def idle(self) -> timedelta:
        """How long nobody had touched the page when it connected."""
        ...

    @property
    def received_at(self) -> float:
        """When the page last said anything, by the loop's own clock."""
        ...

    def identify(self, who: SignedIn) -> None:
        """From now on the line is this person's, with this access."""
        ...

    def send(self, frame: bytes) -> None:
        """Never waits: a line whose page reads too slowly is closed."""
        ...

    def ping(self) -> None:
        """Asks the browser, not the page, for a sign of life: it answers even for a hidden tab."""
        ...

    def close(self, code: int) -> None:
        """With a CloseCode of the contract."""
        ...
