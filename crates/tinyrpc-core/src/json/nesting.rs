//! Remembers which of the open containers are objects, one bit each, so that no depth costs stack.

/// The open arrays and objects of a value that is being stepped over.
pub(super) trait Nesting: Default {
    /// Whether nothing is open.
    fn is_empty(&self) -> bool;
    /// Whether one more level would make no more than `levels`.
    fn has_room(&self, levels: usize) -> bool;
    /// Whether the innermost open container is an object.
    fn in_object(&self) -> bool;
    fn push(&mut self, object: bool);
    fn pop(&mut self);
}

/// A single word: what nearly every message fits in. The lowest bit is the innermost level, and a one stands
/// above the outermost.
#[derive(Debug)]
pub(super) struct Shallow(u64);

impl Shallow {
    pub(super) const LEVELS: usize = 63;
}

impl Default for Shallow {
    #[inline(always)]
    fn default() -> Self {
        Self(1)
    }
}

impl Nesting for Shallow {
    #[inline(always)]
    fn is_empty(&self) -> bool {
        self.0 == 1
    }

    #[inline(always)]
    fn has_room(&self, levels: usize) -> bool {
        self.0 >> levels.min(Self::LEVELS) == 0
    }

    #[inline(always)]
    fn in_object(&self) -> bool {
        self.0 & 1 == 1
    }

    #[inline(always)]
    fn push(&mut self, object: bool) {
        self.0 = self.0 << 1 | u64::from(object);
    }

    #[inline(always)]
    fn pop(&mut self) {
        self.0 >>= 1;
    }
}

/// Any number of levels.
#[derive(Debug, Default)]
pub(super) struct Deep {
    depth: usize,
    /// The innermost levels since the last multiple of 64; the lowest bit is the innermost.
    bits: u64,
    /// Full words of 64 outer levels.
    outer: Vec<u64>,
}

impl Nesting for Deep {
    fn is_empty(&self) -> bool {
        self.depth == 0
    }

    fn has_room(&self, levels: usize) -> bool {
        self.depth < levels
    }

    fn in_object(&self) -> bool {
        self.bits & 1 == 1
    }

    fn push(&mut self, object: bool) {
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(object);
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.bits >>= 1;
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
    }
}
