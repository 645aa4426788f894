mod older;

use domain::evidence::{Evidence, EvidenceKind};
use domain::limits::EVIDENCE_DAYS_MIN;
use domain::profile::{Kind, Profile};
use domain::programme::{Document, Level, Measure, Programme};
use domain::{DeviceId, ObjectId, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::LineError;
use crate::device_file::{self, DeviceRow};
use crate::sqlite::check_statements;

const HEADING: &str =
    "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,object,gateway";
pub(super) const NOW: Timestamp = Timestamp(1_795_255_200_000);

pub(super) struct World {
    pub(super) registry: Registry,
    folder: TempDir,
}

impl World {
    /// A registry with one programme of one measure, `odesa-city-2024/14.2`.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let registry = Registry::open(&folder.path().join("registry.db")).expect("opens");
        registry.import_programmes(&[document("14.2")], NOW).expect("imports");
        Self { registry, folder }
    }

    /// Another process's view of the same file.
    pub(super) fn reopened(&self) -> Registry {
        Registry::open(&self.folder.path().join("registry.db")).expect("opens again")
    }

    pub(super) fn import(&self, lines: &[&str]) -> Result<Vec<(DeviceId, Token)>, ImportError> {
        self.import_at(lines, NOW)
    }

    fn import_at(
        &self,
        lines: &[&str],
        now: Timestamp,
    ) -> Result<Vec<(DeviceId, Token)>, ImportError> {
        self.registry.import_devices(&rows(lines), now)
    }

    fn refused(&self, lines: &[&str]) -> Vec<String> {
        match self.import(lines) {
            Err(ImportError::Refused(errors)) => errors.iter().map(LineError::to_string).collect(),
            other => panic!("expected refusals, got {other:?}"),
        }
    }
}

fn rows(lines: &[&str]) -> Vec<DeviceRow> {
    let text = format!("{HEADING}\n{}\n", lines.join("\n"));
    device_file::read(text.as_bytes(), "devices.csv").expect("a good file")
}

fn document(measure: &str) -> Document {
    let programme = Programme {
        id: "odesa-city-2024".parse().expect("valid"),
        community: "odesa".parse().expect("valid"),
        title_uk: "«Цифрова.Одеса»".to_owned(),
        authority_uk: "Одеська міська рада".to_owned(),
        years: (2024, 2026),
        status: "adopted".to_owned(),
        source_document: "document.txt".to_owned(),
    };
    let measure = Measure {
        programme: programme.id.clone(),
        id: measure.parse().expect("valid"),
        parent: None,
        level: Level::Measure,
        title_uk: "Моніторинг".to_owned(),
        executor_uk: String::new(),
        funding_source_uk: String::new(),
        years: Some((2025, 2026)),
        stated_total_kuah: Some(12.5),
        telemetry_kind: Some("air".to_owned()),
        indicator_unit_uk: None,
        indicator_total: None,
        source_line: Some(5137),
        stated_by_year: vec![(2025, 12.5)],
    };
    Document { programme, measures: vec![measure], totals: Vec::new() }
}

fn device(id: &str) -> DeviceId {
    id.parse().expect("valid")
}

fn object(id: &str) -> ObjectId {
    id.parse().expect("valid")
}

pub(super) const POST: &str = "air-01,odesa,air,air-post,Пост 1,46.48,30.73,odesa-city-2024/14.2,Міськрада,centre,2026-11-01,,";

#[test]
fn every_statement_is_understood_and_numbers_its_parameters_in_order() {
    let world = World::new();
    check_statements(&world.registry.database, sql::ALL);
}

#[test]
fn a_new_registry_knows_the_shipped_profiles_and_opening_it_again_changes_nothing() {
    let world = World::new();
    let version = world.registry.data_version().expect("reads");
    let again = world.reopened();
    assert_eq!(world.registry.data_version().expect("reads"), version);
    let directory = again.directory().expect("reads");
    assert_eq!(directory.profiles().len(), crate::profile_file::SHIPPED.len());
    let kinds: Vec<Kind> = directory.profiles().map(|p: &Arc<Profile>| p.kind).collect();
    assert!(Kind::ALL.iter().all(|kind| kinds.contains(kind)));
}

