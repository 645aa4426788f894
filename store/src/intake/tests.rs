use domain::intake::SettledAs;
use domain::limits::QUARANTINE_BYTES_MAX;
use tempfile::TempDir;

use super::*;
use crate::sqlite::check_statements;

const NOW: Timestamp = Timestamp(1_795_255_200_000);
const SMALL: Bounds = Bounds {
    quarantine_per_device: 3,
    quarantine: 5,
    quarantine_bytes: 2 * QUARANTINE_BYTES_MAX as u64,
    quarantine_bytes_per_device: QUARANTINE_BYTES_MAX as u64 + 10,
    login_refusals: 2,
};

fn small() -> (Intake, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let intake = Intake::open_bounded(&folder.path().join("intake.db"), SMALL).expect("opens");
    (intake, folder)
}

fn row(device: &str, reason: Reason, ms: i64) -> Quarantined {
    Quarantined {
        device: device.to_owned(),
        topic: format!("obrii/v1/odesa/air/{device}/telemetry"),
        payload: vec![0xFF, 0x00, b'{'],
        payload_bytes: 3,
        reason,
        detail: "expected a value".to_owned(),
        elements: Some(Elements::one(7)),
        readings: 1,
        sound: 0,
        arrived_at: NOW.plus_ms(ms),
        gateway: "broker".to_owned(),
        speaker: Some("lora".to_owned()),
    }
}

fn devices(intake: &Intake) -> Vec<String> {
    let rows = intake.list(&QuarantineFilter::default(), None, 100).expect("reads");
    rows.into_iter().map(|(_, row)| row.device).collect()
}

#[test]
fn every_statement_is_understood_and_numbers_its_parameters_in_order() {
    let (intake, _folder) = small();
    check_statements(&intake.database, sql::ALL);
}

#[test]
fn a_quarantined_row_reads_back_byte_for_byte_after_a_restart() {
    let (intake, folder) = small();
    let mut large = row("a", Reason::TooLarge, 0);
    large.payload = vec![b'x'; QUARANTINE_BYTES_MAX + 1];
    large.payload_bytes = large.payload.len() as u64;
    let empty = Quarantined { payload: vec![], ..row("a", Reason::RefusedTooLarge, 0) };
    let rows = [row("a", Reason::NotUtf8, 0), empty.clone(), large];
    assert_eq!(intake.quarantine(&rows).expect("keeps"), Dropped::default());
    drop(intake);
    let again = Intake::open(&folder.path().join("intake.db")).expect("opens again");
    let kept = again.list(&QuarantineFilter::default(), None, 10).expect("reads");
    assert_eq!((&kept[2].1, &kept[1].1), (&rows[0], &empty));
    assert_eq!(kept[0].1.payload.len(), 64 * 1024, "a list shows how it begins");
    let whole = again.find(kept[0].0).expect("reads").expect("is there");
    assert_eq!(
        (whole.row.payload.len(), whole.kept_bytes as usize),
        (QUARANTINE_BYTES_MAX, 2 << 20)
    );
    assert_eq!(whole.row.payload_bytes, QUARANTINE_BYTES_MAX as u64 + 1);
}

#[test]
fn large_payloads_of_one_device_push_out_its_own() {
    let (intake, _folder) = small();
    let large = |ms| Quarantined {
        payload: vec![b'x'; QUARANTINE_BYTES_MAX],
        ..row("a", Reason::NotInstalled, ms)
    };
    let rows = [row("b", Reason::NotJson, 0), large(1), large(2)];
    let dropped = intake.quarantine(&rows).expect("keeps");
    assert_eq!(dropped, Dropped { of_device: 1, in_all: 0 });
    assert_eq!(devices(&intake), ["a", "b"]);
    // What is replayed at one time is bounded, too.
    assert_eq!(intake.chosen(&Choice::default(), 9).expect("reads").len(), 2);
    let many: Vec<_> =
        (0..3).map(|n| Quarantined { device: format!("c-{n}"), ..large(n) }).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let wide = Intake::open(&folder.path().join("intake.db")).expect("opens");
    for _ in 0..2 {
        wide.quarantine(&many).expect("keeps");
    }
    assert_eq!(wide.chosen(&Choice::default(), 9).expect("reads").len(), 4, "8 MiB");
}

#[test]
fn pages_go_from_the_newest_back_and_filters_hold() {
    let (intake, _folder) = small();
    let rows = [
        row("a", Reason::NotJson, 1),
        row("b", Reason::BadTime, 2),
        row("a", Reason::BadTime, 3),
        row("b", Reason::BadTime, 4),
    ];
    intake.quarantine(&rows).expect("keeps");
    let all = QuarantineFilter::default();
    let first = intake.list(&all, None, 3).expect("reads");
    assert_eq!(first.iter().map(|r| r.1.arrived_at.since_ms(NOW)).collect::<Vec<_>>(), [4, 3, 2]);
    let second = intake.list(&all, Some(first[2].0), 3).expect("reads");
    assert_eq!(second.len(), 1);
    let of_a = QuarantineFilter { device: Some("a".to_owned()), reason: Some(Reason::BadTime) };
    assert_eq!(intake.list(&of_a, None, 10).expect("reads"), [first[1].clone()]);
}

