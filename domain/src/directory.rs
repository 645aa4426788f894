//! The directory: an in-memory snapshot of the registry, swapped whole, that answers which object
//! and which datastream a device's field belongs to at a moment.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use crate::ids::{DeviceId, ExternalId, ObjectId, ObjectNo, ProfileId};
use crate::object_map::ObjectMap;
use crate::profile::{Kind, Profile};
use crate::registry::{Datastream, Device, Installation, Object};
use crate::time::Timestamp;

/// A device on an object with the slots of its fields.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The object.
    pub object: Arc<Object>,
    /// From this moment on.
    pub from: Timestamp,
    /// Until this moment, exclusive.
    pub until: Option<Timestamp>,
    /// Does it answer for the time before `from`, too? Only when it is the first installation of
    /// the device and of the object: otherwise another device sat there then, and its readings
    /// are not to be corrected by those of a spare.
    pub reaches_back: bool,
    /// For each field of the profile, in its order, the slot in the object's rows; `None` for
    /// texts, which are attributes.
    pub slots: Arc<[Option<u16>]>,
}

/// All that the hot path asks about a device.
#[derive(Clone, Debug)]
pub struct DeviceEntry {
    /// The device.
    pub device: Device,
    /// Its profile.
    pub profile: Arc<Profile>,
    /// SHA-256 of its token; `None`: no token was given yet, nobody gets in.
    pub token_sha256: Option<[u8; 32]>,
    /// Its installations, oldest first.
    pub bindings: Vec<Binding>,
    /// The gateway that may speak for it (a lighting cabinet, a `LoRaWAN` server).
    pub gateway: Option<DeviceId>,
    /// The name under which a foreign format knows it.
    pub external_id: Option<ExternalId>,
}

impl DeviceEntry {
    /// Where the device sat at `time`. Before its first installation the first one answers, if it
    /// [reaches back](Binding::reaches_back): a device's backlog may begin before its papers do.
    pub fn binding_at(&self, time: Timestamp) -> Option<&Binding> {
        self.bindings
            .iter()
            .rev()
            .find(|b| b.from <= time && b.until.is_none_or(|until| time < until))
            .or_else(|| self.bindings.first().filter(|b| b.reaches_back && time < b.from))
    }

    /// Refused at the broker, history kept.
    pub fn is_decommissioned(&self) -> bool {
        self.device.decommissioned_at.is_some()
    }
}

/// What the directory is made of, as the registry reads it.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Number of the registry's last change.
    pub version: u64,
    /// Profiles, newest edition of each.
    pub profiles: Vec<Profile>,
    /// Objects.
    pub objects: Vec<Object>,
    /// Devices with the SHA-256 of their token and the gateway that speaks for them.
    pub devices: Vec<(Device, Option<[u8; 32]>, Option<DeviceId>)>,
    /// Names under which foreign formats know devices.
    pub external_ids: HashMap<DeviceId, ExternalId>,
    /// Installations.
    pub installations: Vec<Installation>,
    /// Datastreams.
    pub datastreams: Vec<Datastream>,
}

/// The snapshot.
#[derive(Debug, Default)]
pub struct Directory {
    version: u64,
    profiles: HashMap<ProfileId, Arc<Profile>>,
    objects: ObjectMap<Arc<Object>>,
    numbers: HashMap<ObjectId, ObjectNo>,
    devices: HashMap<DeviceId, Arc<DeviceEntry>>,
    by_external_id: HashMap<ExternalId, Arc<DeviceEntry>>,
    by_token: HashMap<[u8; 32], Arc<DeviceEntry>>,
    bound: HashMap<DeviceId, Vec<Arc<DeviceEntry>>>,
    datastreams: ObjectMap<Arc<[Datastream]>>,
    installations: ObjectMap<Arc<[Installation]>>,
}

