//! The pure core of the check: what it was told, and what it says.

mod after;
mod before;
mod diagnoses;
mod queue;
mod readme;
mod said;
mod told;