#[test]
fn one_device_cannot_fill_the_quarantine_and_what_it_lost_is_told() {
    let (intake, _folder) = small();
    intake.quarantine(&[row("b", Reason::NotJson, 0)]).expect("keeps");
    let flood: Vec<_> = (1..=10).map(|ms| row("a", Reason::BadValue, ms)).collect();
    let dropped = intake.quarantine(&flood).expect("keeps");
    assert_eq!(dropped, Dropped { of_device: 7, in_all: 0 });
    assert_eq!(devices(&intake), ["a", "a", "a", "b"]);
    let groups = intake.summary().expect("reads");
    let of_a = groups.iter().find(|g| g.device == "a").expect("there");
    assert_eq!((of_a.count, of_a.dropped), (3, 7));
    assert_eq!((of_a.first, of_a.last), (NOW.plus_ms(1), NOW.plus_ms(10)));
}

#[test]
fn made_up_names_push_out_the_oldest_rows_and_leave_no_groups_behind() {
    let (intake, _folder) = small();
    let mut in_all = 0;
    for n in 0..20 {
        let made_up = row(&format!("made-up-{n}"), Reason::UnknownDevice, n);
        in_all += intake.quarantine(&[made_up]).expect("keeps").in_all;
    }
    assert_eq!(in_all, 15);
    let newest: Vec<String> = (15..20).rev().map(|n| format!("made-up-{n}")).collect();
    assert_eq!(devices(&intake), newest);
    let groups = intake.summary().expect("reads");
    assert_eq!(groups.len(), 6);
    let gone = groups.iter().find(|g| g.device.is_empty()).expect("the rest");
    assert_eq!((gone.count, gone.dropped, gone.first), (0, 15, NOW));
}

#[test]
fn large_payloads_push_out_the_oldest_rows_before_the_disk_is_full() {
    let (intake, _folder) = small();
    let large = |device: &str, ms| {
        let payload = vec![b'x'; QUARANTINE_BYTES_MAX];
        Quarantined { payload, ..row(device, Reason::TooLarge, ms) }
    };
    let rows = [row("a", Reason::NotJson, 0), large("b", 1), large("c", 2)];
    assert_eq!(intake.quarantine(&rows).expect("keeps"), Dropped { of_device: 0, in_all: 1 });
    assert_eq!(devices(&intake), ["c", "b"]);
    assert_eq!(intake.quarantine(&[row("d", Reason::NotJson, 3)]).expect("keeps").in_all, 1);
    assert_eq!(devices(&intake), ["d", "c"]);
}

#[test]
fn refused_logins_are_merged_and_bounded() {
    let (intake, _folder) = small();
    let refusal = |user: &str, ms| LoginRefusal {
        user: user.to_owned(),
        address: "10.0.0.7".to_owned(),
        reason: LoginReason::WrongToken,
        gateway: "broker".to_owned(),
        first: NOW.plus_ms(ms),
        last: NOW.plus_ms(ms),
        count: 1,
    };
    intake.refuse_logins(&[refusal("a", 0), refusal("b", 1), refusal("a", 9)]).expect("counts");
    let kept = intake.login_refusals(10).expect("reads");
    assert_eq!(kept[0], LoginRefusal { last: NOW.plus_ms(9), count: 2, ..refusal("a", 0) });
    intake.refuse_logins(&[refusal("c", 20)]).expect("counts");
    let kept = intake.login_refusals(10).expect("reads");
    assert_eq!(kept.iter().map(|r| r.user.as_str()).collect::<Vec<_>>(), ["c", "a"]);
}

#[test]
fn balances_add_up_and_retained_messages_are_replaced_and_forgotten() {
    let (intake, _folder) = small();
    let one = Tally { received: 2, stored: 1, duplicate: 1, qos0: 2, ..Tally::default() };
    let two = Tally { received: 1, quarantined: 1, ..Tally::default() };
    let (a, none) = ("a".to_owned(), String::new());
    intake.add_tallies(&[(a.clone(), one), (none.clone(), two)]).expect("adds");
    intake.add_tallies(&[(a.clone(), two)]).expect("adds");
    let mut both = one;
    both += two;
    assert_eq!(intake.tallies().expect("reads"), [(none, two), (a, both)]);
    let message = |topic: &str, payload: &[u8]| (topic.to_owned(), Some(payload.to_vec()));
    intake.retain(&[message("t/1", b"old"), message("t/2", b"x")]).expect("keeps");
    intake.retain(&[message("t/1", b"new"), ("t/2".to_owned(), None)]).expect("keeps");
    assert_eq!(intake.retained().expect("reads"), [("t/1".to_owned(), b"new".to_vec())]);
}

