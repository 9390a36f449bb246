//! In memory: instructions, CPU time and allocations per message, case by case.

use crate::Effort;
use crate::goal::Goal;
use crate::program::{has_valgrind, instructions, spent};
use crate::sample::{Sample, ratio};
use crate::table::{Table, percent, tenth, times, whole};
use std::collections::HashMap;
use tinyrpc_bench::Failure;
use tinyrpc_bench::case::Case;
use tinyrpc_bench::memory::{JSON, MSGPACK};

/// What one peer needs for one message.
#[derive(Debug, Default)]
struct Cost {
    instructions: Option<f64>,
    cpu_ns: Sample,
    page_faults: Sample,
    allocations: Option<f64>,
    allocated_bytes: Option<f64>,
    /// Why it was not measured.
    gap: Option<String>,
}

type Costs = HashMap<(&'static str, Case), Cost>;

/// Measures and prints every case, and gives back the goals.
pub(crate) fn compare(effort: Effort) -> Result<Vec<Goal>, Failure> {
    let mut costs = Costs::new();
    for case in Case::ALL {
        for peers in [&JSON[..], &MSGPACK[..]] {
            measure(peers, case, effort, &mut costs)?;
        }
        print("JSON-RPC", &JSON, "handwritten", case, &costs);
        if MSGPACK.iter().any(|&peer| costs[&(peer, case)].gap.is_none()) {
            print("MessagePack-RPC", &MSGPACK, "handwritten-msgpack", case, &costs);
        }
    }
    Ok(goals(&costs))
}

fn measure(peers: &[&'static str], case: Case, effort: Effort, costs: &mut Costs) -> Result<(), Failure> {
    let (few, many, plain) = iterations(case);
    let words = |peer: &str, count: u64| [peer.to_owned(), case.name().to_owned(), count.to_string()];
    for &peer in peers {
        let cost = costs.entry((peer, case)).or_default();
        match spent("mem-allocations", &words(peer, 100)) {
            Ok(spent) => {
                cost.allocations = Some(spent.allocations as f64 / 100.0);
                cost.allocated_bytes = Some(spent.allocated_bytes as f64 / 100.0);
            }
            Err(gap) => {
                cost.gap = Some(gap.to_string());
                continue;
            }
        }
        if has_valgrind() {
            let difference =
                instructions("mem", &words(peer, many))? as f64 - instructions("mem", &words(peer, few))? as f64;
            cost.instructions = Some(difference / (many - few) as f64);
        }
    }
    for _ in 0..effort.rounds {
        for &peer in peers {
            let cost = costs.entry((peer, case)).or_default();
            if cost.gap.is_none() {
                let spent = spent("mem", &words(peer, (plain / effort.divisor).max(1)))?;
                cost.cpu_ns.push(spent.cpu_ns as f64 / spent.calls as f64);
                cost.page_faults.push(spent.page_faults as f64 / spent.calls as f64);
            }
        }
    }
    Ok(())
}

/// Messages of the two counts under callgrind, and of one CPU reading (a fifth of a second or so).
fn iterations(case: Case) -> (u64, u64, u64) {
    match case {
        Case::Add | Case::Notify => (100, 1100, 400_000),
        Case::Batch100 => (10, 60, 6_000),
        Case::String1m => (2, 7, 200),
        Case::Numbers10k => (3, 13, 800),
    }
}

fn print(wire: &str, peers: &[&'static str], base: &'static str, case: Case, costs: &Costs) {
    let mut table = Table::new(&[
        "peer",
        "instructions",
        "/ handwritten",
        "/ jsonrpsee",
        "CPU ns",
        "/ handwritten",
        "spread",
        "faults",
        "allocations",
        "bytes",
    ]);
    let jsonrpsee = jsonrpsee(case, costs);
    let base = &costs[&(base, case)];
    for &peer in peers {
        let cost = &costs[&(peer, case)];
        if let Some(gap) = &cost.gap {
            table.row(vec![peer.to_owned(), format!("– ({gap})")]);
            continue;
        }
        table.row(vec![
            peer.to_owned(),
            whole(cost.instructions),
            times(ratio(cost.instructions, base.instructions)),
            times(ratio(cost.instructions, jsonrpsee)),
            whole(cost.cpu_ns.median()),
            times(cost.cpu_ns.over(&base.cpu_ns)),
            percent(cost.cpu_ns.spread()),
            tenth(cost.page_faults.median()),
            tenth(cost.allocations),
            whole(cost.allocated_bytes),
        ]);
    }
    table.print(&format!("{}, {wire}, per message", case.name()));
}

/// jsonrpsee's in-memory path; where it has none, the service that its server runs.
fn jsonrpsee(case: Case, costs: &Costs) -> Option<f64> {
    let of = |peer| costs.get(&(peer, case))?.instructions;
    of("jsonrpsee").or_else(|| of("jsonrpsee-service"))
}

fn goals(costs: &Costs) -> Vec<Goal> {
    let instructions = |peer, case| costs.get(&(peer, case))?.instructions;
    let allocations = |peer, case| costs.get(&(peer, case))?.allocations;
    let bytes = |peer, case| costs.get(&(peer, case))?.allocated_bytes;
    let mut goals = Vec::new();
    for case in Case::ALL {
        let (name, ours) = (case.name(), instructions("ours", case));
        let handwritten = ratio(ours, instructions("handwritten", case));
        goals.push(Goal::at_most(1.0, format!("{name}: instructions, ours / handwritten"), handwritten));
        let base = jsonrpsee(case, costs);
        let goal = Goal::at_most(0.33, format!("{name}: instructions, ours / jsonrpsee"), ratio(ours, base));
        goals.push(goal.beside("handwritten-typed", ratio(instructions("handwritten-typed", case), base)));
    }
    for case in Case::ALL.into_iter().filter(|&case| case != Case::Batch100) {
        let straight = ratio(instructions("ours-msgpack", case), instructions("handwritten-msgpack", case));
        let what = format!("{}: instructions, ours-msgpack / handwritten-msgpack", case.name());
        goals.push(Goal::at_most(1.5, what, straight));
    }
    for (peer, case) in [
        ("ours-reused", Case::Add),
        ("ours-reused", Case::Notify),
        ("ours-msgpack-reused", Case::Add),
        ("ours-msgpack-reused", Case::Notify),
    ] {
        goals.push(Goal::at_most(0.0, format!("{}: allocations, {peer}", case.name()), allocations(peer, case)));
    }
    for (ours, handwritten) in [("ours", "handwritten"), ("ours-msgpack", "handwritten-msgpack")] {
        let copied = ratio(bytes(ours, Case::String1m), bytes(handwritten, Case::String1m));
        // A hundredth of slack for what is not the text itself.
        goals.push(Goal::at_most(1.01, format!("string1m: bytes allocated, {ours} / {handwritten}"), copied));
    }
    goals
}
