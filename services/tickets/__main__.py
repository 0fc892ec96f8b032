"""`python -m services.tickets`"""

from servicekit.app import main
from services.tickets.config import TicketsSettings
from services.tickets.wiring import wire

if __name__ == "__main__":
    main("tickets", TicketsSettings, wire)
