"""`python -m services.chat`: the service as a process; `--settings` prints what it can be told."""

from servicekit.app import main
from services.chat.config import ChatSettings
from services.chat.wiring import wire

if __name__ == "__main__":
    main("chat", ChatSettings, wire)
