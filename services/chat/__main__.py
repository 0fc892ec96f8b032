"""`python -m services.chat` runs the service; `--settings` prints its settings."""

from servicekit.app import main
from services.chat.config import ChatSettings
from services.chat.wiring import wire

if __name__ == "__main__":
    main("chat", ChatSettings, wire)
