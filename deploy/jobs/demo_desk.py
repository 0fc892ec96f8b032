"""Adds the demo desk to services that run elsewhere: python -m deploy.jobs.demo_desk KEYS TICKETS GATEWAY

For compose.yaml. KEYS: the folder of keys, in which this makes itself an account; TICKETS: host:port; GATEWAY: its URL. Both must be ready.
"""

import asyncio
import sys
from pathlib import Path

from stack.keys import account_of
from stack.people import fill_demo_desk

if __name__ == "__main__":
    keys, tickets, gateway = sys.argv[1:]
    asyncio.run(fill_demo_desk(tickets, account_of(Path(keys), "demo", ["directory:write"]), gateway))
