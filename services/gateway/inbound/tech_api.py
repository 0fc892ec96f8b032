"""What only engineers' pages ask for. Who may do it is decided by the services; the cookie of TECH is needed for all of it."""

from parley.chat.v1.chat_pb2 import PUSH_ANSWER_WITHDRAW
from services.gateway.domain.rate_limits import Limit
from services.gateway.inbound.call_routes import CallRoute
from services.gateway.inbound.request_bodies import LARGE_BODY

PEOPLE = {"kind": "kind", "company": "company_id", "search": "search", "page": "page_token"}

TECH_CALLS = (
    CallRoute("POST", "/sessions/{session_id}/join", "chat", "JoinSession"),
    CallRoute("POST", "/sessions/{session_id}/complete", "chat", "CompleteSession"),
    CallRoute("POST", "/sessions/{session_id}/invite", "chat", "InviteEngineer"),
    CallRoute("POST", "/sessions/{session_id}/note", "chat", "AmendCloseRecord"),
    CallRoute("POST", "/tickets/{ticket_id}/push-chat", "chat", "PushChat", limit=Limit.OPENING),
    CallRoute("POST", "/sessions/{session_id}/withdraw", "chat", "AnswerPushChat", fixed={"answer": PUSH_ANSWER_WITHDRAW}),
    CallRoute("POST", "/alerts/{session_id}/dismiss", "notify", "DismissAlert", empty=True),
    CallRoute("POST", "/presence", "presence", "ChoosePresence"),
    CallRoute("GET", "/places", "directory", "ListPlaces"),
    CallRoute("GET", "/people", "directory", "ListPeople", query=PEOPLE),
    CallRoute("GET", "/people/{person_id}", "directory", "GetPerson"),
    CallRoute("PUT", "/directory", "directory", "UpsertEntry", body=LARGE_BODY),
    CallRoute("POST", "/people/{person_id}/end-connections", "presence", "EndConnections"),
    CallRoute("GET", "/settings/presence", "presence", "GetSettings"),
    CallRoute("PUT", "/settings/presence", "presence", "UpdateSettings", body=LARGE_BODY),
    CallRoute("GET", "/settings/chat", "chat", "GetSettings"),
    CallRoute("PUT", "/settings/chat", "chat", "UpdateSettings", body=LARGE_BODY),
    CallRoute("GET", "/settings/holidays", "chat", "ListHolidays", query={"country": "country", "year": "year"}),
)
