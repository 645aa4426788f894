//! What a city is: typed identifiers, profiles, objects and devices, observations, and the pure
//! rules over them. No clock, file, socket, environment or random number is read here: time is an
//! argument (invariant I1), and core types carry no serialisation (I8).

pub mod calendar;
pub mod capture;
pub mod change;
pub mod city;
pub mod directory;
pub mod elements;
pub mod evidence;
pub mod freshness;
pub mod funding;
pub mod ids;
pub mod intake;
pub mod limits;
pub mod object_map;
pub mod observation;
pub mod place;
pub mod position;
pub mod profile;
pub mod programme;
pub mod programme_check;
pub mod property;
pub mod quality;
pub mod registry;
pub mod search;
pub mod time;
pub mod topic;
pub mod trial;
pub mod unit;

pub use ids::{
    CommunityId, DeviceId, ExternalId, MeasureId, MeasureRef, ObjectId, ObjectNo, OrganisationId,
    ProfileId, ProgrammeId, PropertyId, ZoneId,
};
pub use object_map::{ObjectMap, ObjectSet};
pub use observation::{Cell, DatastreamId, Outcome, Quality, Row};
pub use time::Timestamp;
