//! Calendars: which moments belong to one minute, hour, day or month, and how civil dates are
//! read and written. The only module that knows time zones (invariant I11): Europe/Kyiv from the
//! zone data that jiff carries, never the machine's own.
//!
//! Kyiv's clock changes at 01:00 UTC of the last Sunday of March and of October, so a civil day
//! has 23, 24 or 25 hours. Hours and minutes are the same in all calendars: Kyiv's offset is a
//! whole number of hours, and the hour that occurs twice in October is two hours here.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::ids::BadId;
use crate::limits::BUCKETS_PER_ANSWER_MAX;
use crate::time::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// The shortest day of any calendar, 23 hours.
const DAY_MS_MIN: i64 = 23 * HOUR_MS;
const MONTH_MS_MIN: i64 = 28 * 24 * HOUR_MS - HOUR_MS;

static KYIV: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Kyiv").expect("the bundled zone data has Europe/Kyiv"));

/// How days and months are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Calendar {
    /// Midnight to midnight in Kyiv: 23 or 25 hours on the days when the clock changes.
    Civil,
    /// Midnight to midnight at UTC+2 all year, as regulation of air quality asks: always 24 hours.
    UtcPlus2,
    /// Noon to noon in Kyiv, named by the day on which it begins: one night is one day of lighting.
    Noon,
    /// From 03:00 to 03:00 in Kyiv: the service day of public transport.
    Service,
}

impl Calendar {
    /// All calendars, in the order of the interface.
    pub const ALL: [Self; 4] = [Self::Civil, Self::UtcPlus2, Self::Noon, Self::Service];

    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Civil => "civil",
            Self::UtcPlus2 => "utc+2",
            Self::Noon => "noon",
            Self::Service => "service",
        }
    }

    /// The day to which a moment belongs.
    pub fn date(self, at: Timestamp) -> Date {
        let local = self.zone().to_datetime(instant(at));
        let begins_before = local.time() >= self.day_time();
        let date = local.date();
        Date(if begins_before { date } else { date.yesterday().unwrap_or(date) })
    }

    /// The moment at which a day begins. Where the clock jumps over it, the moment of the jump;
    /// where it occurs twice, the first.
    pub fn begin_of_day(self, date: Date) -> Timestamp {
        let local = date.0.to_datetime(self.day_time());
        let begin = self.zone().to_timestamp(local).unwrap_or(jiff::Timestamp::MAX);
        Timestamp(begin.as_millisecond())
    }

    fn zone(self) -> TimeZone {
        match self {
            Self::UtcPlus2 => Offset::constant(2).to_time_zone(),
            Self::Civil | Self::Noon | Self::Service => KYIV.clone(),
        }
    }

    const fn day_time(self) -> civil::Time {
        match self {
            Self::Civil | Self::UtcPlus2 => civil::Time::midnight(),
            Self::Noon => civil::Time::constant(12, 0, 0, 0),
            Self::Service => civil::Time::constant(3, 0, 0, 0),
        }
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Calendar {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::ALL.into_iter().find(|c| c.as_str() == text).ok_or_else(|| BadId {
            what: "calendar",
            text: text.chars().take(80).collect(),
            expected: "civil, utc+2, noon or service",
        })
    }
}

/// How long a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BucketSize {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day of the calendar.
    Day,
    /// A month: days of the calendar from the first of a month to the first of the next.
    Month,
}

impl BucketSize {
    /// All sizes, shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::Hour, Self::Day, Self::Month];

    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    const fn ms_min(self) -> i64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS_MIN,
            Self::Month => MONTH_MS_MIN,
        }
    }
}

impl fmt::Display for BucketSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BucketSize {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| BadId {
            what: "bucket",
            text: text.chars().take(80).collect(),
            expected: "minute, hour, day or month",
        })
    }
}

/// More buckets were asked for than one answer may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} buckets in one answer, expected a shorter time or longer buckets")]
pub struct TooMany {
    /// The bound.
    pub limit: usize,
}

