//! The entry of libFuzzer: `CODEC` in the environment names the codec, the arguments are
//! libFuzzer's own. `run.sh` builds it and runs all of them.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static CODEC: OnceLock<String> = OnceLock::new();

fuzz_target!(|payload: &[u8]| {
    let name = CODEC.get_or_init(|| std::env::var("CODEC").unwrap_or_default());
    codec_fuzz::check(name, payload);
});
