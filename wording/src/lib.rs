//! How comfycheck writes numbers, units, names and lists: one function for each, for the host and
//! for checks.
//!
//! Text only: this crate knows no type of the contract and no type of the host.

mod list;
mod nearest;
mod number;
mod quote;

pub use list::{count, few_names, names, names_with, samples};
pub use nearest::nearest;
pub use number::{beside, bytes, bytes_beside, clock, limit, money, money_range, number, percent, quantity, seconds};
pub use quote::{one_line, quote};
