//! Numbers read in several rounds, and what stands for them.

/// Readings of one thing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    /// Adds a reading.
    pub(crate) fn push(&mut self, reading: f64) {
        self.0.push(reading);
    }

    /// The middle reading; the mean of the two middle ones if their count is even.
    pub(crate) fn median(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let high = *sorted.get(sorted.len() / 2)?;
        let low = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
        Some((low + high) / 2.0)
    }

    /// The middle one of the ratios to another sample's reading in the same round: what slows a shared machine down
    /// for a while slows both.
    pub(crate) fn over(&self, other: &Sample) -> Option<f64> {
        let ratios = self.0.iter().zip(&other.0).map(|(one, other)| one / other).collect();
        Sample(ratios).median()
    }

    /// How far the readings lie apart, as a share of the median.
    pub(crate) fn spread(&self) -> Option<f64> {
        let high = self.0.iter().copied().max_by(f64::total_cmp)?;
        let low = self.0.iter().copied().min_by(f64::total_cmp)?;
        Some((high - low) / self.median()?)
    }
}

/// One number over another, if both were measured.
pub(crate) fn ratio(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(one? / other.filter(|other| *other > 0.0)?)
}
