//! Bounds of everything that comes from outside, each with its unit in its name (invariant I5).

/// Characters of any identifier.
pub const ID_CHARS_MAX: usize = 64;
/// Bytes of a payload that is decoded; a larger one is quarantined.
pub const PAYLOAD_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a payload that the broker takes at all; beyond it the connection is closed.
pub const PACKET_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a quarantined payload that are kept; its length is always kept. Whatever is read at all
/// fits: what was kept aside can be read again.
pub const QUARANTINE_BYTES_MAX: usize = TRACKER_BOX_BYTES_MAX;
/// Bytes that are kept of a payload that is too large to be read.
pub const QUARANTINE_TOO_LARGE_BYTES_MAX: usize = 64 * 1024;
/// Readings of one message.
pub const READINGS_PER_MESSAGE_MAX: usize = 10_000;
/// Fields of one reading.
pub const FIELDS_PER_READING_MAX: usize = 64;
/// Fields of one profile.
pub const PROFILE_FIELDS_MAX: usize = FIELDS_PER_READING_MAX;
/// Bytes of a profile's file.
pub const PROFILE_FILE_BYTES_MAX: usize = 64 * 1024;
/// Characters of a profile's name in one language, and of a field's on the wire.
pub const TITLE_CHARS_MAX: usize = 120;
/// Days that raw readings are kept when their profile does not say otherwise.
pub const RETENTION_DAYS_DEFAULT: u32 = 400;
/// Days that readings are held as evidence at least, from their end on: five years.
pub const EVIDENCE_DAYS_MIN: i64 = 5 * 365 + 2;
/// Characters of an attribute's text (route, run, trip, status).
pub const TEXT_CHARS_MAX: usize = 64;
/// How far in the future a device's time may lie, milliseconds.
pub const FUTURE_MS_MAX: i64 = 5 * 60 * 1000;
/// A reading older than this is flagged `late` and never moves *latest*, milliseconds.
pub const LATE_MS: i64 = 30 * 24 * 3600 * 1000;
/// Arrivals waiting between the gateways and the pipeline.
pub const QUEUE_ARRIVALS_MAX: usize = 16_384;
/// Arrivals of one commit.
pub const BATCH_ARRIVALS_MAX: usize = 4_096;
/// How long a publish hook waits for the commit, milliseconds.
pub const COMMIT_WAIT_MS_MAX: u64 = 5_000;
/// Smallest keep-alive a device may ask for, seconds.
pub const KEEP_ALIVE_S_MIN: u16 = 11;
/// Requests of one device to the HTTP gateway, on average; a gateway speaks for many devices.
pub const HTTP_REQUESTS_PER_S_MAX: u32 = 50;
/// Requests from one address to the HTTP gateway, on average: a proxy that is not trusted to tell
/// whom it speaks for hides all of them.
pub const HTTP_REQUESTS_PER_ADDRESS_PER_S_MAX: u32 = 500;
/// Logins from one address that failed, on average. Right credentials are never counted.
pub const LOGIN_FAILURES_PER_S_MAX: u32 = 1;
/// Frames or lines of one tracker, on average; a black box is one for each
/// [`TRACKER_FRAME_BYTES_MAX`] of it.
pub const TRACKER_FRAMES_PER_S_MAX: u32 = 500;
/// Connections that trackers may have open.
pub const TRACKER_CONNECTIONS_MAX: usize = 20_000;
/// Connections of trackers from one address, on average: a mobile operator's gateway hides a fleet.
pub const TRACKER_CONNECTIONS_PER_S_MAX: u32 = 200;
/// Bytes of a tracker's frame or line; a larger one is quarantined and the connection closed.
pub const TRACKER_FRAME_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a tracker's black box, one line with the records of a time without a connection: as
/// many as a message may have, of 200 bytes each. One connection may hold so much.
pub const TRACKER_BOX_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes that the black boxes of all trackers may hold beyond the first [`TRACKER_FRAME_BYTES_MAX`]
/// of each: 32 of the largest, or a thousand of 128 KiB. Without room for more the box that grows
/// is not taken, and its tracker sends it again.
pub const TRACKER_BOXES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long a tracker may take to say who it is, milliseconds.
pub const TRACKER_LOGIN_MS_MAX: u64 = 10 * 1000;
/// How long a tracker may take for one frame once it began, or for each
/// [`TRACKER_FRAME_BYTES_MAX`] of a black box, milliseconds: 2 kB a second at least.
pub const TRACKER_FRAME_MS_MAX: u64 = 30 * 1000;
/// How long a tracker may be silent, milliseconds.
pub const TRACKER_IDLE_MS_MAX: u64 = 15 * 60 * 1000;
/// Metrics that are remembered of one Sparkplug edge node and the devices behind it.
pub const METRICS_PER_EDGE_MAX: usize = 10_000;
/// How long after a rebirth was asked for it is not asked for again, milliseconds.
pub const REBIRTH_WAIT_MS_MIN: i64 = 60 * 1000;
/// The same when it was asked for often, milliseconds.
pub const REBIRTH_WAIT_MS_MAX: i64 = 60 * 60 * 1000;
/// Slots (properties) of one object.
pub const SLOTS_PER_OBJECT_MAX: usize = 256;
/// Rows of quarantine kept for one device.
pub const QUARANTINE_ROWS_PER_DEVICE_MAX: u64 = 10_000;
/// Rows of quarantine kept in all.
pub const QUARANTINE_ROWS_MAX: u64 = 100_000;
/// Payload bytes of quarantine kept for one device.
pub const QUARANTINE_BYTES_PER_DEVICE_MAX: u64 = 64 * 1024 * 1024;
/// Payload bytes of quarantine kept in all.
pub const QUARANTINE_KEPT_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Payload bytes of quarantine that are in memory at one time while they are replayed.
pub const QUARANTINE_BYTES_PER_STEP_MAX: usize = 8 * 1024 * 1024;
/// Rows of quarantine that one call replays or discards.
pub const QUARANTINE_ROWS_PER_CALL_MAX: usize = 1_000;
/// Characters of a remark of a person.
pub const REMARK_CHARS_MAX: usize = 500;
/// Characters of the name of whoever made a change.
pub const AUTHOR_CHARS_MAX: usize = 120;
/// Readings of one message that the test bench shows.
pub const TRIAL_READINGS_MAX: usize = 100;
/// Login refusals kept: one row for each user name, address and reason.
pub const LOGIN_REFUSALS_MAX: u64 = 10_000;
/// Bytes of a file that is imported at once (some 250 000 devices).
pub const DEVICE_FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Rows of one page of any list.
pub const PAGE_ROWS_MAX: usize = 1_000;
/// Raw observations of one answer; a longer time is asked for in parts.
pub const OBSERVATIONS_PER_ANSWER_MAX: usize = 200_000;
/// Buckets of one answer: 69 days of minutes, eleven years of hours.
pub const BUCKETS_PER_ANSWER_MAX: usize = 100_000;
/// Above this speed between two fixes a position is suspect, metres per second.
pub const POSITION_JUMP_M_S_MAX: f64 = 35.0;
/// Vehicles in one and the same point (about a metre) before each of them is suspect.
pub const POSITION_PILE_VEHICLES_MIN: usize = 5;
/// Vehicles that were in one point within this time stand there together, milliseconds.
pub const POSITION_PILE_MS: i64 = 60 * 1000;
/// Suspect fixes in a row that agree with each other before they are believed.
pub const POSITION_CONSISTENT_FIXES_MIN: usize = 3;

// A ping waits behind the hook of its connection: the wait must end well before the keep-alive.
const _: () = assert!(COMMIT_WAIT_MS_MAX < KEEP_ALIVE_S_MIN as u64 * 1000 / 2);
const _: () = assert!(PAYLOAD_BYTES_MAX <= PACKET_BYTES_MAX);
const _: () = assert!(TRACKER_FRAME_BYTES_MAX <= PAYLOAD_BYTES_MAX);
const _: () = assert!(PAYLOAD_BYTES_MAX <= QUARANTINE_BYTES_MAX);
const _: () = assert!(TRACKER_BOX_BYTES_MAX >= 200 * READINGS_PER_MESSAGE_MAX);
const _: () = assert!(TRACKER_BOX_BYTES_MAX.is_multiple_of(TRACKER_FRAME_BYTES_MAX));
const _: () = assert!(TRACKER_BOXES_BYTES_MAX.is_multiple_of(TRACKER_BOX_BYTES_MAX));
const _: () = assert!(BATCH_ARRIVALS_MAX <= QUEUE_ARRIVALS_MAX);
