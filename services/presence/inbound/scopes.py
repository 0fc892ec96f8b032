"""Which scope a service account needs for each RPC; what is not here is for Parley's own services, or for people."""

READ = "presence:read"
SCOPES = {"GetPresence": READ, "WatchPresence": READ}
