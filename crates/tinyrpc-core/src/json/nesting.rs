//! Remembers which of the open containers are objects, one bit each, so that no depth costs stack.

/// The open arrays and objects, innermost last. Allocates only beyond 64 levels.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    depth: usize,
    /// The innermost levels since the last multiple of 64; the lowest bit is the innermost.
    bits: u64,
    /// Full words of 64 outer levels.
    outer: Vec<u64>,
}

impl Nesting {
    #[inline(always)]
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the innermost open container is an object.
    #[inline(always)]
    pub(super) fn in_object(&self) -> bool {
        self.bits & 1 == 1
    }

    #[inline(always)]
    pub(super) fn push(&mut self, object: bool) {
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.spill();
        }
        self.bits = self.bits << 1 | u64::from(object);
        self.depth += 1;
    }

    #[inline(always)]
    pub(super) fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.bits >>= 1;
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
    }

    #[cold]
    #[inline(never)]
    fn spill(&mut self) {
        self.outer.push(self.bits);
    }
}
