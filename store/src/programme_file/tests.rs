use std::path::PathBuf;

use domain::programme_check::{Findings, check};

use super::*;

/// The project's own copy of the facts.
fn facts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/programmes")
}

/// A copy of the facts with one text replaced in one file.
fn refused(file: &str, old: &str, new: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [PROGRAMMES, MEASURES, FUNDING, STATED_TOTALS] {
        let mut text = std::fs::read_to_string(facts().join(name)).expect("facts");
        if name == file {
            assert!(text.contains(old), "`{old}` is not in {name}");
            text = text.replacen(old, new, 1);
        }
        std::fs::write(folder.path().join(name), text).expect("writes");
    }
    let errors = read(folder.path()).expect_err("a bad row");
    errors.iter().map(LineError::to_string).collect()
}

#[test]
fn the_five_programmes_are_read_whole() {
    let documents = read(&facts()).expect("good facts");
    assert_eq!(shipped().expect("good facts"), documents);
    let ids: Vec<&str> = documents.iter().map(|d| d.programme.id.as_str()).collect();
    let expected = [
        "chornomorsk-2024",
        "odesa-city-2024",
        "odesa-oblast-2021",
        "rozdilna-2026",
        "zaporizhzhia-2024",
    ];
    assert_eq!(ids, expected);
    assert_eq!(documents.iter().map(|d| d.measures.len()).sum::<usize>(), 286);
    let amounts = documents.iter().flat_map(|d| &d.measures).map(|m| m.stated_by_year.len());
    assert_eq!(amounts.sum::<usize>(), 529);
    assert!(documents[2].programme.is_draft());
    let odesa: Vec<&str> = documents[1].measures.iter().map(|m| m.id.as_str()).collect();
    let at = |id: &str| odesa.iter().position(|other| *other == id).expect("there");
    assert!(at("4") < at("4.2") && at("4.2") < at("4.2.1") && at("2.9") < at("2.10"));
}

/// Issue 2: exactly eleven disagreements and nine notes, and nothing else.
#[test]
fn the_check_of_the_five_programmes_finds_their_eleven_disagreements_and_nine_notes() {
    let documents = read(&facts()).expect("good facts");
    let findings: Vec<Findings> = documents.iter().map(check).collect();
    let found: Vec<String> = findings
        .iter()
        .flat_map(|f| &f.disagreements)
        .map(|d| {
            let line = d.source_line.unwrap_or_default();
            let (stated, computed) = (d.stated_kuah, d.computed_kuah);
            format!("{} l.{line} {} {stated:.1} {computed:.1}", d.programme, d.subject)
        })
        .collect();
    let expected = [
        "odesa-city-2024 l.7731 row 25.5: money in 2024, outside of its term 2025–2026 455.0 0.0",
        "odesa-oblast-2021 l.7701 row 6: total and the rows below it 75136.7 75196.7",
        "odesa-oblast-2021 l.7701 row 6: 2021 and the rows below it 28136.4 28196.4",
        "odesa-oblast-2021 l.7739 programme: 2021 and its measures 73779.4 68929.4",
        "odesa-oblast-2021 l.7739 programme: 2022 and its measures 48723.1 50923.1",
        "odesa-oblast-2021 l.7739 programme: 2023 and its measures 33435.2 36085.2",
        "rozdilna-2026 l.277 row 2: total and the rows below it 1894.3 1794.3",
        "rozdilna-2026 l.277 row 2: 2027 and the rows below it 600.0 500.0",
        "rozdilna-2026 l.727 programme: total and its measures 10007.3 9907.3",
        "rozdilna-2026 l.727 programme: 2027 and its measures 600.0 500.0",
        "rozdilna-2026 l.743 «Інші джерела»: total and its years 8806.0 0.0",
    ];
    assert_eq!(found, expected);
    let notes: Vec<String> =
        findings.iter().flat_map(|f| &f.notes).map(|n| n.measure.to_string()).collect();
    let expected = [
        "chornomorsk-2024/2.1",
        "chornomorsk-2024/3.3",
        "odesa-city-2024/14.2",
        "odesa-city-2024/23.1",
        "odesa-city-2024/23.2",
        "odesa-city-2024/23.3",
        "odesa-city-2024/23.4",
        "rozdilna-2026/3.4",
        "rozdilna-2026/3.5",
    ];
    assert_eq!(notes, expected);
}

#[test]
fn a_bad_row_is_refused_with_its_file_line_and_reason() {
    let cases = [
        (
            MEASURES,
            "odesa-city-2024,1.2,1,",
            "odesa-city-2024,1.2,77,",
            "measures.csv:3: parent `77` is not in `odesa-city-2024`",
        ),
        (
            MEASURES,
            "odesa-city-2024,1.2,1,",
            "odesa-city-2024,1.3,1,",
            "measures.csv:4: measure `odesa-city-2024/1.3` stands twice",
        ),
        (
            FUNDING,
            "odesa-city-2024,1.1,2024,36.0",
            "odesa-city-2024,1.1,2027,36.0",
            "funding.csv:2: 2027 is outside of programme `odesa-city-2024`, expected 2024–2026",
        ),
        (
            FUNDING,
            "odesa-city-2024,1.1,2024,36.0",
            "odesa-city-2024,1.1,2024,багато",
            "funding.csv:2: `stated_kuah`: `багато` is not a number",
        ),
        (
            PROGRAMMES,
            "\nodesa-oblast-2021,",
            "\nodesa-city-2024,",
            "programmes.csv:3: programme `odesa-city-2024` stands twice",
        ),
        (
            STATED_TOTALS,
            "zaporizhzhia-2024,",
            "zaporizhzhia-2025,",
            "stated_totals.csv:7: programme `zaporizhzhia-2025` is not in programmes.csv",
        ),
        (
            FUNDING,
            "stated_kuah",
            "amount",
            "funding.csv:1: unknown column `amount`, expected programme, measure, year, stated_kuah",
        ),
    ];
    for (file, old, new, expected) in cases {
        let told = refused(file, old, new);
        assert!(told.iter().any(|line| line == expected), "{told:#?} lacks {expected}");
    }
}

#[test]
fn a_folder_without_a_file_says_which() {
    let folder = tempfile::tempdir().expect("a folder");
    let errors = read(folder.path()).expect_err("nothing there");
    assert_eq!(errors.len(), 4);
    assert!(errors[1].to_string().starts_with("measures.csv: is not in folder"));
}
