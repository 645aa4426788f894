//! How quarantine is printed, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use serde_json::{Value, json};
use store::intake::{Filed, Quarantined, Replayed, Settlement};

/// Bytes of one line of a dump.
const BYTES_A_LINE: usize = 16;

/// One message on a line.
pub(super) fn line(filed: &Filed) -> String {
    let Filed { id, row, settlement, .. } = filed;
    let Quarantined { arrived_at, reason, gateway, topic, payload_bytes, detail, .. } = row;
    let device = claimed(row);
    let begin = format!("{id}  {arrived_at}  {reason}  {device}  {gateway}  {topic}");
    let end = settlement.as_ref().map(|settled| format!("  {}", became(settled)));
    let end = end.unwrap_or_default();
    plain(&format!("{begin}  {payload_bytes} B  {detail}{end}")).replace('\n', " ")
}

/// How, when and why a message left the list.
fn became(settled: &Settlement) -> String {
    let remark = settled.remark.as_deref().map(|remark| format!(": {remark}"));
    format!("{} {}{}", settled.how, settled.at, remark.unwrap_or_default())
}

/// A text of somebody else's that moves no cursor and rings no bell.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

fn claimed(row: &Quarantined) -> &str {
    if row.device.is_empty() { "-" } else { &row.device }
}

/// One message for programs, without its bytes.
pub(super) fn row(filed: &Filed) -> Value {
    let Filed { id, row, settlement, .. } = filed;
    json!({
        "id": id,
        "device": row.device,
        "reason": row.reason.as_str(),
        "detail": row.detail,
        "elements": row.elements.as_ref().map(ToString::to_string),
        "readings": row.readings,
        "arrived_at": row.arrived_at.to_string(),
        "gateway": row.gateway,
        "speaker": row.speaker,
        "topic": row.topic,
        "payload_bytes": row.payload_bytes,
        "state": settlement.as_ref().map_or("open", |settled| settled.how.as_str()),
        "settled_at": settlement.as_ref().map(|settled| settled.at.to_string()),
        "remark": settlement.as_ref().and_then(|settled| settled.remark.as_deref()),
    })
}

/// One message for programs with the bytes that are kept.
pub(super) fn whole(of: &Filed) -> Value {
    let mut value = row(of);
    let payload = &of.row.payload;
    let hex = payload.iter().fold(String::new(), |mut hex, byte| {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    value["payload_text"] = String::from_utf8_lossy(payload).into();
    value["payload_hex"] = hex.into();
    value
}

/// One message for people: its papers, what became of it, its text, its bytes.
pub(super) fn page(filed: &Filed, out: &mut dyn Write) -> anyhow::Result<()> {
    let Filed { id, row, settlement, .. } = filed;
    let speaker = row.speaker.as_deref().unwrap_or("-");
    let mut lines = vec![
        format!("number    {id}"),
        format!("arrived   {}", row.arrived_at),
        format!("device    {}", claimed(row)),
        format!("reason    {}: {}", row.reason, row.detail),
        format!("way       {}, brought by {speaker}", row.gateway),
        format!("topic     {}", row.topic),
        format!("kept      {} of {} B", row.payload.len(), row.payload_bytes),
    ];
    lines.extend(row.elements.as_ref().map(|elements| format!("elements  {elements}")));
    lines.push(format!("readings  {}", row.readings));
    lines.push(format!("state     {}", settlement.as_ref().map_or("open".to_owned(), became)));
    lines.push(format!("\n{}\n", String::from_utf8_lossy(&row.payload)));
    for (number, bytes) in row.payload.chunks(BYTES_A_LINE).enumerate() {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        lines.push(format!("{:04x}  {}", number * BYTES_A_LINE, hex.join(" ")));
    }
    for line in lines {
        writeln!(out, "{}", plain(&line))?;
    }
    Ok(())
}

/// What a replay did.
pub(super) fn replayed(done: &Replayed, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    if json {
        let unusable = done.unusable.iter().map(
            |(id, reason, detail)| json!({ "id": id, "reason": reason.as_str(), "detail": detail }),
        );
        let unusable: Vec<Value> = unusable.collect();
        writeln!(out, "{}", json!({ "replayed": done.replayed, "unusable": unusable }))?;
        return Ok(());
    }
    writeln!(out, "{} messages are used, {} still cannot be", done.replayed, done.unusable.len())?;
    let mut reasons: BTreeMap<_, u64> = BTreeMap::new();
    for (_, reason, _) in &done.unusable {
        *reasons.entry(*reason).or_default() += 1;
    }
    for (reason, count) in reasons {
        writeln!(out, "  {count} {reason}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::elements::Elements;
    use domain::intake::{Reason, SettledAs};

    use super::*;

    #[test]
    fn a_message_is_shown_as_text_and_bytes_and_rings_no_bell() {
        let row = Quarantined {
            device: String::new(),
            topic: "tele/\u{1b}[2J/SENSOR".to_owned(),
            payload: b"{\"a\":\x07\n1234567890".to_vec(),
            payload_bytes: 9_000,
            reason: Reason::NotJson,
            detail: "expected a value".to_owned(),
            elements: Some(Elements::one(3)),
            readings: 1,
            sound: 0,
            arrived_at: Timestamp(1_795_341_600_000),
            gateway: "broker".to_owned(),
            speaker: Some("lora".to_owned()),
        };
        let remark = Some("of no use".to_owned());
        let settled =
            Settlement { how: SettledAs::Discarded, at: Timestamp(1_795_341_660_000), remark };
        let mut filed = Filed { id: 7, row, kept_bytes: 17, settlement: None };
        assert_eq!(
            (&whole(&filed)["state"], &whole(&filed)["remark"]),
            (&"open".into(), &Value::Null)
        );
        assert!(line(&filed).ends_with("9000 B  expected a value"), "{}", line(&filed));
        filed.settlement = Some(settled);
        let mut out = Vec::new();
        page(&filed, &mut out).expect("written");
        let shown = String::from_utf8(out).expect("text");
        assert!(!shown.contains(['\u{7}', '\u{1b}']) && !line(&filed).contains('\u{1b}'));
        assert!(shown.contains("kept      17 of 9000 B"), "{shown}");
        let state = "state     discarded 2026-11-22T10:01:00Z: of no use\n";
        assert!(shown.contains(state), "{shown}");
        assert!(line(&filed).ends_with("  discarded 2026-11-22T10:01:00Z: of no use"));
        assert_eq!(whole(&filed)["settled_at"], "2026-11-22T10:01:00Z");
        assert!(shown.contains("brought by lora") && shown.contains("elements  3"), "{shown}");
        assert!(shown.ends_with("35 36 37 38 39\n0010  30\n"), "{shown}");
        assert_eq!(whole(&filed)["payload_hex"].as_str().expect("text").len(), 34);
        assert!(line(&filed).starts_with("7  2026-11-22T"), "{}", line(&filed));
    }
}
