//! Objects as the API shows them.

use domain::change::Latest;
use domain::property::{Property, property};

use super::device::device_view;
use crate::city_view::{CityView, Entry};
use crate::state::Documents;
use crate::view::{
    DatastreamView, InstallationView, MeasureLink, ObjectRow, ObjectView, PositionView, TextView,
    ValueView, display_unit, label, to_display,
};

/// An object of a list.
pub(crate) fn object_row(entry: &Entry) -> ObjectRow {
    let object = &entry.object;
    let place = entry.place();
    ObjectRow {
        id: object.id.to_string(),
        kind: object.kind.into(),
        name: object.name.clone(),
        community: object.community.to_string(),
        address: object.address.clone(),
        profile: entry.profile.as_ref().map(|p| p.id.to_string()),
        profile_title_uk: entry.profile.as_ref().map(|p| p.title_uk.clone()),
        profile_title_en: entry.profile.as_ref().map(|p| p.title_en.clone()),
        zone: entry.zone.clone(),
        lat: place.map(|p| p.lat),
        lon: place.map(|p| p.lon),
        state: entry.state,
        measured_at: entry.measured_at.map(Into::into),
        arrived_at: entry.arrived_at.map(Into::into),
        values: entry.key_values(),
        texts: entry.key_texts(),
        suspect: entry.is_suspect(),
        access: object.access.into(),
        simulated: object.simulated,
        measures: entry.measures.iter().map(ToString::to_string).collect(),
    }
}

/// The page of one object.
pub(crate) fn object_view(entry: &Entry, view: &CityView, documents: &Documents) -> ObjectView {
    let directory = view.directory();
    let installations = directory
        .installations(entry.object.no)
        .iter()
        .rev()
        .filter_map(|installation| {
            let device = directory.device(installation.device.as_str())?;
            Some(InstallationView {
                device: device_view(device, view, documents),
                from: installation.from.into(),
                until: installation.until.map(Into::into),
            })
        })
        .collect();
    let datastreams = directory
        .datastreams(entry.object.no)
        .iter()
        .filter_map(|d| property(d.property.as_str()))
        .map(|property| datastream_view(entry, property))
        .collect();
    let attributes = entry.texts.iter().filter_map(|(id, latest)| {
        let property = property(id.as_str())?;
        Some(TextView {
            property: property.id.to_owned(),
            title_uk: property.title_uk.to_owned(),
            title_en: property.title_en.to_owned(),
            text: latest.text.to_string(),
            measured_at: latest.time.into(),
        })
    });
    ObjectView {
        row: object_row(entry),
        supply_queue: entry.object.supply_queue.clone(),
        position: entry.position.map(|position| PositionView {
            lat: position.place.lat,
            lon: position.place.lon,
            measured_at: position.time.into(),
            suspect: position.suspect,
        }),
        installations,
        datastreams,
        attributes: attributes.collect(),
        measure_links: entry.measures.iter().map(|r| measure_link(r, documents)).collect(),
    }
}

fn datastream_view(entry: &Entry, property: &Property) -> DatastreamView {
    let field = entry
        .profile
        .as_ref()
        .and_then(|p| p.fields.iter().find(|f| f.property.as_str() == property.id));
    DatastreamView {
        property: property.id.to_owned(),
        title_uk: property.title_uk.to_owned(),
        title_en: property.title_en.to_owned(),
        kind: property.kind.into(),
        unit: label(property.canonical).to_owned(),
        display: display_unit(property),
        range: field.and_then(|f| f.range).map(|(low, high)| [low, high]),
        latest: entry.latest(property.id).map(|latest| value_view(latest, property)),
    }
}

/// A newest value.
pub(crate) fn value_view(latest: &Latest, property: &Property) -> ValueView {
    ValueView {
        value: latest.value,
        display_value: to_display(property).apply(latest.value),
        measured_at: latest.time.into(),
        arrived_at: latest.arrival.into(),
        quality: latest.quality.names().map(str::to_owned).collect(),
    }
}

fn measure_link(reference: &domain::MeasureRef, documents: &Documents) -> MeasureLink {
    let found = documents.measure(reference);
    MeasureLink {
        programme: reference.programme.to_string(),
        measure: reference.measure.to_string(),
        programme_title_uk: found.map(|(document, _)| document.programme.title_uk.clone()),
        measure_title_uk: found.and_then(|(_, row)| row.map(|m| m.title_uk.clone())),
        draft: found.is_some_and(|(document, _)| document.programme.is_draft()),
    }
}
