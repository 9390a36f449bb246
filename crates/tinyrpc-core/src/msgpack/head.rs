//! What the first bytes of a MessagePack value say about the rest of it.

/// A value's head, decoded: how long it is itself and what follows it.
///
/// The framing of MessagePack streams goes by it as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// A value of this many bytes in all, head included, with no values inside.
    Flat(u64),
    /// A container whose head has `length` bytes, and the number of values inside; a map's keys count as values.
    Nest { length: u64, values: u64 },
    /// More bytes are needed to tell.
    Short,
    /// The marker that the format never uses.
    Reserved,
}

impl Head {
    /// Reads the head that `bytes` begins with.
    #[inline]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let Some(&marker) = bytes.first() else {
            return Self::Short;
        };
        match marker {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Self::Flat(1),
            0xa0..=0xbf => Self::Flat(1 + u64::from(marker & 0x1f)),
            0x90..=0x9f => Self::nest(1, u64::from(marker & 0x0f)),
            0x80..=0x8f => Self::nest(1, 2 * u64::from(marker & 0x0f)),
            0xc1 => Self::Reserved,
            _ => Self::long(marker, bytes),
        }
    }

    #[inline]
    fn long(marker: u8, bytes: &[u8]) -> Self {
        match marker {
            0xcc | 0xd0 => Self::Flat(2),
            0xcd | 0xd1 => Self::Flat(3),
            0xca | 0xce | 0xd2 => Self::Flat(5),
            0xcb | 0xcf | 0xd3 => Self::Flat(9),
            // str and bin: the length, then as many bytes.
            0xd9 | 0xc4 => Self::flat(2, length8(bytes)),
            0xda | 0xc5 => Self::flat(3, length16(bytes)),
            0xdb | 0xc6 => Self::flat(5, length32(bytes)),
            // fixext: a type byte, then 1, 2, 4, 8 or 16 bytes.
            0xd4..=0xd8 => Self::Flat(2 + (1 << (marker - 0xd4))),
            // ext: the length, a type byte, then as many bytes.
            0xc7 => Self::flat(3, length8(bytes)),
            0xc8 => Self::flat(4, length16(bytes)),
            0xc9 => Self::flat(6, length32(bytes)),
            0xdc => Self::nests(3, length16(bytes), 1),
            0xdd => Self::nests(5, length32(bytes), 1),
            0xde => Self::nests(3, length16(bytes), 2),
            0xdf => Self::nests(5, length32(bytes), 2),
            _ => Self::Flat(1),
        }
    }

    #[inline(always)]
    fn nest(length: u64, values: u64) -> Self {
        Self::Nest { length, values }
    }

    #[inline(always)]
    fn flat(head: u64, announced: Option<u64>) -> Self {
        announced.map_or(Self::Short, |length| Self::Flat(head + length))
    }

    #[inline(always)]
    fn nests(length: u64, announced: Option<u64>, each: u64) -> Self {
        announced.map_or(Self::Short, |count| Self::nest(length, count * each))
    }
}

/// How long a value is in all when its marker alone tells; else 0. Most values in messages are such.
static LENGTHS: [u8; 256] = {
    let mut lengths = [0; 256];
    let mut marker = 0;
    while marker < 256 {
        lengths[marker] = match marker {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => 1,
            0xa0..=0xbf => 1 + (marker & 0x1f) as u8,
            0xcc | 0xd0 => 2,
            0xcd | 0xd1 => 3,
            0xca | 0xce | 0xd2 => 5,
            0xcb | 0xcf | 0xd3 => 9,
            _ => 0,
        };
        marker += 1;
    }
    lengths
};

/// The length of the value with this marker if the marker alone tells, else 0.
#[inline(always)]
pub(super) fn known_length(marker: u8) -> usize {
    LENGTHS[marker as usize] as usize
}

/// The same for short arrays as well, and how many values they have inside.
static PLAIN: [(u8, u8); 256] = {
    let mut plain = [(0, 0); 256];
    let mut marker = 0;
    while marker < 256 {
        plain[marker] = match marker {
            0x90..=0x9f => (1, (marker & 0x0f) as u8),
            _ => (LENGTHS[marker], 0),
        };
        marker += 1;
    }
    plain
};

/// How long the head of a short array is, or else a value whose marker alone tells, and how many values are inside; a
/// length of 0 if the marker does not tell.
#[inline(always)]
pub(super) fn plain(marker: u8) -> (usize, usize) {
    let (length, inside) = PLAIN[marker as usize];
    (length as usize, inside as usize)
}

/// The one-byte length after a marker.
#[inline(always)]
fn length8(bytes: &[u8]) -> Option<u64> {
    bytes.get(1).copied().map(u64::from)
}

/// The two-byte length after a marker.
#[inline(always)]
pub(super) fn length16(bytes: &[u8]) -> Option<u64> {
    let length = bytes.get(1..)?.first_chunk()?;
    Some(u64::from(u16::from_be_bytes(*length)))
}

/// The four-byte length after a marker.
#[inline(always)]
pub(super) fn length32(bytes: &[u8]) -> Option<u64> {
    let length = bytes.get(1..)?.first_chunk()?;
    Some(u64::from(u32::from_be_bytes(*length)))
}
