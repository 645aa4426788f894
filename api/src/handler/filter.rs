//! The filter that lists of devices and objects share.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::view::{KindWord, StateWord};

/// Which rows, and which page of them.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only of this kind.
    #[serde(default)]
    pub(crate) kind: Option<KindWord>,
    /// Only in this zone.
    #[serde(default)]
    pub(crate) zone: Option<String>,
    /// Only what this measure paid for: `odesa-city-2024/4.2.1`, or a whole programme.
    #[serde(default)]
    pub(crate) measure: Option<String>,
    /// Only in this state.
    #[serde(default)]
    pub(crate) state: Option<StateWord>,
    /// Only of this community.
    #[serde(default)]
    pub(crate) community: Option<String>,
    /// Words that stand in id, name, address (old street names too), zone, route or run.
    #[serde(default)]
    pub(crate) q: Option<String>,
    /// Only rows after this id: `meta.next` of the page before.
    #[serde(default)]
    pub(crate) after: Option<String>,
    /// Rows of a page, at most 1000; left out: 100.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}

/// Which objects, all of them at once: of the map, of a bulk export.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MapFilter {
    /// Only of this kind.
    #[serde(default)]
    pub(crate) kind: Option<KindWord>,
    /// Only in this zone.
    #[serde(default)]
    pub(crate) zone: Option<String>,
    /// Only what this measure paid for: `odesa-city-2024/4.2.1`, or a whole programme.
    #[serde(default)]
    pub(crate) measure: Option<String>,
    /// Only in this state.
    #[serde(default)]
    pub(crate) state: Option<StateWord>,
    /// Only of this community.
    #[serde(default)]
    pub(crate) community: Option<String>,
    /// Words that stand in id, name, address (old street names too), zone, route or run.
    #[serde(default)]
    pub(crate) q: Option<String>,
}

impl From<MapFilter> for Filter {
    fn from(filter: MapFilter) -> Self {
        let MapFilter { kind, zone, measure, state, community, q } = filter;
        Self { kind, zone, measure, state, community, q, ..Self::default() }
    }
}
