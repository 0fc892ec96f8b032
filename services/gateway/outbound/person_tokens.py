"""A person's short-lived token for calls behind the gateway: minted once for many calls, renewed well before it expires."""

from collections import OrderedDict
from datetime import datetime, timedelta

from servicekit.clock import Clock
from servicekit.identity import Caller, TokenSigner

SECONDS = 60
# A call with the token may take a while, and clocks differ.
RENEWED_AFTER = timedelta(seconds=40)
REMEMBERED = 20_000


class PersonTokens:
    """Equal callers, which includes their access, share a token."""

    def __init__(self, signer: TokenSigner, clock: Clock) -> None:
        self._signer, self._clock = signer, clock
        self._minted: OrderedDict[Caller, tuple[datetime, str]] = OrderedDict()

    def of(self, caller: Caller) -> str:
        """Good for at least 20 s more."""
        now = self._clock.now()
        minted = self._minted.get(caller)
        if minted is None or now - minted[0] >= RENEWED_AFTER:
            minted = self._minted[caller] = (now, self._signer.token(caller, SECONDS))
            self._minted.move_to_end(caller)
            if len(self._minted) > REMEMBERED:
                self._minted.popitem(last=False)
        return minted[1]
