//! What came in and was not stored as it came: quarantine, refused logins, the balance.

use domain::intake::{SettledAs, Tally};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::word::Moment;

/// Where a quarantined message stands on the work list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QuarantineStateWord {
    /// It waits for somebody's work.
    #[default]
    Open,
    /// Оброблено повторно, and used.
    Replayed,
    /// Вилучено, with a remark.
    Discarded,
}

impl From<SettledAs> for QuarantineStateWord {
    fn from(settled: SettledAs) -> Self {
        match settled {
            SettledAs::Replayed => Self::Replayed,
            SettledAs::Discarded => Self::Discarded,
        }
    }
}

impl QuarantineStateWord {
    /// How it left the work list; `None`: it is still there.
    pub(crate) fn settled(self) -> Option<SettledAs> {
        match self {
            Self::Open => None,
            Self::Replayed => Some(SettledAs::Replayed),
            Self::Discarded => Some(SettledAs::Discarded),
        }
    }
}

/// A page of quarantined messages, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantinePage {
    /// The messages.
    pub quarantine: Vec<QuarantineRow>,
    /// Give it as `before` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// A message, or an element of one, that could not be used.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantineRow {
    /// Its number.
    pub id: i64,
    /// The device as claimed; may be empty.
    pub device: String,
    /// Profile of the device, when it is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The topic it came on.
    pub topic: String,
    /// The bytes as text, those that are no UTF-8 replaced by `�`; in a list only the first 2 KiB.
    pub payload_text: String,
    /// The same bytes in hexadecimal.
    pub payload_hex: String,
    /// Length of the payload as it came, bytes.
    pub payload_bytes: u64,
    /// Bytes of it that are kept: all, but of what is too large to be read only the first 64 KiB.
    pub kept_bytes: u64,
    /// Stable code of the reason.
    pub reason: String,
    /// What was expected, in words.
    pub detail: String,
    /// Places of the elements of its array that are meant, as ranges: `0-299,305`; without it the
    /// message as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elements: Option<String>,
    /// As how many readings it is counted in the balance.
    pub readings: u64,
    /// When it arrived.
    pub arrived_at: Moment,
    /// Through which gateway: `broker`, or the name of a source.
    pub gateway: String,
    /// Where it stands on the work list.
    pub state: QuarantineStateWord,
    /// When it left the list; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Moment>,
    /// Why it was discarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// Quarantine by reason and device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantineSummary {
    /// The groups, largest first.
    pub groups: Vec<QuarantineGroupView>,
    /// The balance of all readings.
    pub balance: TallyView,
}

/// One group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantineGroupView {
    /// Stable code of the reason.
    pub reason: String,
    /// The device as claimed; may be empty.
    pub device: String,
    /// Number of open rows.
    pub count: u64,
    /// Number of open rows that were dropped because the bound was reached.
    pub dropped: u64,
    /// Oldest.
    pub first: Moment,
    /// Newest.
    pub last: Moment,
}

/// Which rows are put through the pipeline again: those that fit everything that is given, and
/// something has to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayQuarantined {
    /// Rows of these numbers, at most 1000.
    #[serde(default)]
    pub ids: Option<Vec<i64>>,
    /// Rows of this device, as claimed; may be empty.
    #[serde(default)]
    pub device: Option<String>,
    /// Rows with this reason's code.
    #[serde(default)]
    pub reason: Option<String>,
    /// Rows behind this number: `next` of the call before.
    #[serde(default)]
    pub after: Option<i64>,
}

/// What became of the rows of one call, at most 1000.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantineReplayed {
    /// Rows that were used and are in quarantine no more.
    pub replayed: u64,
    /// Rows that still cannot be used.
    pub unusable: Vec<StillUnusable>,
    /// Rows that fit and that this call did not come to.
    pub left: u64,
    /// Give it as `after` to go on; absent when nothing is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// A row that still cannot be used.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StillUnusable {
    /// Its number.
    pub id: i64,
    /// Stable code of the reason that stands now.
    pub reason: String,
    /// What was expected, in words.
    pub detail: String,
}

/// Which rows are of no use: those that fit everything that is given, and something has to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardQuarantined {
    /// Rows of these numbers, at most 1000.
    #[serde(default)]
    pub ids: Option<Vec<i64>>,
    /// Rows of this device, as claimed; may be empty.
    #[serde(default)]
    pub device: Option<String>,
    /// Rows with this reason's code.
    #[serde(default)]
    pub reason: Option<String>,
    /// Why they are of no use, 1 to 500 characters.
    pub remark: String,
}

/// What became of the rows of one call, at most 1000.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantineDiscarded {
    /// Rows that are on the list no more.
    pub discarded: u64,
    /// Rows that fit and that this call did not come to.
    pub left: u64,
}

/// Refused logins.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LoginRefusals {
    /// The refusals, newest first.
    pub login_refusals: Vec<LoginRefusalView>,
}

/// One user name that was refused from one address for one reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LoginRefusalView {
    /// User name as given.
    pub user: String,
    /// Address it came from.
    pub address: String,
    /// Reason.
    pub reason: String,
    /// The way it came, the last time: `broker`, `http`, `teltonika`, `wialon`; may be empty.
    pub gateway: String,
    /// How often.
    pub count: u64,
    /// First time.
    pub first: Moment,
    /// Last time.
    pub last: Moment,
}

/// What became of readings: received = stored + corrected + duplicate + quarantined +
/// `unknown_field`. An unreadable message counts one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TallyView {
    /// Надійшло.
    pub received: u64,
    /// Збережено.
    pub stored: u64,
    /// Виправлені значення.
    pub corrected: u64,
    /// Повтори.
    pub duplicate: u64,
    /// Карантин.
    pub quarantined: u64,
    /// Fields that the profile does not know.
    pub unknown_field: u64,
    /// Of the stored, corrected and duplicate: older than 30 days on arrival.
    pub late: u64,
    /// Of the received: sent with QoS 0, without a promise.
    pub qos0: u64,
    /// The equation holds.
    pub balanced: bool,
}

impl From<Tally> for TallyView {
    fn from(tally: Tally) -> Self {
        let balanced = tally.is_balanced();
        let Tally { received, stored, corrected, duplicate, .. } = tally;
        let Tally { quarantined, unknown_field, late, qos0, .. } = tally;
        Self {
            received,
            stored,
            corrected,
            duplicate,
            quarantined,
            unknown_field,
            late,
            qos0,
            balanced,
        }
    }
}

/// The balance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BalanceView {
    /// Of all devices.
    pub total: TallyView,
    /// By device, those with the most quarantined first; at most 1000.
    pub devices: Vec<DeviceBalance>,
    /// How many devices fit what was asked.
    pub found: u64,
}

/// The balance of one device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceBalance {
    /// The device; empty: unknown.
    pub device: String,
    /// What became of its readings.
    #[serde(flatten)]
    pub tally: TallyView,
}
