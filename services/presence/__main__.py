"""`python -m services.presence`"""

from servicekit.app import main
from services.presence.config import PresenceSettings
from services.presence.wiring import wire

if __name__ == "__main__":
    main("presence", PresenceSettings, wire)
