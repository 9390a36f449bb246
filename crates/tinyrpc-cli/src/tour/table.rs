//! A plain table whose columns are aligned.

use std::fmt;
use std::time::Duration;

/// What was found at one endpoint in one protocol.
#[derive(Default)]
pub(super) struct Row {
    pub(super) endpoint: String,
    pub(super) protocol: &'static str,
    pub(super) result: String,
    pub(super) time: Option<Duration>,
    /// Whether nothing failed.
    pub(super) well: bool,
}

#[derive(Default)]
pub(super) struct Table(Vec<Row>);

impl Table {
    pub(super) fn add(&mut self, row: Row) {
        self.0.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |row: &Row| match row.time {
            Some(time) => format!("{:.1} µs", time.as_secs_f64() * 1e6),
            None => "-".to_owned(),
        };
        let head = ["ENDPOINT", "PROTOCOL", "TIME PER CALL", "RESULT"].map(str::to_owned);
        let rows = self.0.iter().map(|row| {
            // A result may be long, so it stands last, and on one line.
            [row.endpoint.clone(), row.protocol.to_owned(), time(row), row.result.replace('\n', " ")]
        });
        let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (first, second, third) = (width(0), width(1), width(2));
        for (index, [endpoint, protocol, time, result]) in rows.iter().enumerate() {
            let end = if index + 1 < rows.len() { "\n" } else { "" };
            write!(f, "{endpoint:<first$}  {protocol:<second$}  {time:>third$}  {result}{end}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::default();
        let row = |endpoint: &str, time, result: &str| Row {
            endpoint: endpoint.to_owned(),
            protocol: "jsonrpc",
            result: result.to_owned(),
            time,
            well: true,
        };
        table.add(row("in memory", Some(Duration::from_nanos(1_234)), "ok"));
        table.add(row("http://127.0.0.1:5000/", None, "two\nlines"));
        assert_eq!(
            table.to_string(),
            "ENDPOINT                PROTOCOL  TIME PER CALL  RESULT\n\
             in memory               jsonrpc          1.2 µs  ok\n\
             http://127.0.0.1:5000/  jsonrpc               -  two lines"
        );
    }
}
