//! A folder of programme facts: `programmes.csv`, `measures.csv`, `funding.csv` and
//! `stated_totals.csv`. Read whole and checked against each other: every mistake is told with its
//! file and line, and a folder with one mistake gives nothing.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::ErrorKind;
use std::path::Path;

use domain::limits::DEVICE_FILE_BYTES_MAX;
use domain::programme::{Document, Level, Measure, Programme, StatedTotal};
use domain::search::natural_cmp;
use domain::{MeasureId, ProgrammeId};

use crate::csv_file::{Cells, Table};
use crate::line_error::LineError;

const PROGRAMMES: &str = "programmes.csv";
const PROGRAMME_COLUMNS: &[&str] = &[
    "programme",
    "community",
    "title_uk",
    "authority_uk",
    "year_from",
    "year_to",
    "status",
    "source_document",
];

const MEASURES: &str = "measures.csv";
const MEASURE_COLUMNS: &[&str] = &[
    "programme",
    "measure",
    "parent",
    "level",
    "title_uk",
    "executor_uk",
    "funding_source_uk",
    "year_from",
    "year_to",
    "stated_total_kuah",
    "telemetry_kind",
    "indicator_unit_uk",
    "indicator_total",
    "source_line",
];

const FUNDING: &str = "funding.csv";
const FUNDING_COLUMNS: &[&str] = &["programme", "measure", "year", "stated_kuah"];

const STATED_TOTALS: &str = "stated_totals.csv";
const STATED_TOTAL_COLUMNS: &[&str] = &[
    "programme",
    "source_uk",
    "total_kuah",
    "source_line",
    "year1_kuah",
    "year2_kuah",
    "year3_kuah",
    "year4_kuah",
    "year5_kuah",
    "year6_kuah",
];
/// The columns of `stated_totals.csv` before the years.
const STATED_TOTAL_REQUIRED: usize = 4;

/// A row with the line on which it stands.
type Lined<T> = (u64, T);

/// One stated amount of `funding.csv`.
struct YearAmount {
    programme: ProgrammeId,
    measure: MeasureId,
    year: i32,
    stated_kuah: f64,
}

/// The rows of the four files, each row good by itself.
struct Files {
    programmes: Vec<Lined<Programme>>,
    measures: Vec<Lined<Measure>>,
    amounts: Vec<Lined<YearAmount>>,
    totals: Vec<Lined<StatedTotal>>,
}

/// The bytes of one of the four files, or why there are none.
type Bytes = Result<Cow<'static, [u8]>, String>;

/// Reads the programmes of a folder, by id, the rows of each in natural order of their numbers.
pub fn read(dir: &Path) -> Result<Vec<Document>, Vec<LineError>> {
    read_all(&|file| match std::fs::read(dir.join(file)) {
        Ok(bytes) => Ok(bytes.into()),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            Err(format!("is not in folder `{}`", dir.display()))
        }
        Err(e) => Err(e.to_string()),
    })
}

/// The five programmes that the project carries as facts.
pub fn shipped() -> Result<Vec<Document>, Vec<LineError>> {
    read_all(&|file| match file {
        PROGRAMMES => Ok(include_bytes!("../../data/programmes/programmes.csv")[..].into()),
        MEASURES => Ok(include_bytes!("../../data/programmes/measures.csv")[..].into()),
        FUNDING => Ok(include_bytes!("../../data/programmes/funding.csv")[..].into()),
        STATED_TOTALS => Ok(include_bytes!("../../data/programmes/stated_totals.csv")[..].into()),
        _ => Err("is not shipped".to_owned()),
    })
}

fn read_all(bytes_of: &dyn Fn(&str) -> Bytes) -> Result<Vec<Document>, Vec<LineError>> {
    let files = read_files(bytes_of)?;
    let errors = disagreements(&files);
    if errors.is_empty() { Ok(documents(files)) } else { Err(errors) }
}

fn read_files(bytes_of: &dyn Fn(&str) -> Bytes) -> Result<Files, Vec<LineError>> {
    let programmes =
        rows(bytes_of, PROGRAMMES, PROGRAMME_COLUMNS, PROGRAMME_COLUMNS.len(), programme);
    let measures = rows(bytes_of, MEASURES, MEASURE_COLUMNS, MEASURE_COLUMNS.len(), measure);
    let amounts = rows(bytes_of, FUNDING, FUNDING_COLUMNS, FUNDING_COLUMNS.len(), amount);
    let totals =
        rows(bytes_of, STATED_TOTALS, STATED_TOTAL_COLUMNS, STATED_TOTAL_REQUIRED, stated_total);
    match (programmes, measures, amounts, totals) {
        (Ok(programmes), Ok(measures), Ok(amounts), Ok(totals)) => {
            Ok(Files { programmes, measures, amounts, totals })
        }
        (programmes, measures, amounts, totals) => {
            let errors = [programmes.err(), measures.err(), amounts.err(), totals.err()];
            Err(errors.into_iter().flatten().flatten().collect())
        }
    }
}

