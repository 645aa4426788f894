use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;
use crate::exit::{DATA, USAGE};

const DEVICES: &str = "\
id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on
air-1,odesa,air,air-post,Пост 1,46.48,30.73,grant:EGAP,Міськрада,centre,2026-11-01
air-2,odesa,air,air-post,Пост 2,46.49,30.74,grant:EGAP,Міськрада,centre,
";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, command: Command, json: bool) -> anyhow::Result<String> {
        let mut out = Vec::new();
        run(command, &self.path("data"), json, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    fn import(&self, csv: &str) -> anyhow::Result<String> {
        let (file, tokens) = (self.path("devices.csv"), self.path("tokens.csv"));
        std::fs::write(&file, csv)?;
        self.run(Command::Import { file, tokens }, true)
    }

    fn code(&self, command: Command) -> u8 {
        let error = self.run(command, false).expect_err("refused");
        error.downcast_ref::<Exit>().expect("an exit").code
    }
}

fn id(text: &str) -> DeviceId {
    text.parse().expect("valid")
}

#[test]
fn tokens_of_an_import_are_kept_for_their_owner_only_and_survive_the_next_import() {
    let folder = Folder::new();
    let report: Value =
        serde_json::from_str(&folder.import(DEVICES).expect("imports")).expect("JSON");
    assert_eq!((&report["new"], &report["changed"]), (&json!(2), &json!(0)));
    let file = folder.path("tokens.csv");
    let mode = std::fs::metadata(&file).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = read_tokens(&file).expect("reads");
    assert_eq!(before.len(), 2);
    let third = DEVICES.replace("air-2", "air-3");
    folder.import(&third).expect("imports");
    let after = read_tokens(&file).expect("reads");
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|(id, token)| after.get(id) == Some(token)));
}

#[test]
fn a_refused_import_tells_every_line_and_leaves_no_device() {
    let folder = Folder::new();
    let bad = DEVICES.replace("grant:EGAP", "odesa-city-2024/99");
    let error = folder.import(&bad).expect_err("refused");
    let exit = error.downcast_ref::<Exit>().expect("an exit");
    assert_eq!(exit.code, DATA);
    for line in [2, 3] {
        let expected =
            format!("devices.csv:{line}: measure `odesa-city-2024/99` is not in the registry");
        assert!(exit.message.contains(&expected), "{}", exit.message);
    }
    assert_eq!(folder.run(Command::List, true).expect("lists").trim(), "[]");
}

#[test]
fn an_export_can_be_imported_again() {
    let folder = Folder::new();
    folder.import(DEVICES).expect("imports");
    let exported = folder.run(Command::Export, false).expect("exports");
    let report: Value =
        serde_json::from_str(&folder.import(&exported).expect("imports")).expect("JSON");
    assert_eq!(report["changed"], 2);
    assert_eq!(folder.run(Command::Export, false).expect("exports"), exported);
}

#[test]
fn an_export_makes_the_same_registry_elsewhere_to_the_last_cell() {
    let heading = device_file::COLUMNS.join(",");
    // A LoRaWAN server, a sensor behind it with all its papers, a tracker that says its IMEI.
    let exported = format!(
        "{heading}\n\
         bus-1,odesa,vehicle,gps-tracker,Тролейбус,,,partner:Перевізник А,Перевізник А,depot-1,\
         2026-01-01,,,Депо 1,,,,,,,,,,,,,internal,false,356307042441013\n\
         leak-1,rozdilna,water,leak-sensor,\"Датчик «7»; \"\"новий\"\"\",46.8432,30.0771,\
         grant:EGAP=0.25;own:Водоканал=0.75,Водоканал,dma-1,2026-01-02,well-7,Колодязь 7,Центр,lns-1,\
         Дільниця 2,КП «Водоканал»,\"вулиця Європейська, 7\",Д-12,А-3,12.5,101400077,SN-9,2028-01-31,\
         2027-06-30,3.1,restricted,true,a84041ff01020304\n\
         lns-1,rozdilna,water,leak-sensor,Сервер,,,own:Водоканал,Водоканал,,,-,,,,,,,,,,,,,,,,false,\n"
    );
    let (here, elsewhere) = (Folder::new(), Folder::new());
    for folder in [&here, &elsewhere] {
        folder.import(&exported).expect("imports");
        assert_eq!(folder.run(Command::Export, false).expect("exports"), exported);
    }
    here.import(&exported).expect("imports what it has");
    assert_eq!(here.run(Command::Export, false).expect("exports"), exported);
}

#[test]
fn a_device_gets_a_new_token_is_replaced_and_goes_out_of_operation() {
    let folder = Folder::new();
    let spare = "air-9,odesa,air,air-post,Запас,,,grant:EGAP,Міськрада,,,-\n";
    let with_object = DEVICES.replace("on\n", "on,object\n").replace("11-01\n", "11-01,\n");
    let csv = format!("{}{spare}", with_object.replace("centre,\n", "centre,,\n"));
    folder.import(&csv).expect("imports");
    let token = folder.run(Command::Token { id: id("air-1") }, false).expect("rotates");
    assert_eq!(token.trim().len(), 43);
    let replace = |new: &str, at: Option<Timestamp>| Command::Replace {
        object: "air-1".parse().expect("valid"),
        old: id("air-1"),
        new: id(new),
        at,
    };
    assert_eq!(folder.code(replace("air-9", Some(SystemClock.now().plus_ms(60_000)))), USAGE);
    assert_eq!(folder.code(replace("nobody", None)), DATA);
    let said = folder.run(replace("air-9", None), false).expect("replaces");
    assert!(said.starts_with("`air-9` sits on `air-1` in the place of `air-1` since "), "{said}");
    folder.run(Command::Decommission { id: id("air-1") }, false).expect("ends");
    assert_eq!(folder.code(Command::Token { id: id("air-1") }), DATA);
    let listed: Value =
        serde_json::from_str(&folder.run(Command::List, true).expect("lists")).expect("JSON");
    assert_eq!(listed[0]["state"], "decommissioned");
    assert_eq!(listed[2]["object"], "air-1");
}
