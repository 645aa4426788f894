use super::*;
use crate::registry::tests::{NOW, POST, World};

#[test]
fn a_changed_shipped_profile_becomes_a_new_edition_and_its_objects_get_the_new_slots() {
    let world = World::new();
    world.import(&[POST]).expect("imports");
    let text = crate::profile_file::SHIPPED[0].text;
    let field = "    { name = \"volume\", unit = \"m³\" },\n]";
    let changed: &'static str =
        text.trim_end().strip_suffix(']').expect("a list").to_owned().leak();
    let changed: &'static str = format!("{changed}{field}").leak();
    let newer = [Shipped { id: "air-post", text: changed }];
    world.registry.install_profiles(&newer, NOW).expect("installs");
    let directory = world.registry.directory().expect("reads");
    let no = directory.object_by_id("air-01").expect("there").no;
    assert!(directory.slot(no, "volume").is_some());
    let version = world.registry.data_version().expect("reads");
    world.registry.install_profiles(&newer, NOW).expect("nothing to do");
    assert_eq!(world.registry.data_version().expect("reads"), version);
}

fn air_post() -> &'static str {
    crate::profile_file::SHIPPED[0].text
}

/// An edit of the air post that replaces something in its file.
fn edit(old: &str, new: &str) -> Edit {
    assert!(air_post().contains(old), "`{old}` is not in the profile");
    Edit {
        text: air_post().replace(old, new),
        author: "О. Шевчук".to_owned(),
        remark: "лист виробника".to_owned(),
        ..Edit::default()
    }
}

fn faults(result: Result<Edited, EditError>) -> Vec<(String, &'static str, String)> {
    match result {
        Err(EditError::Refused(BadProfile(mistakes))) => {
            mistakes.into_iter().map(|m| (m.place.pointer(), m.fault.as_str(), m.given)).collect()
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn an_edit_makes_an_edition_that_devices_follow_and_the_old_one_stays_readable() {
    let world = World::new();
    world.import(&[POST]).expect("imports");
    let change = edit("\n]", "\n    { name = \"volume\", unit = \"m³\" },\n]");
    let made = world.registry.edit_profile(&change, NOW).expect("an edition");
    assert_eq!((made.profile.as_str(), made.edition, made.is_new), ("air-post", 2, true));
    let directory = world.reopened().directory().expect("reads");
    let post = directory.object_by_id("air-01").expect("there").no;
    assert!(directory.slot(post, "volume").is_some());
    assert!(directory.device("air-01").expect("there").profile.field("volume").is_some());
    let editions = world.registry.editions_of(&made.profile).expect("reads");
    let [new, old] = editions.as_slice() else { panic!("{editions:?}") };
    assert_eq!((new.number, new.origin, new.made_at), (2, Origin::Own, NOW));
    assert_eq!(new.author.as_deref(), Some("О. Шевчук"));
    assert_eq!(new.remark.as_deref(), Some("лист виробника"));
    assert_eq!((old.number, old.origin, old.text.as_str()), (1, Origin::Shipped, air_post()));
    let again = world.registry.edit_profile(&change, NOW).expect("nothing to do");
    assert_eq!((again.edition, again.is_new), (2, false));
}

#[test]
fn a_program_that_ships_another_edition_leaves_one_made_here_alone() {
    let world = World::new();
    let change = edit("interval_s = 60", "interval_s = 30");
    world.registry.edit_profile(&change, NOW).expect("an edition");
    let newer = [Shipped { id: "air-post", text: "not even a profile" }];
    world.registry.install_profiles(&newer, NOW).expect("nothing to do");
    let in_force = world.registry.profile_editions().expect("reads");
    let post = in_force.iter().find(|e| e.profile.as_str() == "air-post").expect("there");
    assert_eq!((post.number, post.text.as_str()), (2, change.text.as_str()));
}

#[test]
fn a_property_that_devices_report_is_only_dropped_when_it_is_named() {
    let world = World::new();
    let gamma = "    { name = \"gamma\", unit = \"µSv/h\", range = [0, 1000] },\n";
    let mut change = edit(gamma, "");
    world.import(&[POST]).expect("imports");
    let refused = world.registry.edit_profile(&change, NOW);
    let expected = ("/drops".to_owned(), "lost-property", "gamma".to_owned());
    assert_eq!(faults(refused), [expected]);
    change.drops = vec!["gamma".to_owned()];
    world.registry.edit_profile(&change, NOW).expect("an edition");
    let directory = world.registry.directory().expect("reads");
    let post = directory.object_by_id("air-01").expect("there").no;
    assert!(directory.slot(post, "gamma").is_some(), "what is stored stays to be seen");
    assert!(directory.profile("air-post").expect("there").field("gamma").is_none());
}

#[test]
fn readings_that_are_kept_are_only_dropped_when_somebody_says_so() {
    let world = World::new();
    world.import(&[POST]).expect("imports");
    let keep = |days: u32| edit("retention_days = 400", &format!("retention_days = {days}"));
    let mut change = keep(30);
    let refused = world.registry.edit_profile(&change, NOW);
    let expected = ("/drops_after_days".to_owned(), "shorter-retention", "30".to_owned());
    assert_eq!(faults(refused), std::slice::from_ref(&expected));
    world.registry.decommission(&"air-01".parse().expect("an id"), NOW).expect("out");
    change.drops_after_days = Some(31);
    let other_days = world.registry.edit_profile(&change, NOW);
    assert_eq!(faults(other_days), [expected], "what devices sent stays, in operation or not");
    change.drops_after_days = Some(30);
    world.registry.edit_profile(&change, NOW).expect("an edition");
    world.registry.edit_profile(&keep(60), NOW).expect("longer asks nobody");
}

#[test]
fn without_devices_a_profile_may_lose_what_it_wants() {
    let world = World::new();
    let change = edit("    { name = \"gamma\", unit = \"µSv/h\", range = [0, 1000] },\n", "");
    assert!(world.registry.edit_profile(&change, NOW).expect("an edition").is_new);
}

#[test]
fn an_edit_is_refused_with_the_place_of_each_mistake() {
    let world = World::new();
    let other_kind = edit("kind = \"air\"", "kind = \"water\"");
    let told = faults(world.registry.edit_profile(&other_kind, NOW));
    assert_eq!(told, [("/kind".to_owned(), "other-kind", "water".to_owned())]);
    let unsaid = Edit { author: " ".to_owned(), ..edit("interval_s = 60", "interval_s = 30") };
    let told = faults(world.registry.edit_profile(&unsaid, NOW));
    assert_eq!(told, [("/author".to_owned(), "bad-text", "0".to_owned())]);
    for (based_on, fails) in [(Some(0), true), (Some(2), true), (Some(1), false)] {
        let edit = Edit { based_on, ..edit("interval_s = 60", "interval_s = 30") };
        let result = world.registry.edit_profile(&edit, NOW);
        assert_eq!(result.is_err(), fails, "{based_on:?}");
        if fails {
            assert_eq!(faults(result), [(String::new(), "outdated", "1".to_owned())]);
        }
    }
    let unknown = "no-such".parse().expect("valid");
    assert!(matches!(
        world.registry.editions_of(&unknown),
        Err(RegistryError::Unknown { what: "profile", .. })
    ));
}
