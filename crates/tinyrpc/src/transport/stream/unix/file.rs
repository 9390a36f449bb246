//! The file of a unix socket: made without harm to what is there, and removed in the end.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixSocket, UnixStream};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// For the same user only.
const MODE: u32 = 0o600;

/// Removes the file when dropped, unless it has become another one.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: Identity,
}

/// What tells a file from others that were at the same path: device and inode.
type Identity = (u64, u64);

impl SocketFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|now| now == self.identity)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove a socket");
        }
    }
}

/// Listens at `path`, in place of a socket on which nobody listens any more.
pub(super) async fn listen(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    let socket = UnixSocket::new_stream()?;
    let socket = match socket.bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && remove_stale(path).await? => {
            let socket = UnixSocket::new_stream()?;
            socket.bind(path)?;
            socket
        }
        Err(error) => return Err(error),
        Ok(()) => socket,
    };
    let file = SocketFile { path: path.to_owned(), identity: identity(path)? };
    // Nobody can connect before it listens.
    set_mode(path, MODE)?;
    Ok((socket.listen(BACKLOG)?, file))
}

pub(super) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Removes a socket on which nobody listens. Says whether there was one.
async fn remove_stale(path: &Path) -> io::Result<bool> {
    let before = identity(path)?;
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Ok(false);
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
        _ => return Ok(false),
    }
    // Another server may have been faster.
    if identity(path)? != before {
        return Ok(false);
    }
    fs::remove_file(path)?;
    tracing::info!(path = %path.display(), "removed a socket that a server left behind");
    Ok(true)
}

fn identity(path: &Path) -> io::Result<Identity> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
