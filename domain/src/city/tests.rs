//! Tests of the city's state.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp(1_795_342_500_000);
const OBJECT: ObjectNo = ObjectNo(7);

struct Sent {
    time: Timestamp,
    cells: Vec<Cell>,
    texts: Vec<(PropertyId, Arc<str>)>,
    presence: Option<Presence>,
}

fn cell(slot: u16, value: f64) -> Cell {
    Cell { slot, value, quality: Quality::GOOD }
}

fn sent(seconds: i64, cells: Vec<Cell>) -> Sent {
    Sent { time: NOW.plus_ms(seconds * 1000), cells, texts: Vec::new(), presence: None }
}

fn said(seconds: i64, property: &str, text: &str) -> Sent {
    let texts = vec![(property.parse().expect("valid"), text.into())];
    Sent { texts, ..sent(seconds, Vec::new()) }
}

fn sign(presence: Presence) -> Sent {
    Sent { presence: Some(presence), ..sent(0, Vec::new()) }
}

fn apply(city: &mut City, all: &[Sent]) -> Vec<Change> {
    let device = "tracker-1".parse().expect("valid");
    let readings = all.iter().map(|s| Reading {
        cells: &s.cells,
        texts: &s.texts,
        place_slots: Some((0, 1)),
        presence: s.presence,
        ..Reading::of(OBJECT, &device, s.time, NOW)
    });
    city.apply(readings, NOW)
}

fn place(suspect: bool, lat: f64) -> Vec<Cell> {
    let quality = if suspect { Quality::POSITION_SUSPECT } else { Quality::GOOD };
    [lat, 30.7].iter().zip(0..).map(|(value, slot)| Cell { slot, value: *value, quality }).collect()
}

#[test]
fn a_change_tells_only_what_is_newer() {
    let mut city = City::default();
    let changes = apply(&mut city, &[sent(-2, vec![cell(4, 1.0), cell(5, 2.0)])]);
    assert_eq!(changes[0].values.len(), 2);
    let changes = apply(&mut city, &[sent(-1, vec![cell(4, 3.0)]), sent(-3, vec![cell(5, 9.0)])]);
    assert_eq!(changes.len(), 1);
    assert_eq!(
        changes[0].values.iter().map(|(slot, v)| (*slot, v.value)).collect::<Vec<_>>(),
        [(4, 3.0)]
    );
    assert_eq!(changes[0].measured_at, NOW.plus_ms(-1000));
}

#[test]
fn repeats_and_backlogs_change_nothing_and_corrections_do() {
    let mut city = City::default();
    apply(&mut city, &[sent(-1, vec![cell(4, 1.0)])]);
    assert!(apply(&mut city, &[sent(-1, vec![cell(4, 1.0)])]).is_empty());
    assert!(apply(&mut city, &[sent(-9, vec![cell(4, 5.0)])]).is_empty());
    let changes = apply(&mut city, &[sent(-1, vec![cell(4, 2.0)])]);
    assert!((changes[0].values[0].1.value - 2.0).abs() < f64::EPSILON);
}

#[test]
fn what_is_older_than_thirty_days_is_not_the_state_of_the_city() {
    let mut city = City::default();
    assert!(apply(&mut city, &[sent(-LATE_MS / 1000 - 1, vec![cell(4, 1.0)])]).is_empty());
    assert!(!city.knows(OBJECT));
}

#[test]
fn a_suspect_fix_leaves_the_last_credible_place_and_says_so() {
    let mut city = City::default();
    let told = |changes: Vec<Change>| changes[0].position.expect("a place");
    let credible = told(apply(&mut city, &[sent(-9, place(false, 46.48))]));
    let suspect = told(apply(&mut city, &[sent(-8, place(true, 45.0))]));
    assert_eq!(suspect, Position { suspect: true, ..credible });
    assert!(apply(&mut city, &[sent(-7, place(true, 45.1))])[0].position.is_none());
    let back = told(apply(&mut city, &[sent(-6, place(false, 46.49))]));
    assert_eq!((back.place.lat, back.suspect), (46.49, false));
}

#[test]
fn a_text_holds_since_its_first_time() {
    let mut city = City::default();
    assert_eq!(apply(&mut city, &[said(-9, "route", "5")])[0].texts.len(), 1);
    assert!(apply(&mut city, &[said(-8, "route", "5")]).is_empty());
    assert_eq!(&*apply(&mut city, &[said(-7, "route", "28")])[0].texts[0].1.text, "28");
    assert!(apply(&mut city, &[said(-8, "route", "7")]).is_empty());
}

#[test]
fn who_took_leave_is_gone_until_it_is_heard_of_again() {
    let mut city = City::default();
    let gone = |changes: &[Change]| changes.iter().map(|c| c.is_gone).collect::<Vec<_>>();
    assert!(apply(&mut city, &[sign(Presence::Gone)]).is_empty(), "of a stranger");
    assert!(!city.knows(OBJECT), "what the store knows is still recalled");
    let first = apply(&mut city, &[sent(-9, vec![cell(4, 1.0)])]);
    assert_eq!(gone(&first), [false]);
    let left = apply(&mut city, &[sign(Presence::Gone)]);
    assert_eq!((gone(&left), left[0].measured_at), (vec![true], NOW.plus_ms(-9_000)));
    assert!(apply(&mut city, &[sign(Presence::Gone)]).is_empty(), "gone is gone");
    assert!(apply(&mut city, &[sent(-10, vec![cell(4, 9.0)])]).is_empty(), "a backlog");
    assert_eq!(gone(&apply(&mut city, &[sent(-8, vec![cell(4, 1.0)])])), [false]);
    let both = [sent(-7, vec![cell(4, 1.0)]), sign(Presence::Gone)];
    assert_eq!(gone(&apply(&mut city, &both)), [true], "the last word counts");
    assert_eq!(gone(&apply(&mut city, &[sign(Presence::Here)])), [false]);
}

#[test]
fn what_the_store_knows_is_not_told_again_after_a_restart() {
    let mut city = City::default();
    let latest = Latest { time: NOW, arrival: NOW, value: 1.0, quality: Quality::GOOD };
    city.recall(OBJECT, Known { values: vec![(4, latest)], ..Known::default() });
    assert!(apply(&mut city, &[sent(-1, vec![cell(4, 9.0)])]).is_empty());
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_matter(
        order in Just((0..20i64).collect::<Vec<_>>()).prop_shuffle(),
        split in 0usize..20,
    ) {
        let all: Vec<_> = order.iter().map(|s| sent(-s, vec![cell(4, *s as f64)])).collect();
        let mut city = City::default();
        let (first, second) = all.split_at(split);
        let mut values = HashMap::new();
        for changes in [apply(&mut city, first), apply(&mut city, second)] {
            prop_assert!(changes.len() <= 1);
            for (slot, latest) in changes.into_iter().flat_map(|c| c.values) {
                values.insert(slot, latest.value);
            }
        }
        prop_assert_eq!(values.get(&4), Some(&0.0));
    }
}
