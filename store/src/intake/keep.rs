//! Writing rows of quarantine, and which of them go when there are too many.

use std::collections::BTreeSet;

use domain::elements::Elements;
use domain::limits::QUARANTINE_BYTES_MAX;
use rusqlite::{Connection, params};

use super::{Bounds, Dropped, Quarantined, count, sql};
use crate::sqlite::RegistryError;

/// Adds rows and keeps the bounds.
pub(super) fn keep(
    db: &Connection,
    rows: &[Quarantined],
    bounds: &Bounds,
) -> Result<Dropped, RegistryError> {
    for row in rows {
        add(db, row)?;
    }
    let devices: BTreeSet<&str> = rows.iter().map(|r| r.device.as_str()).collect();
    let (mut of_devices, mut in_all) = (Gone::default(), Gone::default());
    for device in devices {
        let kept: u64 = count(db, sql::KEPT_OF_DEVICE, params![device])?;
        let over = kept.saturating_sub(bounds.quarantine_per_device);
        of_devices = of_devices.and(drop_oldest_of(db, device, over)?);
        while count(db, sql::KEPT_BYTES_OF_DEVICE, params![device])?
            > bounds.quarantine_bytes_per_device
        {
            of_devices = of_devices.and(drop_oldest_of(db, device, 1)?);
        }
    }
    let over = count(db, sql::KEPT, [])?.saturating_sub(bounds.quarantine);
    in_all = in_all.and(drop_oldest(db, over)?);
    while count(db, sql::KEPT_BYTES, [])? > bounds.quarantine_bytes {
        in_all = in_all.and(drop_oldest(db, 1)?);
    }
    if of_devices.and(in_all).rows > 0 {
        fold_empty_groups(db)?;
    }
    Ok(Dropped { of_device: of_devices.open, in_all: in_all.open })
}

/// Rows that had to go.
#[derive(Clone, Copy, Debug, Default)]
struct Gone {
    rows: u64,
    /// Of them: still open.
    open: u64,
}

impl Gone {
    fn and(self, more: Self) -> Self {
        Self { rows: self.rows + more.rows, open: self.open + more.open }
    }
}

/// Drops so many rows of a device: settled ones first, then open ones, the oldest of each first.
fn drop_oldest_of(db: &Connection, device: &str, over: u64) -> Result<Gone, RegistryError> {
    let settled = drop_rows(db, sql::OLDEST_SETTLED_OF_DEVICE, params![device, over as i64])?;
    let over = over - settled.rows;
    Ok(settled.and(drop_rows(db, sql::OLDEST_OF_DEVICE, params![device, over as i64])?))
}

/// Drops so many rows: settled ones first, then open ones, the oldest of each first.
fn drop_oldest(db: &Connection, over: u64) -> Result<Gone, RegistryError> {
    let settled = drop_rows(db, sql::OLDEST_SETTLED, params![over as i64])?;
    let over = over - settled.rows;
    Ok(settled.and(drop_rows(db, sql::OLDEST, params![over as i64])?))
}

fn add(db: &Connection, row: &Quarantined) -> Result<(), RegistryError> {
    let payload = &row.payload[..row.payload.len().min(QUARANTINE_BYTES_MAX)];
    db.prepare_cached(sql::QUARANTINE_ADD)?.execute(params![
        row.device,
        row.reason.as_str(),
        row.topic,
        payload,
        row.payload_bytes as i64,
        row.detail,
        row.elements.as_ref().map(Elements::to_string),
        row.arrived_at.millis(),
        row.gateway,
        row.speaker,
        row.readings as i64,
        row.sound as i64,
    ])?;
    db.prepare_cached(sql::GROUP_COUNT)?.execute(params![
        row.device,
        row.reason.as_str(),
        payload.len() as i64,
        row.arrived_at.millis(),
    ])?;
    Ok(())
}

fn drop_rows(
    db: &Connection,
    oldest: &str,
    which: impl rusqlite::Params,
) -> Result<Gone, RegistryError> {
    let mut statement = db.prepare_cached(oldest)?;
    let rows: Vec<(i64, String, String, i64, bool)> = statement
        .query_map(which, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut delete = db.prepare_cached(sql::QUARANTINE_DROP)?;
    let mut uncount = db.prepare_cached(sql::GROUP_DROP)?;
    for (id, device, reason, bytes, is_settled) in &rows {
        delete.execute([id])?;
        uncount.execute(params![bytes, i64::from(*is_settled), device, reason])?;
    }
    let open = rows.iter().filter(|(.., is_settled)| !is_settled).count();
    Ok(Gone { rows: rows.len() as u64, open: open as u64 })
}

/// Made-up device names must not make the list of groups grow for ever.
pub(super) fn fold_empty_groups(db: &Connection) -> Result<(), RegistryError> {
    let mut statement = db.prepare_cached(sql::GROUPS_EMPTY)?;
    let mut found = statement.query([])?;
    let mut empty: Vec<(String, String, [i64; 3])> = Vec::new();
    while let Some(row) = found.next()? {
        empty.push((row.get(0)?, row.get(1)?, [row.get(2)?, row.get(3)?, row.get(4)?]));
    }
    for (device, reason, [dropped, first_at, last_at]) in empty {
        db.prepare_cached(sql::GROUP_TAKE_OVER)?
            .execute(params![reason, dropped, first_at, last_at])?;
        db.prepare_cached(sql::GROUP_DELETE)?.execute([device, reason])?;
    }
    Ok(())
}
