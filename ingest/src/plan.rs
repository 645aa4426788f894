//! How a profile's fields are read: found once for each edition of a profile, so that the hot path
//! compares names and nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use domain::ProfileId;
use domain::profile::Profile;
use domain::property::{ValueKind, property};

/// What a field means to the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A number.
    Number,
    /// A state, 0 or 1.
    Boolean,
    /// Latitude, checked together with the longitude.
    Latitude,
    /// Longitude.
    Longitude,
    /// A text.
    Text,
    /// The measuring status, a text that decides about the numbers.
    Status,
}

/// A profile with the role of each of its fields, in their order.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) profile: Arc<Profile>,
    pub(crate) roles: Vec<Role>,
}

impl Plan {
    fn new(profile: Arc<Profile>) -> Self {
        let role = |name: &str| match (name, property(name).map(|p| p.kind)) {
            ("lat", _) => Role::Latitude,
            ("lon", _) => Role::Longitude,
            ("status", _) => Role::Status,
            (_, Some(ValueKind::Boolean)) => Role::Boolean,
            (_, Some(ValueKind::Text)) => Role::Text,
            _ => Role::Number,
        };
        let roles = profile.fields.iter().map(|f| role(f.property.as_str())).collect();
        Self { profile, roles }
    }

    /// The place of a field among the profile's.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.profile.fields.iter().position(|f| f.name == name)
    }

    /// The place of the field of a role.
    pub(crate) fn of_role(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|r| *r == role)
    }

    /// Has the profile texts?
    pub(crate) fn has_texts(&self) -> bool {
        self.roles.iter().any(|r| matches!(r, Role::Text | Role::Status))
    }
}

/// The plans of the profiles that were met.
#[derive(Debug, Default)]
pub(crate) struct Plans(HashMap<ProfileId, Arc<Plan>>);

impl Plans {
    /// The plan of a profile, made anew when its edition changed.
    pub(crate) fn of(&mut self, profile: &Arc<Profile>) -> Arc<Plan> {
        match self.0.get(&profile.id) {
            Some(plan) if Arc::ptr_eq(&plan.profile, profile) => Arc::clone(plan),
            _ => {
                let plan = Arc::new(Plan::new(Arc::clone(profile)));
                self.0.insert(profile.id.clone(), Arc::clone(&plan));
                plan
            }
        }
    }
}
