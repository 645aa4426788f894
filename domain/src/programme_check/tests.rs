use super::*;
use crate::programme::Programme;

fn row(id: &str, level: Level, years: &[(i32, f64)]) -> Measure {
    let id: MeasureId = id.parse().expect("valid");
    Measure {
        programme: "p".parse().expect("valid"),
        parent: id.as_str().rsplit_once('.').map(|(above, _)| above.parse().expect("valid")),
        id,
        level,
        title_uk: "Захід".to_owned(),
        executor_uk: String::new(),
        funding_source_uk: String::new(),
        years: Some((2024, 2025)),
        stated_total_kuah: Some(years.iter().map(|(_, amount)| amount).sum()),
        telemetry_kind: None,
        indicator_unit_uk: None,
        indicator_total: None,
        source_line: Some(10),
        stated_by_year: years.to_vec(),
    }
}

/// One direction of two measures, the second with two parts: 10 + 30 in 2024, 5 in 2025.
fn sound() -> Document {
    let programme = Programme {
        id: "p".parse().expect("valid"),
        community: "odesa".parse().expect("valid"),
        title_uk: "Програма".to_owned(),
        authority_uk: String::new(),
        years: (2024, 2025),
        status: "adopted".to_owned(),
        source_document: "p.txt".to_owned(),
    };
    let measures = vec![
        row("1", Level::Direction, &[(2024, 40.0), (2025, 5.0)]),
        row("1.1", Level::Measure, &[(2024, 10.0)]),
        row("1.2", Level::Measure, &[(2024, 30.0), (2025, 5.0)]),
        row("1.2.1", Level::Submeasure, &[(2024, 30.0)]),
        row("1.2.2", Level::Submeasure, &[(2025, 5.0)]),
    ];
    let total = StatedTotal {
        programme: programme.id.clone(),
        source_uk: None,
        total_kuah: Some(45.0),
        by_year: vec![Some(40.0), Some(5.0)],
        source_line: Some(99),
    };
    Document { programme, measures, totals: vec![total] }
}

fn subjects(document: &Document) -> Vec<Subject> {
    check(document).disagreements.into_iter().map(|d| d.subject).collect()
}

#[test]
fn a_sound_document_has_nothing_to_report() {
    assert_eq!(check(&sound()), Findings::default());
}

#[test]
fn a_total_that_its_years_do_not_make_is_reported_at_its_line() {
    let mut document = sound();
    document.measures[1].stated_total_kuah = Some(10.002);
    let found = check(&document).disagreements;
    assert_eq!(found[0].subject, Subject::ParentTotal("1".parse().expect("valid")));
    assert_eq!(found[1].subject, Subject::RowTotal("1.1".parse().expect("valid")));
    assert_eq!((found[1].stated_kuah, found[1].computed_kuah), (10.002, 10.0));
    assert_eq!(found[1].source_line, Some(10));
    assert_eq!(found[2].subject, Subject::ProgrammeTotal);
    document.measures[1].stated_total_kuah = Some(10.0005);
    assert_eq!(subjects(&document), [], "less than a hryvnia is no disagreement");
}

#[test]
fn a_year_is_compared_with_the_rows_below_and_with_the_measures_only() {
    let mut document = sound();
    document.measures[0].stated_by_year = vec![(2024, 39.0), (2025, 6.0)];
    let direction: MeasureId = "1".parse().expect("valid");
    let expected = [2024, 2025].map(|year| Subject::ParentYear(direction.clone(), year));
    assert_eq!(subjects(&document), expected);
    let mut document = sound();
    document.totals[0].by_year = vec![Some(39.0), Some(6.0)];
    assert_eq!(subjects(&document), [2024, 2025].map(Subject::ProgrammeYear));
}

#[test]
fn money_outside_of_the_term_is_reported_and_a_zero_is_not() {
    let mut document = sound();
    document.measures[4].years = Some((2024, 2024));
    let part: MeasureId = "1.2.2".parse().expect("valid");
    let outside = Subject::OutsideTerm(part, 2025, (2024, 2024));
    assert_eq!(subjects(&document), [outside]);
    document.measures[1].years = Some((2024, 2024));
    document.measures[1].stated_by_year.push((2025, 0.0));
    assert_eq!(subjects(&document).len(), 1);
}

#[test]
fn a_source_without_years_disagrees_with_itself() {
    let mut document = sound();
    document.totals.push(StatedTotal {
        source_uk: Some("Інші джерела".to_owned()),
        total_kuah: Some(7.0),
        by_year: vec![Some(0.0), Some(0.0)],
        ..document.totals[0].clone()
    });
    let source = Subject::SourceTotal(Some("Інші джерела".to_owned()));
    assert_eq!(subjects(&document), [source]);
}

#[test]
fn telemetry_without_an_amount_is_a_note_and_telemetry_for_zero_is_none() {
    let mut document = sound();
    let mut free = row("1.3", Level::Measure, &[]);
    free.telemetry_kind = Some("air".to_owned());
    free.stated_total_kuah = None;
    let mut for_zero = row("1.4", Level::Measure, &[(2024, 0.0)]);
    for_zero.telemetry_kind = Some("video".to_owned());
    document.measures.extend([free, for_zero]);
    let findings = check(&document);
    assert_eq!(findings.disagreements, []);
    assert_eq!(findings.notes.len(), 1);
    assert_eq!(findings.notes[0].measure.to_string(), "p/1.3");
}
