"""The gateway's own errors; those of other services pass through unchanged."""

from servicekit.errors import Kind, TypedError


class NotSignedIn(TypedError):
    """There is no cookie of this app, or its sign-in does not exist or has ended."""

    kind, code = Kind.UNAUTHENTICATED, "not_signed_in"


class OtherSignIn(NotSignedIn):
    """The page began with another sign-in than the one of the browser's cookie (spec 10.8)."""

    code = "other_sign_in"


class SignInNotNamed(TypedError):
    """A write does not name the sign-in that its page began with; `field` is the missing header."""

    kind, code = Kind.INVALID_ARGUMENT, "sign_in_not_named"


class TrialOff(TypedError):
    """Demo people may not sign in here (spec 10.1). The directory refuses them with the same code."""

    kind, code = Kind.FAILED_PRECONDITION, "trial_off"


class TokenRefused(TypedError):
    """A service refused the token that the gateway sent: it does not have the gateway's newest key yet, or a clock is wrong. The person is
    still signed in, because only the gateway decides that, by the directory's answer. The call may be repeated."""

    kind, code = Kind.UNAVAILABLE, "token_refused"


class WrongOrigin(TypedError):
    """The request comes from a page of another origin."""

    kind, code = Kind.PERMISSION_DENIED, "wrong_origin"


class WrongHost(TypedError):
    """The request's Host header names another host."""

    kind, code = Kind.PERMISSION_DENIED, "wrong_host"


class NotReady(TypedError):
    """This replica does not consume all topics yet; another one may."""

    kind, code = Kind.UNAVAILABLE, "not_ready"


class NoAnswer(TypedError):
    """It is unknown whether the command was accepted: retry with the same id."""

    kind, code = Kind.UNAVAILABLE, "no_answer"


class BadValue(TypedError):
    """An argument that breaks a rule; `field` names it."""

    kind, code = Kind.INVALID_ARGUMENT, "bad_value"


class TooLarge(TypedError):
    """A body is larger than any command needs."""

    kind, code = Kind.INVALID_ARGUMENT, "too_large"


class NoLength(TypedError):
    """An upload does not say how long it is."""

    kind, code = Kind.INVALID_ARGUMENT, "no_length"


class TooManyUploads(TypedError):
    """This person, or this replica, has as many uploads running as it may; `retry_after` is in seconds."""

    kind, code = Kind.RESOURCE_EXHAUSTED, "too_many_uploads"


class TooLong(TypedError):
    """A message's text is too long. Chat refuses it with the same code (spec 3.6)."""

    kind, code = Kind.INVALID_ARGUMENT, "too_long"


class TooManyPosts(TypedError):
    """Too many posts of this page are unanswered; `retry_after` is in seconds."""

    kind, code = Kind.RESOURCE_EXHAUSTED, "too_many_posts"


class TooMany(TypedError):
    """A rate limit is exceeded (spec 10.4): `limit` names it, `retry_after` is in seconds."""

    kind, code = Kind.RESOURCE_EXHAUSTED, "too_many"


class TooManySockets(TypedError):
    """This person holds the maximum number of sockets."""

    kind, code = Kind.RESOURCE_EXHAUSTED, "too_many_sockets"


class NotFound(TypedError):
    """Nothing exists under this path."""

    kind, code = Kind.NOT_FOUND, "no_such_place"
