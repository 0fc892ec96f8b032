"""A person's sign-in to one app on one device. The cookie holds the secret; the store holds its hash only (spec 10.1)."""

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.tickets.domain.directory import MAX_EMAIL, Person
from services.tickets.domain.errors import InvalidValue, NotAllowed, PersonDisabled, PersonNotFound, SignedOut, TrialOff
from services.tickets.domain.people import Side
from services.tickets.domain.refresh import MAX_SEALED, Refresh

TRIAL = "trial"
# The method of a person whom an identity provider names; the provider's id follows.
OPENID = "openid:"
# One for each app.
MAX_REPLACED = 2
_OPENID_METHOD = re.compile(rf"{OPENID}[\w.-]{{1,64}}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """`ended`: it was ended before `expires_at`. `sealed_id_token`: the provider's ID token for signing out there, which only the gateway
    can decrypt; removed when the sign-in ends. `refresh`: None if it is not refreshed at the provider."""

    id: str
    secret_hash: str
    desk_id: str
    person_id: str
    method: str
    address: str
    created_at: datetime
    expires_at: datetime
    ended: bool = False
    sealed_id_token: str = ""
    refresh: Refresh | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person of a desk as its identity provider names them: by `email`, or else by `person_id`."""

    desk_id: str
    side: Side
    email: str = ""
    person_id: str = ""

    def is_of(self, person: Person) -> bool:
        if (person.desk_id, person.side) != (self.desk_id, self.side):
            return False
        return _ascii_lower(person.email) == _ascii_lower(self.email) if self.email else person.id == self.person_id


def hash_of(secret: str) -> str:
    """Hex SHA-256. A secret has 256 random bits, so it cannot be guessed and needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def must_be_method(method: str, *, identity: bool) -> None:
    """Raises InvalidValue unless this is how a person, or an identity of a provider, signs in."""
    if not (_OPENID_METHOD.fullmatch(method) if identity else method == TRIAL):
        raise InvalidValue("method", "There is no such way to sign in.")


def must_be_sealed(token: str) -> None:
    """Raises InvalidValue for more than the gateway keeps of an ID token."""
    if len(token) > MAX_SEALED:
        raise InvalidValue("sealed_id_token", "It is too long.")


def must_be_replaced(secrets: Collection[str]) -> None:
    """Raises InvalidValue for more sign-ins than a browser has."""
    if len(secrets) > MAX_REPLACED:
        raise InvalidValue("replaces", f"A browser has at most {MAX_REPLACED} sign-ins.")


def must_be_identity(identity: Identity) -> None:
    """Raises InvalidValue."""
    if not identity.desk_id:
        raise InvalidValue("identity.desk_id", "Name the desk.")
    if not (identity.email or identity.person_id) or len(identity.email) > MAX_EMAIL:
        raise InvalidValue("identity.named_by", "Name the person by an e-mail address or an id.")


def the_one(identity: Identity, people: Iterable[Person]) -> Person:
    """The person whom the provider names. Raises PersonDisabled, or PersonNotFound if there is none, or several: then nobody knows which
    one it is."""
    named = [person for person in people if identity.is_of(person)]
    found = [person for person in named if not person.disabled]
    if named and not found:
        raise PersonDisabled
    if len(found) != 1:
        raise PersonNotFound
    return found[0]


def must_enter(person: Person | None, *, trial: bool) -> Person:
    """The person, who may sign in at the trial page. Raises TrialOff, PersonNotFound, PersonDisabled or NotAllowed."""
    if not trial:
        raise TrialOff
    if person is None or (person.disabled and not person.trial):
        raise PersonNotFound
    if person.disabled:
        raise PersonDisabled
    if not person.trial:
        raise NotAllowed("This person cannot sign in at the trial page.", field="person_id")
    return person


def must_hold(sign_in: SignIn | None, person: Person | None, now: datetime, *, trial: bool, grace: timedelta) -> tuple[SignIn, Person]:
    """The sign-in and its person while it is valid; a trial sign-in only while the trial is on. `grace`: as of `Refresh.is_over`. Raises
    SignedOut without a reason."""
    if sign_in is None or person is None or sign_in.ended or now >= sign_in.expires_at or person.disabled:
        raise SignedOut
    if sign_in.refresh is not None and sign_in.refresh.is_over(now, grace):
        raise SignedOut
    if sign_in.method == TRIAL and not trial:
        raise SignedOut
    return sign_in, person


def _ascii_lower(email: str) -> bytes:
    # str.lower makes one text of different addresses: the Kelvin sign becomes k.
    return email.encode().lower()
