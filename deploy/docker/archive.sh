#!/usr/bin/env bash
# archive.sh OUT.tar NAME:TAG [services|trial]: builds the image of the Dockerfile without a container engine, as an archive for
# `docker load`, `podman load`, `kind load image-archive` and `ctr images import`. Needs Debian 12 with Python 3.11.
set -euo pipefail
out=$(realpath "$1") name=$2 variant=${3:-services}
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m stack.setup web
.venv/bin/python -m deploy.docker.image archive "$out" "$name" "$folder/root" --variant "$variant"
