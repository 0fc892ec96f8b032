"""Which scope a service account needs for each RPC. `internal` is for Parley's own services."""

from servicekit.accounts import INTERNAL

READ, WRITE = "tickets:read", "tickets:write"
TICKETS = {
    "CreateTicket": WRITE,
    "GetTicket": READ,
    "ListTickets": READ,
    "UpdateTicket": WRITE,
    "AddNote": WRITE,
    "ListTimeline": READ,
    "DownloadAttachment": READ,
}

READ_DIRECTORY, WRITE_DIRECTORY = "directory:read", "directory:write"
DIRECTORY = {
    "ListDirectory": INTERNAL,
    "UpsertEntry": WRITE_DIRECTORY,
    "GetPerson": READ_DIRECTORY,
    "ListPeople": READ_DIRECTORY,
    "ListPlaces": READ_DIRECTORY,
    "ListTrialPeople": INTERNAL,
    "CreateSignIn": INTERNAL,
    "GetSignIn": INTERNAL,
    "EndSignIn": INTERNAL,
    "EndSignInsOfPerson": INTERNAL,
}
