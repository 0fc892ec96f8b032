"""The refreshes of sign-ins at their identity providers, which gateways take and finish (spec 10.1)."""

from datetime import datetime, timedelta

from servicekit.clock import Clock
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.refresh import Refresh, RefreshOutcome, limit_of
from services.tickets.domain.sign_in import SignIn
from services.tickets.handlers.sign_ins import end_sign_in
from services.tickets.ports import SignIns


class RefreshHandlers:
    """`grace`: how long a sign-in lasts after its refresh was due, while the provider does not decide."""

    def __init__(self, sign_ins: SignIns, clock: Clock, *, grace: timedelta) -> None:
        self._sign_ins, self._clock, self._grace = sign_ins, clock, grace

    async def take(self, limit: int) -> list[SignIn]:
        """Those that the caller refreshes now. The others that were due have expired, or end. Raises InvalidValue."""
        now, taken = self._clock.now(), list[SignIn]()
        for sign_in in await self._sign_ins.take_due(now, limit_of(limit)):
            if now >= sign_in.expires_at:
                await self._sign_ins.put_refresh(sign_in, None)
            elif sign_in.refresh is not None and sign_in.refresh.is_over(now, self._grace):
                await self._end(sign_in)
            else:
                taken.append(sign_in)
        return taken

    async def finish(
        self, sign_in_id: str, taken_until: datetime, outcome: RefreshOutcome, sealed_token: str = "", after: timedelta = timedelta(0)
    ) -> bool:
        """Whether it counted: not if the sign-in has ended or was taken since. `sealed_token` and `after`: of the next refresh, after
        REFRESHED. Raises InvalidValue."""
        if not sign_in_id:
            raise InvalidValue("sign_in_id", "Name a sign-in.")
        now = self._clock.now()
        following = Refresh.begin(sealed_token, after, now) if outcome is RefreshOutcome.REFRESHED else None
        sign_in = await self._sign_ins.taken(sign_in_id, taken_until)
        if sign_in is None or sign_in.refresh is None:
            return False
        if following is None and outcome is RefreshOutcome.FAILED:
            following = sign_in.refresh.failed(now)
        if following is None or following.is_over(now, self._grace):
            await self._end(sign_in)
            return True
        return await self._sign_ins.put_refresh(sign_in, following)

    async def _end(self, sign_in: SignIn) -> None:
        # The audit log names the provider as who ended it.
        await end_sign_in(self._sign_ins, sign_in, self._clock.now(), sign_in.method)
