//! Budget programmes: what the documents state, what was made of it in devices, and where the
//! documents disagree with themselves. Amounts are thousands of hryvnias.

use serde::Serialize;
use utoipa::ToSchema;

use super::device::DeviceView;
use super::word::Moment;

/// All programmes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgrammeList {
    /// The programmes, by id.
    pub programmes: Vec<ProgrammeView>,
}

/// A programme.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgrammeView {
    /// Its id: `odesa-city-2024`.
    pub id: String,
    /// Whose it is.
    pub community: String,
    /// Title, as written.
    pub title_uk: String,
    /// Who adopted it.
    pub authority_uk: String,
    /// First year of its term.
    pub year_from: i32,
    /// Last year of its term.
    pub year_to: i32,
    /// Status as stated.
    pub status: String,
    /// A draft: marked «ПРОЄКТ» wherever it is shown.
    pub draft: bool,
    /// Civil day of the decision that adopted it: `2025-12-17`; absent when the text names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<String>,
    /// Number of that decision: `7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_no: Option<String>,
    /// Document of origin: the file whose lines are named.
    pub source_document: String,
    /// Number of rows of level `measure`.
    pub measures: u64,
    /// Total of all sources as stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_total_kuah: Option<f64>,
    /// Devices that its measures paid for.
    pub devices: DeviceCounts,
    /// Number of disagreements of the document with itself.
    pub disagreements: u64,
}

/// How many devices there are; each is counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeviceCounts {
    /// Registered (зареєстровано), decommissioned ones not counted.
    pub registered: u64,
    /// Taken into operation (введено).
    pub commissioned: u64,
    /// Fresh or delayed (передають).
    pub live: u64,
    /// Commissioned, and stale, silent or never heard of (не передають).
    pub silent: u64,
    /// De-energised, in maintenance or out of service: neither live nor silent.
    pub excused: u64,
}

/// A programme with all its rows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgrammeMeasures {
    /// The programme.
    pub programme: ProgrammeView,
    /// Rows in the order of the document: each row after its parent, numbers in natural order
    /// (4.2 before 4.10).
    pub measures: Vec<MeasureRow>,
    /// Totals that the document states for itself.
    pub totals: Vec<StatedTotalView>,
    /// Where the document disagrees with itself.
    pub disagreements: Vec<DisagreementView>,
    /// What is worth knowing and is no disagreement: telemetry measures without money.
    pub notes: Vec<DisagreementView>,
}

/// A row of a programme's table.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeasureRow {
    /// Number inside the programme.
    pub id: String,
    /// The row above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Depth in the tree; 0 for the rows without parent.
    pub depth: u32,
    /// `direction`, `measure` or `submeasure`.
    pub level: String,
    /// Title as written.
    pub title_uk: String,
    /// Executor as written.
    pub executor_uk: String,
    /// Source of money as written.
    pub funding_source_uk: String,
    /// First year, when the document states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year_from: Option<i32>,
    /// Last year, when the document states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year_to: Option<i32>,
    /// Total as stated; absent: «кошти програмою не передбачено».
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_total_kuah: Option<f64>,
    /// Stated amounts by year.
    pub by_year: Vec<MoneyOfYear>,
    /// What the measure's telemetry is, when it has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telemetry_kind: Option<String>,
    /// Unit of the indicator, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator_unit_uk: Option<String>,
    /// Target of the indicator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator_total: Option<f64>,
    /// Line in the source document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_line: Option<u32>,
    /// Devices of this row and of all rows below it.
    pub devices: DeviceCounts,
}

/// Money of one year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct MoneyOfYear {
    /// The year.
    pub year: i32,
    /// Amount, thousand UAH.
    pub kuah: f64,
}

/// A total that the document states for itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatedTotalView {
    /// The source, as written; absent for the sum of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_uk: Option<String>,
    /// Total, thousand UAH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_kuah: Option<f64>,
    /// By year.
    pub by_year: Vec<MoneyOfYear>,
    /// Line in the source document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_line: Option<u32>,
}

/// One disagreement (розбіжність у документі), or a note.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DisagreementView {
    /// The row it is about; absent when it is the programme itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// The year it is about; absent: the total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// Stable code of what is wrong: `row-total`, `parent-total`, `parent-year`,
    /// `programme-total`, `programme-year`, `source-total`, `outside-term`; of a note `no-money`.
    pub code: String,
    /// The source of money whose total it is, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_uk: Option<String>,
    /// What the measure's telemetry is; only of a note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telemetry_kind: Option<String>,
    /// Заявлено, thousand UAH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_kuah: Option<f64>,
    /// Обчислено, thousand UAH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed_kuah: Option<f64>,
    /// Document.
    pub source_document: String,
    /// Line in the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_line: Option<u32>,
    /// In words, English.
    pub text: String,
}

/// The page of one measure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeasureDetail {
    /// The programme.
    pub programme: ProgrammeView,
    /// The row.
    pub measure: MeasureRow,
    /// Rows above it, outermost first.
    pub ancestors: Vec<MeasureRow>,
    /// Rows directly below it.
    pub children: Vec<MeasureRow>,
    /// Devices that it, or a row below it, paid for.
    pub devices: Vec<DeviceView>,
    /// Completeness of their readings in the period.
    pub capture: CaptureView,
    /// Disagreements of the document about this row.
    pub disagreements: Vec<DisagreementView>,
    /// Notes about this row.
    pub notes: Vec<DisagreementView>,
}

/// Completeness of readings (повнота даних): numbers of expected readings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaptureView {
    /// Begin of the period.
    pub from: Moment,
    /// End of the period, never after now.
    pub to: Moment,
    /// Очікувано: by regime and interval of the profiles while the devices were installed.
    pub expected: u64,
    /// Виключено: of them in outage, maintenance or a city mode.
    pub excused: u64,
    /// Надійшло: all readings that came; events may make them more than expected.
    pub delivered: u64,
    /// Readings that were due and came ÷ (expected − excused), %; one device's surplus does not
    /// hide another's silence. Absent when nothing was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
}
