//! Budget programmes as their documents state them: programme → direction → measure, planned money
//! by year, and the totals the documents claim for themselves. Amounts are thousands of hryvnias.

use crate::ids::{CommunityId, MeasureId, ProgrammeId};
use crate::time::Timestamp;

/// A programme.
#[derive(Clone, Debug, PartialEq)]
pub struct Programme {
    /// Its id: `odesa-city-2024`.
    pub id: ProgrammeId,
    /// Whose it is.
    pub community: CommunityId,
    /// Title, as written in the document.
    pub title_uk: String,
    /// Who adopted it.
    pub authority_uk: String,
    /// First and last year of its term.
    pub years: (i32, i32),
    /// Status as stated: `adopted …`, `draft`.
    pub status: String,
    /// Document of origin.
    pub source_document: String,
}

impl Programme {
    /// A draft is marked «ПРОЄКТ» wherever it is shown.
    pub fn is_draft(&self) -> bool {
        self.status.trim().to_ascii_lowercase().starts_with("draft")
    }

    /// The decision that adopted it, of a status such as `adopted 2025-12-17 No 7; …`.
    pub fn decision(&self) -> Option<Decision<'_>> {
        let (stated, _) = self.status.split_once(';').unwrap_or((&self.status, ""));
        let (on, no) = stated.trim().strip_prefix("adopted ")?.split_once(" No ")?;
        format!("{on}T00:00:00Z").parse::<Timestamp>().ok()?;
        Some(Decision { on, no: no.trim() })
    }
}

/// A decision of a council, as offices name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Civil day: `2025-12-17`.
    pub on: &'a str,
    /// Number: `7`.
    pub no: &'a str,
}

/// Where a row stands in its programme. Sums run over one level only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A direction (напрям): groups measures.
    Direction,
    /// A measure (захід): what money is planned for.
    Measure,
    /// A part of a measure.
    Submeasure,
}

impl Level {
    /// The word of the files and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direction => "direction",
            Self::Measure => "measure",
            Self::Submeasure => "submeasure",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Direction, Self::Measure, Self::Submeasure].into_iter().find(|l| l.as_str() == text)
    }
}

/// A row of a programme's table.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The programme.
    pub programme: ProgrammeId,
    /// Number inside the programme.
    pub id: MeasureId,
    /// The row above.
    pub parent: Option<MeasureId>,
    /// Direction, measure or sub-measure.
    pub level: Level,
    /// Title as written.
    pub title_uk: String,
    /// Executor as written.
    pub executor_uk: String,
    /// Source of money as written.
    pub funding_source_uk: String,
    /// First and last year, when the document states them.
    pub years: Option<(i32, i32)>,
    /// Total as stated, thousand UAH; `None` when the document provides no amount.
    pub stated_total_kuah: Option<f64>,
    /// What the measure's telemetry is, when it has some: the word of the facts file.
    pub telemetry_kind: Option<String>,
    /// Unit of the measure's indicator, as written.
    pub indicator_unit_uk: Option<String>,
    /// Target of the indicator.
    pub indicator_total: Option<f64>,
    /// Line in the source document.
    pub source_line: Option<u32>,
    /// Stated amounts by year, thousand UAH.
    pub stated_by_year: Vec<(i32, f64)>,
}

/// A total that a programme states for itself: of all sources (`source_uk` empty) or of one.
#[derive(Clone, Debug, PartialEq)]
pub struct StatedTotal {
    /// The programme.
    pub programme: ProgrammeId,
    /// The source, as written; `None` for the sum of all.
    pub source_uk: Option<String>,
    /// Total, thousand UAH.
    pub total_kuah: Option<f64>,
    /// By year from the programme's first year on, thousand UAH.
    pub by_year: Vec<Option<f64>>,
    /// Line in the source document.
    pub source_line: Option<u32>,
}

/// One programme with everything its document states.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The programme.
    pub programme: Programme,
    /// Its rows, in natural order of their numbers.
    pub measures: Vec<Measure>,
    /// Its stated totals.
    pub totals: Vec<StatedTotal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adopted(status: &str) -> Programme {
        Programme {
            id: "odesa-city-2024".parse().expect("valid"),
            community: "odesa".parse().expect("valid"),
            title_uk: "Програма".to_owned(),
            authority_uk: "Міська рада".to_owned(),
            years: (2024, 2026),
            status: status.to_owned(),
            source_document: "p.txt".to_owned(),
        }
    }

    #[test]
    fn a_decision_is_read_where_the_status_names_its_day_and_number() {
        let named = adopted("adopted 2025-12-17 No 7; second-level numbers are ours");
        assert_eq!(named.decision(), Some(Decision { on: "2025-12-17", no: "7" }));
        for unnamed in ["draft", "adopted", "adopted (number missing)", "adopted 2025-13-17 No 7"] {
            assert_eq!(adopted(unnamed).decision(), None, "{unnamed}");
        }
    }
}
