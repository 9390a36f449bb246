//! What becomes of each connection, from a seed: the same seed, the same faults.

use std::time::Duration;

/// Numbers that look random and follow from the seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of one `part`, which say nothing about those of another.
    pub(crate) fn new(seed: u64, part: u64) -> Self {
        let mut random = Self(seed ^ part.wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound` - 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

/// How one direction of a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// As its sender ends it.
    None,
    /// Both directions are reset at once: what is under way may be lost.
    Cut,
    /// Both directions end in good order, but in the middle of a message.
    Truncate,
    /// This direction ends, and what its sender still says is swallowed. The other one goes on.
    HalfClose,
    /// Nothing passes any more for a while, then it is cut.
    Stall(Duration),
}

/// What becomes of one direction.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) fault: Fault,
    /// After so many bytes.
    pub(crate) after: u64,
    /// How many bytes pass at a time.
    pub(crate) piece: usize,
    /// Makes one in so many pieces late, if any.
    pub(crate) late: Option<u64>,
    /// What decides which, and how much.
    pub(crate) random: Random,
}

/// How many bytes pass before a fault, at most.
const LONGEST: u64 = 20_000;

/// What becomes of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The next connections reach the server before this one.
    pub(crate) overtaken: bool,
    /// From the client to the server.
    pub(crate) up: Way,
    /// From the server to the client.
    pub(crate) down: Way,
}

impl Plan {
    /// The plan of the connection with this number, whose messages are so many times shorter than those of JSON-RPC.
    pub(crate) fn of(seed: u64, number: u64, shorter: u64) -> Self {
        let mut random = Random::new(seed, 2 * number);
        let mut plan = Self {
            overtaken: random.one_in(4),
            up: Way::draw(&mut random, seed, 4 * number + 1),
            down: Way::draw(&mut random, seed, 4 * number + 3),
        };
        if (plan.up.fault, plan.down.fault) == (Fault::None, Fault::None) {
            // None goes on for ever.
            (plan.down.fault, plan.down.after) = (Fault::Cut, random.below(LONGEST));
        }
        // As many calls are made before each fault.
        for way in [&mut plan.up, &mut plan.down] {
            if way.fault != Fault::None {
                way.after /= shorter;
            }
        }
        plan
    }

    /// Nothing happens to it.
    pub(crate) fn calm() -> Self {
        let way = Way { fault: Fault::None, after: u64::MAX, piece: 4_096, late: None, random: Random::new(0, 0) };
        Self { overtaken: false, up: way.clone(), down: way }
    }
}

impl Way {
    fn draw(random: &mut Random, seed: u64, part: u64) -> Self {
        let fault = match random.below(9) {
            0 | 1 => Fault::Cut,
            2 | 3 => Fault::Truncate,
            4 => Fault::HalfClose,
            5 => Fault::Stall(Duration::from_millis(random.below(60))),
            _ => Fault::None,
        };
        // Many break early, some right away.
        let most = [50, 1_000, 6_000, LONGEST][usize::try_from(random.below(4)).unwrap()];
        let after = if fault == Fault::None { u64::MAX } else { random.below(most) };
        let piece = [1_usize, 7, 100, 1_000, 4_096][usize::try_from(random.below(5)).unwrap()];
        // One byte at a time is slow enough.
        let late = (piece > 7 && random.one_in(2)).then(|| 2 + random.below(30));
        Self { fault, after, piece, late, random: Random::new(seed, part) }
    }

    /// How long the next piece is held back.
    pub(crate) fn delay(&mut self) -> Option<Duration> {
        let late = self.late?;
        self.random.one_in(late).then(|| Duration::from_micros(100 + self.random.below(5_000)))
    }
}

#[test]
fn the_same_seed_makes_the_same_plans() {
    let plans = |seed| (0..1_000).map(move |number| format!("{:?}", Plan::of(seed, number, 1))).collect::<Vec<_>>();
    assert_eq!(plans(1), plans(1));
    assert_ne!(plans(1), plans(2));
    let delays = |seed| {
        let mut way = Plan::of(seed, 0, 1).up;
        way.late = Some(2);
        (0..1_000).map(|_| way.delay()).collect::<Vec<_>>()
    };
    assert_eq!(delays(1), delays(1));
    assert_ne!(delays(1), delays(2));
    // None of the faults is missing.
    let all: Vec<_> = (0..1_000).map(|number| Plan::of(1, number, 1)).collect();
    for fault in [Fault::None, Fault::Cut, Fault::Truncate, Fault::HalfClose] {
        assert!(
            all.iter().filter(|plan| plan.up.fault == fault || plan.down.fault == fault).count() > 100,
            "{fault:?}"
        );
    }
    assert!(all.iter().filter(|plan| matches!(plan.up.fault, Fault::Stall(_))).count() > 50);
    assert!((150..350).contains(&all.iter().filter(|plan| plan.overtaken).count()));
}
