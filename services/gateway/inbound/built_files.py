"""Responses with files of the built apps: compressed as the build left them, and 304 for a browser that has the file already."""

import mimetypes
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse

# Missing in the type tables of some systems; browsers get nosniff and accept no other type.
mimetypes.add_type("application/manifest+json", ".webmanifest")
# Encoding -> ending of the file that the build made (web/vite.config.ts), the smallest first.
ENCODINGS = {"br": ".br", "gzip": ".gz"}
NOT_MODIFIED = 304
# More files than a build has, each with its encodings.
MOST_FILES = 1000


def file_response(request: Request, file: Path, headers: Mapping[str, str], status: int = 200) -> Response:
    """The file in the smallest encoding that the request accepts, or without one if the build made none. The ETag is a digest of the
    content, because files of an image have no times of their own."""
    encoding, path = _smallest(file, request.headers.get("accept-encoding", ""))
    etag = f'"{_digest(path, path.stat().st_mtime_ns, path.stat().st_size)}"'
    headers = {**headers, "ETag": etag, "Vary": "Accept-Encoding", **({"Content-Encoding": encoding} if encoding else {})}
    if status == 200 and _has(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return FileResponse(path, status_code=status, headers=headers, media_type=mimetypes.guess_type(file.name)[0] or "text/plain")


def _smallest(file: Path, accepted: str) -> tuple[str, Path]:
    """The encoding and its file; "" and the file itself if no other fits."""
    for encoding, ending in ENCODINGS.items():
        compressed = file.with_name(file.name + ending)
        if _accepts(accepted, encoding) and compressed.is_file():
            return encoding, compressed
    return "", file


def _accepts(accepted: str, encoding: str) -> bool:
    """Whether Accept-Encoding names it, without the weight 0."""
    for part in accepted.lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        if name == encoding:
            return not weight or weight.strip("0.") != ""
    return False


def _has(if_none_match: str, etag: str) -> bool:
    return etag in [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]


@lru_cache(maxsize=MOST_FILES)
def _digest(path: Path, changed_ns: int, size: int) -> str:
    """Of the content. Time and size are arguments, so that a file that is built again is read again."""
    return sha256(path.read_bytes()).hexdigest()[:32]
