#!/usr/bin/env bash
# Each codec against what no device should send, `run.sh SECONDS` for each of them. It needs no
# nightly Rust: LLVM's coverage pass is asked for by name. A panic, a broken contract, an input of
# 5 s or of 1 GB fails and leaves the input in `findings`; put it among the seeds with its mending.
set -euo pipefail
cd "$(dirname "$0")/../.."

export SECONDS_EACH="${1:-3}"
export BUILT="${CARGO_TARGET_DIR:-target}/fuzz"
# For the host by name, so that build scripts and macros are built without the pass.
host="$(rustc -vV | sed -n 's/^host: //p')"
export FUZZER="$BUILT/$host/fuzz/codec-fuzz"

coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
coverage+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
coverage+=" -Cllvm-args=-sanitizer-coverage-pc-table"
coverage+=" -Cllvm-args=-sanitizer-coverage-trace-compares"
RUSTFLAGS="$coverage" cargo build --locked --quiet --package codec-fuzz --bin codec-fuzz \
  --profile fuzz --target "$host" --target-dir "$BUILT"

fuzz_one() {
  local log="$BUILT/$1.log"
  mkdir -p "$BUILT/corpus/$1" "$BUILT/findings"
  if CODEC="$1" "$FUZZER" "$BUILT/corpus/$1" "codec/fuzz/seeds/$1" -seed=1 \
    -max_total_time="$SECONDS_EACH" -timeout=5 -rss_limit_mb=1024 -max_len=65536 \
    -artifact_prefix="$BUILT/findings/$1-" >"$log" 2>&1; then
    echo "$1: $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log") inputs held"
  else
    tail -n 40 "$log"
    echo "$1: broken, the input stands in $BUILT/findings"
    return 1
  fi
}
export -f fuzz_one
find codec/fuzz/seeds -mindepth 1 -maxdepth 1 -printf '%f\n' | sort |
  xargs -P "$(nproc)" -I{} bash -c 'fuzz_one {}'
