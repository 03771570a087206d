#!/bin/sh
# Makes sure that Node and npm are there: the system's when they are new enough, else from a wheel into .venv.
set -eu
. deploy/setup/say.sh

new_enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)'
if node -e "$new_enough" 2>/dev/null && npm --version >/dev/null 2>&1; then
    exit 0
fi
say "Installing Node (the system has none, or an old one)"
VIRTUAL_ENV=$PWD/.venv .venv/bin/uv pip install -q --require-hashes -r deploy/setup/node.lock ||
    die "Node could not be fetched: check the network, or install Node 20.19 or newer, then run make again."