impl Directory {
    /// Builds the snapshot. A device whose profile is not among the parts is left out, and so is
    /// an installation on an unknown object: the registry's foreign keys do not let them be.
    pub fn new(mut parts: Parts) -> Self {
        let profiles: HashMap<_, _> =
            parts.profiles.into_iter().map(|p| (p.id.clone(), Arc::new(p))).collect();
        let objects: ObjectMap<_> =
            parts.objects.into_iter().map(|o| (o.no, Arc::new(o))).collect();
        let numbers = objects.values().map(|o| (o.id.clone(), o.no)).collect();
        parts.datastreams.sort_by_key(|d| d.object);
        let datastreams = grouped(&parts.datastreams, |d| d.object);
        parts.installations.sort_by_key(|i| (i.object, i.from));
        let installations = grouped(&parts.installations, |i| i.object);
        parts.installations.sort_by(|a, b| a.device.cmp(&b.device).then(a.from.cmp(&b.from)));
        let by_device: HashMap<DeviceId, _> = grouped(&parts.installations, |i| i.device.clone());
        let devices: HashMap<DeviceId, Arc<DeviceEntry>> = parts
            .devices
            .into_iter()
            .filter_map(|(device, token_sha256, gateway)| {
                let profile = Arc::clone(profiles.get(&device.profile)?);
                let of_device = by_device.get(&device.id).into_iter().flat_map(|all| all.iter());
                let mut bindings: Vec<_> =
                    of_device.filter_map(|i| bind(i, &profile, &objects, &datastreams)).collect();
                bindings.shrink_to_fit();
                if let Some(binding) = bindings.first_mut() {
                    let of_object = installations.get(&binding.object.no);
                    binding.reaches_back = of_object
                        .and_then(|of_object| of_object.first())
                        .is_some_and(|first| first.device == device.id);
                }
                let external_id = parts.external_ids.remove(&device.id);
                let entry =
                    DeviceEntry { device, profile, token_sha256, bindings, gateway, external_id };
                Some((entry.device.id.clone(), Arc::new(entry)))
            })
            .collect();
        Self {
            version: parts.version,
            by_external_id: by_external_id(&devices),
            by_token: by_token(&devices),
            bound: bound(&devices),
            profiles,
            objects,
            numbers,
            devices,
            datastreams,
            installations,
        }
    }

    /// Number of the registry's last change that is in it.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// A device.
    pub fn device(&self, id: &str) -> Option<&Arc<DeviceEntry>> {
        self.devices.get(id)
    }

    /// The device that a foreign format knows under this name; one in operation, if there is one.
    pub fn device_by_external_id(&self, id: &str) -> Option<&Arc<DeviceEntry>> {
        self.by_external_id.get(id)
    }

    /// The device in operation whose token has this SHA-256.
    pub fn device_by_token(&self, sha256: &[u8; 32]) -> Option<&Arc<DeviceEntry>> {
        self.by_token.get(sha256)
    }

    /// May this device speak for others?
    pub fn is_gateway(&self, id: &str) -> bool {
        let is_one = |entry: &Arc<DeviceEntry>| entry.device.kind == Kind::Gateway;
        self.bound.contains_key(id) || self.device(id).is_some_and(is_one)
    }

    /// The devices for which this one may speak, in no order.
    pub fn bound_to(&self, id: &str) -> &[Arc<DeviceEntry>] {
        self.bound.get(id).map_or(&[], Vec::as_slice)
    }

    /// All devices, in no order.
    pub fn devices(&self) -> impl ExactSizeIterator<Item = &Arc<DeviceEntry>> {
        self.devices.values()
    }

    /// An object by its number.
    pub fn object(&self, no: ObjectNo) -> Option<&Arc<Object>> {
        self.objects.get(&no)
    }

    /// An object by its id.
    pub fn object_by_id(&self, id: &str) -> Option<&Arc<Object>> {
        self.numbers.get(id).and_then(|no| self.objects.get(no))
    }

    /// All objects, in no order.
    pub fn objects(&self) -> impl ExactSizeIterator<Item = &Arc<Object>> {
        self.objects.values()
    }

