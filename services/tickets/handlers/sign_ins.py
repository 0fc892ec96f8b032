"""Signing in and out."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from servicekit.clock import Clock
from servicekit.identity import new_id
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.tickets.domain.directory import Company, Desk, Kind, Person, key_of
from services.tickets.domain.errors import InvalidValue, PersonNotFound, SignedOut
from services.tickets.domain.people_list import PeopleCursor, PeopleQuery, email_word
from services.tickets.domain.refresh import Refresh
from services.tickets.domain.sign_in import (
    TRIAL,
    Identity,
    SignIn,
    hash_of,
    must_be_identity,
    must_be_method,
    must_be_replaced,
    must_be_sealed,
    must_enter,
    must_hold,
    the_one,
)
from services.tickets.ports import Directory, SignIns

SECRET_BYTES = 32
# The people whose e-mail address begins with a given one: the people with exactly that one are the first of them.
MOST_WITH_EMAIL = 20


@dataclass(frozen=True, slots=True)
class SignInDetails:
    """A sign-in with its person, desk and, for a customer, company."""

    id: str
    person: Person
    company: Company | None
    desk: Desk
    expires_at: datetime
    method: str


async def people_like(identity: Identity, directory: Directory) -> list[Person]:
    """Everybody whom the identity may name, with others whose e-mail address begins with the same word."""
    if not identity.email:
        person = await directory.get(Person, identity.person_id)
        return [person] if person else []
    query = PeopleQuery(desk_id=identity.desk_id, side=identity.side, words=[email_word(identity.email)])
    found = await directory.people(query, PeopleCursor(), MOST_WITH_EMAIL)
    # A person may be listed at several positions.
    return list({person.id: person for _, person in found.people}.values())


async def end_sign_in(sign_ins: SignIns, sign_in: SignIn, at: datetime, by: str) -> None:
    """Ends it; its sockets are closed by the event that this publishes."""
    await sign_ins.end(sign_in, at, by)
    log.info("signed_out", sign_in=sign_in.id, person=sign_in.person_id, desk=sign_in.desk_id, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtProvider:
    """What the gateway keeps of a sign-in at an identity provider. `sealed_refresh_token`: "" if it is not refreshed, else due
    `refresh_after`. `lasts`: 0 for as long as any sign-in, which is the most."""

    sealed_id_token: str = ""
    sealed_refresh_token: str = ""
    refresh_after: timedelta = timedelta(0)
    lasts: timedelta = timedelta(0)

    def refresh(self, now: datetime) -> Refresh | None:
        """Raises InvalidValue."""
        return Refresh.begin(self.sealed_refresh_token, self.refresh_after, now) if self.sealed_refresh_token else None


NOTHING_KEPT = AtProvider()


class SignInHandlers:
    """`grace`: as of RefreshHandlers."""

    def __init__(
        self,
        sign_ins: SignIns,
        directory: Directory,
        clock: Clock,
        metrics: Metrics,
        *,
        lasts: timedelta,
        trial: bool,
        grace: timedelta,
    ) -> None:
        self._sign_ins, self._directory, self._clock = sign_ins, directory, clock
        self._lasts, self._trial, self._grace = lasts, trial, grace
        self._made = metrics.counter("sign_ins_total", "Sign-ins by method: trial or openid", ["method"])

    async def create(self, person_id: str, method: str, address: str, replaces: Collection[str] = ()) -> tuple[str, SignInDetails]:
        """Signs in at the trial page. Returns the secret, which is not stored, and the sign-in. `replaces`: the secrets of the browser's
        sign-ins, of which that of the person's app ends."""
        if not person_id:
            raise InvalidValue("person_id", "Name a person.")
        must_be_method(method, identity=False)
        must_be_replaced(replaces)
        person = must_enter(await self._directory.get(Person, person_id), trial=self._trial)
        return await self._add(person, method, address, replaces)

    async def create_for(
        self, identity: Identity, method: str, address: str, kept: AtProvider = NOTHING_KEPT, replaces: Collection[str] = ()
    ) -> tuple[str, SignInDetails]:
        """Signs in the person whom an identity provider names (spec 10.1). Returns as `create`. Raises PersonNotFound or PersonDisabled."""
        must_be_method(method, identity=True)
        must_be_identity(identity)
        must_be_sealed(kept.sealed_id_token)
        refresh = kept.refresh(self._clock.now())
        must_be_replaced(replaces)
        person = the_one(identity, await people_like(identity, self._directory))
        return await self._add(person, method, address, replaces, kept, refresh)

    async def _add(
        self,
        person: Person,
        method: str,
        address: str,
        replaces: Collection[str],
        kept: AtProvider = NOTHING_KEPT,
        refresh: Refresh | None = None,
    ) -> tuple[str, SignInDetails]:
        secret, now = secrets.token_urlsafe(SECRET_BYTES), self._clock.now()
        sign_in = SignIn(
            id=new_id(),
            secret_hash=hash_of(secret),
            desk_id=person.desk_id,
            person_id=person.id,
            method=method,
            address=address[:100],
            created_at=now,
            expires_at=now + min(kept.lasts or self._lasts, self._lasts),
            sealed_id_token=kept.sealed_id_token,
            refresh=refresh,
        )
        await self._sign_ins.add(sign_in)
        self._made.labels(TRIAL if method == TRIAL else "openid").inc()
        log.info("signed_in", sign_in=sign_in.id, person=person.id, desk=person.desk_id, method=method)
        # If this fails, so does the call, and the browser has the former cookie when the person tries again.
        for replaced in replaces:
            await self._end_replaced(replaced, person)
        return secret, await self._details(sign_in, person)

    async def _end_replaced(self, secret: str, person: Person) -> None:
        """Ends the sign-in of this secret, if it is valid for the app of the person who has signed in."""
        sign_in = await self._sign_ins.with_hash(hash_of(secret))
        before = await self._directory.get(Person, sign_in.person_id) if sign_in else None
        if sign_in is None or sign_in.ended or before is None or before.side is not person.side:
            return
        # The audit log of a desk names nobody of another desk.
        await self._end(sign_in, person.id if person.desk_id == before.desk_id else before.id)

    async def get(self, secret: str) -> SignInDetails:
        """Raises SignedOut."""
        found = await self._sign_ins.with_hash(hash_of(secret))
        person = await self._directory.get(Person, found.person_id) if found else None
        sign_in, person = must_hold(found, person, self._clock.now(), trial=self._trial, grace=self._grace)
        return await self._details(sign_in, person)

    async def end(self, secret: str) -> SignIn | None:
        """The sign-in as it was before, if this call ended it."""
        sign_in = await self._sign_ins.with_hash(hash_of(secret))
        if sign_in is None or sign_in.ended:
            return None
        await self._end(sign_in, sign_in.person_id)
        return sign_in

    async def end_of_person(self, desk_id: str, person_id: str, until: datetime, by: str) -> tuple[int, Person]:
        """Ends the person's sign-ins that began up to that moment (spec 1.15). Returns how many, and the person. Raises PersonNotFound."""
        person = await self._directory.get(Person, person_id)
        if person is None or person.desk_id != desk_id:
            raise PersonNotFound
        found = await self._sign_ins.of_person(person_id, until)
        for sign_in in found:
            await self._end(sign_in, by)
        return len(found), person

    async def _end(self, sign_in: SignIn, by: str) -> None:
        await end_sign_in(self._sign_ins, sign_in, self._clock.now(), by)

    async def _details(self, sign_in: SignIn, person: Person) -> SignInDetails:
        found = await self._directory.entries({key_of(Kind.DESK, person.desk_id), key_of(Kind.COMPANY, person.company_id)})
        contents = [entry.content for entry in found]
        desk = next((content for content in contents if isinstance(content, Desk)), None)
        company = next((content for content in contents if isinstance(content, Company)), None)
        if desk is None:
            raise SignedOut
        return SignInDetails(sign_in.id, person, company, desk, sign_in.expires_at, sign_in.method)