fn of_reason(reason: Reason) -> Choice {
    Choice { reason: Some(reason), ..Choice::default() }
}

fn settled(id: i64) -> Settled {
    Settled { id, refiled: None }
}

#[test]
fn rows_leave_the_list_once_and_stay_within_the_bounds() {
    let (intake, folder) = small();
    let rows =
        [row("a", Reason::NotJson, 1), row("a", Reason::BadTime, 2), row("b", Reason::BadTime, 3)];
    intake.quarantine(&rows).expect("keeps");
    let discarded =
        intake.discard(&of_reason(Reason::BadTime), "a test", NOW, 1).expect("discards");
    assert_eq!(discarded, Discarded { discarded: 1, left: 1 });
    intake.quarantine_and_settle(&[], &[settled(3), settled(3), settled(2)], NOW).expect("settles");
    assert_eq!(devices(&intake), ["a"]);
    assert_eq!(intake.summary().expect("reads").len(), 1);
    assert_eq!(intake.count_chosen(&Choice::default()).expect("counts"), 1);
    drop(intake);
    let intake = Intake::open_bounded(&folder.path().join("intake.db"), SMALL).expect("opens");
    let more: Vec<_> = (4..=6).map(|ms| row("a", Reason::NotJson, ms)).collect();
    let dropped = intake.quarantine(&more).expect("keeps");
    assert_eq!(dropped, Dropped { of_device: 1, in_all: 0 }, "the discarded one is no loss");
    let groups = intake.summary().expect("reads");
    let told: Vec<_> = groups.iter().map(|g| (g.device.as_str(), g.count, g.dropped)).collect();
    assert_eq!(told, [("a", 3, 1)]);
}

#[test]
fn what_was_settled_is_listed_by_what_became_of_it_and_worked_on_no_more() {
    let (intake, folder) = small();
    let rows =
        [row("a", Reason::NotJson, 1), row("a", Reason::BadTime, 2), row("b", Reason::BadTime, 3)];
    intake.quarantine(&rows).expect("keeps");
    let of_b = Choice { device: Some("b".to_owned()), ..Choice::default() };
    intake.discard(&of_b, "a test", NOW.plus_ms(8), 9).expect("discards");
    intake.quarantine_and_settle(&[], &[settled(2)], NOW.plus_ms(9)).expect("settles");
    drop(intake);
    let intake = Intake::open_bounded(&folder.path().join("intake.db"), SMALL).expect("opens");
    let all = QuarantineFilter::default();
    let discarded = Settlement {
        how: SettledAs::Discarded,
        at: NOW.plus_ms(8),
        remark: Some("a test".to_owned()),
    };
    let replayed = Settlement { how: SettledAs::Replayed, at: NOW.plus_ms(9), remark: None };
    let listed =
        |settled, filter, before| intake.list_filed(settled, filter, before, 9).expect("reads");
    let filed = |id: i64, settlement| {
        let row = rows[id as usize - 1].clone();
        Filed { id, kept_bytes: row.payload.len() as u64, row, settlement }
    };
    let [open, used, useless] =
        [filed(1, None), filed(2, Some(replayed)), filed(3, Some(discarded))];
    assert_eq!(listed(Some(SettledAs::Discarded), &all, None), std::slice::from_ref(&useless));
    assert_eq!(listed(Some(SettledAs::Discarded), &all, Some(3)), []);
    assert_eq!(listed(Some(SettledAs::Replayed), &all, None), [used]);
    assert_eq!(listed(None, &all, None), std::slice::from_ref(&open));
    let of_a = QuarantineFilter { device: Some("a".to_owned()), reason: None };
    assert_eq!(listed(Some(SettledAs::Discarded), &of_a, None), []);
    let not_json = QuarantineFilter { device: None, reason: Some(Reason::NotJson) };
    assert_eq!(listed(Some(SettledAs::Replayed), &not_json, None), []);

    let find = |id| intake.find(id).expect("reads");
    assert_eq!((find(3), find(1), find(4)), (Some(useless), Some(open), None));
    assert_eq!(devices(&intake), ["a"], "the list itself has open rows only");
    let numbers = Choice { ids: Some(vec![2, 3]), ..Choice::default() };
    assert_eq!(intake.count_chosen(&numbers).expect("counts"), 0);
    let again = intake.discard(&numbers, "again", NOW.plus_ms(10), 9).expect("discards");
    assert_eq!(again, Discarded::default());
}

