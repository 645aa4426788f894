//! The filter that lists of devices and objects share.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::view::{KindWord, StateWord};

/// Which rows, and which page of them.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only of this kind.
    #[serde(default)]
    pub kind: Option<KindWord>,
    /// Only in this zone.
    #[serde(default)]
    pub zone: Option<String>,
    /// Only what this measure paid for: `odesa-city-2024/4.2.1`, or a whole programme.
    #[serde(default)]
    pub measure: Option<String>,
    /// Only in this state.
    #[serde(default)]
    pub state: Option<StateWord>,
    /// Only of this community.
    #[serde(default)]
    pub community: Option<String>,
    /// Words that stand in id, name, address (old street names too), zone, route or run.
    #[serde(default)]
    pub q: Option<String>,
    /// Only rows after this id: `meta.next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// Rows of a page, at most 1000; left out: 100.
    #[serde(default)]
    pub limit: Option<usize>,
}
