//! Counts what a thread allocates, for tests that bound it.
//!
//! ```
//! use tinyrpc_alloc_counter::{Counting, measure};
//!
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting;
//!
//! let (text, counts) = measure(|| "x".repeat(100));
//! assert_eq!((counts.calls, counts.bytes, counts.peak), (1, 100, 100));
//! drop(text);
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts for each thread on its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

/// What one thread has allocated while it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often it asked for memory, or for more of it.
    pub calls: u64,
    /// How many bytes it asked for in all; of a buffer that grows, what it grows by.
    pub bytes: u64,
    /// The most bytes that it held at once, above what it held at the start.
    pub peak: i64,
    /// How many bytes it holds above what it held at the start; negative when it has freed older ones.
    pub held: i64,
}

thread_local! {
    // Neither needs an allocation itself, nor a destructor: safe to use inside an allocator, also while threads end.
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { calls: 0, bytes: 0, peak: 0, held: 0 }) };
}

/// Runs `work`, and counts what this thread allocates meanwhile.
///
/// All is zero unless [`Counting`] is the `#[global_allocator]` of the program. May stand inside another `measure`, which
/// then counts this part as well, but not its peak.
pub fn measure<R>(work: impl FnOnce() -> R) -> (R, Counts) {
    let before = COUNTS.replace(Counts::default());
    let result = work();
    let inside = COUNTS.get();
    COUNTS.set(Counts {
        calls: before.calls + inside.calls,
        bytes: before.bytes + inside.bytes,
        peak: before.peak,
        held: before.held + inside.held,
    });
    (result, inside)
}

fn count(calls: u64, grown: i64) {
    // A thread that is ending is not measured any more.
    let _ = COUNTS.try_with(|counts| {
        let mut now = counts.get();
        now.calls += calls;
        now.bytes += u64::try_from(grown).unwrap_or(0);
        now.held += grown;
        now.peak = now.peak.max(now.held);
        counts.set(now);
    });
}

fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

// SAFETY: every call is passed on to the system's allocator as it came, and what that gives is returned as it is. Counting
// neither allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, signed(layout.size()));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, signed(layout.size()));
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, signed(size) - signed(layout.size()));
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(0, -signed(layout.size()));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}
