"""The type of a file is found by its content."""

import pytest

from servicekit.file_types import content_type_of


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 50, "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 40, "image/jpeg"),
        (b"GIF89a" + b"\0" * 40, "image/gif"),
        (b"RIFF\x1a\0\0\0WEBPVP8 " + b"\0" * 30, "image/webp"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "application/pdf"),
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"hello there\n", "text/plain; charset=utf-8"),
        ("Grüße 日本".encode() * 1_000, "text/plain; charset=utf-8"),
        ("Grüße 日本".encode()[:-1], "text/plain; charset=utf-8"),  # cut within a character
        (b"Gr\xfc\xdfe", "application/octet-stream"),
        (b"a\0b", "application/octet-stream"),
        (bytes(range(256)), "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_type_is_found_by_the_content(head: bytes, kind: str) -> None:  # spec 9.3
    assert content_type_of(head) == kind
