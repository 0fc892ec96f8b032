"""The type of a file by its content. Names and what a browser claims are not used (spec 9.3)."""

import codecs

import puremagic

TEXT = "text/plain; charset=utf-8"
UNKNOWN = "application/octet-stream"


def content_type_of(head: bytes) -> str:
    """A media type by the first bytes of a file; application/octet-stream if it is unknown."""
    if not head:
        return UNKNOWN
    try:
        return puremagic.from_string(head, mime=True) or UNKNOWN
    except puremagic.PureError:
        return TEXT if _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    try:
        # An incremental decoder, because the head may end within a character.
        return "\0" not in codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
