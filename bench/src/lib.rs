//! What every benchmark program shares: the peers, the cases they answer, and how a process weighs itself.

pub mod amqp;
pub mod case;
pub mod client;
pub mod counting;
pub mod cpu;
pub mod link;
pub mod load;
pub mod memory;
pub mod methods;
pub mod server;
pub mod streams;
pub mod zmq;

/// What went wrong in a benchmark program: it is printed and the program ends.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The line in which `mem`, `mem-allocations`, `http-client` and `link-client` tell the driver what they measured.
///
/// Each program prints one of these as JSON on standard output.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct Spent {
    /// Calls that were made between the two readings.
    pub calls: u64,
    /// CPU time of the whole process between the two readings, in nanoseconds.
    pub cpu_ns: u64,
    /// Page faults between the two readings.
    pub page_faults: u64,
    /// Calls of `alloc` and `realloc`; zero unless the program counts them.
    pub allocations: u64,
    /// Bytes asked for in those calls; a `realloc` counts its whole new size, since it may copy.
    pub allocated_bytes: u64,
}

/// A reading of what this process has spent so far.
#[derive(Debug)]
pub struct Reading(Spent);

impl Reading {
    /// Begins to measure.
    ///
    /// # Errors
    /// When `/proc` does not tell.
    pub fn start() -> Result<Reading, Failure> {
        let (page_faults, cpu_ns) = (cpu::page_faults()?, cpu::own()?);
        // Last, since the other readings allocate.
        let (allocations, allocated_bytes) = counting::so_far();
        Ok(Reading(Spent { calls: 0, cpu_ns, page_faults, allocations, allocated_bytes }))
    }

    /// What was spent since, on `calls` calls.
    ///
    /// # Errors
    /// When `/proc` does not tell.
    pub fn spent(self, calls: u64) -> Result<Spent, Failure> {
        let Reading(before) = self;
        let (allocations, allocated_bytes) = counting::so_far();
        Ok(Spent {
            calls,
            cpu_ns: cpu::own()? - before.cpu_ns,
            page_faults: cpu::page_faults()? - before.page_faults,
            allocations: allocations - before.allocations,
            allocated_bytes: allocated_bytes - before.allocated_bytes,
        })
    }
}
