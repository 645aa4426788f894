//! The messages of Sparkplug B as far as Obrii reads them, by the field numbers of its
//! specification. Data sets, templates and extensions are kept as bytes: nothing of them is read.

use prost::{Message, Oneof};

/// A payload.
#[derive(Clone, PartialEq, Message)]
pub struct Payload {
    /// When it was sent, milliseconds since 1970.
    #[prost(uint64, optional, tag = "1")]
    pub timestamp: Option<u64>,
    /// The metrics.
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
    /// Its place in the session, 0 to 255.
    #[prost(uint64, optional, tag = "3")]
    pub seq: Option<u64>,
}

/// A metric: in a birth with name and type, afterwards often with its alias only.
#[derive(Clone, PartialEq, Message)]
pub struct Metric {
    /// Its name.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// The number that stands for its name.
    #[prost(uint64, optional, tag = "2")]
    pub alias: Option<u64>,
    /// When it was measured, milliseconds since 1970.
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
    /// Its type.
    #[prost(uint32, optional, tag = "4")]
    pub datatype: Option<u32>,
    /// It has no value.
    #[prost(bool, optional, tag = "7")]
    pub is_null: Option<bool>,
    /// What else is said of it.
    #[prost(message, optional, tag = "9")]
    pub properties: Option<Properties>,
    /// Its value.
    #[prost(oneof = "Held", tags = "10, 11, 12, 13, 14, 15, 16, 17, 18, 19")]
    pub value: Option<Held>,
}

/// A value as it travels.
#[derive(Clone, PartialEq, Oneof)]
pub enum Held {
    /// Whole numbers of up to 32 bits, negative ones in two's complement.
    #[prost(uint32, tag = "10")]
    Int(u32),
    /// Whole numbers of 64 bits, and times.
    #[prost(uint64, tag = "11")]
    Long(u64),
    /// A number.
    #[prost(float, tag = "12")]
    Float(f32),
    /// A number.
    #[prost(double, tag = "13")]
    Double(f64),
    /// A truth.
    #[prost(bool, tag = "14")]
    Boolean(bool),
    /// A text.
    #[prost(string, tag = "15")]
    Text(String),
    /// Bytes, a file, or an array.
    #[prost(bytes = "vec", tag = "16")]
    Bytes(Vec<u8>),
    /// A data set.
    #[prost(bytes = "vec", tag = "17")]
    DataSet(Vec<u8>),
    /// A template.
    #[prost(bytes = "vec", tag = "18")]
    Template(Vec<u8>),
    /// An extension.
    #[prost(bytes = "vec", tag = "19")]
    Extension(Vec<u8>),
}

/// Properties of a metric: keys and, in the same order, their values.
#[derive(Clone, PartialEq, Message)]
pub struct Properties {
    /// The keys.
    #[prost(string, repeated, tag = "1")]
    pub keys: Vec<String>,
    /// The values.
    #[prost(message, repeated, tag = "2")]
    pub values: Vec<Property>,
}

/// The value of a property, as far as it is a whole number.
#[derive(Clone, PartialEq, Message)]
pub struct Property {
    /// The number.
    #[prost(uint32, optional, tag = "3")]
    pub int: Option<u32>,
}
