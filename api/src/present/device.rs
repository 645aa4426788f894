//! Devices as the API shows them.

use std::sync::Arc;

use domain::calendar::civil_date;
use domain::directory::DeviceEntry;
use domain::funding::{Share, Source};
use domain::profile::{Field, Kind, Profile};
use domain::property::{ValueKind, property};
use domain::topic::{Channel, Topic};

use crate::city_view::CityView;
use crate::state::Documents;
use crate::view::{
    DeviceView, FundingKind, FundingView, InstallationOfDevice, PassportView, StateWord,
};

/// What a gateway says of itself.
const ONLINE: &str = r#"{"state":"online"}"#;

/// State of a device: that of the object it sits on, as far as the device itself was heard there.
pub(crate) fn device_state(device: &DeviceEntry, view: &CityView) -> StateWord {
    if device.is_decommissioned() {
        return StateWord::Decommissioned;
    }
    if device.device.kind == Kind::Gateway {
        return gateway_state(device, view);
    }
    let Some(binding) = device.bindings.last().filter(|b| b.until.is_none()) else {
        return StateWord::OutOfService; // in the store room
    };
    let Some(entry) = view.entry(binding.object.no) else { return StateWord::NoData };
    let is_first =
        device.bindings.len() == 1 && view.directory().installations(binding.object.no).len() == 1;
    let was_heard = entry.measured_at.is_some_and(|at| is_first || at >= binding.from);
    let is_excused = matches!(
        entry.state,
        StateWord::DeEnergised | StateWord::Maintenance | StateWord::OutOfService
    );
    if was_heard || is_excused { entry.state } else { StateWord::NoData }
}

/// State of a gateway: the best one of the devices that it brings. Gateways behind it count not.
fn gateway_state(gateway: &DeviceEntry, view: &CityView) -> StateWord {
    let bound = view.directory().bound_to(gateway.device.id.as_str()).iter();
    let brings = |entry: &&Arc<DeviceEntry>| {
        entry.device.kind != Kind::Gateway && !entry.is_decommissioned()
    };
    let states = bound.filter(brings).map(|entry| device_state(entry, view));
    states.min().unwrap_or(StateWord::NoData)
}

/// A device with its papers; the tally is added where it is asked for.
pub(crate) fn device_view(
    device: &DeviceEntry,
    view: &CityView,
    documents: &Documents,
) -> DeviceView {
    let papers = &device.device;
    let stays = device.bindings.iter().rev().map(|b| InstallationOfDevice {
        object: b.object.id.to_string(),
        from: b.from.into(),
        until: b.until.map(Into::into),
    });
    let sits_on = device.bindings.last().filter(|b| b.until.is_none());
    let is_gateway = papers.kind == Kind::Gateway;
    let topic = Topic {
        community: papers.community.clone(),
        kind: papers.kind,
        device: papers.id.clone(),
        channel: if is_gateway { Channel::Status } else { Channel::Telemetry },
    };
    let passport = &papers.passport;
    DeviceView {
        id: papers.id.to_string(),
        community: papers.community.to_string(),
        kind: papers.kind.into(),
        profile: device.profile.id.to_string(),
        profile_title_uk: device.profile.title_uk.clone(),
        profile_title_en: device.profile.title_en.clone(),
        name: papers.name.clone(),
        funding: papers.funding.shares().iter().map(|s| funding_view(s, documents)).collect(),
        passport: PassportView {
            owner: passport.owner.clone(),
            responsible: passport.responsible.clone(),
            holder: passport.holder.clone(),
            contract: passport.contract.clone(),
            act: passport.act.clone(),
            price_kuah: passport.price_kuah,
            inventory_no: passport.inventory_no.clone(),
            serial: passport.serial.clone(),
            warranty_until: passport.warranty_until.clone(),
            verified_until: passport.verified_until.clone(),
        },
        commissioned_on: papers.commissioned_on.clone(),
        decommissioned_at: papers.decommissioned_at.map(Into::into),
        registered_at: papers.registered_at.into(),
        simulated: papers.simulated,
        gateway: device.gateway.as_ref().map(ToString::to_string),
        external_id: device.external_id.as_ref().map(ToString::to_string),
        state: device_state(device, view),
        object: sits_on.map(|b| b.object.id.to_string()),
        installations: stays.collect(),
        topic: topic.to_string(),
        sample: if is_gateway { ONLINE.to_owned() } else { sample(device) },
        speaks_for: None,
        tally: None,
    }
}

fn funding_view(share: &Share, documents: &Documents) -> FundingView {
    let (kind, title, reference) = match &share.source {
        Source::Measure(reference) => (FundingKind::Measure, None, Some(reference)),
        Source::Grant(name) => (FundingKind::Grant, Some(name.clone()), None),
        Source::Own(name) => (FundingKind::Own, Some(name.clone()), None),
        Source::Partner(name) => (FundingKind::Partner, Some(name.clone()), None),
    };
    let found = reference.and_then(|r| documents.measure(r));
    FundingView {
        kind,
        source: share.source.to_string(),
        title: title.or_else(|| found.and_then(|(_, row)| row.map(|m| m.title_uk.clone()))),
        programme: reference.map(|r| r.programme.to_string()),
        measure: reference.map(|r| r.measure.to_string()),
        draft: found.is_some_and(|(document, _)| document.programme.is_draft()),
        share: share.share,
    }
}

/// A message that the profile understands: its first fields with values inside of their ranges.
fn sample(device: &DeviceEntry) -> String {
    let values: Vec<String> = device
        .profile
        .fields
        .iter()
        .take(4)
        .map(|field| format!("{:?}:{}", field.name, sample_value(field, &device.profile)))
        .collect();
    let day = civil_date(device.device.registered_at);
    format!("{{\"ts\":\"{day}T12:00:00+02:00\",\"values\":{{{}}}}}", values.join(","))
}

fn sample_value(field: &Field, profile: &Profile) -> String {
    match property(field.property.as_str()).map(|p| p.kind) {
        Some(ValueKind::Boolean) => "false".to_owned(),
        Some(ValueKind::Text) => format!("{:?}", profile.id.as_str()),
        _ => {
            let (low, high) = field.range.unwrap_or((0.0, 100.0));
            // Back from the canonical unit to the one the device sends.
            let canonical = low + (high - low) / 8.0;
            let sent = (canonical - field.conversion.offset) / field.conversion.factor;
            format!("{}", (sent * 10.0).round() / 10.0)
        }
    }
}
