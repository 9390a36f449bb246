//! `tinyrpc generate`: a typed client from an OpenRPC document.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;

use crate::args::ClientOptions;
use crate::exit::Failure;
use crate::generate::{Language, generate};
use crate::{output, source};

#[derive(Args, Debug)]
pub(crate) struct Generate {
    /// The language of the client
    #[arg(value_enum, value_name = "LANGUAGE")]
    language: Language,
    /// Where the service listens, such as http://127.0.0.1:5000/, or a file with an OpenRPC
    /// document; `-` reads one from standard input
    #[arg(value_name = "DOCUMENT")]
    place: String,
    /// Write to this file in place of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    client: ClientOptions,
}

pub(crate) async fn run(options: &Generate) -> Result<(), Failure> {
    let source = source::read(&options.place, &options.client).await?;
    let text = match generate(options.language, &source.document) {
        Ok(text) => text,
        Err(refusals) => {
            output::complain("nothing was written, because this cannot be expressed:");
            for refusal in refusals {
                output::complain(&refusal.to_string());
            }
            return Err(Failure::Reported);
        }
    };
    match &options.output {
        None => output::print(text.trim_end()),
        Some(path) => replace(path, &text).map_err(|error| {
            output::complain(&format!("cannot write {}: {error}", path.display()));
            Failure::Reported
        }),
    }
}

/// Writes the whole file or leaves it as it was: a half client would compile as little as none, and the old one is gone.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // Where a link leads the file is to be, and a device is no file.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&place).is_ok_and(|found| !found.is_file()) {
        return fs::write(&place, text);
    }
    let mut beside = place.clone().into_os_string();
    beside.push(format!(".{}.part", std::process::id()));
    let written = fs::write(&beside, text).and_then(|()| {
        if let Ok(old) = fs::metadata(&place) {
            fs::set_permissions(&beside, old.permissions())?;
        }
        fs::rename(&beside, &place)
    });
    if written.is_err() {
        // It may not even have been made.
        let _ = fs::remove_file(&beside);
    }
    written
}
