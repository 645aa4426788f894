use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000;

fn at(hours: i64) -> Timestamp {
    Timestamp(1_795_219_200_000 + hours * HOUR)
}

fn span(from: i64, to: i64) -> Span {
    Span { from: at(from), to: at(to) }
}

fn outage(from: i64, to: i64) -> Excuse {
    Excuse { from: at(from), to: at(to), reason: ExcuseReason::Outage }
}

fn duty<'a>(regime: Regime, in_service: &'a [Span], excuses: &'a [Excuse]) -> Duty<'a> {
    Duty { regime, interval_s: 3600, since: at(-100), until: None, in_service, excuses }
}

fn check(duty: &Duty<'_>, expected: u64, excused: u64) {
    let got = capture(duty, at(0), at(24), 7);
    assert_eq!(got, Capture { expected, excused, delivered: 7 });
}

#[test]
fn an_hourly_post_owes_24_readings_a_day() {
    check(&duty(Regime::Periodic, &[], &[]), 24, 0);
    check(&duty(Regime::HeartbeatAndEvents, &[], &[]), 24, 0);
}

#[test]
fn nothing_is_owed_before_commissioning_or_after_removal() {
    let mut late = duty(Regime::Periodic, &[], &[]);
    late.since = at(20).plus_ms(HOUR / 2);
    check(&late, 3, 0);
    late.since = at(30);
    check(&late, 0, 0);
    let mut removed = duty(Regime::Periodic, &[], &[]);
    removed.until = Some(at(5));
    check(&removed, 5, 0);
    removed.until = Some(at(-5));
    check(&removed, 0, 0);
}

#[test]
fn a_vehicle_owes_only_while_in_service() {
    let service = [span(18, 30), span(6, 10), span(8, 12)];
    check(&duty(Regime::InService, &service, &[]), 12, 0);
    check(&duty(Regime::InService, &service, &[outage(0, 7), outage(9, 11)]), 12, 3);
    check(&duty(Regime::InService, &[], &[]), 0, 0);
}

#[test]
fn a_lamp_without_voltage_is_excused_and_overlapping_excuses_count_once() {
    let excuses = [outage(-5, 6), outage(4, 8), outage(20, 22)];
    check(&duty(Regime::WhileEnergised, &[], &excuses), 24, 10);
    let all_day = [outage(-1, 25)];
    let got = capture(&duty(Regime::WhileEnergised, &[], &all_day), at(0), at(24), 0);
    assert_eq!(got.percent(), None, "nothing was due");
}

#[test]
fn a_begun_interval_is_not_owed_yet_and_a_part_of_an_excuse_speaks_for_the_device() {
    let got = capture(&duty(Regime::Periodic, &[], &[]), at(0), at(2).plus_ms(HOUR - 1), 2);
    assert_eq!(got, Capture { expected: 2, excused: 0, delivered: 2 });
    let half = [Excuse { to: at(3).plus_ms(HOUR / 2), ..outage(3, 4) }];
    check(&duty(Regime::Periodic, &[], &half), 24, 1);
}

#[test]
fn percent_is_capped_and_a_surplus_hides_no_silence() {
    let loud = Capture { expected: 10, excused: 0, delivered: 30 };
    let silent = Capture { expected: 10, excused: 2, delivered: 0 };
    assert_eq!(loud.percent(), Some(100.0));
    assert_eq!(silent.percent(), Some(0.0));
    assert_eq!(loud.and(silent), Capture { expected: 20, excused: 2, delivered: 10 });
}

#[test]
fn steps_become_spans() {
    let steps = [(at(1), false), (at(2), true), (at(3), true), (at(5), false), (at(7), true)];
    assert_eq!(spans_while(steps, at(9)), [span(2, 5), span(7, 9)]);
    assert_eq!(spans_while([(at(7), true)], at(7)), []);
    assert_eq!(spans_while([], at(9)), []);
}

fn spans(count: usize) -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((-50_i64..150, -10_i64..60), 0..count)
}

proptest! {
    #[test]
    fn what_is_due_equals_counting_minute_by_minute(
        service in spans(6),
        excuses in spans(6),
        since in -20_i64..120,
        from in -10_i64..100,
        length in 0_i64..100,
        interval in 1_u32..9,
    ) {
        const MINUTE: i64 = 60_000;
        let minute = |m: i64| Timestamp(m * MINUTE);
        let service: Vec<Span> = service
            .iter()
            .map(|(f, l)| Span { from: minute(*f), to: minute(f + l) })
            .collect();
        let excuses: Vec<Excuse> = excuses
            .iter()
            .map(|(f, l)| Excuse {
                from: minute(*f),
                to: minute(f + l),
                reason: ExcuseReason::CityMode,
            })
            .collect();
        let duty = Duty {
            regime: Regime::InService,
            interval_s: interval * 60,
            since: minute(since),
            until: None,
            in_service: &service,
            excuses: &excuses,
        };
        let got = capture(&duty, minute(from), minute(from + length), 0);
        let on_duty = |m: &i64| {
            *m >= since && service.iter().any(|s| s.from <= minute(*m) && minute(*m) < s.to)
        };
        let excused = |m: &i64| excuses.iter().any(|e| e.from <= minute(*m) && minute(*m) < e.to);
        let owed = (from..from + length).filter(on_duty).count() as u64;
        let due = (from..from + length).filter(|m| on_duty(m) && !excused(m)).count() as u64;
        prop_assert_eq!(got.expected, owed / u64::from(interval));
        prop_assert_eq!(got.due(), due / u64::from(interval));
        prop_assert!(got.excused <= got.expected);
    }

    #[test]
    fn percent_is_between_0_and_100(expected in 0_u64..99, excused in 0_u64..99, delivered: u32) {
        let capture = Capture { expected, excused, delivered: delivered.into() };
        if let Some(percent) = capture.percent() {
            prop_assert!((0.0..=100.0).contains(&percent));
        }
    }
}
