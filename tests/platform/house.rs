//! Rules of the house that a machine can hold.

use std::path::{Path, PathBuf};

use crate::platform::root;

const LINES_MAX: usize = 500;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            if !["target", "node_modules", "build", ".svelte-kit", ".git"].contains(&name.as_str())
            {
                sources(&path, found);
            }
        } else if ["rs", "ts", "svelte"].iter().any(|e| path.extension().is_some_and(|x| x == *e))
            && name != "schema.ts"
        {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(root(), &mut found);
    assert!(found.len() > 50, "the walk found only {} files", found.len());
    found.into_iter().map(|p| (p.clone(), std::fs::read_to_string(&p).expect("text"))).collect()
}

#[test]
fn files_stay_small_and_say_what_they_answer_for() {
    for (path, text) in all_sources() {
        assert!(text.lines().count() <= LINES_MAX, "{}: too long", path.display());
        assert_ne!(path.file_name().and_then(|n| n.to_str()), Some("mod.rs"));
        let is_tests = path.ends_with("tests.rs") || path.iter().any(|part| part == "tests");
        if path.extension().is_some_and(|e| e == "rs") && !is_tests {
            assert!(text.starts_with("//!"), "{}: says not what it is for", path.display());
        }
    }
}

#[test]
fn the_domain_and_the_codecs_read_no_clock_and_do_no_io() {
    let io = ["SystemTime", "Instant::now", "std::fs", "std::net", "std::env", "rand::"];
    for (path, text) in all_sources() {
        let inside = |folder: &str| path.starts_with(root().join(folder));
        if inside("domain/src") {
            for word in ["serde", "Timestamp::now"] {
                assert!(!text.contains(word), "{}: `{word}`", path.display());
            }
        }
        if inside("domain/src") || inside("codec/src") {
            for word in io {
                assert!(!text.contains(word), "{}: `{word}`", path.display());
            }
        }
    }
}

#[test]
fn only_the_store_knows_databases_and_only_ingest_knows_the_broker() {
    for (path, text) in all_sources() {
        let inside = |folder: &str| path.starts_with(root().join(folder));
        let is_rust = path.extension().is_some_and(|e| e == "rs");
        if is_rust && !inside("store") && !inside("tests") {
            for word in ["rusqlite::", "fjall::", "refinery::"] {
                assert!(!text.contains(word), "{}: `{word}`", path.display());
            }
        }
        if is_rust && !inside("ingest") && !inside("tests") {
            assert!(!text.contains("rmqtt::"), "{}: rmqtt", path.display());
        }
    }
}

#[test]
fn the_page_is_built_from_these_sources() {
    assert!(dashboard::is_built(), "the embedded page is missing or old: run `make dashboard`");
}
