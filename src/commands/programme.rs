//! `obrii programme`: budget programmes — import, the check of their documents' own arithmetic,
//! and a list.

use std::io::Write;
use std::path::{Path, PathBuf};

use domain::programme::{Document, Level};
use domain::programme_check::{Disagreement, Findings, Note, check};
use serde_json::{Value, json};
use store::clock::{Clock as _, SystemClock};
use store::programme_file;

use super::registry;

/// What can be done with programmes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Import the programmes of a folder, all or none. A document that changed becomes a new
    /// edition; the old one is kept.
    Import {
        /// Folder with programmes.csv, measures.csv, funding.csv and `stated_totals.csv`.
        dir: PathBuf,
    },
    /// Recompute every total of the documents and report what disagrees, with its line. Nothing
    /// is repaired.
    Check {
        /// Folder as for `import`; without it the programmes of the registry are checked.
        dir: Option<PathBuf>,
    },
    /// List the programmes of the registry.
    List,
}

/// Runs the command.
pub(crate) fn run(
    command: Command,
    data: &Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match command {
        Command::Import { dir } => import(&dir, data, json, out),
        Command::Check { dir: Some(dir) } => report(&read(&dir)?, json, out),
        Command::Check { dir: None } => report(&of_registry(data)?, json, out),
        Command::List => list(&of_registry(data)?, json, out),
    }
}

fn read(dir: &Path) -> anyhow::Result<Vec<Document>> {
    programme_file::read(dir).map_err(|errors| registry::mistakes(&errors))
}

fn of_registry(data: &Path) -> anyhow::Result<Vec<Document>> {
    registry::open_existing(data)?.programmes().map_err(registry::refused)
}

fn import(dir: &Path, data: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let documents = read(dir)?;
    let imported = registry::open(data)?
        .import_programmes(&documents, SystemClock.now())
        .map_err(registry::refused)?;
    if json {
        let ids = |ids: &[domain::ProgrammeId]| -> Vec<String> {
            ids.iter().map(ToString::to_string).collect()
        };
        let orphaned: Vec<String> = imported.orphaned.iter().map(ToString::to_string).collect();
        let report = json!({
            "new": ids(&imported.new),
            "changed": ids(&imported.changed),
            "unchanged": ids(&imported.unchanged),
            "orphaned": orphaned,
        });
        writeln!(out, "{report}")?;
        return Ok(());
    }
    for document in &documents {
        let id = &document.programme.id;
        let word = if imported.new.contains(id) {
            "new"
        } else if imported.changed.contains(id) {
            "new edition"
        } else {
            "unchanged"
        };
        writeln!(out, "{id}: {word}, {} rows", document.measures.len())?;
    }
    for measure in &imported.orphaned {
        writeln!(out, "note: devices are bound to {measure}, which is no longer in its programme")?;
    }
    Ok(())
}

fn list(documents: &[Document], json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    if json {
        let rows: Vec<Value> = documents.iter().map(programme_json).collect();
        writeln!(out, "{}", Value::from(rows))?;
        return Ok(());
    }
    for document in documents {
        let programme = &document.programme;
        let (from, to) = programme.years;
        let draft = if programme.is_draft() { ", draft" } else { "" };
        let measures = measures(document);
        let total = total(document).map_or("no total stated".to_owned(), |t| format!("{t} kUAH"));
        writeln!(out, "{}  {from}–{to}, {measures} measures, {total}{draft}", programme.id)?;
        writeln!(out, "    {}", programme.title_uk)?;
    }
    Ok(())
}

fn programme_json(document: &Document) -> Value {
    let programme = &document.programme;
    json!({
        "programme": programme.id.as_str(),
        "community": programme.community.as_str(),
        "title_uk": programme.title_uk,
        "authority_uk": programme.authority_uk,
        "year_from": programme.years.0,
        "year_to": programme.years.1,
        "status": programme.status,
        "draft": programme.is_draft(),
        "measures": measures(document),
        "stated_total_kuah": total(document),
        "source_document": programme.source_document,
    })
}

fn measures(document: &Document) -> usize {
    document.measures.iter().filter(|m| m.level == Level::Measure).count()
}

fn total(document: &Document) -> Option<f64> {
    document.totals.iter().find(|t| t.source_uk.is_none()).and_then(|t| t.total_kuah)
}

