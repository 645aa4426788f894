//! The arithmetic of a programme's document: every total is recomputed, every disagreement of the
//! document with itself is reported with its line, and nothing is repaired.
//!
//! Four rules. A row's total is the sum of its years. A row's total, and each of its years, is the
//! sum of its children. The programme's total, and each of its years, is the sum of its rows of
//! level `measure` (directions would count them twice); a total of one source is the sum of its
//! years. Money stands only in the years of the measure's term.

use std::fmt;

use crate::ids::{MeasureId, MeasureRef, ProgrammeId};
use crate::programme::{Document, Level, Measure, StatedTotal};

/// Amounts closer than this are equal, thousand UAH: a hryvnia, the last digit of the documents.
pub const TOLERANCE_KUAH: f64 = 0.001;

/// What disagrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A row's total with its years.
    RowTotal(MeasureId),
    /// A row's total with its children.
    ParentTotal(MeasureId),
    /// A row's year with its children.
    ParentYear(MeasureId, i32),
    /// The programme's total with its measures.
    ProgrammeTotal,
    /// The programme's year with its measures.
    ProgrammeYear(i32),
    /// The total of all sources (`None`) or of one with its own years.
    SourceTotal(Option<String>),
    /// Money of a year outside of the measure's term, first and last year.
    OutsideTerm(MeasureId, i32, (i32, i32)),
}

/// One disagreement of a document with itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The programme.
    pub programme: ProgrammeId,
    /// What disagrees.
    pub subject: Subject,
    /// The amount that the document states, thousand UAH.
    pub stated_kuah: f64,
    /// The amount that follows from its other rows, thousand UAH.
    pub computed_kuah: f64,
    /// The document.
    pub source_document: String,
    /// Line of the statement in it.
    pub source_line: Option<u32>,
}

/// A measure that has telemetry and no money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The measure.
    pub measure: MeasureRef,
    /// What its telemetry is.
    pub telemetry_kind: String,
    /// The document.
    pub source_document: String,
    /// Line of the measure in it.
    pub source_line: Option<u32>,
}

/// What a check found, in the order of the document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Sums that do not come out.
    pub disagreements: Vec<Disagreement>,
    /// Telemetry measures for which the document provides no money. No mistake, but whoever
    /// binds a device to one should know.
    pub notes: Vec<Note>,
}

/// Recomputes every total of a document.
pub fn check(document: &Document) -> Findings {
    let mut disagreements = Disagreements { document, found: Vec::new() };
    for measure in &document.measures {
        disagreements.check_row(measure);
        disagreements.check_parent(measure);
        disagreements.check_term(measure);
    }
    for total in &document.totals {
        disagreements.check_total(total);
    }
    Findings { disagreements: disagreements.found, notes: notes(document) }
}

struct Disagreements<'a> {
    document: &'a Document,
    found: Vec<Disagreement>,
}

impl Disagreements<'_> {
    fn expect(&mut self, subject: Subject, line: Option<u32>, stated: f64, computed: f64) {
        if (stated - computed).abs() <= TOLERANCE_KUAH {
            return;
        }
        self.found.push(Disagreement {
            programme: self.document.programme.id.clone(),
            subject,
            stated_kuah: stated,
            computed_kuah: computed,
            source_document: self.document.programme.source_document.clone(),
            source_line: line,
        });
    }

    fn check_row(&mut self, row: &Measure) {
        let Some(stated) = row.stated_total_kuah else { return };
        let years = row.stated_by_year.iter().map(|(_, amount)| amount).sum();
        self.expect(Subject::RowTotal(row.id.clone()), row.source_line, stated, years);
    }

    /// A row of which no child has an amount is a leaf as far as money goes.
    fn check_parent(&mut self, row: &Measure) {
        let document = self.document;
        let children: Vec<&Measure> = document
            .measures
            .iter()
            .filter(|m| m.parent.as_ref() == Some(&row.id) && m.stated_total_kuah.is_some())
            .collect();
        if children.is_empty() {
            return;
        }
        let (stated, computed) = (row.stated_total_kuah.unwrap_or(0.0), total(&children));
        self.expect(Subject::ParentTotal(row.id.clone()), row.source_line, stated, computed);
        for year in years(document) {
            let (stated, computed) = (of_year(row, year), total_of_year(&children, year));
            let subject = Subject::ParentYear(row.id.clone(), year);
            self.expect(subject, row.source_line, stated, computed);
        }
    }

    fn check_term(&mut self, row: &Measure) {
        let Some(term) = row.years else { return };
        for (year, amount) in &row.stated_by_year {
            if *year < term.0 || *year > term.1 {
                let subject = Subject::OutsideTerm(row.id.clone(), *year, term);
                self.expect(subject, row.source_line, *amount, 0.0);
            }
        }
    }

    fn check_total(&mut self, of_source: &StatedTotal) {
        let document = self.document;
        let line = of_source.source_line;
        if let Some(stated) = of_source.total_kuah {
            let years = of_source.by_year.iter().flatten().sum();
            self.expect(Subject::SourceTotal(of_source.source_uk.clone()), line, stated, years);
        }
        if of_source.source_uk.is_some() {
            return; // Rows name their sources in words; they cannot be summed by source.
        }
        let measures: Vec<&Measure> =
            document.measures.iter().filter(|m| m.level == Level::Measure).collect();
        if let Some(stated) = of_source.total_kuah {
            self.expect(Subject::ProgrammeTotal, line, stated, total(&measures));
        }
        for (year, stated) in years(document).zip(&of_source.by_year) {
            if let Some(stated) = stated {
                let computed = total_of_year(&measures, year);
                self.expect(Subject::ProgrammeYear(year), line, *stated, computed);
            }
        }
    }
}

