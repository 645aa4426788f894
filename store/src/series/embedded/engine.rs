//! The key-value engine: which keyspaces there are, how they are tuned, and what its errors mean
//! to us (style rule 41: one such file for each engine).

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use domain::ObjectNo;
use fjall::config::{BlockSizePolicy, CompressionPolicy};
use fjall::{
    CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions, LsmError, OwnedWriteBatch,
    PersistMode,
};

use super::heads::Head;
use super::layout::LAYOUT_VERSION;
use crate::series::SeriesError;

/// Memory of a keyspace's newest writes before they go to a table, bytes.
const MEMTABLE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Journals kept on disk, bytes: what an opening after a kill reads at most.
const JOURNAL_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Cache of blocks read from tables, bytes.
const CACHE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Table files held open; sockets need descriptors too.
const FILES_OPEN_MAX: usize = 256;
/// Keys read at once when much is removed: what one commit of a removal holds in memory.
pub(super) const REMOVALS_PER_COMMIT_MAX: usize = 8_192;

/// What `st_blocks` counts in, whatever the file system's own block is.
const STAT_BLOCK_BYTES: u64 = 512;

/// Meta key: the layout's version, u32 little-endian.
const META_LAYOUT: &[u8] = b"layout";
/// Meta key: observations kept, u64 little-endian.
const META_OBSERVATIONS: &[u8] = b"observations";
/// Meta key: there while nothing was written since all heads were saved.
const META_CLEAN: &[u8] = b"clean";

/// The open database and its keyspaces. Cloning shares them.
#[derive(Clone)]
pub(super) struct Engine {
    pub(super) db: Database,
    /// (object, time) → cells of a row.
    pub(super) rows: Keyspace,
    /// (object, time of the first row) → a sealed block. Where a row and a block have the same
    /// time, the row counts: it holds all of the block's cells, and came later.
    pub(super) blocks: Keyspace,
    /// (object, begin of a window of hours) → what dropped rows of these hours made together.
    pub(super) hours: Keyspace,
    /// object → newest state.
    pub(super) heads: Keyspace,
    /// (object, slot, time, ordinal) → what was replaced by what.
    pub(super) corrections: Keyspace,
    /// (object, property, time) → text.
    pub(super) texts: Keyspace,
    meta: Keyspace,
    folder: PathBuf,
}

