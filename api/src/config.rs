//! Bounds and times of the HTTP side (invariant I5), each with its unit in its type or name; those
//! that several crates share stand in [`domain::limits`].

use std::time::Duration;

/// Bytes of a request's body.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Open connections; more wait in the listener's queue.
pub(crate) const CONNECTIONS_MAX: usize = 2_048;
/// How long the accept loop waits when the machine has no file descriptor to give.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a client may take to send its headers.
pub(crate) const HEADER_READ_MAX: Duration = Duration::from_secs(10);
/// How long a client may take none of what is sent to it.
pub(crate) const WRITE_STALL_MAX: Duration = Duration::from_secs(30);
/// How long an answer may take, the live stream apart.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long open connections are given at the end.
pub(crate) const DRAIN_MAX: Duration = Duration::from_secs(5);
/// Questions to the stores at one time; each holds a thread.
pub(crate) const STORE_QUESTIONS_MAX: usize = 8;
/// How long a question waits for its turn at the stores.
pub(crate) const STORE_WAIT_MAX: Duration = Duration::from_secs(5);
/// Changes are told to screens in groups of this time.
pub(crate) const LIVE_GROUP: Duration = Duration::from_millis(100);
/// States are computed anew, and every screen hears a heart-beat, this often.
pub(crate) const LIVE_TICK: Duration = Duration::from_secs(1);
/// How long a change can be resumed from, milliseconds.
pub(crate) const LIVE_RING_MS: i64 = 60_000;
/// Changed objects that can be resumed from.
pub(crate) const LIVE_RING_CHANGES_MAX: usize = 10_000;
/// Events that a slow screen may be behind before its stream is cut.
pub(crate) const LIVE_EVENTS_BEHIND_MAX: usize = 256;
/// Rows of a page when nothing else is asked for.
pub(crate) const PAGE_ROWS: usize = 100;
/// Time asked for when nothing else is, milliseconds.
pub(crate) const PERIOD_MS: i64 = 24 * 3600 * 1000;
/// Bytes of a quarantined payload that a list shows; its own page shows all that are kept.
pub(crate) const QUARANTINE_SHOWN_BYTES_MAX: usize = 2 * 1024;
/// Devices of the balance, those with the most quarantined first.
pub(crate) const BALANCE_DEVICES_MAX: usize = 1_000;
/// Newest messages of an unknown device that are read to say what it sends.
pub(crate) const GLIMPSE_MESSAGES: usize = 5;
/// Bulk exports that are fetched at one time; each holds a thread.
pub(crate) const EXPORTS_RUNNING_MAX: usize = 2;
/// Bulk exports that are remembered; the oldest goes for a new one.
pub(crate) const EXPORTS_KEPT_MAX: usize = 50;
/// How long a bulk export is remembered, milliseconds.
pub(crate) const EXPORT_KEPT_MS: i64 = 24 * 3600 * 1000;
/// Values that a bulk export reads from the store at one time.
pub(crate) const EXPORT_VALUES_PER_READ: usize = 64 * 1024;
/// Bytes from which on lines of a bulk export are handed over as a part of the file.
pub(crate) const EXPORT_PART_BYTES: usize = 64 * 1024;
/// Parts of a bulk export that are ready before somebody takes them.
pub(crate) const EXPORT_PARTS_AHEAD_MAX: usize = 4;
/// After how long it is worth to ask again for an export while others run, seconds.
pub(crate) const EXPORT_RETRY_S: u64 = 15;
/// Login refusals of one answer.
pub(crate) const LOGIN_REFUSALS_SHOWN_MAX: usize = 1_000;
