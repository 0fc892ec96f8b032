"""Cache of sign-ins by the cookie's secret, as the directory answers."""

from collections.abc import Callable
from datetime import datetime, timedelta

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import Clock
from servicekit.errors import Kind, TypedError
from servicekit.identity import Caller
from services.gateway.domain.access import may_use
from services.gateway.domain.bounded_dict import BoundedDict
from services.gateway.domain.site import App
from services.gateway.errors import NotSignedIn, OtherSignIn, TrialOff
from services.gateway.ports import Service, SignedIn

CACHED_FOR = timedelta(seconds=30)
# Of a sign-in with an open socket. The same events that invalidate the cache are applied to the socket, which is not fetched again either.
CACHED_WHILE_CONNECTED = timedelta(minutes=5)
MAX_CACHED = 20_000
TRIAL = "trial"
ROLES = {directory.ROLE_ENGINEER: "engineer", directory.ROLE_SUPERVISOR: "supervisor", directory.ROLE_ADMIN: "admin"}


class SignIns:
    """Cached for CACHED_FOR, or CACHED_WHILE_CONNECTED, or until the directory publishes a change.

    `connected` tells whether this replica has a socket of the sign-in with that id. `trial`: whether this gateway lets demo people in.
    """

    def __init__(
        self,
        directory_service: Service,
        clock: Clock,
        connected: Callable[[str], bool] = lambda id: False,
        max_cached: int = MAX_CACHED,
        *,
        trial: bool,
    ) -> None:
        self._trial = trial
        self._directory, self._clock, self._connected = directory_service, clock, connected
        self._cache: BoundedDict[str, tuple[datetime, SignedIn]] = BoundedDict(max_cached)
        # The cached secrets of a person, and maybe earlier ones: an import of people must not scan the cache for each.
        self._of_person: BoundedDict[str, set[str]] = BoundedDict(max_cached)
        # An answer requested before the sign-in ended must not restore it.
        self._ended: BoundedDict[str, None] = BoundedDict(max_cached)
        self._changes = 0
        # With the method and the sealed refresh token of a sign-in that was ended here.
        self.on_refresh_over: Callable[[str, str], None] = lambda method, sealed: None

    async def who(self, app: App, secret: str, named: str = "") -> SignedIn:
        """The person of a secret. Raises NotSignedIn when the secret is invalid or belongs to the other app; Unavailable without an answer.

        `named` is the id of the sign-in that the page began with, empty while the page does not have it. Raises OtherSignIn when the
        secret belongs to another sign-in.
        """
        if not secret:
            raise NotSignedIn("Sign in first.")
        cached = self._cache.get(secret)
        if cached and self._is_valid(*cached):
            signed_in = cached[1]
        else:
            signed_in = await self._fetch(secret)
        if not may_use(signed_in.caller, app) or (signed_in.sign_in.method == TRIAL and not self._trial):
            raise NotSignedIn("Sign in first.")
        if named and named != signed_in.sign_in.id:
            raise OtherSignIn("Somebody else signed in in this browser.")
        return signed_in

    async def create(self, request: directory.CreateSignInRequest) -> tuple[str, SignedIn]:
        """Signs a person in. Returns the secret for the cookie, which the directory does not return again. Raises TrialOff."""
        if request.method == TRIAL:
            self.check_trial()
        answer: directory.CreateSignInResponse = await self._directory.call("CreateSignIn", request)
        for replaced in request.replaces:
            self._cache.pop(replaced, None)
        return answer.secret, signed_in_from(answer.sign_in)

    def check_trial(self) -> None:
        """Raises TrialOff while this gateway does not let demo people in, whatever the directory says."""
        if not self._trial:
            raise TrialOff("Trial sign-in is switched off.")

    async def end(self, secret: str) -> str:
        """Ends the sign-in of a secret, if it exists; returns its sealed ID token, or "". A repeat changes nothing."""
        answer = directory.EndSignInResponse()
        try:
            answer = await self._directory.call("EndSignIn", directory.EndSignInRequest(secret=secret))
        except TypedError as error:
            if error.kind not in (Kind.UNAUTHENTICATED, Kind.NOT_FOUND):
                raise
        self._cache.pop(secret, None)
        if answer.sealed_refresh_token:
            self.on_refresh_over(answer.method, answer.sealed_refresh_token)
        return answer.sealed_id_token

    def ended(self, sign_in_id: str) -> None:
        """Drops a sign-in that has ended in the directory."""
        self._ended[sign_in_id] = None
        self._drop(lambda cached: cached.sign_in.id == sign_in_id)

    def person_changed(self, person_id: str) -> None:
        """Drops the person's sign-ins from the cache."""
        self._changes += 1
        for secret in self._of_person.pop(person_id, ()):
            self._cache.pop(secret, None)

    def company_changed(self, desk_id: str, company_id: str) -> None:
        """Drops the sign-ins of the company's people from the cache."""
        self._drop(lambda cached: (cached.caller.desk_id, cached.caller.company_id) == (desk_id, company_id))

    def clear(self) -> None:
        """Empties the cache, because changes may have been missed."""
        self._changes += 1
        self._cache.clear()

    async def _fetch(self, secret: str) -> SignedIn:
        changes = self._changes
        try:
            answer: directory.GetSignInResponse = await self._directory.call("GetSignIn", directory.GetSignInRequest(secret=secret))
        except TypedError as error:
            if error.kind in (Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.INVALID_ARGUMENT):
                self._cache.pop(secret, None)
                raise NotSignedIn("Sign in first.") from None
            raise
        if answer.sign_in.id in self._ended:
            raise NotSignedIn("Sign in first.")
        signed_in = signed_in_from(answer.sign_in)
        if changes == self._changes:
            self._of_person[signed_in.caller.id] = self._secrets_of(signed_in.caller.id) | {secret}
            self._cache[secret] = (self._clock.now(), signed_in)
        return signed_in

    def _is_valid(self, fetched_at: datetime, signed_in: SignedIn) -> bool:
        now = self._clock.now()
        if now >= signed_in.expires_at:
            return False
        age = now - fetched_at
        return age < CACHED_FOR or (age < CACHED_WHILE_CONNECTED and self._connected(signed_in.sign_in.id))

    def _secrets_of(self, person_id: str) -> set[str]:
        return {secret for secret in self._of_person.get(person_id, ()) if secret in self._cache}

    def _drop(self, concerned: Callable[[SignedIn], bool]) -> None:
        self._changes += 1
        for secret in [secret for secret, (_, cached) in self._cache.items() if concerned(cached)]:
            del self._cache[secret]


def signed_in_from(sign_in: directory.SignIn) -> SignedIn:
    """The person with the access that goes into each token (spec 2.10)."""
    return SignedIn(caller_from(sign_in.person, sign_in.desk.id or sign_in.person.desk_id, sign_in.id), sign_in)


def caller_from(person: directory.DirectoryPerson, desk_id: str, sign_in_id: str) -> Caller:
    """The caller for a person as the directory describes them."""
    engineer = person.kind == directory.PERSON_KIND_ENGINEER
    access = person.access
    return Caller(
        kind="engineer" if engineer else "customer",
        id=person.id,
        name=person.name,
        desk_id=desk_id,
        role=ROLES.get(person.role, "engineer") if engineer else "",
        company_id="" if engineer else person.company_id,
        companies=None if engineer and access.all_companies else frozenset(access.company_ids),
        boards=None if engineer and access.all_boards else frozenset(access.board_ids),
        scopes=frozenset(),
        sign_in_id=sign_in_id,
    )