fn rows<T>(
    bytes_of: &dyn Fn(&str) -> Bytes,
    file: &str,
    columns: &[&str],
    required: usize,
    row: impl Fn(&mut Cells) -> Option<T>,
) -> Result<Vec<Lined<T>>, Vec<LineError>> {
    let whole = |reason: String| vec![LineError::new(file, 0, reason)];
    let bytes = bytes_of(file).map_err(whole)?;
    if bytes.len() > DEVICE_FILE_BYTES_MAX {
        return Err(whole(format!("larger than {DEVICE_FILE_BYTES_MAX} bytes")));
    }
    let table = Table::read(file, &bytes, columns, required)?;
    table.parse(|cells| row(cells).map(|value| (cells.line, value)))
}

fn programme(cells: &mut Cells) -> Option<Programme> {
    let id = cells.required("programme");
    let community = cells.required("community");
    let title_uk = cells.required_text("title_uk");
    let years = cells.required("year_from").zip(cells.required("year_to"));
    if years.is_some_and(|(from, to): (i32, i32)| to < from) {
        cells.refuse("`year_to` lies before `year_from`");
    }
    Some(Programme {
        id: id?,
        community: community?,
        title_uk: title_uk?,
        authority_uk: cells.text("authority_uk").to_owned(),
        years: years?,
        status: cells.text("status").to_owned(),
        source_document: cells.text("source_document").to_owned(),
    })
}

fn measure(cells: &mut Cells) -> Option<Measure> {
    let programme = cells.required("programme");
    let id = cells.required("measure");
    let parent = cells.optional("parent");
    let level = cells.word("level", Level::parse, "direction, measure or submeasure");
    if cells.text("level").is_empty() {
        cells.refuse("`level` is empty");
    }
    let title_uk = cells.required_text("title_uk");
    let from: Option<i32> = cells.optional("year_from");
    let to: Option<i32> = cells.optional("year_to");
    match (from, to) {
        (Some(from), Some(to)) if to < from => cells.refuse("`year_to` lies before `year_from`"),
        (Some(_), None) | (None, Some(_)) => {
            cells.refuse("one of `year_from` and `year_to` is empty, expected both or none");
        }
        _ => {}
    }
    let stated_total_kuah = cells.number("stated_total_kuah");
    let indicator_total = cells.number("indicator_total");
    let source_line = cells.optional("source_line");
    Some(Measure {
        programme: programme?,
        id: id?,
        parent,
        level: level?,
        title_uk: title_uk?,
        executor_uk: cells.text("executor_uk").to_owned(),
        funding_source_uk: cells.text("funding_source_uk").to_owned(),
        years: from.zip(to),
        stated_total_kuah,
        telemetry_kind: cells.text_or_none("telemetry_kind"),
        indicator_unit_uk: cells.text_or_none("indicator_unit_uk"),
        indicator_total,
        source_line,
        stated_by_year: Vec::new(),
    })
}

fn amount(cells: &mut Cells) -> Option<YearAmount> {
    let programme = cells.required("programme");
    let measure = cells.required("measure");
    let year = cells.required("year");
    let stated_kuah = cells.number("stated_kuah");
    if cells.text("stated_kuah").is_empty() {
        cells.refuse("`stated_kuah` is empty, expected an amount in thousand UAH");
    }
    let (programme, measure) = (programme?, measure?);
    Some(YearAmount { programme, measure, year: year?, stated_kuah: stated_kuah? })
}

fn stated_total(cells: &mut Cells) -> Option<StatedTotal> {
    let programme = cells.required("programme");
    let total_kuah = cells.number("total_kuah");
    let source_line = cells.optional("source_line");
    let years = &STATED_TOTAL_COLUMNS[STATED_TOTAL_REQUIRED..];
    let mut by_year: Vec<Option<f64>> = years.iter().map(|year| cells.number(year)).collect();
    let stated = by_year.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    by_year.truncate(stated);
    let source_uk = cells.text_or_none("source_uk");
    Some(StatedTotal { programme: programme?, source_uk, total_kuah, by_year, source_line })
}