impl Engine {
    pub(super) fn open(folder: &Path) -> Result<Self, SeriesError> {
        std::fs::create_dir_all(folder)
            .map_err(|e| SeriesError::Engine(format!("folder `{}`: {e}", folder.display())))?;
        let db = Database::builder(folder)
            .cache_size(CACHE_BYTES_MAX)
            .max_journaling_size(JOURNAL_BYTES_MAX)
            .max_cached_files(Some(FILES_OPEN_MAX))
            .open()
            .map_err(|e| match e {
                fjall::Error::Locked => SeriesError::InUse(folder.display().to_string()),
                other => other.into(),
            })?;
        let small = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES_MAX);
        let engine = Self {
            rows: db.keyspace("rows", series_options)?,
            blocks: db.keyspace("blocks", block_options)?,
            hours: db.keyspace("hours", block_options)?,
            heads: db.keyspace("heads", small)?,
            corrections: db.keyspace("corrections", small)?,
            texts: db.keyspace("texts", small)?,
            meta: db.keyspace("meta", small)?,
            db,
            folder: folder.to_owned(),
        };
        engine.check_layout()?;
        Ok(engine)
    }

    /// All keyspaces, always in the same order.
    pub(super) fn keyspaces(&self) -> [&Keyspace; 7] {
        let Self { rows, blocks, hours, heads, corrections, texts, meta, .. } = self;
        [rows, blocks, hours, heads, corrections, texts, meta]
    }

    fn check_layout(&self) -> Result<(), SeriesError> {
        let expected = LAYOUT_VERSION.to_le_bytes();
        match self.meta.get(META_LAYOUT)? {
            Some(found) if *found == expected => Ok(()),
            Some(found) => {
                let found = found.iter().rev().fold(0_u64, |n, b| n << 8 | u64::from(*b));
                Err(SeriesError::Damaged(format!(
                    "layout `{found}` in `{}`, expected `{LAYOUT_VERSION}`",
                    self.folder.display()
                )))
            }
            None => {
                let mut batch = self.batch(1);
                batch.insert(&self.meta, META_LAYOUT, expected);
                Ok(batch.commit()?)
            }
        }
    }

    /// A batch that is on disk when its `commit` returns, wholly or not at all.
    pub(super) fn batch(&self, entries: usize) -> OwnedWriteBatch {
        OwnedWriteBatch::with_capacity(self.db.clone(), entries)
            .durability(Some(PersistMode::SyncAll))
    }

    /// A batch for housekeeping: whole or not at all as any other, on disk with the next that is
    /// acknowledged.
    pub(super) fn batch_unsynced(&self, entries: usize) -> OwnedWriteBatch {
        OwnedWriteBatch::with_capacity(self.db.clone(), entries)
    }

    /// Observations kept, as the last commit counted them.
    pub(super) fn observations(&self) -> Result<u64, SeriesError> {
        let Some(bytes) = self.meta.get(META_OBSERVATIONS)? else { return Ok(0) };
        let bytes = <[u8; 8]>::try_from(&*bytes)
            .map_err(|_| SeriesError::Damaged("count of observations is not 8 bytes".into()))?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(super) fn put_observations(&self, batch: &mut OwnedWriteBatch, count: u64) {
        batch.insert(&self.meta, META_OBSERVATIONS, count.to_le_bytes());
    }

    pub(super) fn put_head(&self, batch: &mut OwnedWriteBatch, object: ObjectNo, head: &Head) {
        let mut value = Vec::with_capacity(256);
        head.encode(&mut value);
        batch.insert(&self.heads, object.0.to_be_bytes(), value);
    }

    /// Were all heads saved when the store was closed?
    pub(super) fn is_clean(&self) -> Result<bool, SeriesError> {
        Ok(self.meta.contains_key(META_CLEAN)?)
    }

    pub(super) fn put_clean(&self, batch: &mut OwnedWriteBatch) {
        batch.insert(&self.meta, META_CLEAN, []);
    }

    pub(super) fn remove_clean(&self, batch: &mut OwnedWriteBatch) {
        batch.remove(&self.meta, META_CLEAN);
    }

    /// Bytes that the folder takes on disk; space that is only reserved does not count.
    pub(super) fn bytes(&self) -> Result<u64, SeriesError> {
        allocated_bytes(&self.folder)
            .map_err(|e| SeriesError::Engine(format!("folder `{}`: {e}", self.folder.display())))
    }
}

/// Rows are read in long ranges and written once: larger blocks, compressed on every level but
/// the newest.
fn series_options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .max_memtable_size(MEMTABLE_BYTES_MAX)
        .data_block_size_policy(BlockSizePolicy::all(16 * 1024))
        .data_block_compression_policy(CompressionPolicy::new([
            CompressionType::None,
            CompressionType::Lz4,
        ]))
}

/// Blocks are packed already, and large.
fn block_options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .max_memtable_size(MEMTABLE_BYTES_MAX)
        .data_block_size_policy(BlockSizePolicy::all(32 * 1024))
        .data_block_compression_policy(CompressionPolicy::disabled())
}

fn allocated_bytes(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // The engine may remove a file between the listing and the look at it.
        let Ok(metadata) = entry.metadata() else { continue };
        bytes += if metadata.is_dir() {
            allocated_bytes(&entry.path())?
        } else {
            metadata.blocks() * STAT_BLOCK_BYTES
        };
    }
    Ok(bytes)
}

/// Key and value of an entry, kept alive together.
pub(super) fn pair(guard: Guard) -> Result<(fjall::Slice, fjall::Slice), SeriesError> {
    Ok(guard.into_inner()?)
}

impl From<fjall::Error> for SeriesError {
    fn from(error: fjall::Error) -> Self {
        use fjall::Error as E;
        match error {
            E::Poisoned => Self::Engine(
                "an earlier write to the disk failed; the folder must be opened again".into(),
            ),
            E::Io(e) | E::Storage(LsmError::Io(e)) => Self::Engine(e.to_string()),
            E::Storage(e) => Self::Damaged(format!("{e:?}")),
            E::JournalRecovery(e) => Self::Damaged(format!("journal: {e:?}")),
            E::Decompress(_)
            | E::InvalidVersion(_)
            | E::InvalidTrailer
            | E::InvalidTag(_)
            | E::Unrecoverable => Self::Damaged(format!("{error:?}")),
            other => Self::Engine(format!("{other:?}")),
        }
    }
}
