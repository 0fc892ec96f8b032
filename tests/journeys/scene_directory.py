"""Good requests to DirectoryService, AuditService and ErasingService, for the tests of all RPCs."""

from typing import TYPE_CHECKING, Any

from google.protobuf.timestamp_pb2 import Timestamp

from parley.audit.v1 import audit_pb2 as a
from parley.tickets.v1 import directory_pb2 as d
from parley.tickets.v1 import erasing_pb2 as e
from tests.journeys.scene_notifications import Good
from tests.journeys.team import INSIDE

if TYPE_CHECKING:
    from tests.journeys.scene import Scene

PHONE = "+442079460101"
FAILED = d.REFRESH_OUTCOME_FAILED


def good_directory(scene: "Scene") -> dict[str, Good]:
    newcomer = d.DirectoryPerson(id=scene.id("kim"), desk_id=scene.desk.id, kind=d.PERSON_KIND_CUSTOMER, name="Kim Lee", phone=PHONE)
    ended = d.EndSignInsOfPersonRequest(desk_id=scene.desk.id, person_id=scene.id("zoe"), made_until=Timestamp(seconds=1), ended_by="ava")
    newcomer.email, newcomer.company_id, newcomer.time_zone = "kim@acme.example", scene.id("acme"), "Pacific/Auckland"
    asked: dict[str, Good] = {
        "ListDirectory": (INSIDE, d.ListDirectoryRequest(page_size=10)),
        "UpsertEntry": ("ava", d.UpsertEntryRequest(entry=d.DirectoryEntry(person=newcomer))),
        "GetPerson": ("ava", d.GetPersonRequest(person_id=scene.id("mia"))),
        "GetPeople": (INSIDE, d.GetPeopleRequest(desk_id=scene.desk.id, person_ids=[scene.id("mia")])),
        "ListPeople": ("ava", d.ListPeopleRequest(kind=d.PERSON_KIND_CUSTOMER, company_id=scene.id("acme"), page_size=10)),
        "ListPlaces": ("ava", d.ListPlacesRequest()),
        "ListTrialPeople": (INSIDE, d.ListTrialPeopleRequest()),
        "CreateSignIn": (INSIDE, d.CreateSignInRequest(person_id=scene.id("zoe"), method="trial", address="192.0.2.1")),
        "GetSignIn": (INSIDE, d.GetSignInRequest(secret="no secret of anybody")),
        "EndSignIn": (INSIDE, d.EndSignInRequest(secret="no secret of anybody")),
        "EndSignInsOfPerson": (INSIDE, ended),
        "TakeDueRefreshes": (INSIDE, d.TakeDueRefreshesRequest(limit=1)),
        "FinishRefresh": (INSIDE, d.FinishRefreshRequest(sign_in_id="nobody's", taken_until=Timestamp(seconds=1), outcome=FAILED)),
    }
    return {f"DirectoryService.{name}": good for name, good in asked.items()}


async def good_erasing(scene: "Scene") -> dict[str, Good]:
    """Erases newcomers, whom no other request names."""
    await scene.desk.add_customers(["lou", "pat"])
    await scene.do("ErasingService.ErasePerson", "ava", e.ErasePersonRequest(person_id=scene.id("lou")))
    asked: dict[str, Good] = {
        "ErasePerson": ("ava", e.ErasePersonRequest(person_id=scene.id("pat"))),
        "GetErasure": ("ava", e.GetErasureRequest(person_id=scene.id("lou"))),
        "DownloadPersonData": ("ava", e.DownloadPersonDataRequest(person_id=scene.id("mia"))),
        "ListErasures": (INSIDE, e.ListErasuresRequest(service="chat")),
        "ReportErasure": (INSIDE, e.ReportErasureRequest(person_id=scene.id("lou"), service="chat")),
    }
    return {f"ErasingService.{name}": good for name, good in asked.items()}


def good_audit(scene: "Scene") -> dict[str, Good]:
    asked: Any = {"person_id": scene.id("mia"), "since": "2026-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z"}
    return {
        "AuditService.ListAuditEntries": ("ava", a.ListAuditEntriesRequest(kind=a.AUDIT_KIND_ACCESS, page_size=10, **asked)),
        "AuditService.GetAuditLog": ("ava", a.GetAuditLogRequest(**asked, format=a.AUDIT_FORMAT_JSON_LINES)),
    }
