//! The project's goals for speed, each with what was measured against it.

/// A number that must not exceed a limit.
#[derive(Debug)]
pub(crate) struct Goal {
    what: String,
    limit: f64,
    measured: Option<f64>,
    /// What a peer that does next to nothing comes to, where that explains the measurement.
    beside: Option<(&'static str, f64)>,
}

impl Goal {
    /// A goal and its measurement, `None` if one side of it could not be measured.
    pub(crate) fn at_most(limit: f64, what: impl Into<String>, measured: Option<f64>) -> Goal {
        Goal { what: what.into(), limit, measured, beside: None }
    }

    /// Shows beside it the same ratio of a peer that does next to nothing.
    pub(crate) fn beside(mut self, peer: &'static str, measured: Option<f64>) -> Goal {
        self.beside = measured.map(|measured| (peer, measured));
        self
    }
}

/// Prints one line for each goal.
pub(crate) fn print(goals: &[Goal]) {
    println!("Goals");
    for Goal { what, limit, measured, beside } in goals {
        let beside = beside.map(|(peer, found)| format!(" ({peer}: {found:.2})")).unwrap_or_default();
        match measured {
            Some(found) if found <= limit => println!("  met           {what}: {found:.2}, at most {limit:.2}{beside}"),
            Some(found) => println!("  NOT MET       {what}: {found:.2}, at most {limit:.2}{beside}"),
            None => println!("  not measured  {what}: at most {limit:.2}{beside}"),
        }
    }
}
