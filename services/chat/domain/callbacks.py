"""The rules of a call-back wish (spec 4.10). A library outside the domain parses the phone number."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.chat.domain.arguments import checked_line, checked_text
from services.chat.domain.errors import BadArgument
from services.chat.domain.events import CallbackWish

MAX_NOTE = 1000
MAX_WINDOWS = 10
MAX_EXTENSION = 20
MAX_TYPED = 100


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as E.164. `confirmed`: it is in a range that is known to be in use."""

    number: str
    extension: str = ""
    confirmed: bool = True


def checked_wish(wish: CallbackWish, phone: Phone | None) -> CallbackWish:
    """`phone`: the parsed number, None when it is invalid; not needed when the customer prefers chat. Raises BadArgument."""
    if wish.note:
        checked_text(wish.note, "wish.note", MAX_NOTE)
    if len(wish.windows) > MAX_WINDOWS:
        raise BadArgument(f"At most {MAX_WINDOWS} preferred times.", field="wish.windows")
    for number, window in enumerate(wish.windows):
        if window.end <= window.start:
            raise BadArgument("A preferred time ends after it begins.", field=f"wish.windows[{number}].until")
    if wish.by_chat:
        return replace(wish, phone="", extension="", unconfirmed=False)
    # The parser skips control and direction codes, but a person who reads the number would not see the same one.
    checked_line(wish.phone, "wish.phone", MAX_TYPED)
    if phone is None:
        raise BadArgument(
            "This is no phone number; write it with the country, such as +44 20 7946 0101.", field="wish.phone", code="no_phone"
        )
    extension = phone.extension or wish.extension
    if len(extension) > MAX_EXTENSION or (extension and not (extension.isascii() and extension.isdigit())):
        raise BadArgument(f"An extension has at most {MAX_EXTENSION} digits.", field="wish.extension", code="no_extension")
    return replace(wish, phone=phone.number, extension=extension, unconfirmed=not phone.confirmed)


def check_windows(wish: CallbackWish, at: datetime) -> None:
    """Raises BadArgument for a preferred time that is over."""
    for number, window in enumerate(wish.windows):
        if window.end <= at:
            raise BadArgument("A preferred time is over already.", field=f"wish.windows[{number}].until", code="in_the_past")
