//! Programmes in the registry. What a document says is kept by edition; an import that says the
//! same as before changes nothing, one that says something else becomes the next edition.

use std::collections::HashMap;

use domain::programme::{Document, Level, Measure, Programme, StatedTotal};
use domain::{MeasureId, MeasureRef, ProgrammeId, Timestamp};
use rusqlite::{Connection, params};

use super::{Registry, RegistryError, rows, sql};

/// What an import of programmes did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Programmes that were not there before.
    pub new: Vec<ProgrammeId>,
    /// Programmes of which the documents now say something else: a new edition.
    pub changed: Vec<ProgrammeId>,
    /// Programmes of which the documents say the same as before.
    pub unchanged: Vec<ProgrammeId>,
    /// Measures that devices are bound to and that their programme's newest edition lacks.
    pub orphaned: Vec<MeasureRef>,
}

impl Registry {
    /// Imports programmes, all or none.
    pub fn import_programmes(
        &self,
        documents: &[Document],
        now: Timestamp,
    ) -> Result<Imported, RegistryError> {
        self.database.write(|db| {
            let in_force: HashMap<ProgrammeId, (i64, Document)> =
                read(db)?.into_iter().map(|(e, d)| (d.programme.id.clone(), (e, d))).collect();
            let mut imported = Imported::default();
            for document in documents {
                let id = &document.programme.id;
                let edition = match in_force.get(id) {
                    Some((_, same)) if same == document => {
                        imported.unchanged.push(id.clone());
                        continue;
                    }
                    Some((edition, _)) => {
                        imported.changed.push(id.clone());
                        edition + 1
                    }
                    None => {
                        imported.new.push(id.clone());
                        1
                    }
                };
                write(db, document, edition, now)?;
            }
            imported.orphaned = orphaned(db)?;
            Ok(imported)
        })
    }

    /// The newest edition of each programme, by id.
    pub fn programmes(&self) -> Result<Vec<Document>, RegistryError> {
        self.database.read(|db| Ok(read(db)?.into_iter().map(|(_, document)| document).collect()))
    }

    /// The newest edition of one programme.
    pub fn programme(&self, id: &ProgrammeId) -> Result<Option<Document>, RegistryError> {
        Ok(self.programmes()?.into_iter().find(|d| d.programme.id == *id))
    }
}

fn write(
    db: &Connection,
    document: &Document,
    edition: i64,
    now: Timestamp,
) -> Result<(), RegistryError> {
    let programme = &document.programme;
    let id = programme.id.as_str();
    db.execute(sql::COMMUNITY_ADD, [programme.community.as_str()])?;
    db.execute(sql::PROGRAMME_ADD, [id])?;
    db.execute(
        sql::PROGRAMME_EDITION_ADD,
        params![
            id,
            edition,
            now.millis(),
            programme.community.as_str(),
            programme.title_uk,
            programme.authority_uk,
            programme.years.0,
            programme.years.1,
            programme.status,
            programme.source_document,
        ],
    )?;
    for (position, measure) in document.measures.iter().enumerate() {
        write_measure(db, measure, edition, position as i64)?;
    }
    for (position, total) in document.totals.iter().enumerate() {
        let position = position as i64;
        db.execute(
            sql::STATED_TOTAL_ADD,
            params![id, edition, position, total.source_uk, total.total_kuah, total.source_line],
        )?;
        for (year_no, stated) in total.by_year.iter().enumerate() {
            db.execute(
                sql::STATED_TOTAL_YEAR_ADD,
                params![id, edition, position, year_no as i64, stated],
            )?;
        }
    }
    Ok(())
}

fn write_measure(
    db: &Connection,
    measure: &Measure,
    edition: i64,
    position: i64,
) -> Result<(), RegistryError> {
    let (programme, id) = (measure.programme.as_str(), measure.id.as_str());
    db.prepare_cached(sql::MEASURE_ADD)?.execute([programme, id])?;
    db.prepare_cached(sql::MEASURE_EDITION_ADD)?.execute(params![
        programme,
        edition,
        id,
        position,
        measure.parent.as_ref().map(MeasureId::as_str),
        measure.level.as_str(),
        measure.title_uk,
        measure.executor_uk,
        measure.funding_source_uk,
        measure.years.map(|y| y.0),
        measure.years.map(|y| y.1),
        measure.stated_total_kuah,
        measure.telemetry_kind,
        measure.indicator_unit_uk,
        measure.indicator_total,
        measure.source_line,
    ])?;
    let mut add = db.prepare_cached(sql::FUNDING_YEAR_ADD)?;
    for (year, stated) in &measure.stated_by_year {
        add.execute(params![programme, edition, id, year, stated])?;
    }
    Ok(())
}

