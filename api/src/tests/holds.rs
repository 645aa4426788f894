use axum::http::{Method, StatusCode};
use domain::evidence::{Evidence, EvidenceKind};
use domain::limits::EVIDENCE_DAYS_MIN;

use super::{HOUR_MS, NOON, Town};

#[tokio::test]
async fn an_object_shows_what_of_it_is_held_as_evidence() {
    let town = Town::new().await;
    let evidence = Evidence {
        object: "cab-7".parse().expect("valid"),
        from: NOON.plus_ms(-2 * HOUR_MS),
        to: NOON.plus_ms(-HOUR_MS),
        kind: EvidenceKind::Incident,
        reason: "аварія № 12".to_owned(),
        until: NOON.plus_ms(EVIDENCE_DAYS_MIN * 24 * HOUR_MS),
    };
    let registry = &town.stores.registry;
    let no = registry.add_hold(&evidence, NOON).expect("held");
    let other = Evidence { object: "air-2".parse().expect("valid"), ..evidence };
    registry.add_hold(&other, NOON).expect("held");
    let holds = town.get("/api/v1/objects/cab-7/holds").await;
    let holds = holds["holds"].as_array().expect("holds");
    assert_eq!(holds.len(), 1, "of this object only");
    assert_eq!((&holds[0]["kind"], &holds[0]["in_force"]), (&"incident".into(), &true.into()));
    registry.release_hold(no, "не та шафа", NOON).expect("released");
    let released = town.get("/api/v1/objects/cab-7/holds").await["holds"][0].clone();
    assert_eq!(released["in_force"], false);
    assert_eq!(released["remark"], "не та шафа");
    let nobody = town.ask(Method::GET, "/api/v1/objects/cab-99/holds", None).await;
    assert_eq!(nobody.problem(StatusCode::NOT_FOUND), "unknown-object");
}