    /// A profile.
    pub fn profile(&self, id: &str) -> Option<&Arc<Profile>> {
        self.profiles.get(id)
    }

    /// All profiles, in no order.
    pub fn profiles(&self) -> impl ExactSizeIterator<Item = &Arc<Profile>> {
        self.profiles.values()
    }

    /// Datastreams of an object.
    pub fn datastreams(&self, object: ObjectNo) -> &[Datastream] {
        self.datastreams.get(&object).map_or(&[], |of_object| of_object)
    }

    /// Datastreams of an object, for whoever keeps them.
    pub fn shared_datastreams(&self, object: ObjectNo) -> Arc<[Datastream]> {
        self.datastreams.get(&object).cloned().unwrap_or_default()
    }

    /// The slot of a property in an object's rows.
    pub fn slot(&self, object: ObjectNo, property: &str) -> Option<u16> {
        self.datastreams(object).iter().find(|d| d.property.as_str() == property).map(|d| d.slot)
    }

    /// Which devices sat on an object, oldest first.
    pub fn installations(&self, object: ObjectNo) -> &[Installation] {
        self.installations.get(&object).map_or(&[], |of_object| of_object)
    }

    /// The profiles of all devices that ever sat on an object.
    pub fn profiles_on(&self, object: ObjectNo) -> impl Iterator<Item = &Profile> {
        let devices = self.installations(object).iter().map(|i| i.device.as_str());
        devices.filter_map(|device| self.devices.get(device)).map(|entry| &*entry.profile)
    }
}

/// What lies side by side under one key.
fn grouped<T: Clone, K: Eq + Hash, S: BuildHasher + Default>(
    sorted: &[T],
    key: impl Fn(&T) -> K,
) -> HashMap<K, Arc<[T]>, S> {
    sorted.chunk_by(|a, b| key(a) == key(b)).map(|group| (key(&group[0]), group.into())).collect()
}

fn by_external_id(
    devices: &HashMap<DeviceId, Arc<DeviceEntry>>,
) -> HashMap<ExternalId, Arc<DeviceEntry>> {
    let mut named: HashMap<ExternalId, Arc<DeviceEntry>> = HashMap::new();
    for entry in devices.values() {
        let Some(id) = &entry.external_id else { continue };
        if named.get(id).is_none_or(|known| known.is_decommissioned()) {
            named.insert(id.clone(), Arc::clone(entry));
        }
    }
    named
}

fn bound(
    devices: &HashMap<DeviceId, Arc<DeviceEntry>>,
) -> HashMap<DeviceId, Vec<Arc<DeviceEntry>>> {
    let mut bound: HashMap<DeviceId, Vec<Arc<DeviceEntry>>> = HashMap::new();
    for entry in devices.values() {
        let Some(gateway) = &entry.gateway else { continue };
        bound.entry(gateway.clone()).or_default().push(Arc::clone(entry));
    }
    bound
}

fn by_token(devices: &HashMap<DeviceId, Arc<DeviceEntry>>) -> HashMap<[u8; 32], Arc<DeviceEntry>> {
    let in_operation = devices.values().filter(|entry| !entry.is_decommissioned());
    in_operation.filter_map(|entry| Some((entry.token_sha256?, Arc::clone(entry)))).collect()
}

fn bind(
    installation: &Installation,
    profile: &Profile,
    objects: &ObjectMap<Arc<Object>>,
    datastreams: &ObjectMap<Arc<[Datastream]>>,
) -> Option<Binding> {
    let object = Arc::clone(objects.get(&installation.object)?);
    let of_object = datastreams.get(&object.no).map_or(&[][..], |of_object| of_object);
    let slots = profile
        .fields
        .iter()
        .map(|f| of_object.iter().find(|d| d.property == f.property).map(|d| d.slot))
        .collect();
    let (from, until) = (installation.from, installation.until);
    Some(Binding { object, from, until, reaches_back: false, slots })
}
