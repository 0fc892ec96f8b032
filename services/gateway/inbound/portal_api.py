"""What only customers' pages ask for. Who may do it is decided by the services; the cookie of the Portal is needed for all of it."""

from services.gateway.domain.rate_limits import Limit
from services.gateway.inbound.call_routes import CallRoute

PORTAL_CALLS = (
    CallRoute("GET", "/support", "chat", "GetSupportState", query={"ticket": "ticket_id"}),
    CallRoute("POST", "/chats", "chat", "RequestChat", limit=Limit.OPENING),
    CallRoute("POST", "/callbacks", "chat", "OpenCallback", limit=Limit.OPENING),
    CallRoute("POST", "/sessions/{session_id}/callback", "chat", "ConvertToCallback"),
    CallRoute("POST", "/sessions/{session_id}/answer", "chat", "AnswerPushChat"),
)
