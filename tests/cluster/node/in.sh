#!/bin/bash
# in.sh COMMAND...: runs a command inside the node's namespaces, with kubectl on the path.
set -euo pipefail
. "$(dirname "$0")/env.sh"
exec nsenter -t "$(cat "$STATE/pid")" --mount --net --pid --uts --ipc --wd="$PWD" -- "$@"
