//! Where messages are written before their length is known.

use std::cell::Cell;

use bytes::Bytes;

/// What a thread keeps for the next message, in bytes at most.
const KEPT: usize = 4 << 10;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A message of just the length that it has: one that has room left would need a second allocation to be shared.
pub(super) fn write<E>(write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<Bytes, E> {
    // Whoever writes a message while writing one, or while its thread ends, finds an empty one.
    let mut out = SCRATCH.try_with(Cell::take).unwrap_or_default();
    out.clear();
    write(&mut out)?;
    if out.capacity() > KEPT {
        return Ok(out.into());
    }
    let message = Bytes::copy_from_slice(&out);
    let _ = SCRATCH.try_with(|scratch| scratch.set(out));
    Ok(message)
}
