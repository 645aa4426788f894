use std::path::Path;

use super::*;

/// The seeds of a codec, by the names of their files.
fn seeds(codec: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(codec);
    let seeds = std::fs::read_dir(&folder).expect("a folder of seeds").map(|entry| {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read(path).expect("readable"))
    });
    seeds.collect()
}

#[test]
fn every_codec_has_a_seed_that_it_reads_whole_and_holds_for_all_of_them() {
    for (name, read) in CODECS {
        let profile = profile();
        let is_whole = |payload: &[u8]| {
            let decoded = read(&profile, payload).ok();
            decoded.is_some_and(|d| !d.readings.is_empty() && d.unusable.is_empty())
        };
        let seeds = seeds(name);
        assert!(seeds.iter().any(|(_, payload)| is_whole(payload)), "{name}: no seed is read");
        for (_, payload) in &seeds {
            check(name, payload);
        }
    }
}
