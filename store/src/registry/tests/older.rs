//! A registry that an earlier version of the program wrote.

use rusqlite::Connection;

use super::super::Registry;
use super::super::migrations::migrations::runner;

#[test]
fn devices_of_an_older_registry_stay_and_gateways_may_join_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("registry.db");
    let mut older = Connection::open(&file).expect("opens");
    older.pragma_update(None, "foreign_keys", true).expect("set");
    let before_gateways = refinery::Target::Version(3);
    runner().set_target(before_gateways).run(&mut older).expect("migrates");
    let add = "insert into device (id, community, kind, profile, name, owner, registered_at, \
               simulated, token_sha256, token_made_at) \
               values (?1, 'odesa', ?2, 'air-post', 'Пост', 'Місто', 1, 0, zeroblob(32), 1)";
    older
        .execute_batch(
            "insert into community values ('odesa'); insert into profile values ('air-post', 'air')",
        )
        .expect("written");
    older.execute(add, ["air-01", "air"]).expect("written");
    older.execute("update device set gateway = 'air-01'", []).expect("written");
    older.execute(add, ["lora", "gateway"]).expect_err("no kind of that registry");
    drop(older);

    drop(Registry::open(&file).expect("migrates with its device"));
    let newer = Connection::open(&file).expect("opens");
    newer.pragma_update(None, "foreign_keys", true).expect("set");
    newer.execute(add, ["lora", "gateway"]).expect("a kind of this one");
    newer.execute(add, ["odd", "odd"]).expect_err("no kind at all");
    newer.execute("update device set gateway = 'nobody'", []).expect_err("no such device");
    let devices: i64 =
        newer.query_row("select count(*) from device", [], |row| row.get(0)).expect("reads");
    let sound: String =
        newer.query_row("pragma integrity_check", [], |row| row.get(0)).expect("reads");
    assert_eq!((devices, sound.as_str()), (2, "ok"));
}
