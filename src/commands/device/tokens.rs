//! The file of tokens: `id,token`, readable by its owner only. A token stands nowhere else, so the
//! file is replaced whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;

use super::Tokens;
use crate::exit::Exit;

const HEADING: [&str; 2] = ["id", "token"];

/// Reads a file of tokens; one that is not there has none.
pub(crate) fn read_tokens(file: &Path) -> anyhow::Result<Tokens> {
    let name = file.display();
    let opened = match File::open(file) {
        Ok(opened) => opened,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Tokens::new()),
        Err(e) => return Err(Exit::usage(format!("`{name}`: {e}")).into()),
    };
    let mut reader = csv::Reader::from_reader(opened);
    let refuse = || Exit::data(format!("`{name}` is no file of tokens, expected `id,token`"));
    if reader.headers().map_err(|_| refuse())?.iter().ne(HEADING) {
        return Err(refuse().into());
    }
    let mut tokens = Tokens::new();
    for row in reader.into_deserialize() {
        let (id, token): (String, String) = row.map_err(|_| refuse())?;
        tokens.insert(id, token);
    }
    Ok(tokens)
}

/// Writes a file of tokens in the place of the one that is there.
pub(crate) fn write_tokens(file: &Path, tokens: &Tokens) -> anyhow::Result<()> {
    let name = file.display();
    let mut text = csv::Writer::from_writer(Vec::new());
    text.write_record(HEADING)?;
    for (id, token) in tokens {
        text.write_record([id, token])?;
    }
    let text = text.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut opened =
        options.open(part).map_err(|e| Exit::usage(format!("cannot write `{name}`: {e}")))?;
    opened.write_all(&text).with_context(|| format!("`{name}`"))?;
    opened.sync_all().with_context(|| format!("`{name}`"))?;
    std::fs::rename(part, file).with_context(|| format!("`{name}`"))
}
