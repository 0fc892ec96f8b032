"""How many files and connections this process may have open."""

import contextlib
import resource

from servicekit.logs import log


def raise_file_limit() -> None:
    """Raises the soft limit to the hard one, where the system lets us, and logs what holds now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    log.info("file_limit", was=soft, now=file_limit())


def file_limit() -> int:
    """The most files that may be open; a very large number where there is no limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2**31 if soft == resource.RLIM_INFINITY else soft
