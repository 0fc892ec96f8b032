"""Settings without rate limits, for benchmarks and tests, in which few people at one address send far more than real people."""

from collections.abc import Mapping

LIMITS = ("SIGN_IN", "OPENING", "MESSAGES", "FRAMES", "WRITES", "UPLOADS", "REQUESTS", "SOCKETS")
UNLIMITED: Mapping[str, str] = {
    **{f"PARLEY_GATEWAY_LIMIT_{limit}": "1000000/1" for limit in LIMITS},
    "PARLEY_GATEWAY_SOCKETS_PER_PERSON": "100000",
}
