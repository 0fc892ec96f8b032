"""Why the gateway itself refuses; what other services refuse passes through as it came. Recognised by its attributes."""

from typing import ClassVar


class GatewayError(Exception):
    """`kind` is a canonical status in lower case, `code` a stable machine word, `field` the wrong argument or empty."""

    kind: ClassVar[str] = "internal"
    code: ClassVar[str] = "gateway"

    def __init__(self, message: str, *, field: str = "", **details: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = details


class NotSignedIn(GatewayError):
    """No cookie of this app, or one that belongs to nobody (any more)."""

    kind = "unauthenticated"
    code = "not_signed_in"


class OtherSignIn(NotSignedIn):
    """The page began with another sign-in than the one that the browser holds now (spec 10.8)."""

    code = "other_sign_in"


class SignInNotNamed(GatewayError):
    """A write that does not say with which sign-in its page began; `field` is the header that says it."""

    kind = "invalid_argument"
    code = "sign_in_not_named"


class WrongOrigin(GatewayError):
    """The page that asks came from somewhere else."""

    kind = "permission_denied"
    code = "wrong_origin"


class WrongHost(GatewayError):
    """The request names a host that is not the one where browsers reach us."""

    kind = "permission_denied"
    code = "wrong_host"


class NotReady(GatewayError):
    """This replica does not hear everything yet; another one may."""

    kind = "unavailable"
    code = "not_ready"


class NoAnswer(GatewayError):
    """Whether the command was accepted is not known: send it again with the same id."""

    kind = "unavailable"
    code = "no_answer"


class BadValue(GatewayError):
    """An argument that breaks a rule; `field` names it."""

    kind = "invalid_argument"
    code = "bad_value"


class TooLarge(GatewayError):
    """A body beyond what any command needs."""

    kind = "invalid_argument"
    code = "too_large"


class TooLong(GatewayError):
    """A message's text; chat would refuse it in the same words (spec 3.6), so it need not travel there."""

    kind = "invalid_argument"
    code = "too_long"


class TooManyPosts(GatewayError):
    """So much of this page waits for answers already; `retry_after` says in how many seconds there may be room."""

    kind = "resource_exhausted"
    code = "too_many_posts"


class TooMany(GatewayError):
    """A rate limit (spec 10.4): `retry_after` says in how many seconds there is room again, `limit` of what there were too many."""

    kind = "resource_exhausted"
    code = "too_many"


class TooManySockets(GatewayError):
    """This person holds as many sockets as one may."""

    kind = "resource_exhausted"
    code = "too_many_sockets"


class NotFound(GatewayError):
    """Nothing lives under this path."""

    kind = "not_found"
    code = "no_such_place"
