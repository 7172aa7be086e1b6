//! Amounts of money.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Add;

/// A range of money in USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostRange {
    /// The lowest possible amount.
    pub low: f64,
    /// The highest possible amount.
    pub high: f64,
}

impl Add for CostRange {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { low: self.low + other.low, high: self.high + other.high }
    }
}

/// What a run can spend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Budget {
    /// The most jobs to submit.
    pub max_jobs: Option<u32>,
    /// The most money to spend, in USD.
    ///
    /// Each job counts with the upper end of its cost range. A job of unknown cost counts as one that runs until the patience
    /// ends ([`crate::cost::longest`]).
    pub max_cost: Option<f64>,
}
