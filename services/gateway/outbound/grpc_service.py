"""Calls of the services behind the gateway, as a person or as the gateway itself."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime, timedelta
from typing import Any

import grpc
from google.protobuf.message import Message

from servicekit.clock import Clock
from servicekit.errors import Kind, RemoteError
from servicekit.grpc_client import call, stream, upload
from servicekit.identity import Caller, TokenSigner
from servicekit.logs import log
from services.gateway.domain.bounded_dict import BoundedDict
from services.gateway.errors import TokenRefused

TOKEN_SECONDS = 60
# Leaves 20 s for slow calls and for differences between clocks.
RENEWED_AFTER = timedelta(seconds=40)
MAX_TOKENS = 20_000
# The code of tickets for a sign-in that ended, expired or never existed.
SIGNED_OUT = "signed_out"
Stub = Callable[[grpc.aio.Channel], Any]


class PersonTokens:
    """Short-lived tokens by caller, reused until they are RENEWED_AFTER old. Equal callers, which have equal access, share a token."""

    def __init__(self, signer: TokenSigner, clock: Clock) -> None:
        self._signer, self._clock = signer, clock
        self._minted: BoundedDict[Caller, tuple[datetime, str]] = BoundedDict(MAX_TOKENS)

    def of(self, caller: Caller) -> str:
        """A token that is valid for at least 20 s more."""
        now = self._clock.now()
        minted = self._minted.get(caller)
        if minted is None or now - minted[0] >= RENEWED_AFTER:
            minted = self._minted[caller] = (now, self._signer.token(caller, TOKEN_SECONDS))
        return minted[1]


@contextmanager
def refused_tokens() -> Iterator[None]:
    """Turns a service's refusal of the gateway's token into TokenRefused. The directory's answer that a sign-in has ended passes."""
    try:
        yield
    except RemoteError as error:
        if error.kind is Kind.UNAUTHENTICATED and error.code != SIGNED_OUT:
            log.warning("token_refused", reason=error.message)
            raise TokenRefused("A service cannot verify this request yet; repeat it.") from error
        raise


class GrpcService:
    """All replicas of a service behind one channel."""

    def __init__(self, stub: Stub, channel: grpc.aio.Channel, tokens: PersonTokens) -> None:
        self._stub, self._tokens = stub(channel), tokens

    async def call(self, method: str, request: Message, by: Caller | None = None) -> Any:
        """See ports.Service."""
        return await self._call(self._stub, method, request, by)

    async def stream(self, method: str, request: Message, by: Caller) -> AsyncIterator[Any]:
        """See ports.Service."""
        with refused_tokens():
            async with aclosing(stream(getattr(self._stub, method), request, token=self._tokens.of(by))) as answers:
                async for answer in answers:
                    yield answer

    async def upload(self, method: str, requests: AsyncIterable[Message], by: Caller, seconds: float) -> Any:
        """See ports.FileService."""
        with refused_tokens():
            return await upload(getattr(self._stub, method), requests, token=self._tokens.of(by), timeout=seconds)

    async def _call(self, stub: Any, method: str, request: Message, by: Caller | None) -> Any:
        with refused_tokens():
            return await call(getattr(stub, method), request, token=self._tokens.of(by) if by else None)
