//! Writes the events' schemas into the directory that is named: `make event-schemas` keeps them in `docs/events`.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let directory = PathBuf::from(env::args_os().nth(1).unwrap_or_else(|| "docs/events".into()));
    for event in event_schemas::all() {
        fs::write(directory.join(event.file_name()), event.text())?;
    }
    Ok(())
}
