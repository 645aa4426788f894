//! Tests of the judgement of positions, on places of Odesa.

use proptest::prelude::*;

use super::*;

const OPERA: Place = Place { lat: 46.4854, lon: 30.7409 };
const AIRPORT: Place = Place { lat: 46.4268, lon: 30.6765 };
const SIMFEROPOL: Place = Place { lat: 45.0522, lon: 33.9751 };

fn at(place: Place, seconds: i64) -> Fix {
    Fix { place, time: Timestamp(1_795_342_500_000 + seconds * 1000) }
}

fn odesa() -> CommunityId {
    "odesa".parse().expect("valid")
}

fn positions() -> Positions {
    let area = Area::between(Place { lat: 46.3, lon: 30.5 }, Place { lat: 46.7, lon: 31.0 });
    Positions::new(HashMap::from([(odesa(), area)]))
}

fn suspects(fixes: &[Fix]) -> Vec<bool> {
    let mut positions = positions();
    fixes.iter().map(|fix| positions.is_suspect(ObjectNo(1), &odesa(), *fix)).collect()
}

fn north(metres: f64) -> Place {
    Place { lat: OPERA.lat + metres / 111_195.0, ..OPERA }
}

#[test]
fn thirty_five_metres_in_a_second_are_driven_and_more_are_a_jump() {
    assert_eq!(suspects(&[at(OPERA, 0), at(north(34.9), 1)]), [false, false]);
    assert_eq!(suspects(&[at(OPERA, 0), at(north(35.2), 1)]), [false, true]);
}

#[test]
fn a_fix_outside_of_the_service_area_is_suspect_however_often_it_comes() {
    let fixes: Vec<_> = (0..9).map(|s| at(SIMFEROPOL, s * 10)).collect();
    assert!(suspects(&fixes).into_iter().all(|suspect| suspect));
    let mut elsewhere = Positions::default();
    assert!(!elsewhere.is_suspect(ObjectNo(1), &odesa(), fixes[0]));
}

#[test]
fn a_vehicle_that_jumps_back_is_believed_at_once() {
    let fixes = [at(OPERA, 0), at(AIRPORT, 10), at(AIRPORT, 20), at(north(100.0), 30)];
    assert_eq!(suspects(&fixes), [false, true, true, false]);
}

#[test]
fn three_fixes_that_agree_with_each_other_are_believed_again() {
    let fixes: Vec<_> =
        std::iter::once(at(OPERA, 0)).chain((1..5).map(|s| at(AIRPORT, s * 10))).collect();
    assert_eq!(suspects(&fixes), [false, true, true, false, false]);
}

#[test]
fn a_spoofed_place_does_not_become_credible_by_waiting_alone() {
    // 8.2 km could be driven in 300 s, but this fix follows the one that was not believed.
    assert_eq!(suspects(&[at(OPERA, 0), at(AIRPORT, 10), at(AIRPORT, 300)]), [false, true, true]);
}

#[test]
fn many_vehicles_in_one_point_are_suspect_and_a_few_are_a_stop() {
    let mut positions = positions();
    let judged: Vec<_> = (0..7u32)
        .map(|no| positions.is_suspect(ObjectNo(no), &odesa(), at(OPERA, i64::from(no))))
        .collect();
    assert_eq!(judged, [false, false, false, false, true, true, true]);
    // The same vehicle alone is no pile, and after a minute the point is free again.
    assert!(!positions.is_suspect(ObjectNo(0), &odesa(), at(OPERA, 120)));
}

#[test]
fn an_old_fix_changes_nothing() {
    let fixes = [at(OPERA, 0), at(north(50.0), 60), at(AIRPORT, 30), at(north(100.0), 70)];
    assert_eq!(suspects(&fixes), [false, false, false, false]);
}

#[test]
fn a_place_that_the_store_knows_counts_after_a_restart() {
    let mut positions = positions();
    positions.recall(ObjectNo(1), at(OPERA, 0));
    assert!(positions.is_suspect(ObjectNo(1), &odesa(), at(AIRPORT, 10)));
}

proptest! {
    #[test]
    fn a_vehicle_that_drives_is_always_believed(
        legs in prop::collection::vec((1i64..60, 0.0..30.0f64), 1..50),
    ) {
        let mut positions = Positions::default();
        let (mut seconds, mut metres) = (0, 0.0);
        for (duration_s, speed_m_s) in legs {
            seconds += duration_s;
            metres += speed_m_s * duration_s as f64;
            let fix = at(north(metres), seconds);
            prop_assert!(!positions.is_suspect(ObjectNo(1), &odesa(), fix));
        }
    }

    #[test]
    fn a_spell_of_spoofing_always_ends(
        spoofed in prop::collection::vec((46.35..46.65f64, 30.55..30.95f64), 0..20),
    ) {
        let mut positions = positions();
        positions.is_suspect(ObjectNo(1), &odesa(), at(OPERA, 0));
        for (n, (lat, lon)) in spoofed.iter().enumerate() {
            let fix = at(Place { lat: *lat, lon: *lon }, n as i64 + 1);
            positions.is_suspect(ObjectNo(1), &odesa(), fix);
        }
        let judged: Vec<_> = (0..4)
            .map(|s| positions.is_suspect(ObjectNo(1), &odesa(), at(OPERA, 100 + s * 10)))
            .collect();
        prop_assert!(!judged[3], "{:?}", judged);
    }
}
