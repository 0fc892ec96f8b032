"""Which scope a service account needs for each RPC. `internal` is for Parley's own services."""

from servicekit.accounts import INTERNAL

READ, WRITE, SETTINGS = "chat:read", "chat:write", "chat:settings"
SCOPES = {
    "RequestChat": WRITE,
    "OpenCallback": WRITE,
    "ConvertToCallback": WRITE,
    "PushChat": WRITE,
    "AnswerPushChat": WRITE,
    "JoinSession": WRITE,
    "LeaveSession": WRITE,
    "InviteEngineer": WRITE,
    "PostMessage": WRITE,
    "PostMessages": INTERNAL,
    "CompleteSession": WRITE,
    "AmendCloseRecord": WRITE,
    "GetSession": READ,
    "ListSessions": READ,
    "MarkRead": WRITE,
    "GetChatLog": READ,
    "GetSupportState": READ,
    "GetSettings": READ,
    "UpdateSettings": SETTINGS,
    "ListHolidays": READ,
}
