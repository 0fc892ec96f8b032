"""What the gateway's handlers need from outside: the services behind it, the sockets of pages, posts to chat."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from google.protobuf.message import Message

from parley.chat.v1.chat_pb2 import Refusal
from parley.tickets.v1.directory_pb2 import SignIn
from servicekit.identity import Caller
from servicekit.moments import from_proto
from services.gateway.domain.provider import KeptRefresh, Provider, RunningSignIn


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person of a valid cookie: the caller for other services, and the sign-in as pages see it."""

    caller: Caller
    sign_in: SignIn

    @property
    def expires_at(self) -> datetime:
        """When the sign-in expires."""
        return from_proto(self.sign_in.expires_at)


class Service(Protocol):
    """One gRPC service behind the gateway."""

    async def call(self, method: str, request: Message, by: Caller | None = None) -> Any:
        """Calls a unary method as that person, or as the gateway itself. Raises TypedError."""
        ...

    def stream(self, method: str, request: Message, by: Caller) -> AsyncIterator[Any]:
        """Calls a streaming method. Raises TypedError."""
        ...


class FileService(Protocol):
    """The gRPC service that stores files."""

    async def upload(self, method: str, requests: AsyncIterable[Message], by: Caller, seconds: float) -> Any:
        """Calls a method that takes a stream, within that many seconds. Reads each request when the last one is on its way. Raises
        TypedError and what `requests` raises."""
        ...


class IdentityProviders(Protocol):
    """The identity providers of desks (OpenID Connect)."""

    async def address(self, provider: Provider, running: RunningSignIn, redirect_uri: str, *, anew: bool = False) -> str:
        """Where the browser signs in; it comes back to `redirect_uri`. `anew`: the provider asks who it is, also if it knows the
        browser. Raises SignInFailed."""
        ...

    async def identify(self, provider: Provider, running: RunningSignIn, code: str, redirect_uri: str) -> "Identified":
        """Exchanges the code for tokens. Raises SignInFailed."""
        ...

    async def refresh(self, provider: Provider, kept: KeptRefresh) -> KeptRefresh:
        """Uses the refresh token, which may work once. Returns what the next refresh needs. Raises SignInOver, or SignInFailed if the
        provider did not decide."""
        ...

    async def revoke(self, provider: Provider, kept: KeptRefresh) -> bool:
        """Revokes the refresh token (RFC 7009). False if the provider names no address for that. Raises SignInFailed."""
        ...

    async def end_of_session(self, provider: Provider, return_to: str, id_token: str) -> "SignOutPage":
        """The provider's page that ends the person's session there and leads to `return_to`. `id_token`: what was kept, or ""."""
        ...


class Cookie(Protocol):
    """The text of the cookie in which a browser keeps its running sign-in."""

    def seal(self, running: RunningSignIn) -> str: ...

    def open(self, sealed: str) -> RunningSignIn:
        """Raises SignInFailed for any text that is not sealed here, or too old."""
        ...


class TokenSeal(Protocol):
    """Encrypts the ID token of a sign-in, which the directory keeps."""

    def seal(self, token: str) -> str:
        """Empty for a token that is too long to keep."""
        ...

    def open(self, sealed: str) -> str:
        """Empty for any text that is not sealed here with the present key."""
        ...


class RefreshSeal(Protocol):
    """Encrypts what the directory keeps for the refresh of a sign-in."""

    def seal(self, kept: KeptRefresh) -> str:
        """Empty for what is too long to keep."""
        ...

    def open(self, sealed: str) -> KeptRefresh | None:
        """None for any text that is not sealed here with the present key."""
        ...


@dataclass(frozen=True, slots=True)
class Identified:
    """`claims`: of the checked ID token. `refresh_token`: "" if the provider sent none."""

    claims: Mapping[str, Any]
    id_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class SignOutPage:
    """`address` is empty if there is none. With `form` the browser sends these fields to it by POST."""

    address: str = ""
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """One message to chat, or one internal note. The command ids are the page's own."""

    by: Caller
    session_id: str
    command_id: str
    previous_command_id: str
    text: str
    traceparent: str
    internal: bool = False
    file_ids: tuple[str, ...] = ()


# The caller after a change of access: the same one if it does not concern them, None if they may not act any more.
Renew = Callable[[Caller], Caller | None]

# Called once for each post, at the latest at its deadline: with the message's revision, or with the refusal.
PostAnswered = Callable[[int, Refusal | None], None]

# Sends a message to the session's replica of chat: in order within its session and once, also when a stream breaks (post_sender.py).
SendPost = Callable[[Post, PostAnswered], None]


class Socket(Protocol):
    """One socket of a page; handlers get it when its person is identified, which sets `viewer`, `expires_at` and `shared_tickets`."""

    id: str
    viewer: Caller
    # When its sign-in expires.
    expires_at: datetime
    # The cookie's secret, for asking the directory again.
    secret: str
    # The key under which the browser's address is counted (limits.address_key).
    address: str
    # Whether a customer sees the tickets of the whole company (spec 9.4).
    shared_tickets: bool
    # How long the page's person had been idle when it connected.
    idle: timedelta
    # When the page last sent anything, by the event loop's clock.
    received_at: float

    def identify(self, who: SignedIn) -> None:
        """Sets the person and their access."""
        ...

    def send(self, frame: bytes) -> None:
        """Returns at once. A socket whose page reads too slowly is closed."""
        ...

    def ping(self) -> None:
        """Sends a WebSocket ping, which the browser answers even for a hidden tab."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """`code` is a CloseCode of the contract, `reason` a text that the page receives with it."""
        ...
