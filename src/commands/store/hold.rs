//! `obrii store hold`: what an incident, a violation, an act or a validated month rests on is kept
//! when retention drops what is around it.

use std::io::Write;
use std::path::Path;

use domain::calendar::{Date, begin_of_day};
use domain::evidence::{Evidence, EvidenceKind};
use domain::limits::EVIDENCE_DAYS_MIN;
use domain::{ObjectId, Timestamp};
use serde_json::{Value, json};
use store::clock::{Clock as _, SystemClock};
use store::registry::Hold;

use crate::commands::registry;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// What can be done with holds.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Hold the readings of an object; its number is printed.
    Add {
        /// The object.
        object: ObjectId,
        /// Begin, inclusive: a day in Kyiv, or a time with an offset.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        from: Timestamp,
        /// End, exclusive.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        to: Timestamp,
        /// What they are evidence of: incident, violation, act or month.
        #[arg(long)]
        kind: EvidenceKind,
        /// Of what exactly: the number of the act, of the incident.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Held until then; five years from now (from the end, when that is later) unless said.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<Timestamp>,
    },
    /// List all holds, the released ones too.
    List,
    /// Hold it no more; the next retention may drop the readings.
    Release {
        /// Number of the hold.
        no: i64,
        /// Why; it stays on record.
        #[arg(long, value_name = "TEXT")]
        remark: String,
    },
}

/// A civil day of Kyiv, or a moment.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(day) = text.parse::<Date>() {
        return Ok(begin_of_day(day));
    }
    text.parse().map_err(|_| {
        format!("`{text}` is no time, expected one like 2026-11-21 or 2026-11-21T10:15:00+02:00")
    })
}

/// Runs the command.
pub(super) fn run(
    command: Command,
    data: &Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let registry = registry::open_existing(data)?;
    let (no, done) = match command {
        Command::List => {
            return list(&registry.holds(None).map_err(registry::refused)?, now, json, out);
        }
        Command::Add { object, from, to, kind, reason, until } => {
            let until = until.unwrap_or_else(|| now.max(to).plus_ms(EVIDENCE_DAYS_MIN * DAY_MS));
            let evidence = Evidence { object, from, to, kind, reason, until };
            let no = registry.add_hold(&evidence, now).map_err(registry::refused)?;
            (no, format!("held until {until}"))
        }
        Command::Release { no, remark } => {
            registry.release_hold(no, &remark, now).map_err(registry::refused)?;
            (no, "released".to_owned())
        }
    };
    if json {
        writeln!(out, "{}", json!({ "hold": no }))?;
    } else {
        writeln!(out, "hold `{no}` is {done}")?;
    }
    Ok(())
}

fn list(holds: &[Hold], now: Timestamp, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    if json {
        let rows = holds.iter().map(|hold| {
            let Evidence { object, from, to, kind, reason, until } = &hold.evidence;
            json!({
                "hold": hold.no,
                "object": object.as_str(),
                "from": from.to_string(),
                "to": to.to_string(),
                "kind": kind.as_str(),
                "reason": reason,
                "until": until.to_string(),
                "made_at": hold.made_at.to_string(),
                "released_at": hold.released.as_ref().map(|(at, _)| at.to_string()),
                "remark": hold.released.as_ref().map(|(_, remark)| remark),
                "in_force": hold.is_in_force(now),
            })
        });
        writeln!(out, "{}", rows.collect::<Value>())?;
        return Ok(());
    }
    for hold in holds {
        let Evidence { object, from, to, kind, reason, until } = &hold.evidence;
        let state = match &hold.released {
            Some((at, remark)) => format!("released {at}: {remark}"),
            None => format!("until {until}"),
        };
        writeln!(out, "{}  {object}  {from} – {to}  {kind}: {reason}  {state}", hold.no)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::{DATA, Exit};
    use store::registry::Registry;

    const DEVICES: &str = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on\n\
        air-1,odesa,air,air-post,Пост,46.48,30.72,own:Місто,Місто,,2026-01-01\n";

    #[test]
    fn a_validated_month_is_held_listed_and_released() {
        let data = tempfile::tempdir().expect("a folder");
        let registry = Registry::open(&registry::file(data.path())).expect("opens");
        let rows = store::device_file::read(DEVICES.as_bytes(), "devices.csv").expect("right");
        registry.import_devices(&rows, SystemClock.now()).expect("imports");
        let said = |command: Command| {
            let mut out = Vec::new();
            run(command, data.path(), false, &mut out)?;
            anyhow::Ok(String::from_utf8(out)?)
        };
        let day = |text: &str| moment(text).expect("a day");
        let add = |until: Option<&str>| Command::Add {
            object: "air-1".parse().expect("valid"),
            from: day("2026-10-01"),
            to: day("2026-11-01"),
            kind: EvidenceKind::Month,
            reason: "жовтень 2026".to_owned(),
            until: until.map(day),
        };
        let refused = said(add(Some("2031-10-31"))).expect_err("less than five years");
        assert_eq!(refused.downcast_ref::<Exit>().map(|e| e.code), Some(DATA), "{refused}");
        assert!(said(add(None)).expect("held").starts_with("hold `1` is held until 20"));
        let listed = said(Command::List).expect("lists");
        let expected = "1  air-1  2026-09-30T21:00:00Z – 2026-10-31T22:00:00Z  month: жовтень 2026";
        assert!(listed.starts_with(expected), "{listed}");
        said(Command::Release { no: 1, remark: "не той пост".to_owned() }).expect("released");
        assert!(said(Command::List).expect("lists").contains("released"));
        assert!(moment("01.10.2026").is_err());
    }
}
