"""`python -m services.notify`"""

from servicekit.app import main
from services.notify.config import NotifySettings
from services.notify.wiring import wire

if __name__ == "__main__":
    main("notify", NotifySettings, wire)