/// The editions in force, by id of the programme.
fn read(db: &Connection) -> Result<Vec<(i64, Document)>, RegistryError> {
    let mut statement = db.prepare_cached(sql::PROGRAMMES)?;
    let mut found = statement.query([])?;
    let mut documents = Vec::new();
    while let Some(row) = found.next()? {
        let programme = Programme {
            id: rows::parsed(row, 0)?,
            community: rows::parsed(row, 2)?,
            title_uk: row.get(3)?,
            authority_uk: row.get(4)?,
            years: (row.get(5)?, row.get(6)?),
            status: row.get(7)?,
            source_document: row.get(8)?,
        };
        let edition = row.get(1)?;
        let measures = measures(db, &programme.id, edition)?;
        let totals = totals(db, &programme.id, edition)?;
        documents.push((edition, Document { programme, measures, totals }));
    }
    Ok(documents)
}

fn measures(
    db: &Connection,
    programme: &ProgrammeId,
    edition: i64,
) -> Result<Vec<Measure>, RegistryError> {
    let mut years: HashMap<String, Vec<(i32, f64)>> = HashMap::new();
    let mut statement = db.prepare_cached(sql::FUNDING_YEARS)?;
    let mut found = statement.query(params![programme.as_str(), edition])?;
    while let Some(row) = found.next()? {
        years.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
    }
    let mut statement = db.prepare_cached(sql::MEASURES)?;
    let mut found = statement.query(params![programme.as_str(), edition])?;
    let mut measures = Vec::new();
    while let Some(row) = found.next()? {
        let id: MeasureId = rows::parsed(row, 0)?;
        let from: Option<i32> = row.get(6)?;
        measures.push(Measure {
            programme: programme.clone(),
            parent: rows::parsed_or_none(row, 1)?,
            level: rows::word(row, 2, Level::parse)?,
            title_uk: row.get(3)?,
            executor_uk: row.get(4)?,
            funding_source_uk: row.get(5)?,
            years: from.zip(row.get(7)?),
            stated_total_kuah: row.get(8)?,
            telemetry_kind: row.get(9)?,
            indicator_unit_uk: row.get(10)?,
            indicator_total: row.get(11)?,
            source_line: row.get(12)?,
            stated_by_year: years.remove(id.as_str()).unwrap_or_default(),
            id,
        });
    }
    Ok(measures)
}

fn totals(
    db: &Connection,
    programme: &ProgrammeId,
    edition: i64,
) -> Result<Vec<StatedTotal>, RegistryError> {
    let mut statement = db.prepare_cached(sql::STATED_TOTALS)?;
    let mut found = statement.query(params![programme.as_str(), edition])?;
    let mut totals = Vec::new();
    while let Some(row) = found.next()? {
        let position: i64 = row.get(0)?;
        let mut years = db.prepare_cached(sql::STATED_TOTAL_YEARS)?;
        let by_year = years
            .query_map(params![programme.as_str(), edition, position], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        totals.push(StatedTotal {
            programme: programme.clone(),
            source_uk: row.get(1)?,
            total_kuah: row.get(2)?,
            by_year,
            source_line: row.get(3)?,
        });
    }
    Ok(totals)
}

fn orphaned(db: &Connection) -> Result<Vec<MeasureRef>, RegistryError> {
    let mut statement = db.prepare_cached(sql::MEASURES_ORPHANED)?;
    let mut found = statement.query([])?;
    let mut orphaned = Vec::new();
    while let Some(row) = found.next()? {
        let (programme, measure) = (rows::parsed(row, 0)?, rows::parsed(row, 1)?);
        orphaned.push(MeasureRef { programme, measure });
    }
    Ok(orphaned)
}
