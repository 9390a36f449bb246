//! The functions that every peer serves: the same signatures, so that only the way to them differs.

/// Adds two integers: a call whose own work is nothing.
pub fn add(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

/// Subtracts, so that a method table has more than one row.
pub fn subtract(a: i64, b: i64) -> i64 {
    a.wrapping_sub(b)
}

/// Gives back the text it got; owned in and out, as functions behind an RPC usually are.
pub fn echo(text: String) -> String {
    text
}

/// Gives back the numbers it got.
pub fn numbers(values: Vec<i64>) -> Vec<i64> {
    values
}

/// Reverses a text by characters.
pub fn reverse(text: String) -> String {
    text.chars().rev().collect()
}
