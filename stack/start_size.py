"""Checks how much JavaScript each app loads before its first view: at most 80 KB as gzip compresses it.

`python -m stack.start_size` prints the sizes of what web/dist has, and fails above the limit.
"""

import gzip
import re
import sys
from pathlib import Path

DIST = Path(__file__).parents[1] / "web" / "dist"
LIMIT = 80_000
# Vite names the entry and all that it imports in the page; what is loaded when it is needed is not there.
AT_START = re.compile(r'(?:<script type="module"[^>]* src|<link rel="modulepreload"[^>]* href)="/(assets/[^"]+\.js)"')


def start_size(app: str) -> int:
    """Bytes of the app's JavaScript at start, compressed by gzip."""
    names = AT_START.findall((DIST / app / "index.html").read_text())
    if not names:
        raise ValueError(f"{app}/index.html loads no JavaScript")
    return sum(len(gzip.compress((DIST / name).read_bytes(), mtime=0)) for name in names)


def main() -> None:
    sizes = {app: start_size(app) for app in ("tech", "portal")}
    print(", ".join(f"{app}: {size / 1000:.1f} KB of JavaScript at start" for app, size in sizes.items()))
    if max(sizes.values()) > LIMIT:
        sys.exit(f"At most {LIMIT // 1000} KB. Load with lazy() (web/ui/lazy) what the first view does not need.")


if __name__ == "__main__":
    main()
