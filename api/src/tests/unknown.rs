use axum::http::{Method, StatusCode};
use domain::intake::{LoginReason, Reason};
use serde_json::Value;
use store::intake::{LoginRefusal, Quarantined};

use super::{NOON, Town};

fn kept(device: &str, reason: Reason, ms: i64) -> Quarantined {
    Quarantined {
        device: device.to_owned(),
        topic: format!("application/1/device/{device}/event/up"),
        payload: b"{}".to_vec(),
        payload_bytes: 2,
        reason,
        detail: "expected something else".to_owned(),
        elements: None,
        readings: 1,
        sound: 0,
        arrived_at: NOON.plus_ms(ms),
        gateway: "broker".to_owned(),
        speaker: Some("lns-1".to_owned()),
    }
}

fn refused(user: &str, gateway: &str, ms: i64) -> LoginRefusal {
    LoginRefusal {
        user: user.to_owned(),
        address: "192.0.2.7".to_owned(),
        reason: LoginReason::UnknownUser,
        gateway: gateway.to_owned(),
        first: NOON,
        last: NOON.plus_ms(ms),
        count: 3,
    }
}

fn names(page: &Value) -> Vec<&str> {
    let rows = page["unknown_devices"].as_array().expect("rows");
    rows.iter().map(|row| row["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn unknown_devices_stand_once_each_with_what_they_sent() {
    let town = Town::new().await;
    let sensor = "a84041ff01020304";
    let mut rows: Vec<_> = (0..7).map(|ms| kept(sensor, Reason::UnknownDevice, ms)).collect();
    rows.push(kept("air-1", Reason::NotBound, 50));
    rows.push(kept("air-1", Reason::NotJson, 60));
    town.stores.intake.quarantine(&rows).expect("keeps");
    let logins = [refused("356307042441013", "teltonika", 90), refused("tram-4021", "broker", 95)];
    town.stores.intake.refuse_logins(&logins).expect("counts");

    let page = town.get("/api/v1/unknown-devices").await;
    assert_eq!(names(&page), ["356307042441013", "air-1", sensor], "the newest first");
    assert_eq!(page["meta"]["total"], 3);
    let [tracker, bound, sent] = [0, 1, 2].map(|index| page["unknown_devices"][index].clone());
    assert_eq!((&tracker["messages"], &tracker["refused_logins"]), (&0.into(), &3.into()));
    assert_eq!((&tracker["kind"], &tracker["format"]), (&"vehicle".into(), &"teltonika".into()));
    assert_eq!(tracker["external_id"], "356307042441013");
    assert_eq!(tracker["address"], "192.0.2.7");
    assert_eq!((&bound["device"], &bound["reasons"][0]), (&"air-1".into(), &"not-bound".into()));
    assert_eq!((&sent["messages"], &sent["speaker"]), (&7.into(), &"lns-1".into()));
    assert_eq!(sent["fields"][0]["value"], "5", "no more than the newest are read");
    assert_eq!(
        (&sent["kind"], &sent["profiles"][0]["id"]),
        (&"water".into(), &"leak-sensor".into())
    );
    assert!(sent.get("device").is_none());
}

#[tokio::test]
async fn pages_of_unknown_devices_follow_each_other_though_more_come() {
    let town = Town::new().await;
    let rows: Vec<_> =
        (0..5).map(|n| kept(&format!("eui-{n}"), Reason::UnknownDevice, n / 2)).collect();
    town.stores.intake.quarantine(&rows).expect("keeps");
    let first = town.get("/api/v1/unknown-devices?limit=2").await;
    assert_eq!(names(&first), ["eui-4", "eui-2"]);
    town.stores.intake.quarantine(&[kept("eui-9", Reason::UnknownDevice, 99)]).expect("keeps");
    let next = first["meta"]["next"].as_str().expect("a place");
    let second = town.get(&format!("/api/v1/unknown-devices?limit=2&after={next}")).await;
    assert_eq!(names(&second), ["eui-3", "eui-0"]);
    let next = second["meta"]["next"].as_str().expect("a place");
    let third = town.get(&format!("/api/v1/unknown-devices?limit=2&after={next}")).await;
    assert_eq!(names(&third), ["eui-1"]);
    assert!(third["meta"].get("next").is_none());
    let one = town.get("/api/v1/unknown-devices?name=eui-0").await;
    assert_eq!(names(&one), ["eui-0"]);
    for wrong in ["after=eui-0", "limit=0", "colour=red"] {
        let answer = town.ask(Method::GET, &format!("/api/v1/unknown-devices?{wrong}"), None).await;
        assert_eq!(answer.problem(StatusCode::BAD_REQUEST), "bad-request", "{wrong}");
    }
}
