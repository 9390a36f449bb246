//! What each peer of a table needs for one request: the numbers, their ratios, and the table itself.

use crate::sample::{Sample, ratio};
use crate::table::{Table, percent, times, whole};
use std::collections::HashMap;

/// What one peer needs for one request.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    /// Instructions in user space.
    pub(crate) instructions: Option<f64>,
    /// CPU time in user space and kernel, in nanoseconds.
    pub(crate) cpu_ns: Sample,
}

/// The costs of all peers of one table.
#[derive(Debug, Default)]
pub(crate) struct Costs(HashMap<&'static str, Cost>);

impl Costs {
    /// The cost of a peer, empty at first.
    pub(crate) fn of(&mut self, peer: &'static str) -> &mut Cost {
        self.0.entry(peer).or_default()
    }

    /// Instructions of one peer over those of another.
    pub(crate) fn instructions(&self, peer: &str, base: &str) -> Option<f64> {
        ratio(self.0.get(peer)?.instructions, self.0.get(base)?.instructions)
    }

    /// CPU time of one peer over that of another, round by round.
    pub(crate) fn cpu(&self, peer: &str, base: &str) -> Option<f64> {
        self.0.get(peer)?.cpu_ns.over(&self.0.get(base)?.cpu_ns)
    }

    /// Prints the peers in this order, each beside every base.
    pub(crate) fn print(&self, title: &str, peers: &[&str], bases: &[&str]) {
        let over: Vec<String> = bases.iter().map(|base| format!("/ {base}")).collect();
        let over = over.iter().map(String::as_str);
        let headings: Vec<&str> = ["peer", "instructions"]
            .into_iter()
            .chain(over.clone())
            .chain(["CPU ns"])
            .chain(over)
            .chain(["spread"])
            .collect();
        let mut table = Table::new(&headings);
        for &peer in peers {
            let Some(cost) = self.0.get(peer) else { continue };
            let mut cells = vec![peer.to_owned(), whole(cost.instructions)];
            cells.extend(bases.iter().map(|base| times(self.instructions(peer, base))));
            cells.push(whole(cost.cpu_ns.median()));
            cells.extend(bases.iter().map(|base| times(self.cpu(peer, base))));
            cells.push(percent(cost.cpu_ns.spread()));
            table.row(cells);
        }
        table.print(title);
    }
}
