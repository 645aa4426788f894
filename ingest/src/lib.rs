//! From a gateway to the commit and the acknowledgement.

pub mod codec;
