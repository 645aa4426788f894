//! Vectors are from the zone data of Europe/Kyiv: the clock jumps at 2026-03-29T01:00Z (03:00 to
//! 04:00) and goes back at 2026-10-25T01:00Z (04:00 to 03:00).

use proptest::prelude::*;

use super::*;

fn time(text: &str) -> Timestamp {
    text.parse().expect("a valid time")
}

fn date(text: &str) -> Date {
    text.parse().expect("a valid date")
}

fn check_day(calendar: Calendar, day: &str, begin: &str, hours: i64) {
    let begins = calendar.begin_of_day(date(day));
    assert_eq!(begins, time(begin), "begin of {day} in {calendar}");
    let of_day = buckets(calendar, BucketSize::Day, begins, begins.plus_ms(1)).expect("few");
    assert_eq!(of_day, [(begins, begins.plus_ms(hours * HOUR_MS))], "{day} in {calendar}");
    assert_eq!(calendar.date(begins), date(day));
    assert_eq!(calendar.date(begins.plus_ms(hours * HOUR_MS - 1)), date(day));
    assert_eq!(calendar.date(begins.plus_ms(-1)), date(day).plus_days(-1));
}

#[test]
fn the_civil_day_of_march_has_23_hours_and_that_of_october_25() {
    check_day(Calendar::Civil, "2026-03-28", "2026-03-27T22:00:00Z", 24);
    check_day(Calendar::Civil, "2026-03-29", "2026-03-28T22:00:00Z", 23);
    check_day(Calendar::Civil, "2026-03-30", "2026-03-29T21:00:00Z", 24);
    check_day(Calendar::Civil, "2026-10-25", "2026-10-24T21:00:00Z", 25);
    check_day(Calendar::Civil, "2026-10-26", "2026-10-25T22:00:00Z", 24);
}

#[test]
fn the_regulatory_day_always_has_24_hours() {
    check_day(Calendar::UtcPlus2, "2026-03-29", "2026-03-28T22:00:00Z", 24);
    check_day(Calendar::UtcPlus2, "2026-07-01", "2026-06-30T22:00:00Z", 24);
    check_day(Calendar::UtcPlus2, "2026-10-25", "2026-10-24T22:00:00Z", 24);
}

#[test]
fn a_night_of_lighting_belongs_to_the_day_on_which_it_begins() {
    check_day(Calendar::Noon, "2026-03-28", "2026-03-28T10:00:00Z", 23);
    check_day(Calendar::Noon, "2026-03-29", "2026-03-29T09:00:00Z", 24);
    check_day(Calendar::Noon, "2026-10-24", "2026-10-24T09:00:00Z", 25);
    assert_eq!(Calendar::Noon.date(time("2026-11-22T02:00:00+02:00")), date("2026-11-21"));
}

#[test]
fn the_service_day_begins_at_three_also_when_three_is_missing_or_occurs_twice() {
    check_day(Calendar::Service, "2026-03-28", "2026-03-28T01:00:00Z", 24);
    check_day(Calendar::Service, "2026-03-29", "2026-03-29T01:00:00Z", 23);
    check_day(Calendar::Service, "2026-10-24", "2026-10-24T00:00:00Z", 24);
    check_day(Calendar::Service, "2026-10-25", "2026-10-25T00:00:00Z", 25);
    assert_eq!(Calendar::Service.date(time("2026-11-22T02:59:59+02:00")), date("2026-11-21"));
}

#[test]
fn the_hour_that_occurs_twice_is_two_hours() {
    let from = time("2026-10-25T03:00:00+03:00");
    let to = time("2026-10-25T04:00:00+02:00");
    let hours = buckets(Calendar::Civil, BucketSize::Hour, from, to).expect("few");
    assert_eq!(hours.len(), 2);
    assert_eq!(hours[0].1, time("2026-10-25T03:00:00+02:00"));
    assert_eq!(civil_text(hours[0].0), "2026-10-25 03:00:00");
    assert_eq!(civil_text(hours[1].0), "2026-10-25 03:00:00");
    let day = date("2026-10-25");
    let hours = buckets(
        Calendar::Civil,
        BucketSize::Hour,
        begin_of_day(day),
        begin_of_day(day.plus_days(1)),
    );
    assert_eq!(hours.expect("few").len(), 25);
}

#[test]
fn months_follow_the_calendar_and_its_clock_changes() {
    let months = buckets(
        Calendar::Civil,
        BucketSize::Month,
        time("2026-02-10T00:00:00Z"),
        time("2026-03-31T21:00:00Z"),
    )
    .expect("few");
    assert_eq!(
        months,
        [
            (time("2026-02-01T00:00:00+02:00"), time("2026-03-01T00:00:00+02:00")),
            (time("2026-03-01T00:00:00+02:00"), time("2026-04-01T00:00:00+03:00")),
        ]
    );
    let service = buckets(
        Calendar::Service,
        BucketSize::Month,
        time("2026-01-01T02:00:00+02:00"),
        time("2026-01-01T03:00:00+02:00"),
    );
    let december = (time("2025-12-01T03:00:00+02:00"), time("2026-01-01T03:00:00+02:00"));
    assert_eq!(service.expect("few"), [december]);
}