#[test]
fn settled_rows_leave_their_place_to_open_ones() {
    let (intake, _folder) = small();
    let of = |device: &str, ms| row(device, Reason::NotJson, ms);
    intake.quarantine(&[of("a", 1), of("a", 2), of("a", 3)]).expect("keeps");
    intake.quarantine_and_settle(&[], &[settled(2)], NOW).expect("settles");
    let dropped = intake.quarantine(&[of("a", 4)]).expect("keeps");
    assert_eq!(dropped, Dropped::default(), "of the device");
    assert_eq!(intake.find(2).expect("reads"), None);
    let choice = Choice { ids: Some(vec![3]), ..Choice::default() };
    intake.discard(&choice, "a test", NOW, 9).expect("discards");
    let dropped = intake.quarantine(&[of("b", 5), of("c", 6), of("d", 7)]).expect("keeps");
    assert_eq!(dropped, Dropped::default(), "of all");
    assert_eq!(devices(&intake), ["d", "c", "b", "a", "a"]);
    assert_eq!(intake.quarantine(&[of("e", 8)]).expect("keeps").in_all, 1, "then the oldest open");
    assert_eq!(intake.find(1).expect("reads"), None);
}

#[test]
fn settled_rows_of_made_up_names_leave_no_groups_behind() {
    let (intake, _folder) = small();
    let made_up = |n: i64| row(&format!("made-up-{n}"), Reason::UnknownDevice, n);
    for n in 0..20 {
        intake.quarantine(&[made_up(n)]).expect("keeps");
        intake.quarantine_and_settle(&[], &[settled(n + 1)], NOW).expect("settles");
    }
    let groups = intake.database.read(|db| count(db, "select count(*) from quarantine_group", []));
    assert_eq!(groups.expect("counts"), 6, "those of kept rows, and the rest");
}

#[test]
fn a_choice_takes_numbers_devices_and_reasons_in_the_order_of_arrival() {
    let (intake, _folder) = small();
    let rows = [
        row("a", Reason::NotJson, 1),
        row("b", Reason::BadTime, 2),
        row("a", Reason::BadTime, 3),
        row("", Reason::BadTime, 4),
    ];
    intake.quarantine(&rows).expect("keeps");
    let ids = |choice: &Choice, limit| -> Vec<i64> {
        let rows = intake.chosen(choice, limit).expect("reads");
        rows.into_iter().map(|(id, _)| id).collect()
    };
    assert_eq!(ids(&of_reason(Reason::BadTime), 2), [2, 3]);
    assert_eq!(ids(&Choice { after: 2, ..of_reason(Reason::BadTime) }, 9), [3, 4]);
    let numbers = Choice { ids: Some(vec![4, 1, 99]), ..Choice::default() };
    assert_eq!(ids(&numbers, 9), [1, 4]);
    assert_eq!(ids(&Choice { device: Some(String::new()), ..Choice::default() }, 9), [4]);
    assert_eq!(intake.chosen(&numbers, 1).expect("reads")[0].1, rows[0]);
}

#[test]
fn a_row_that_is_filed_anew_moves_to_its_new_group() {
    let (intake, _folder) = small();
    intake.quarantine(&[row("eui", Reason::UnknownDevice, 1)]).expect("keeps");
    let refiled = Refiled {
        device: "leak-1".to_owned(),
        reason: Reason::NoKnownField,
        detail: "knows none".to_owned(),
        elements: None,
        readings: 4,
        sound: 2,
    };
    let filed = Settled { id: 1, refiled: Some(refiled) };
    intake.quarantine_and_settle(&[], &[filed], NOW.plus_ms(9)).expect("files");
    let groups = intake.summary().expect("reads");
    assert_eq!((groups.len(), groups[0].count), (1, 1));
    assert_eq!((groups[0].device.as_str(), groups[0].reason), ("leak-1", Reason::NoKnownField));
    assert_eq!(groups[0].first, NOW.plus_ms(1), "it arrived when it arrived");
    let kept = intake.list(&QuarantineFilter::default(), None, 9).expect("reads");
    assert_eq!(kept[0].1.detail, "knows none");
    assert_eq!((kept[0].1.elements.as_ref(), kept[0].1.readings, kept[0].1.sound), (None, 4, 2));
}

#[test]
fn released_readings_leave_the_balance_even() {
    let (intake, _folder) = small();
    let tally = Tally { received: 5, stored: 3, quarantined: 2, ..Tally::default() };
    intake.add_tallies(&[("a".to_owned(), tally)]).expect("adds");
    for (released, left) in [(1, 1), (7, 0)] {
        intake.release_tallies(&[("a".to_owned(), released)]).expect("releases");
        let after = intake.tallies().expect("reads")[0].1;
        assert_eq!((after.quarantined, after.is_balanced()), (left, true));
    }
}
