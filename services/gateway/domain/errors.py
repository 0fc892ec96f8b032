"""The gateway's own errors; those of other services pass through unchanged. servicekit.errors recognises them by their attributes."""

from typing import ClassVar


class GatewayError(Exception):
    """`kind` is a canonical status in lower case, `code` a stable identifier, `field` the wrong argument or empty."""

    kind: ClassVar[str] = "internal"
    code: ClassVar[str] = "gateway"

    def __init__(self, message: str, *, field: str = "", **details: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = details


class NotSignedIn(GatewayError):
    """There is no cookie of this app, or its sign-in does not exist or has ended."""

    kind = "unauthenticated"
    code = "not_signed_in"


class OtherSignIn(NotSignedIn):
    """The page began with another sign-in than the one of the browser's cookie (spec 10.8)."""

    code = "other_sign_in"


class SignInNotNamed(GatewayError):
    """A write does not name the sign-in that its page began with; `field` is the missing header."""

    kind = "invalid_argument"
    code = "sign_in_not_named"


class WrongOrigin(GatewayError):
    """The request comes from a page of another origin."""

    kind = "permission_denied"
    code = "wrong_origin"


class WrongHost(GatewayError):
    """The request's Host header names another host."""

    kind = "permission_denied"
    code = "wrong_host"


class NotReady(GatewayError):
    """This replica does not consume all topics yet; another one may."""

    kind = "unavailable"
    code = "not_ready"


class NoAnswer(GatewayError):
    """It is unknown whether the command was accepted: retry with the same id."""

    kind = "unavailable"
    code = "no_answer"


class BadValue(GatewayError):
    """An argument that breaks a rule; `field` names it."""

    kind = "invalid_argument"
    code = "bad_value"


class TooLarge(GatewayError):
    """A body is larger than any command needs."""

    kind = "invalid_argument"
    code = "too_large"


class TooLong(GatewayError):
    """A message's text is too long. Chat refuses it with the same code (spec 3.6)."""

    kind = "invalid_argument"
    code = "too_long"


class TooManyPosts(GatewayError):
    """Too many posts of this page are unanswered; `retry_after` is in seconds."""

    kind = "resource_exhausted"
    code = "too_many_posts"


class TooMany(GatewayError):
    """A rate limit is exceeded (spec 10.4): `limit` names it, `retry_after` is in seconds."""

    kind = "resource_exhausted"
    code = "too_many"


class TooManySockets(GatewayError):
    """This person holds the maximum number of sockets."""

    kind = "resource_exhausted"
    code = "too_many_sockets"


class NotFound(GatewayError):
    """Nothing exists under this path."""

    kind = "not_found"
    code = "no_such_place"
