"""How many files and connections this process may have open."""

import contextlib
import resource

from servicekit.logs import log


def raise_file_limit() -> None:
    """Raises the soft limit to the hard one if the system permits it, and logs the result."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    log.info("file_limit", was=soft, now=file_limit())


def file_limit() -> int:
    """The soft limit; 2**31 without a limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2**31 if soft == resource.RLIM_INFINITY else soft