/// The whole buckets that touch `from <= time < to`, as (begin, end) with the end exclusive; each
/// begins where the one before it ends.
pub fn buckets(
    calendar: Calendar,
    size: BucketSize,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, Timestamp)>, TooMany> {
    if to <= from {
        return Ok(Vec::new());
    }
    let limit = BUCKETS_PER_ANSWER_MAX;
    let count_max = to.since_ms(from) / size.ms_min() + 2;
    if count_max > limit as i64 {
        return Err(TooMany { limit });
    }
    let mut buckets = Vec::with_capacity(count_max as usize);
    let mut begin = begin_of(calendar, size, from);
    while begin < to {
        let end = end_of(calendar, size, begin);
        if end <= begin {
            break; // the end of time
        }
        buckets.push((begin, end));
        begin = end;
    }
    Ok(buckets)
}

fn begin_of(calendar: Calendar, size: BucketSize, at: Timestamp) -> Timestamp {
    match size {
        BucketSize::Minute | BucketSize::Hour => {
            Timestamp(at.0.saturating_sub(at.0.rem_euclid(size.ms_min())))
        }
        BucketSize::Day => calendar.begin_of_day(calendar.date(at)),
        BucketSize::Month => calendar.begin_of_day(calendar.date(at).first_of_month()),
    }
}

fn end_of(calendar: Calendar, size: BucketSize, begin: Timestamp) -> Timestamp {
    match size {
        BucketSize::Minute | BucketSize::Hour => begin.plus_ms(size.ms_min()),
        BucketSize::Day => calendar.begin_of_day(calendar.date(begin).plus_days(1)),
        BucketSize::Month => {
            let next = calendar.date(begin).first_of_month().plus_days(31).first_of_month();
            calendar.begin_of_day(next)
        }
    }
}

/// A civil date, written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// The date `days` later (earlier when negative); stays where it is at the end of time.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        self.0.checked_add(jiff::Span::new().days(days)).map_or(self, Self)
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1–12.
    pub fn month(self) -> u8 {
        self.0.month().unsigned_abs()
    }

    /// The day of the month, 1–31.
    pub fn day(self) -> u8 {
        self.0.day().unsigned_abs()
    }

    fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A text that is not a date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date, expected YYYY-MM-DD, like 2026-11-21")]
pub struct NotADate(pub String);

impl FromStr for Date {
    type Err = NotADate;

    /// Reads exactly `YYYY-MM-DD`; nothing else that could pass for a date.
    fn from_str(text: &str) -> Result<Self, NotADate> {
        let has_form = text.len() == 10
            && text.bytes().enumerate().all(|(place, c)| match place {
                4 | 7 => c == b'-',
                _ => c.is_ascii_digit(),
            });
        let date = if has_form { text.parse().ok() } else { None };
        date.map(Self).ok_or_else(|| NotADate(text.chars().take(64).collect()))
    }
}

/// The civil day of Kyiv to which a moment belongs.
pub fn civil_date(at: Timestamp) -> Date {
    Calendar::Civil.date(at)
}

/// The moment at which a civil day of Kyiv begins.
pub fn begin_of_day(date: Date) -> Timestamp {
    Calendar::Civil.begin_of_day(date)
}

/// A moment in the civil time of Kyiv, as people and spreadsheets read it:
/// `2026-10-25 03:30:00`. The hour that occurs twice is written twice.
pub fn civil_text(at: Timestamp) -> String {
    let local = KYIV.to_datetime(instant(at));
    local.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The moment at which clocks in Kyiv show a time that is written without an offset,
/// `2026-11-22T12:15:00`. Of the hour that occurs twice the second, unless that lies ahead of
/// `not_after`; of the hour that is skipped, an hour on. `None`: the text is no such time.
pub fn civil_time(text: &str, not_after: Timestamp) -> Option<Timestamp> {
    let local = civil::DateTime::strptime("%Y-%m-%dT%H:%M:%S", text).ok()?;
    let at = |offset: Offset| offset.to_timestamp(local).ok();
    let moment = match KYIV.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => at(offset)?,
        AmbiguousOffset::Gap { before, .. } => at(before)?,
        AmbiguousOffset::Fold { before, after } => {
            at(after).filter(|second| second.as_millisecond() <= not_after.0).or(at(before))?
        }
    };
    Some(Timestamp(moment.as_millisecond()))
}

/// The moment as jiff knows it; beyond the years −9999 to 9999 the end that is nearer.
fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(if at.0 < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

#[cfg(test)]
mod tests;
