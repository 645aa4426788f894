//! The registry: programmes, objects, devices, who paid for them, and who may come in. One SQLite
//! file; every method blocks. The command line writes it directly while a platform runs, and the
//! platform sees the change by [`Registry::data_version`] (invariant I12).

mod credentials;
mod devices;
mod directory;
mod holds;
mod import;
mod profiles;
mod programmes;
mod rows;
mod sql;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use domain::{CommunityId, ZoneId};

pub use credentials::Credential;
pub use holds::{HeldTimes, Hold};
pub use import::ImportError;
pub use profiles::{Edit, EditError, Edited, Edition, Origin};
pub use programmes::Imported;

pub use crate::sqlite::RegistryError;
pub use crate::token::Token;

use crate::clock::{Clock, SystemClock};
use crate::sqlite::Database;

mod migrations {
    refinery::embed_migrations!("migrations/registry");
}

/// The registry; clones share one set of connections.
#[derive(Clone, Debug)]
pub struct Registry {
    database: Arc<Database>,
}

/// What a zone is to the people who work with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZoneKind {
    /// A district of the city.
    District,
    /// A district metered area of the water network (ДМА).
    Dma,
    /// A lighting feeder.
    Feeder,
    /// A depot of public transport.
    Depot,
    /// Anything else.
    Other,
}

impl ZoneKind {
    /// The word of the store and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::Dma => "dma",
            Self::Feeder => "feeder",
            Self::Depot => "depot",
            Self::Other => "other",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::District, Self::Dma, Self::Feeder, Self::Depot, Self::Other]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

/// A district, DMA, feeder or depot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its id, unique in its community.
    pub id: ZoneId,
    /// Whose it is.
    pub community: CommunityId,
    /// What it is.
    pub kind: ZoneKind,
    /// Name for people.
    pub name: String,
}

impl Registry {
    /// Opens the registry; makes, migrates and fills it with the shipped profiles when needed.
    /// A shipped profile that changed since the last start becomes a new edition; one that was
    /// edited here is left alone.
    pub fn open(file: &Path) -> Result<Self, RegistryError> {
        let database = Arc::new(Database::open(file, &migrations::migrations::runner())?);
        let registry = Self { database };
        registry.install_profiles(crate::profile_file::SHIPPED, SystemClock.now())?;
        Ok(registry)
    }

    /// A number that changes after each commit, of this process or another.
    pub fn data_version(&self) -> Result<u64, RegistryError> {
        self.database.data_version()
    }

    /// Writes a copy of the registry as it is now into a new file, beside whoever writes it.
    pub fn copy_to(&self, file: &Path) -> Result<(), RegistryError> {
        self.database.copy_to(file)
    }

    /// All zones, by community and id.
    pub fn zones(&self) -> Result<Vec<Zone>, RegistryError> {
        self.database.read(directory::zones)
    }
}
