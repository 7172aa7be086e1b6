//! Statistics of samples, for the host and for checks: what is measured, how it is spread, whether it keeps a limit, and
//! whether it differs from another run.
//!
//! Everything here is pure. Times are in milliseconds or seconds, as the names say.

pub mod compare;
pub mod distribution;
pub mod forecast;
pub mod histogram;
pub mod limit;
pub mod measures;
pub mod random;
pub mod repeats;
mod student;
pub mod times;