#[test]
fn an_imported_device_can_be_resolved_and_let_in() {
    let world = World::new();
    let made = world.import(&[POST]).expect("imports");
    let directory = world.registry.directory().expect("reads");
    let entry = directory.device("air-01").expect("there");
    assert!(Token::matches(&entry.token_sha256.expect("given"), made[0].1.reveal()));
    let binding = entry.binding_at(NOW).expect("installed");
    assert_eq!(binding.object.id.as_str(), "air-01");
    assert_eq!(binding.object.zone.as_ref().expect("in a zone").as_str(), "centre");
    let slots: Vec<u16> = binding.slots.iter().copied().flatten().collect();
    assert_eq!(slots, (0..slots.len() as u16).collect::<Vec<_>>());
    let texts = binding.slots.iter().filter(|slot| slot.is_none()).count();
    assert_eq!(texts, 1, "`status` is an attribute, not a datastream");
    let zones = world.registry.zones().expect("reads");
    assert_eq!((zones[0].kind, zones[0].name.as_str()), (ZoneKind::District, "centre"));
}

#[test]
fn a_zone_is_named_by_a_row_and_keeps_its_name() {
    let world = World::new();
    let named = |name: &str| {
        let mut rows = rows(&[POST]);
        rows[0].zone_name = Some(name.to_owned()).filter(|name| !name.is_empty());
        world.registry.import_devices(&rows, NOW).expect("imports");
        world.registry.zones().expect("reads").remove(0).name
    };
    assert_eq!(named(""), "centre");
    assert_eq!(named("Центр"), "Центр");
    assert_eq!(named(""), "Центр");
    let exported = world.registry.export_devices().expect("exports");
    assert_eq!(exported[0].zone_name.as_deref(), Some("Центр"));
}

#[test]
fn another_handle_sees_a_commit_by_the_data_version() {
    let world = World::new();
    let other = world.reopened();
    let before = other.data_version().expect("reads");
    assert_eq!(other.data_version().expect("reads"), before);
    world.import(&[POST]).expect("imports");
    assert_ne!(other.data_version().expect("reads"), before);
    assert!(other.directory().expect("reads").device("air-01").is_some());
    let own = world.registry.data_version().expect("reads");
    world.registry.rotate_token(&device("air-01"), NOW).expect("rotates");
    assert_ne!(world.registry.data_version().expect("reads"), own);
}

#[test]
fn all_mistakes_of_an_import_are_told_and_nothing_is_written() {
    let world = World::new();
    let refused = world.refused(&[
        "a-1,odesa,air,air-post,A,46.4,30.7,odesa-city-2024/99,КП,,,,",
        "a-2,odesa,water,air-post,B,46.4,30.7,grant:EGAP,КП,,,,",
        "a-3,odesa,air,air-post,C,,,grant:EGAP,КП,,,,",
        "a-4,odesa,air,no-such,D,46.4,30.7,grant:EGAP,КП,,,,nobody",
        "a-3,odesa,air,air-post,C,46.4,30.7,grant:EGAP,КП,,,,",
    ]);
    let expected = [
        "line 2: measure `odesa-city-2024/99` is not in the registry",
        "line 3: kind `water` does not fit profile `air-post`, expected `air`",
        "line 4: object `a-3` has no place, expected lat and lon: only a vehicle tells its own",
        "line 5: profile `no-such` is not in the registry",
        "line 5: gateway `nobody` is no device in operation",
        "line 6: device `a-3` stands in line 4 already",
    ];
    assert_eq!(refused, expected);
    assert_eq!(world.registry.directory().expect("reads").devices().len(), 0);
    assert!(world.registry.zones().expect("reads").is_empty());
}

#[test]
fn importing_a_device_again_changes_it_and_keeps_its_token_and_place() {
    let world = World::new();
    world.import(&[POST]).expect("imports");
    let token = |world: &World| {
        let directory = world.registry.directory().expect("reads");
        directory.device("air-01").expect("there").token_sha256
    };
    let before = token(&world);
    let again = "air-01,odesa,air,air-post,Пост перший,,,own:КП,Міськрада,,,,";
    assert!(world.import(&[again]).expect("imports").is_empty());
    assert_eq!(token(&world), before);
    let directory = world.registry.directory().expect("reads");
    let entry = directory.device("air-01").expect("there");
    assert_eq!(entry.device.funding.to_string(), "own:КП");
    assert_eq!(entry.device.commissioned_on.as_deref(), Some("2026-11-01"));
    let object = directory.object_by_id("air-01").expect("there");
    assert_eq!(object.name, "Пост перший");
    assert!(object.place.is_some());
    assert_eq!(directory.installations(object.no).len(), 1);
}

