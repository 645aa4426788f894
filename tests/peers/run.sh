#!/usr/bin/env bash
# Installs the systems that are compared with Obrii and runs the comparison; see README.md.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
work="${CARGO_TARGET_DIR:-$root/target}/peers"
obrii="${OBRII_BIN:-${CARGO_TARGET_DIR:-$root/target}/release/obrii}"
[ -x "$obrii" ] || { echo "\`$obrii\` is missing: run cargo build --release" >&2; exit 1; }

declare -A packages=(
  [/usr/sbin/mosquitto]=mosquitto
  [/usr/lib/postgresql/15/bin/postgres]=postgresql-15
  [/usr/bin/influxd]=influxdb
  [/usr/bin/victoria-metrics]=victoria-metrics
)
missing=()
for program in "${!packages[@]}"; do
  [ -x "$program" ] || missing+=("${packages[$program]}")
done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "Run: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  # Debian starts services when it installs them; the comparison starts its own.
  for service in "${missing[@]}"; do
    service "${service%-15}" stop >/dev/null 2>&1 || true
  done
fi

mkdir -p "$work"
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --requirement requirements.txt
if ! cmp -s package.json "$work/package.json"; then
  cp package.json "$work/package.json"
  npm install --prefix "$work" --no-audit --no-fund --loglevel error
fi
exec "$work/venv/bin/python" peers.py --obrii "$obrii" --node-modules "$work/node_modules" "$@"
