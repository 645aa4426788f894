//! The JSON shapes of the API (invariant I8: core types carry no serialisation). Every shape is
//! part of `api/openapi.json`, from which the dashboard's types are generated.

mod bench;
mod correction;
mod device;
mod export;
mod hold;
mod intake;
mod live;
mod member_error;
mod object;
mod observation;
mod profile;
mod programme;
mod status;
mod unit;
mod unknown;
mod word;

pub use bench::{
    BenchView, EncodingWord, TrialView, TriedReadingView, TriedUnusableView, TriedValueView,
    TryProfile, UnknownFieldView,
};
pub use correction::{
    CorrectedSeriesView, CorrectionView, CorrectionsView, NewestCorrectionView,
    NewestCorrectionsView,
};
pub use device::{
    DeviceCreated, DevicePage, DeviceView, FundingKind, FundingView, InstallationOfDevice,
    NewDevice, PassportView,
};
pub use export::{
    ExportFailureWord, ExportFormatWord, ExportList, ExportStateWord, ExportView, NewExport,
};
pub use hold::{HoldList, HoldView};
pub use intake::{
    BalanceView, DeviceBalance, DiscardQuarantined, LoginRefusalView, LoginRefusals,
    QuarantineDiscarded, QuarantineGroupView, QuarantinePage, QuarantineReplayed, QuarantineRow,
    QuarantineStateWord, QuarantineSummary, ReplayQuarantined, StillUnusable, TallyView,
};
pub use live::{
    LiveDelta, LiveHeartbeat, LiveObject, LivePatch, LiveProfile, LiveProperty, LiveSnapshot,
};
pub use member_error::MemberError;
pub use object::{
    DatastreamView, InstallationView, LatestEntry, LatestList, MeasureLink, ObjectPage, ObjectRow,
    ObjectView, PositionView, Replacement, TextView, ValueView, ZoneRef,
};
pub use observation::{BucketView, ObservationView, ObservationsView, SeriesView};
pub use profile::{
    EditProfile, EditionView, FieldView, ProfileDetail, ProfileDraft, ProfileForm,
    ProfileFormField, ProfileList, ProfileView, PropertyList, PropertyView, ThresholdsView,
    thresholds_view,
};
pub use programme::{
    CaptureView, DeviceCounts, DisagreementView, MeasureDetail, MeasureRow, MoneyOfYear,
    ProgrammeList, ProgrammeMeasures, ProgrammeView, StatedTotalView,
};
pub use status::{CommunityView, KindCounts, StatusView, ZoneList, ZoneView};
pub use unit::{DisplayUnit, display_unit, label, label_uk, to_display};
pub use unknown::{SentField, SuggestedProfile, UnknownDevicePage, UnknownDeviceView};
pub use word::{
    AccessWord, BucketWord, CalendarWord, FormatWord, FunctionWord, KindWord, Moment, StateWord,
    UnitsWord, ValueKindWord,
};

use serde::Serialize;
use utoipa::ToSchema;

/// What stands beside the rows of a page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageMeta {
    /// Rows that fit the filter, on all pages.
    pub total: u64,
    /// Give it as `after` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