#[test]
fn a_replaced_device_leaves_its_history_on_the_object() {
    let world = World::new();
    let spare = "air-02,odesa,air,air-post,Запасний,,,grant:EGAP,КП,,,-,";
    world.import(&[POST, spare]).expect("imports");
    let (old, new) = (device("air-01"), device("air-02"));
    let at = NOW.plus_ms(3_600_000);
    world.registry.replace_device(&object("air-01"), &old, &new, at).expect("replaces");
    let directory = world.registry.directory().expect("reads");
    let sits = |id: &str, time| {
        let entry = directory.device(id).expect("there");
        entry.binding_at(time).map(|b| b.object.id.to_string())
    };
    assert_eq!(sits("air-01", at.plus_ms(-1)).as_deref(), Some("air-01"));
    assert_eq!(sits("air-01", at), None);
    assert_eq!(sits("air-01", NOW.plus_ms(-1)).as_deref(), Some("air-01"), "its backlog");
    assert_eq!(sits("air-02", at).as_deref(), Some("air-01"));
    assert_eq!(sits("air-02", at.plus_ms(-1)), None, "the old device sat there then");
    assert_eq!(sits("air-02", NOW.plus_ms(-1)), None, "nobody did, but the old device came first");
    let no = directory.object_by_id("air-01").expect("there").no;
    assert_eq!(directory.installations(no).len(), 2);
    let again = world.registry.replace_device(&object("air-01"), &old, &new, at);
    assert!(matches!(again, Err(RegistryError::Conflict(_))));
    let too_early = world.registry.replace_device(&object("air-01"), &new, &old, NOW);
    assert!(matches!(too_early, Err(RegistryError::Conflict(_))));
}

#[test]
fn a_decommissioned_device_keeps_its_history_and_cannot_come_back() {
    let world = World::new();
    world.import(&[POST]).expect("imports");
    let (id, later) = (device("air-01"), NOW.plus_ms(1_000));
    world.registry.decommission(&id, later).expect("decommissions");
    world.registry.decommission(&id, later.plus_ms(1)).expect("twice changes nothing");
    let directory = world.registry.directory().expect("reads");
    let entry = directory.device("air-01").expect("there");
    assert_eq!(entry.device.decommissioned_at, Some(later));
    assert!(entry.binding_at(NOW).is_some());
    assert!(world.registry.rotate_token(&id, later).is_err());
    assert_eq!(
        world.refused(&[POST]),
        ["line 2: device `air-01` is decommissioned, expected a new id"]
    );
    assert!(world.registry.export_devices().expect("reads").is_empty());
    let unknown = world.registry.decommission(&device("nobody"), later);
    assert!(matches!(unknown, Err(RegistryError::Unknown { what: "device", .. })));
}

#[test]
fn a_number_of_an_object_and_its_slots_stay_when_its_devices_change() {
    let world = World::new();
    let meter = "w-1,odesa,water,leak-sensor,Колодязь,46.4,30.7,own:КП,КП,dma-1,,point-7,";
    world.import(&[meter]).expect("imports");
    let before = world.registry.directory().expect("reads");
    let point = before.object_by_id("point-7").expect("there").no;
    let leak = before.slot(point, "leak").expect("has a slot");
    let second = "w-2,odesa,water,flow-meter,Витратомір,,,own:КП,КП,dma-1,,point-7,";
    world.import(&[second]).expect("imports");
    let after = world.registry.directory().expect("reads");
    assert_eq!(after.object_by_id("point-7").expect("there").no, point);
    assert_eq!(after.slot(point, "leak"), Some(leak));
    let mut slots: Vec<u16> = after.datastreams(point).iter().map(|d| d.slot).collect();
    slots.dedup();
    assert_eq!(slots.len(), after.datastreams(point).len());
    assert!(after.slot(point, "flow").is_some());
    assert_eq!(after.object_by_id("point-7").expect("there").name, "Колодязь");
}

