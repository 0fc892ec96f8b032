"""python -m services.gateway [--settings]"""

from servicekit.app import main
from services.gateway.config import GatewaySettings
from services.gateway.wiring import NAME, wire

if __name__ == "__main__":
    main(NAME, GatewaySettings, wire)
