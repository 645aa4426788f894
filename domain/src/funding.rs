//! Who paid for a device: one or several sources with shares. Every device has one (promise 5).

use std::fmt;
use std::str::FromStr;

use crate::ids::MeasureRef;

/// A source of money.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A measure of a budget programme: `odesa-city-2024/4.2.1`.
    Measure(MeasureRef),
    /// A named grant: `grant:EGAP`.
    Grant(String),
    /// The balance of its owner: `own:…`.
    Own(String),
    /// A device of a partner: `partner:…`.
    Partner(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Measure(measure) => measure.fmt(f),
            Self::Grant(name) => write!(f, "grant:{name}"),
            Self::Own(name) => write!(f, "own:{name}"),
            Self::Partner(name) => write!(f, "partner:{name}"),
        }
    }
}

/// One source's part of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The source.
    pub source: Source,
    /// Its part, above 0 and at most 1.
    pub share: f64,
}

/// All sources of a device; never empty, shares sum to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Funding(Vec<Share>);

/// Why a text is no funding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFunding {
    /// Nothing given.
    #[error("funding is empty, expected `programme/measure`, `grant:…`, `own:…` or `partner:…`")]
    Empty,
    /// A part that reads as no source.
    #[error("funding `{0}` is none of `programme/measure`, `grant:…`, `own:…`, `partner:…`")]
    Source(String),
    /// A share that is no number above 0 and at most 1.
    #[error("share `{0}` is no number above 0 and at most 1")]
    Share(String),
    /// Shares that do not make one.
    #[error("shares of funding sum to {0}, expected 1")]
    Sum(String),
    /// One source named twice.
    #[error("funding names `{0}` twice")]
    Twice(String),
}

impl Funding {
    /// Checks that there is a source, that none is named twice, and that the shares make one.
    pub fn new(shares: Vec<Share>) -> Result<Self, BadFunding> {
        if shares.is_empty() {
            return Err(BadFunding::Empty);
        }
        for (i, share) in shares.iter().enumerate() {
            if !(share.share > 0.0 && share.share <= 1.0) {
                return Err(BadFunding::Share(share.share.to_string()));
            }
            if shares[..i].iter().any(|s| s.source == share.source) {
                return Err(BadFunding::Twice(share.source.to_string()));
            }
        }
        let sum: f64 = shares.iter().map(|s| s.share).sum();
        if (sum - 1.0).abs() > 0.001 {
            return Err(BadFunding::Sum(format!("{sum:.3}")));
        }
        Ok(Self(shares))
    }

    /// The sources and their shares.
    pub fn shares(&self) -> &[Share] {
        &self.0
    }

    /// The measures among the sources.
    pub fn measures(&self) -> impl Iterator<Item = (&MeasureRef, f64)> {
        self.0.iter().filter_map(|s| match &s.source {
            Source::Measure(measure) => Some((measure, s.share)),
            _ => None,
        })
    }
}

fn source(text: &str) -> Result<Source, BadFunding> {
    let named = |name: &str| {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 200 {
            return Err(BadFunding::Source(text.to_owned()));
        }
        Ok(name.to_owned())
    };
    match text.split_once(':') {
        Some(("grant", name)) => named(name).map(Source::Grant),
        Some(("own", name)) => named(name).map(Source::Own),
        Some(("partner", name)) => named(name).map(Source::Partner),
        _ => text.parse().map(Source::Measure).map_err(|_| BadFunding::Source(text.to_owned())),
    }
}

impl FromStr for Funding {
    type Err = BadFunding;

    /// Reads `odesa-city-2024/14.2=0.6;grant:EGAP=0.4`. A single source needs no share; several
    /// without any share divide equally.
    fn from_str(text: &str) -> Result<Self, BadFunding> {
        let parts: Vec<&str> = text.split(';').map(str::trim).filter(|p| !p.is_empty()).collect();
        let equal = 1.0 / parts.len() as f64;
        let mut shares: Vec<Share> = Vec::with_capacity(parts.len());
        for part in parts {
            let (name, share) = match part.rsplit_once('=') {
                Some((name, number)) => {
                    let share = number.trim().replace(',', ".").parse::<f64>().ok();
                    let share = share.filter(|s| *s > 0.0 && *s <= 1.0);
                    (name.trim(), share.ok_or_else(|| BadFunding::Share(number.to_owned()))?)
                }
                None => (part, equal),
            };
            shares.push(Share { source: source(name)?, share });
        }
        Self::new(shares)
    }
}

impl fmt::Display for Funding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.0.as_slice() {
            return only.source.fmt(f);
        }
        for (i, s) in self.0.iter().enumerate() {
            write!(f, "{}{}={}", if i == 0 { "" } else { ";" }, s.source, s.share)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_and_must_make_one() {
        let one: Funding = "odesa-city-2024/14.2".parse().expect("valid");
        assert_eq!(one.measures().count(), 1);
        let two: Funding = "odesa-city-2024/14.2=0,6; grant:EGAP=0.4".parse().expect("valid");
        assert_eq!(two.to_string(), "odesa-city-2024/14.2=0.6;grant:EGAP=0.4");
        assert_eq!("".parse::<Funding>(), Err(BadFunding::Empty));
        assert!(matches!("own:КП=0.5".parse::<Funding>(), Err(BadFunding::Sum(_))));
        assert!(matches!("own:".parse::<Funding>(), Err(BadFunding::Source(_))));
        assert!(matches!("own:a;own:a".parse::<Funding>(), Err(BadFunding::Twice(_))));
    }
}