fn report(documents: &[Document], json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let findings: Vec<Findings> = documents.iter().map(check).collect();
    let disagreements: Vec<&Disagreement> =
        findings.iter().flat_map(|f| &f.disagreements).collect();
    let notes: Vec<&Note> = findings.iter().flat_map(|f| &f.notes).collect();
    if json {
        let report = json!({
            "programmes": documents.len(),
            "disagreements":
                disagreements.into_iter().map(disagreement_json).collect::<Vec<_>>(),
            "notes": notes.into_iter().map(note_json).collect::<Vec<_>>(),
        });
        writeln!(out, "{report}")?;
        return Ok(());
    }
    for d in &disagreements {
        writeln!(
            out,
            "{}: {}: {}: stated {}, computed {} thousand UAH",
            place(&d.source_document, d.source_line),
            d.programme,
            d.subject,
            amount(d.stated_kuah),
            amount(d.computed_kuah),
        )?;
    }
    for note in &notes {
        writeln!(
            out,
            "{}: note: measure {} has telemetry ({}) and no money in the programme",
            place(&note.source_document, note.source_line),
            note.measure,
            note.telemetry_kind,
        )?;
    }
    writeln!(
        out,
        "{} programmes, {} disagreements, {} notes",
        documents.len(),
        disagreements.len(),
        notes.len()
    )?;
    Ok(())
}

fn place(document: &str, line: Option<u32>) -> String {
    line.map_or_else(|| document.to_owned(), |line| format!("{document}:{line}"))
}

/// An amount as documents write it: at least one digit after the point, at most three.
fn amount(kuah: f64) -> String {
    let text = format!("{kuah:.3}");
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

fn disagreement_json(d: &Disagreement) -> Value {
    json!({
        "programme": d.programme.as_str(),
        "kind": d.subject.code(),
        "measure": d.subject.measure().map(|m| m.as_str().to_owned()),
        "source_uk": d.subject.source_uk(),
        "year": d.subject.year(),
        "stated_kuah": d.stated_kuah,
        "computed_kuah": (d.computed_kuah * 1000.0).round() / 1000.0,
        "document": d.source_document,
        "line": d.source_line,
        "text": d.subject.to_string(),
    })
}

fn note_json(note: &Note) -> Value {
    json!({
        "measure": note.measure.to_string(),
        "telemetry_kind": note.telemetry_kind,
        "document": note.source_document,
        "line": note.source_line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(command: Command, data: &Path, json: bool) -> String {
        let mut out = Vec::new();
        run(command, data, json, &mut out).expect("runs");
        String::from_utf8(out).expect("text")
    }

    fn facts() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("data/programmes")
    }

    #[test]
    fn an_import_can_be_repeated_and_the_check_says_the_same_of_folder_and_registry() {
        let data = tempfile::tempdir().expect("a folder");
        let import = || said(Command::Import { dir: facts() }, data.path(), false);
        assert_eq!(import().matches(": new, ").count(), 5);
        assert_eq!(import().matches(": unchanged, ").count(), 5);
        let of_folder = said(Command::Check { dir: Some(facts()) }, data.path(), false);
        let of_registry = said(Command::Check { dir: None }, data.path(), false);
        assert_eq!(of_folder, of_registry);
        assert!(of_folder.ends_with("5 programmes, 11 disagreements, 9 notes\n"));
        let line = "001_49ab63145c91f5c8.txt:7701: odesa-oblast-2021: row 6: total and the rows \
                    below it: stated 75136.7, computed 75196.7 thousand UAH";
        assert!(of_folder.lines().any(|l| l == line), "{of_folder}");
        let listed: Value =
            serde_json::from_str(&said(Command::List, data.path(), true)).expect("JSON");
        assert_eq!(listed.as_array().map(Vec::len), Some(5));
        assert_eq!(listed[2]["draft"], true);
    }

    #[test]
    fn the_machine_readable_check_counts_the_same() {
        let data = Path::new("no-such-folder");
        let text = said(Command::Check { dir: Some(facts()) }, data, true);
        let report: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(report["disagreements"].as_array().map(Vec::len), Some(11));
        assert_eq!(report["notes"].as_array().map(Vec::len), Some(9));
        assert_eq!(report["disagreements"][0]["kind"], "outside-term");
        assert_eq!(report["disagreements"][0]["line"], 7731);
    }

    #[test]
    fn a_mistyped_data_folder_is_refused_and_not_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("typo");
        let error = run(Command::List, &data, false, &mut Vec::new()).expect_err("no registry");
        let exit = error.downcast_ref::<crate::exit::Exit>().expect("an exit");
        assert_eq!(exit.code, crate::exit::USAGE);
        assert!(!data.exists());
    }
}