fn years(document: &Document) -> std::ops::RangeInclusive<i32> {
    document.programme.years.0..=document.programme.years.1
}

fn total(rows: &[&Measure]) -> f64 {
    rows.iter().filter_map(|row| row.stated_total_kuah).sum()
}

fn total_of_year(rows: &[&Measure], year: i32) -> f64 {
    rows.iter().map(|row| of_year(row, year)).sum()
}

fn of_year(row: &Measure, year: i32) -> f64 {
    row.stated_by_year.iter().filter(|(of, _)| *of == year).map(|(_, amount)| amount).sum()
}

fn notes(document: &Document) -> Vec<Note> {
    let without_money = |row: &&Measure| row.level != Level::Direction && !has_amount(row);
    let note = |row: &Measure| {
        Some(Note {
            measure: MeasureRef { programme: row.programme.clone(), measure: row.id.clone() },
            telemetry_kind: row.telemetry_kind.clone()?,
            source_document: document.programme.source_document.clone(),
            source_line: row.source_line,
        })
    };
    document.measures.iter().filter(without_money).filter_map(note).collect()
}

/// Does the document state an amount, be it 0, for the row?
fn has_amount(row: &Measure) -> bool {
    row.stated_total_kuah.is_some() || !row.stated_by_year.is_empty()
}

impl Subject {
    /// The stable code of the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RowTotal(_) => "row-total",
            Self::ParentTotal(_) => "parent-total",
            Self::ParentYear(..) => "parent-year",
            Self::ProgrammeTotal => "programme-total",
            Self::ProgrammeYear(_) => "programme-year",
            Self::SourceTotal(_) => "source-total",
            Self::OutsideTerm(..) => "outside-term",
        }
    }

    /// The row, when it is about one.
    pub const fn measure(&self) -> Option<&MeasureId> {
        match self {
            Self::RowTotal(row)
            | Self::ParentTotal(row)
            | Self::ParentYear(row, _)
            | Self::OutsideTerm(row, ..) => Some(row),
            Self::ProgrammeTotal | Self::ProgrammeYear(_) | Self::SourceTotal(_) => None,
        }
    }

    /// The year, when it is about one.
    pub const fn year(&self) -> Option<i32> {
        match self {
            Self::ParentYear(_, year)
            | Self::ProgrammeYear(year)
            | Self::OutsideTerm(_, year, _) => Some(*year),
            _ => None,
        }
    }

    /// The source of money, when it is about one.
    pub fn source_uk(&self) -> Option<&str> {
        match self {
            Self::SourceTotal(source) => source.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowTotal(row) => write!(f, "row {row}: total and its years"),
            Self::ParentTotal(row) => write!(f, "row {row}: total and the rows below it"),
            Self::ParentYear(row, year) => write!(f, "row {row}: {year} and the rows below it"),
            Self::ProgrammeTotal => f.write_str("programme: total and its measures"),
            Self::ProgrammeYear(year) => write!(f, "programme: {year} and its measures"),
            Self::SourceTotal(None) => f.write_str("programme: total and its years"),
            Self::SourceTotal(Some(source)) => write!(f, "«{source}»: total and its years"),
            Self::OutsideTerm(row, year, (from, to)) => {
                write!(f, "row {row}: money in {year}, outside of its term {from}–{to}")
            }
        }
    }
}

#[cfg(test)]
mod tests;