#[test]
fn an_empty_time_has_no_buckets_and_a_long_one_is_refused() {
    let at = time("2026-11-22T00:00:00Z");
    assert_eq!(buckets(Calendar::Civil, BucketSize::Day, at, at), Ok(Vec::new()));
    assert_eq!(buckets(Calendar::Civil, BucketSize::Day, at, at.plus_ms(-5)), Ok(Vec::new()));
    let decade = at.plus_ms(10 * 365 * 24 * HOUR_MS);
    let refused = Err(TooMany { limit: BUCKETS_PER_ANSWER_MAX });
    assert_eq!(buckets(Calendar::Civil, BucketSize::Minute, at, decade), refused);
    let all_of_time =
        buckets(Calendar::Noon, BucketSize::Month, Timestamp(i64::MIN), Timestamp(i64::MAX));
    assert_eq!(all_of_time, refused);
}

#[test]
fn the_end_of_time_ends_the_buckets() {
    for size in BucketSize::ALL {
        for at in [Timestamp(i64::MAX - 1), Timestamp(i64::MIN)] {
            let some = buckets(Calendar::Service, size, at, at.plus_ms(1)).expect("few");
            assert!(some.len() <= 2);
        }
    }
}

#[test]
fn a_date_is_read_in_one_form_only() {
    assert_eq!(date("2026-02-28").plus_days(1).to_string(), "2026-03-01");
    assert_eq!((date("2026-11-09").month(), date("2026-11-09").day()), (11, 9));
    for text in ["2026-02-30", "20260228", "2026-2-8", "2026-02-28T00:00", "28.02.2026", ""] {
        assert_eq!(text.parse::<Date>(), Err(NotADate(text.into())));
    }
}

#[test]
fn words_are_read_back() {
    for calendar in Calendar::ALL {
        assert_eq!(calendar.as_str().parse(), Ok(calendar));
    }
    for size in BucketSize::ALL {
        assert_eq!(size.as_str().parse(), Ok(size));
    }
    assert!("week".parse::<BucketSize>().is_err());
    assert!("utc".parse::<Calendar>().is_err());
}

proptest! {
    #[test]
    fn buckets_cover_the_time_without_gap_or_overlap(
        calendar in prop::sample::select(&Calendar::ALL[..]),
        size in prop::sample::select(&BucketSize::ALL[1..]),
        from in 0_i64..4_000_000_000_000,
        length in 1_i64..40 * 24 * HOUR_MS,
    ) {
        let (from, to) = (Timestamp(from), Timestamp(from + length));
        let buckets = buckets(calendar, size, from, to).expect("40 days of hours");
        let (first, last) = (buckets[0], buckets[buckets.len() - 1]);
        prop_assert!(first.0 <= from && from < first.1);
        prop_assert!(last.0 < to && to <= last.1);
        for pair in buckets.windows(2) {
            prop_assert_eq!(pair[0].1, pair[1].0);
        }
        if size == BucketSize::Day {
            for (begin, end) in buckets {
                let hours = end.since_ms(begin) / HOUR_MS;
                prop_assert!((23..=25).contains(&hours));
                prop_assert_eq!(calendar.date(begin), calendar.date(end.plus_ms(-1)));
            }
        }
    }
}

#[test]
fn a_time_without_an_offset_is_read_by_the_clocks_of_kyiv() {
    let read = |text: &str, not_after: &str| {
        let not_after = not_after.parse().expect("a time");
        civil_time(text, not_after).map(|time| time.to_string())
    };
    let cases = [
        ("2026-11-22T12:15:00", "2026-11-22T10:15:00Z", "2026-11-22T10:15:00Z"),
        ("2026-07-01T12:15:00", "2026-07-01T09:15:00Z", "2026-07-01T09:15:00Z"),
        // The clock goes back at 04:00 of 25 October: 03:30 occurs twice.
        ("2026-10-25T03:30:00", "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T03:30:00", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"),
        // It goes from 03:00 to 04:00 on 29 March: 03:30 does not occur.
        ("2026-03-29T03:30:00", "2026-03-29T03:00:00Z", "2026-03-29T01:30:00Z"),
    ];
    for (text, not_after, expected) in cases {
        assert_eq!(read(text, not_after).as_deref(), Some(expected), "{text}");
    }
    for text in ["", "2026-11-22T12:15:00Z", "2026-11-22T12:15:00+02:00", "2026-13-01T00:00:00"] {
        assert_eq!(read(text, "2026-11-22T10:15:00Z"), None, "{text}");
    }
}