#[test]
fn an_export_reads_back_as_the_same_devices() {
    let world = World::new();
    world
        .import(&[
            POST,
            "cab-1,odesa,light,lighting-cabinet,Шафа,46.4,30.7,own:МіськСвітло,КП,f-1,,,",
            "lamp-1,odesa,light,luminaire,\"Опора 5; \"\"Б\"\"\",46.4,30.71,\
             odesa-city-2024/14.2=0.25;grant:EGAP=0.75,КП,f-1,,pole-5,cab-1",
            "bus-1,odesa,vehicle,gps-tracker,Тролейбус,,,partner:Перевізник А,А,d-1,,,",
            "spare-1,odesa,air,air-post,Запас,,,grant:EGAP,КП,,,-,",
        ])
        .expect("imports");
    let exported = world.registry.export_devices().expect("exports");
    let mut file = Vec::new();
    device_file::write(&exported, &mut file).expect("writes");
    let other = World::new();
    let read = device_file::read(file.as_slice(), "devices.csv").expect("reads");
    assert_eq!(other.registry.import_devices(&read, NOW).expect("imports").len(), 5);
    assert_eq!(other.registry.export_devices().expect("exports"), exported);
    assert!(other.registry.import_devices(&read, NOW).expect("imports").is_empty());
    assert_eq!(other.registry.export_devices().expect("exports"), exported);
}

#[test]
fn a_foreign_name_is_one_devices_and_free_again_after_its_end() {
    let world = World::new();
    let named = |id: &str, external_id: &str| {
        let line = format!("{id},odesa,vehicle,gps-tracker,Т,,,own:А,А,,,{external_id}");
        let heading = HEADING.replace("object,gateway", "external_id");
        device_file::read(format!("{heading}\n{line}\n").as_bytes(), "d.csv").expect("good")
    };
    let import = |rows: &[DeviceRow]| world.registry.import_devices(rows, NOW);
    import(&named("bus-1", "356307042441013")).expect("imports");
    let clash = import(&named("bus-2", "356307042441013")).expect_err("a clash").to_string();
    assert!(clash.contains("external id `356307042441013` is device `bus-1`'s"), "{clash}");
    import(&named("bus-1", "")).expect("an empty cell leaves it");
    let named_by = |external_id: &str| {
        let directory = world.registry.directory().expect("reads");
        directory.device_by_external_id(external_id).map(|entry| entry.device.id.to_string())
    };
    assert_eq!(named_by("356307042441013").as_deref(), Some("bus-1"));
    let exported = world.registry.export_devices().expect("exports");
    assert_eq!(exported[0].external_id.as_ref().expect("kept").as_str(), "356307042441013");
    world.registry.decommission(&device("bus-1"), NOW).expect("ends");
    assert_eq!(named_by("356307042441013").as_deref(), Some("bus-1"), "its history stays");
    import(&named("bus-2", "356307042441013")).expect("free again");
    assert_eq!(named_by("356307042441013").as_deref(), Some("bus-2"));
}

#[test]
fn a_new_edition_of_a_programme_keeps_the_old_and_says_what_it_orphans() {
    let world = World::new();
    world.import(&[POST]).expect("imports");
    let same = world.registry.import_programmes(&[document("14.2")], NOW).expect("imports");
    assert_eq!((same.new.len(), same.changed.len(), same.unchanged.len()), (0, 0, 1));
    let changed = world.registry.import_programmes(&[document("14.3")], NOW).expect("imports");
    assert_eq!(changed.changed.len(), 1);
    assert_eq!(changed.orphaned[0].to_string(), "odesa-city-2024/14.2");
    let programmes = world.registry.programmes().expect("reads");
    assert_eq!(programmes, [document("14.3")]);
    let editions: i64 = world
        .registry
        .database
        .read(|db| {
            let question = "select count(*) from measure_edition";
            Ok(db.query_row(question, [], |row| row.get(0))?)
        })
        .expect("reads");
    assert_eq!(editions, 2);
    world.import(&[POST]).expect("a bound measure stays known");
    let refused = world.refused(&[&POST.replace("14.2", "14.4")]);
    assert_eq!(refused, ["line 2: measure `odesa-city-2024/14.4` is not in the registry"]);
}

#[test]
fn a_credential_shares_no_name_with_a_device_and_is_revoked_for_good() {
    let world = World::new();
    world.import(&[POST]).expect("imports");
    let registry = &world.registry;
    let token = registry.add_credential("wall", "obrii/v1/odesa/#", NOW).expect("makes");
    let credential = &registry.credentials().expect("reads")[0];
    assert!(Token::matches(&credential.token_sha256, token.reveal()));
    for (name, filter) in
        [("air-01", "a/#"), ("wall", "a/#"), ("b", "a/#/c"), ("b", "a+/b"), ("b", ""), ("B", "a")]
    {
        assert!(registry.add_credential(name, filter, NOW).is_err(), "{name} {filter}");
    }
    let clash = world.refused(&["wall,odesa,vehicle,gps-tracker,Т,,,own:А,А,,,,"]);
    assert_eq!(clash, ["line 2: `wall` is a credential, expected a name of its own"]);
    registry.revoke_credential("wall", NOW).expect("revokes");
    registry.revoke_credential("wall", NOW.plus_ms(5)).expect("twice changes nothing");
    assert_eq!(registry.credentials().expect("reads")[0].revoked_at, Some(NOW));
    registry.add_credential("wall", "obrii/v1/+/air/#", NOW).expect("replaces a revoked one");
    assert_eq!(registry.credentials().expect("reads")[0].revoked_at, None);
    assert!(registry.revoke_credential("nobody", NOW).is_err());
}

