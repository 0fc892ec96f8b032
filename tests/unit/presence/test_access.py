"""Whose presence a caller sees, and of which desk."""

import pytest

from servicekit.identity import Caller
from services.presence.domain.access import desk_of, may_see
from services.presence.domain.errors import NotAllowed, WrongArgument
from services.presence.domain.person import Person

ACME = frozenset({"acme"})
CALLERS = {
    "service": Caller("service", "crm", "CRM", "harbour"),
    "engineer": Caller("engineer", "ava", "Ava", "harbour"),
    "limited engineer": Caller("engineer", "bo", "Bo", "harbour", companies=ACME),
    "customer": Caller("customer", "mia", "Mia", "harbour", company_id="acme"),
}


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        ("service", ["ava", "bo", "mia", "leo"]),
        ("engineer", ["ava", "bo", "mia", "leo"]),
        ("limited engineer", ["ava", "bo"]),
        ("customer", ["ava", "bo", "mia"]),
    ],
)
def test_limited_engineers_and_customers_see_engineers_and_themselves(caller: str, seen: list[str]) -> None:  # spec 1.12, 10.2
    people = [Person(id, "harbour", engineer=id in ("ava", "bo")) for id in ("ava", "bo", "mia", "leo")]
    assert [person.id for person in people if may_see(CALLERS[caller], person)] == seen


def test_a_request_of_a_person_is_about_their_own_desk() -> None:  # spec 10.2
    assert desk_of(CALLERS["engineer"], "elsewhere") == "harbour"


def test_an_account_of_a_desk_may_not_name_another_and_one_of_all_desks_names_one() -> None:  # spec 10.2, 10.3
    everywhere = Caller("service", "crm", "CRM", "")
    assert (desk_of(CALLERS["service"], ""), desk_of(everywhere, "harbour")) == ("harbour", "harbour")
    with pytest.raises(NotAllowed):
        desk_of(CALLERS["service"], "elsewhere")
    with pytest.raises(WrongArgument):
        desk_of(everywhere, "")
