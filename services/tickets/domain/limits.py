"""Limits of arguments, and ids and fingerprints derived from them."""

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from servicekit.files import MAX_SENT_NAME
from servicekit.text import Fault, fault_of_line, fault_of_text, one_line
from services.tickets.domain.errors import InvalidValue

MAX_SUMMARY = 200
MAX_TEXT = 10_000
MAX_NAME = 200
MAX_ATTACHMENTS = 20
MAX_COMMAND_ID = 64
MAX_ID = 64
# How the command ids of imports begin. No caller may use one, so that no line of an import is taken for a repeat of something else.
IMPORTED = "import:"
ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def summary_from(text: str, field: str = "summary") -> str:
    """One line of 1 to 200 characters, blanks collapsed; raises InvalidValue."""
    line = one_line(text)
    _refuse(fault_of_text(line, MAX_SUMMARY) or fault_of_text(text, len(text)), field)
    return line


def text_from(text: str, field: str = "text") -> str:
    """A text of 1 to 10,000 characters, unchanged; raises InvalidValue."""
    _refuse(fault_of_text(text, MAX_TEXT), field)
    return text


def must_be_line(text: str, field: str, most: int = MAX_NAME) -> None:
    """A name or an address: one line with a visible character; raises InvalidValue."""
    _refuse(fault_of_line(text, most), field)


def must_be_file_name(name: str) -> None:
    """A name as a browser sends it; `safe_name` makes it safe. Raises InvalidValue."""
    if not 1 <= len(name) <= MAX_SENT_NAME:
        raise InvalidValue("name", f"A file name has 1 to {MAX_SENT_NAME} characters.")


def attachment_ids_from(ids: Sequence[str]) -> None:
    """Raises InvalidValue for too many ids, one that is longer than any id, and a repeated one."""
    if len(ids) > MAX_ATTACHMENTS:
        raise InvalidValue("attachment_ids", f"A note has at most {MAX_ATTACHMENTS} files.", "too_many_files")
    if len(set(ids)) < len(ids) or not all(ID.fullmatch(id) for id in ids):
        raise InvalidValue("attachment_ids", "Each file is named once, by its id.")


def _refuse(fault: Fault | None, field: str) -> None:
    if fault:
        raise InvalidValue(field, fault.message, fault.code)


def command_id_from(command_id: str) -> str:
    if not 1 <= len(command_id) <= MAX_COMMAND_ID or not command_id.isprintable():
        raise InvalidValue("command_id", f"A command id has 1 to {MAX_COMMAND_ID} printable characters.")
    if command_id.startswith(IMPORTED):
        raise InvalidValue("command_id", f"Command ids that begin with {IMPORTED} are those of imports.")
    return command_id


def filter_from(id: str, field: str) -> str:
    """An id by which a list is filtered, "" for none; raises InvalidValue when it is longer than any id."""
    if len(id) > MAX_ID:
        raise InvalidValue(field, f"An id has at most {MAX_ID} characters.")
    return id


def page_size_from(size: int, *, default: int, largest: int) -> int:
    """0 means the default; raises InvalidValue above the largest."""
    if size > largest:
        raise InvalidValue("page_size", f"A page has 1 to {largest} lines.")
    return size or default


def fingerprint(*content: object) -> str:
    """Distinguishes a repeated command from another one under the same id. The content must be plain JSON."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def derived_id(*parts: str) -> str:
    """22 url-safe characters, the same for the same parts, so that a repeat finds what was made first."""
    return urlsafe_b64encode(hashlib.sha256("\0".join(parts).encode()).digest())[:22].decode()
