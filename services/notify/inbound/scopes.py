"""Which scope a service account needs for each RPC."""

READ, WRITE = "notify:read", "notify:write"
SCOPES = {"ListAlerts": READ, "DismissAlert": WRITE, "ExplainAlert": READ}
