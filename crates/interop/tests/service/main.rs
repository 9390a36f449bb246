//! One typed service over everything there is, and against what was written by hand.

mod by_hand;
mod everywhere;
mod python;
