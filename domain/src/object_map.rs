//! Maps by object, which the way of a message asks many times.

use std::collections::{HashMap, HashSet};

use rustc_hash::FxBuildHasher;

use crate::ids::ObjectNo;

/// A map by object. The registry gives its keys out: nobody outside chooses them, so the hash need
/// not withstand chosen ones.
pub type ObjectMap<V> = HashMap<ObjectNo, V, FxBuildHasher>;

/// A set of objects.
pub type ObjectSet = HashSet<ObjectNo, FxBuildHasher>;
