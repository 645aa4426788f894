//! From the store to people and programs: HTTP, the live stream, exports.

mod extract;
mod handler;
mod problem;
mod router;
mod state;
pub mod view;

pub use router::openapi;
