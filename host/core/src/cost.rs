//! Prices and what samples cost.

/// An amount of money in USD, as a range where billing is ambiguous.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CostRange {
    /// The least that it may have cost.
    pub low: f64,
    /// The most that it may have cost.
    pub high: f64,
}

/// What one second of one worker costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// In USD, for all GPUs of a worker.
    pub per_second: f64,
    /// Where it comes from.
    pub source: PriceSource,
    /// The date of the price, `YYYY-MM-DD`.
    pub date: Option<String>,
}

/// Where a price comes from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceSource {
    /// The suite names it.
    Suite,
    /// The dated table in this file.
    Table,
}
