//! How domain values become the shapes of the API.

mod device;
mod object;
mod programme;

pub(crate) use device::{device_state, device_view};
pub(crate) use object::{object_row, object_view, value_view};
pub(crate) use programme::{
    MeasureTree, counts, disagreement_view, measure_row, note_view, programme_view, total_view,
};
