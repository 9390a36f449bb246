//! Finds which definitions lead back to themselves, in one pass however many there are.

use std::collections::BTreeSet;

/// For each definition, the number of the circle that it is part of; a number of its own if it is part of none. `steps` are
/// the definitions that each one leads to.
///
/// Tarjan's algorithm with a stack of its own, since documents choose how long chains are.
pub(super) fn circles(steps: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut search = Search {
        order: vec![None; steps.len()],
        lowest: vec![0; steps.len()],
        circle: vec![None; steps.len()],
        open: Vec::new(),
        seen: 0,
    };
    for start in 0..steps.len() {
        if search.order[start].is_some() {
            continue;
        }
        search.enter(start);
        let mut path = vec![(start, steps[start].iter())];
        while let Some((at, rest)) = path.last_mut() {
            let at = *at;
            match rest.next() {
                Some(&next) if search.order[next].is_none() => {
                    search.enter(next);
                    path.push((next, steps[next].iter()));
                }
                Some(&next) if search.circle[next].is_none() => {
                    search.lowest[at] = search.lowest[at].min(search.order[next].unwrap_or(0));
                }
                Some(_) => {}
                None => {
                    path.pop();
                    search.leave(at);
                    if let Some((before, _)) = path.last() {
                        search.lowest[*before] = search.lowest[*before].min(search.lowest[at]);
                    }
                }
            }
        }
    }
    search.circle.into_iter().map(Option::unwrap_or_default).collect()
}

/// For each definition, whether it leads back to itself.
pub(super) fn in_circle(steps: &[BTreeSet<usize>]) -> Vec<bool> {
    let circle = circles(steps);
    let mut sizes = vec![0_usize; steps.len()];
    circle.iter().for_each(|number| sizes[*number] += 1);
    circle.iter().enumerate().map(|(at, number)| sizes[*number] > 1 || steps[at].contains(&at)).collect()
}

struct Search {
    /// When each was met.
    order: Vec<Option<usize>>,
    /// The earliest one that each leads back to, as far as is known.
    lowest: Vec<usize>,
    circle: Vec<Option<usize>>,
    /// Met, and not known yet to which circle they belong.
    open: Vec<usize>,
    seen: usize,
}

impl Search {
    fn enter(&mut self, at: usize) {
        self.order[at] = Some(self.seen);
        self.lowest[at] = self.seen;
        self.seen += 1;
        self.open.push(at);
    }

    fn leave(&mut self, at: usize) {
        if Some(self.lowest[at]) != self.order[at] {
            return;
        }
        // All that was met since, and is in no circle yet, is in that of `at`.
        while let Some(part) = self.open.pop() {
            self.circle[part] = Some(at);
            if part == at {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found() {
        // 0 -> 1 -> 2 -> 0, 2 -> 3 -> 4 -> 3, 5 -> 5, 6 -> 0
        let steps: Vec<BTreeSet<usize>> =
            [&[1][..], &[2], &[0, 3], &[4], &[3], &[5], &[0]].map(|to| to.iter().copied().collect()).into();
        let found = circles(&steps);
        assert!(found[0] == found[1] && found[1] == found[2] && found[3] == found[4], "{found:?}");
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 4);
        assert_eq!(in_circle(&steps), [true, true, true, true, true, true, false]);
        let chain: Vec<BTreeSet<usize>> = (1..=100_000).map(|next| BTreeSet::from([next % 99_999])).collect();
        assert_eq!(circles(&chain).len(), 100_000);
    }
}
