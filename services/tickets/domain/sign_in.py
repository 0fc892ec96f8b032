"""A person's sign-in to one app on one device. The cookie holds the secret; the store holds its hash only (spec 10.1)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from services.tickets.domain.directory import Person
from services.tickets.domain.errors import InvalidValue, NotAllowed, PersonNotFound, SignedOut, TrialOff

TRIAL = "trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """`ended`: it was ended before `expires_at`."""

    id: str
    secret_hash: str
    desk_id: str
    person_id: str
    method: str
    address: str
    created_at: datetime
    expires_at: datetime
    ended: bool = False


def hash_of(secret: str) -> str:
    """Hex SHA-256. A secret has 256 random bits, so it cannot be guessed and needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def must_enter(person: Person | None, method: str, *, trial: bool) -> Person:
    """The person, who may sign in by `method`. Raises InvalidValue, TrialOff, PersonNotFound or NotAllowed."""
    if method != TRIAL:
        raise InvalidValue("method", "There is no such way to sign in.")
    if not trial:
        raise TrialOff
    if person is None or person.disabled:
        raise PersonNotFound
    if not person.trial:
        raise NotAllowed("This person cannot sign in at the trial page.", field="person_id")
    return person


def must_hold(sign_in: SignIn | None, person: Person | None, now: datetime, *, trial: bool) -> tuple[SignIn, Person]:
    """The sign-in and its person while it is valid; a trial sign-in only while the trial is on. Raises SignedOut without a reason."""
    if sign_in is None or person is None or sign_in.ended or now >= sign_in.expires_at or person.disabled:
        raise SignedOut
    if sign_in.method == TRIAL and not trial:
        raise SignedOut
    return sign_in, person
