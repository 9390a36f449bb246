//! Reads CPU time in nanoseconds and page faults of a process from Linux's `/proc`, without unsafe code or clock ticks.

use std::fs;
use std::io;

/// CPU time that all living threads of a process have used, in nanoseconds.
///
/// Exact for threads that sleep. The kernel updates a running thread's number when it is scheduled, so a
/// process that reads its own gives up its turn first (see [`own`]).
///
/// # Errors
/// When `/proc` does not tell: another system, or the process is gone.
pub fn of(pid: u32) -> io::Result<u64> {
    total(&format!("/proc/{pid}/task"))
}

/// CPU time that all living threads of this process have used, in nanoseconds.
///
/// # Errors
/// When `/proc` does not tell.
pub fn own() -> io::Result<u64> {
    std::thread::yield_now();
    total("/proc/self/task")
}

fn total(tasks: &str) -> io::Result<u64> {
    let mut sum = 0;
    for task in fs::read_dir(tasks)? {
        let line = fs::read_to_string(task?.path().join("schedstat"))?;
        let spent = line.split_whitespace().next().and_then(|first| first.parse::<u64>().ok());
        sum += spent.ok_or_else(|| io::Error::other("schedstat: no number"))?;
    }
    Ok(sum)
}

/// Page faults of this process so far that needed no disk: memory that the allocator gave back and took anew.
///
/// # Errors
/// When `/proc` does not tell.
pub fn page_faults() -> io::Result<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // After the program's name in parentheses, which may hold spaces, `minflt` is the eighth field.
    let faults = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(7)?.parse().ok());
    faults.ok_or_else(|| io::Error::other("stat: no number"))
}
