//! How comfycheck writes numbers, units and lists: one function for each, for the host and for checks.
//!
//! Text only: this crate knows no type of the contract and no type of the host.

mod list;
mod number;

pub use list::{count, names, names_with, samples};
pub use number::{beside, bytes, money, money_range, number, percent, quantity, seconds};
