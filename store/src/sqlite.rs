//! SQLite files: how they are opened and migrated, one writer and a few readers of each, and what
//! its errors mean. WAL lets readers go on while the writer writes; the busy timeout lets another
//! process (the command line beside a running platform) take its turn.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::refusal::Refusal;

/// Read connections of one file.
const READERS: usize = 4;
/// How long a statement waits for another process's commit.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements kept on each connection.
const STATEMENTS_KEPT: usize = 96;

/// Why the registry, or the intake beside it, could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The database failed; what was asked may be tried again.
    #[error("database: {0}")]
    Database(String),
    /// The database's folder or file cannot be used at all.
    #[error("cannot open `{file}`: {reason}")]
    Open {
        /// The file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// What lies in the database is not what the registry wrote.
    #[error("registry is damaged: {0}")]
    Damaged(String),
    /// Nothing of that name.
    #[error("{what} `{id}` is not in the registry")]
    Unknown {
        /// What was looked for: `device`, `object` …
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The system gives no random numbers for a token.
    #[error("no random numbers: {0}")]
    Random(String),
    /// What was asked contradicts what is there.
    #[error("{0}")]
    Conflict(Refusal),
}

impl From<rusqlite::Error> for RegistryError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// One SQLite file.
#[derive(Debug)]
pub(crate) struct Database {
    // SQLite takes one writer at a time; waiting here is cheaper than its busy handler.
    writer: Mutex<Connection>,
    readers: Vec<Mutex<Connection>>,
    next_reader: AtomicUsize,
    // Of its own, because `data_version` tells only of commits made by *other* connections.
    watcher: Mutex<Connection>,
}

impl Database {
    /// Opens the file, makes it when there is none, and brings it to the newest migration.
    pub(crate) fn open(file: &Path, migrations: &refinery::Runner) -> Result<Self, RegistryError> {
        let name = file.display().to_string();
        let broken = |reason: String| RegistryError::Open { file: name.clone(), reason };
        let folder = file.parent().filter(|f| !f.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        std::fs::create_dir_all(folder).map_err(|e| broken(e.to_string()))?;
        let mut writer = connect(file, false).map_err(|e| broken(e.to_string()))?;
        {
            // Two processes that start on an empty folder must not both make the tables.
            let guard = File::open(folder).map_err(|e| broken(e.to_string()))?;
            guard.lock().map_err(|e| broken(e.to_string()))?;
            migrations.run(&mut writer).map_err(|e| broken(e.to_string()))?;
        }
        let reader = || {
            let connection = connect(file, true).map_err(|e| broken(e.to_string()))?;
            Ok::<_, RegistryError>(Mutex::new(connection))
        };
        let readers = (0..READERS).map(|_| reader()).collect::<Result<_, _>>()?;
        let watcher = reader()?;
        let next_reader = AtomicUsize::new(0);
        Ok(Self { writer: Mutex::new(writer), readers, next_reader, watcher })
    }

    /// Runs `work` in one transaction, which is durable when this returns `Ok`, and undone when
    /// `work` fails.
    pub(crate) fn write<T, E: From<RegistryError>>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = lock(&self.writer);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(RegistryError::from)?;
        let done = work(&transaction)?;
        transaction.commit().map_err(RegistryError::from)?;
        Ok(done)
    }

    /// Runs `work` on one consistent state.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        let mut connection = self.reader();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        work(&transaction)
    }

    /// Writes a copy of one consistent state into a new file, beside the writer; it is on disk when
    /// this returns.
    pub(crate) fn copy_to(&self, file: &Path) -> Result<(), RegistryError> {
        let name = file.to_str().ok_or_else(|| RegistryError::Open {
            file: file.display().to_string(),
            reason: "expected a path in UTF-8".to_owned(),
        })?;
        self.reader().execute("vacuum into $1", [name])?;
        File::open(file)
            .and_then(|copy| copy.sync_all())
            .map_err(|e| RegistryError::Open { file: name.to_owned(), reason: e.to_string() })
    }

    /// A number that changes after each commit, of this process or another.
    pub(crate) fn data_version(&self) -> Result<u64, RegistryError> {
        let version: i64 =
            lock(&self.watcher).query_row("pragma data_version", [], |row| row.get(0))?;
        Ok(version.unsigned_abs())
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        let first = self.next_reader.fetch_add(1, Ordering::Relaxed);
        let mut free = (0..READERS)
            .filter_map(|i| self.readers[(first.wrapping_add(i)) % READERS].try_lock().ok());
        free.next().unwrap_or_else(|| lock(&self.readers[first % READERS]))
    }
}

/// A panic inside of a transaction undoes it, so the connection behind a poisoned lock is sound.
fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(file: &Path, read_only: bool) -> rusqlite::Result<Connection> {
    let access = if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    };
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    if !read_only {
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
    }
    Ok(connection)
}

/// Declares the statements of a database as constants, and all of them in `ALL`, so that a test
/// runs over each.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $text;)*

        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name),)*];
    };
}
pub(crate) use statements;

/// House rules of statements: each is understood by the migrated database, written in lowercase,
/// and its parameters `$1…$n` first appear in ascending order. SQLite reads `$2 … $1` as names
/// and would swap them silently.
#[cfg(test)]
pub(crate) fn check_statements(database: &Database, all: &[(&str, &str)]) {
    let connection = lock(&database.writer);
    for (name, text) in all {
        let prepared = connection.prepare(text);
        assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
        assert_eq!(*text, text.to_lowercase(), "{name} is not in lowercase");
        let mut highest = 0;
        for number in text.split('$').skip(1) {
            let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
            let number: usize = digits.parse().expect("a number after $");
            assert!(number <= highest + 1, "{name}: ${number} comes before ${}", highest + 1);
            highest = highest.max(number);
        }
    }
}
