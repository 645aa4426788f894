//! What an export holds: the objects in their order, the properties, the time; checked before any
//! of it is read.

use std::collections::BTreeSet;

use domain::calendar::civil_date;
use domain::capture::Span;
use domain::directory::Directory;
use domain::property::{PROPERTIES, Property, ValueKind, property};
use domain::search::natural_cmp;
use domain::{ObjectNo, Timestamp};

use crate::problem::{Code, Problem};
use crate::view::{ExportFormatWord, Moment};

/// A checked selection.
#[derive(Debug)]
pub(crate) struct Choice {
    /// Objects in the natural order of their ids. Numbers, not papers: those of the registry's
    /// newest state count when the file is read.
    pub(super) objects: Vec<ObjectNo>,
    /// `None`: all that each object has.
    pub(super) properties: Option<Vec<&'static Property>>,
    pub(super) span: Span,
    pub(super) format: ExportFormatWord,
    /// Datastreams when it was made.
    pub(super) datastreams: u64,
    pub(super) simulated: bool,
    /// The file's name.
    pub(super) name: String,
}

/// Objects that were chosen, and a word for them in the file's name.
#[derive(Debug)]
pub(crate) struct Named {
    /// The objects.
    pub(crate) objects: Vec<ObjectNo>,
    /// The kind or the community that they have in common; empty: nothing.
    pub(crate) word: String,
}

impl Choice {
    /// Checks what was asked for. May take a while with many objects.
    pub(crate) fn new(
        Named { mut objects, word }: Named,
        asked: &[String],
        (from, to): (Moment, Moment),
        format: ExportFormatWord,
        directory: &Directory,
    ) -> Result<Self, Problem> {
        let span = span(from.0, to.0)?;
        let id = |no: &ObjectNo| directory.object(*no).map_or("", |object| object.id.as_str());
        objects.sort_by(|a, b| natural_cmp(id(a), id(b)));
        objects.dedup();
        let Some(first) = objects.first() else {
            let detail = "no object fits the selection, expected at least one";
            return Err(Problem::bad_request(detail));
        };
        let properties = properties(asked, &objects, directory)?;
        let datastreams = datastreams(&objects, properties.as_deref(), directory);
        let mut papers = objects.iter().filter_map(|no| directory.object(*no));
        let simulated = papers.any(|object| object.simulated);
        let what = match objects.len() {
            1 => id(first).to_owned(),
            several if word.is_empty() => format!("{several}-objects"),
            several => format!("{word}-{several}-objects"),
        };
        let demo = if simulated { "demo-" } else { "" };
        let (first_day, last_day) = (civil_date(span.from), civil_date(span.to.plus_ms(-1)));
        let end = match format {
            ExportFormatWord::Csv => "csv",
            ExportFormatWord::Jsonl => "jsonl",
        };
        let name = format!("{demo}{what}_{first_day}_{last_day}.{end}");
        Ok(Self { objects, properties, span, format, datastreams, simulated, name })
    }

    /// The file's name, which is plain ASCII, and its media type.
    pub(crate) fn file(&self) -> (&str, &'static str) {
        let content_type = match self.format {
            ExportFormatWord::Csv => "text/csv; charset=utf-8; header=present",
            ExportFormatWord::Jsonl => "application/x-ndjson",
        };
        (&self.name, content_type)
    }
}

fn span(from: Timestamp, to: Timestamp) -> Result<Span, Problem> {
    if from >= to {
        let detail = format!("from is {from}, expected a time before to, which is {to}");
        return Err(Problem::bad_request(detail));
    }
    Ok(Span { from, to })
}

/// The properties asked for, in the order of exports; each of them at least one object has.
fn properties(
    asked: &[String],
    objects: &[ObjectNo],
    directory: &Directory,
) -> Result<Option<Vec<&'static Property>>, Problem> {
    if asked.is_empty() {
        return Ok(None);
    }
    let held: BTreeSet<&str> =
        objects.iter().flat_map(|no| held_of(*no, None, directory)).map(|p| p.id).collect();
    if let Some(id) = asked.iter().find(|id| !held.contains(id.as_str())) {
        let known = PROPERTIES.iter().map(|p| p.id).filter(|id| held.contains(id));
        let expected = known.collect::<Vec<_>>().join(", ");
        let detail = format!("no object of the selection has `{id}`, expected some of {expected}");
        return Err(Problem::unknown(Code::UnknownProperty, detail, id));
    }
    Ok(Some(PROPERTIES.iter().filter(|p| asked.iter().any(|id| id == p.id)).collect()))
}

/// How many there are, texts among them.
pub(super) fn datastreams(
    objects: &[ObjectNo],
    wanted: Option<&[&'static Property]>,
    directory: &Directory,
) -> u64 {
    objects.iter().map(|no| held_of(*no, wanted, directory).len() as u64).sum()
}

/// The properties of an object that are wanted, in the order of exports. Texts have no datastream
/// in the registry: an object has those of its devices' profiles.
pub(super) fn held_of(
    no: ObjectNo,
    wanted: Option<&[&'static Property]>,
    directory: &Directory,
) -> Vec<&'static Property> {
    let numbers = directory.datastreams(no).iter().map(|d| d.property.as_str());
    let fields = directory.profiles_on(no).flat_map(|profile| &profile.fields);
    let is_text = |p: &&Property| p.kind == ValueKind::Text;
    let texts = fields.filter_map(|f| property(f.property.as_str()).filter(is_text));
    let held: BTreeSet<&str> = numbers.chain(texts.map(|p| p.id)).collect();
    let all = PROPERTIES.iter().filter(|p| held.contains(p.id));
    all.filter(|p| wanted.is_none_or(|wanted| wanted.iter().any(|w| w.id == p.id))).collect()
}