#[test]
fn many_handles_may_open_an_empty_folder_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("registry.db");
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..6).map(|_| scope.spawn(|| Registry::open(&file))).collect();
        for handle in opened {
            handle.join().expect("no panic").expect("opens");
        }
    });
}

#[test]
fn readings_are_held_until_their_time_is_over_or_they_are_released() {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let world = World::new();
    world
        .import(&["air-1,odesa,air,air-post,Пост,46.48,30.73,own:Місто,Місто,,,,"])
        .expect("imports");
    let to = NOW.plus_ms(-DAY_MS);
    let evidence = Evidence {
        object: "air-1".parse().expect("valid"),
        from: NOW.plus_ms(-2 * DAY_MS),
        to,
        kind: EvidenceKind::Act,
        reason: "акт № 7".to_owned(),
        until: to.plus_ms(EVIDENCE_DAYS_MIN * DAY_MS),
    };
    let refused = |evidence: Evidence| {
        world.registry.add_hold(&evidence, NOW).map_err(|e| e.to_string()).expect_err("refused")
    };
    let short = Evidence { until: evidence.until.plus_ms(-1), ..evidence.clone() };
    assert!(refused(short).contains("five years"));
    assert!(refused(Evidence { from: to, ..evidence.clone() }).contains("after its begin"));
    assert!(refused(Evidence { reason: " ".to_owned(), ..evidence.clone() }).contains("reason"));
    let nobody = Evidence { object: "air-9".parse().expect("valid"), ..evidence.clone() };
    assert!(refused(nobody).contains("air-9"));

    let no = world.registry.add_hold(&evidence, NOW).expect("held");
    let held = |at| world.reopened().held_times(at).expect("reads").into_values().next();
    assert_eq!(held(NOW), Some(vec![(evidence.from, evidence.to)]));
    assert_eq!(held(evidence.until), None, "its time is over");
    let refused = world.registry.release_hold(no, "", NOW);
    assert!(matches!(refused, Err(RegistryError::Conflict(_))), "{refused:?}");
    world.registry.release_hold(no, "помилка", NOW).expect("released");
    assert_eq!(held(NOW), None);
    let again = world.registry.release_hold(no, "помилка", NOW);
    assert!(matches!(again, Err(RegistryError::Conflict(_))), "{again:?}");
    let unknown = world.registry.release_hold(no + 1, "помилка", NOW);
    assert!(matches!(unknown, Err(RegistryError::Unknown { .. })), "{unknown:?}");
    let listed = world.registry.holds(None).expect("lists");
    assert_eq!((listed.len(), &listed[0].evidence), (1, &evidence));
    assert_eq!(listed[0].released, Some((NOW, "помилка".to_owned())));
}

#[test]
fn a_gateway_sits_on_no_object_and_may_speak_before_a_device_is_bound_to_it() {
    let world = World::new();
    let lora = "lora,odesa,gateway,gateway,LoRaWAN,,,own:Місто,Місто,,,,";
    world.import(&[lora]).expect("imports");
    let directory = world.registry.directory().expect("reads");
    assert!(directory.is_gateway("lora") && directory.bound_to("lora").is_empty());
    assert!(directory.device("lora").expect("there").bindings.is_empty());
    assert!(directory.objects().next().is_none());
    let again = world.reopened().directory().expect("reads");
    assert!(again.is_gateway("lora"), "and stays one");
    for mistaken in [
        "hub,odesa,gateway,gateway,Концентратор,46.48,30.73,own:Місто,Місто,,,,",
        "hub,odesa,gateway,gateway,Концентратор,,,own:Місто,Місто,,,hub,",
    ] {
        let refused = world.refused(&[mistaken]);
        assert!(refused[0].contains("sits on no object"), "{refused:?}");
    }
    let refused = world.refused(&["hub,odesa,water,gateway,Концентратор,46.48,30.73,own:М,М,,,,"]);
    assert!(refused[0].contains("expected `gateway`"), "{refused:?}");
}
