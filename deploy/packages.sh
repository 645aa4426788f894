#!/usr/bin/env bash
# Installs the Debian packages that building (`build`) or testing (`test`) needs; without root it
# says what to install and ends.
set -euo pipefail

need=(gcc g++ make pkg-config)
programs=(gcc g++ make)
if [ "${1:-build}" = test ]; then
  need+=(curl mosquitto mosquitto-clients chromium fonts-dejavu-core python3-venv)
  programs+=(curl mosquitto mosquitto_pub chromium)
fi

missing=0
for program in "${programs[@]}"; do
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || missing=1
done
if [ "${1:-build}" = test ]; then
  python3 -c 'import ensurepip' 2>/dev/null || missing=1
  [ -d /usr/share/fonts/truetype/dejavu ] || missing=1
fi
[ "$missing" = 1 ] || exit 0

if [ "$(id -u)" != 0 ]; then
  echo "These Debian packages are needed: ${need[*]}" >&2
  echo "Run: sudo apt-get install --no-install-recommends ${need[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
# Debian starts Mosquitto when it installs it; the tests start their own on free ports.
if command -v service >/dev/null; then service mosquitto stop >/dev/null 2>&1 || true; fi
