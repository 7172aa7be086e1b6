//! Reports: what a run comes to, and what each format makes of it.

mod scene;
mod summarize;