/// Mistakes between rows: references to what is not there, doubles, years outside of the term.
fn disagreements(files: &Files) -> Vec<LineError> {
    let mut errors = Vec::new();
    let mut refuse = |file: &str, line, reason: String| {
        errors.push(LineError::new(file, line, reason));
    };
    let mut terms: HashMap<&ProgrammeId, (i32, i32)> = HashMap::new();
    for (line, programme) in &files.programmes {
        if terms.insert(&programme.id, programme.years).is_some() {
            refuse(PROGRAMMES, *line, format!("programme `{}` stands twice", programme.id));
        }
    }
    let mut ids: HashSet<(&ProgrammeId, &MeasureId)> = HashSet::new();
    for (line, measure) in &files.measures {
        if !terms.contains_key(&measure.programme) {
            refuse(MEASURES, *line, no_programme(&measure.programme));
        }
        if !ids.insert((&measure.programme, &measure.id)) {
            let (programme, id) = (&measure.programme, &measure.id);
            refuse(MEASURES, *line, format!("measure `{programme}/{id}` stands twice"));
        }
    }
    for (line, measure) in &files.measures {
        let programme = &measure.programme;
        let parent = measure.parent.as_ref();
        if let Some(parent) = parent.filter(|parent| !ids.contains(&(programme, *parent))) {
            refuse(MEASURES, *line, format!("parent `{parent}` is not in `{programme}`"));
        }
        if parent == Some(&measure.id) {
            refuse(MEASURES, *line, format!("measure `{}` is its own parent", measure.id));
        }
        let term = terms.get(programme);
        if let Some((years, term)) = measure.years.zip(term)
            && (years.0 < term.0 || years.1 > term.1)
        {
            refuse(MEASURES, *line, outside(programme, &format!("{}–{}", years.0, years.1), *term));
        }
    }
    check_amounts(files, &terms, &ids, &mut refuse);
    for (line, total) in &files.totals {
        match terms.get(&total.programme) {
            None => refuse(STATED_TOTALS, *line, no_programme(&total.programme)),
            Some((from, to)) if total.by_year.len() as i32 > to - from + 1 => {
                let year = (from + total.by_year.len() as i32 - 1).to_string();
                refuse(STATED_TOTALS, *line, outside(&total.programme, &year, (*from, *to)));
            }
            Some(_) => {}
        }
    }
    errors
}

fn check_amounts(
    files: &Files,
    terms: &HashMap<&ProgrammeId, (i32, i32)>,
    ids: &HashSet<(&ProgrammeId, &MeasureId)>,
    refuse: &mut impl FnMut(&str, u64, String),
) {
    let mut stated: HashSet<(&ProgrammeId, &MeasureId, i32)> = HashSet::new();
    for (line, amount) in &files.amounts {
        let YearAmount { programme, measure, year, .. } = amount;
        if !ids.contains(&(programme, measure)) {
            refuse(FUNDING, *line, format!("measure `{programme}/{measure}` is not in {MEASURES}"));
        }
        if !stated.insert((programme, measure, *year)) {
            refuse(FUNDING, *line, format!("{year} of `{programme}/{measure}` stands twice"));
        }
        match terms.get(programme) {
            Some(term) if *year < term.0 || *year > term.1 => {
                refuse(FUNDING, *line, outside(programme, &year.to_string(), *term));
            }
            _ => {}
        }
    }
}

fn no_programme(programme: &ProgrammeId) -> String {
    format!("programme `{programme}` is not in {PROGRAMMES}")
}

fn outside(programme: &ProgrammeId, years: &str, term: (i32, i32)) -> String {
    format!("{years} is outside of programme `{programme}`, expected {}–{}", term.0, term.1)
}

fn documents(files: Files) -> Vec<Document> {
    let mut amounts: HashMap<(ProgrammeId, MeasureId), Vec<(i32, f64)>> = HashMap::new();
    for (_, amount) in files.amounts {
        let key = (amount.programme, amount.measure);
        amounts.entry(key).or_default().push((amount.year, amount.stated_kuah));
    }
    let mut documents: BTreeMap<ProgrammeId, Document> = BTreeMap::new();
    for (_, programme) in files.programmes {
        let id = programme.id.clone();
        documents.insert(id, Document { programme, measures: Vec::new(), totals: Vec::new() });
    }
    for (_, mut measure) in files.measures {
        let key = (measure.programme.clone(), measure.id.clone());
        measure.stated_by_year = amounts.remove(&key).unwrap_or_default();
        measure.stated_by_year.sort_by_key(|(year, _)| *year);
        if let Some(document) = documents.get_mut(&measure.programme) {
            document.measures.push(measure);
        }
    }
    for (_, total) in files.totals {
        if let Some(document) = documents.get_mut(&total.programme) {
            document.totals.push(total);
        }
    }
    let in_order = |mut document: Document| {
        document.measures.sort_by(|a, b| natural_cmp(a.id.as_str(), b.id.as_str()));
        document
    };
    documents.into_values().map(in_order).collect()
}
