"""`make lighthouse`: Lighthouse's categories Accessibility and Best practices on pages of both apps, as on a desktop and on a phone.

Exits with 1 if a page has less than 100 in one of them, and prints the audits that failed. Lighthouse comes from npm into this folder,
apart from the packages of the web apps, because only this command needs it.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from stack.people import make_demo_desk
from stack.services import ROOT, Stack
from stack.setup.programs import find_chromium
from stack.setup.steps import digest, is_done, mark_done, report, run
from stack.setup.web import path_with_node
from stack.unlimited import UNLIMITED
from tests.gallery.scene import SOLVED, Scene

HERE = ROOT / "tests" / "lighthouse"
FORMS = ("desktop", "phone")
BEST = 100
VPN = "VPN drops every afternoon"


def main() -> int:
    _need_packages()
    env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true"}
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), env=env) as stack:
        scene = asyncio.run(_scene(stack))
        task = {"browser": str(find_chromium(whole=True)), "url": stack.http_url, "pages": _pages(scene), "forms": FORMS}
        (Path(folder) / "task.json").write_text(json.dumps(task))
        command = ["node", str(HERE / "audit.mjs"), str(Path(folder) / "task.json")]
        with subprocess.Popen(command, env={**os.environ, "PATH": path_with_node()}, stdout=subprocess.PIPE, text=True) as audit:
            assert audit.stdout is not None
            worse = [page for line in audit.stdout if not _shown(page := json.loads(line))]
    return 1 if worse or audit.returncode else 0


def _need_packages() -> None:
    stamp, state = HERE / "node_modules" / ".from-lock", digest([HERE / "package-lock.json"])
    if not is_done(stamp, state):
        report("Lighthouse (tests/lighthouse/node_modules)")
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=HERE, env={"PATH": path_with_node()})
        mark_done(stamp, state)


async def _scene(stack: Stack) -> Scene:
    await make_demo_desk(stack)
    scene = Scene()
    await scene.prepare(stack.http_url)
    return scene


def _pages(scene: Scene) -> list[dict[str, str]]:
    paths = {
        "": ["/sign-in"],
        "mia": [
            "/portal/support",
            "/portal/tickets",
            "/portal/tickets/new",
            f"/portal/tickets/{scene.tickets[VPN]}",
            "/portal/notifications",
        ],
        "ava": [
            "/tech/tickets",
            f"/tech/tickets/{scene.tickets[VPN]}",
            "/tech/history",
            f"/tech/history/{scene.ids[SOLVED]}",
            "/tech/supervisor",
            "/tech/audit",
            "/tech/settings",
            "/tech/notifications",
        ],
    }
    return [{"person": person, "path": path} for person, of in paths.items() for path in of]


def _shown(page: dict[str, Any]) -> bool:
    """Prints the page's row. Whether it has 100 in both."""
    scores = page["scores"]
    print(f"{page['path']:50} {page['form']:8} {'  '.join(f'{name} {score}' for name, score in scores.items())}", flush=True)
    for audit in page["failed"]:
        print(f"  {audit}")
    return all(score == BEST for score in scores.values())


if __name__ == "__main__":
    sys.exit(main())
