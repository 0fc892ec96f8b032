#!/bin/bash
# Enters the cgroups of the node and starts it in namespaces of its own. Runs until it is killed, and everything inside ends with it.
set -euo pipefail
. "$(dirname "$0")/env.sh"
for dir in /sys/fs/cgroup/*/"$CGROUP"; do echo $$ > "$dir/cgroup.procs"; done
exec unshare --mount --net --pid --uts --ipc --cgroup --fork --kill-child --mount-proc "$HERE/init.sh"
