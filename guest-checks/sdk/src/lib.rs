//! What a check for comfycheck depends on: the types of the contract, the [`Check`] trait,
//! [`export_check!`] and a parsed [`Workflow`].
//!
//! A check is a crate of type `["cdylib"]`. `comfycheck check new` writes one. `cargo test` tests it natively, and
//! [`testing::Host`] answers what it asks.
//!
//! A check that other crates link is `["cdylib", "rlib"]`. Its export is behind a feature that is off by default:
//!
//! ```
//! use comfycheck_sdk::{Answer, Check, Error, Finding, Manifest, Scope, Severity, readme_rules};
//!
//! /// Every node has a title.
//! struct Titles;
//!
//! impl Check for Titles {
//!     type Settings = serde_json::Value;
//!
//!     fn manifest() -> Manifest {
//!         Manifest {
//!             name: "titled".into(),
//!             version: "0.1.0".into(),
//!             summary: "every node has a title".into(),
//!             scopes: vec![Scope::Deployment],
//!             gates: false,
//!             rules: readme_rules(
//!                 "## `no-title`\n\nA node has no title.\n\nTitles name nodes in messages.",
//!                 &[("no-title", Severity::Note)],
//!             ),
//!             settings_schema: r#"{"type": "object", "additionalProperties": false}"#.into(),
//!         }
//!     }
//!
//!     fn run(_: Scope, _: Self::Settings) -> Result<Answer, Error> {
//!         let workflow = comfycheck_sdk::Workflow::of_suite()?;
//!         let untitled = workflow.nodes().filter(|node| node.title.is_none());
//!         Ok(untitled.map(|node| Finding::new("no-title", "node has no title").about(node)).collect())
//!     }
//! }
//!
//! #[cfg(feature = "component")]
//! comfycheck_sdk::export_check!(Titles);
//! # fn main() {}
//! ```

#[doc(hidden)]
pub mod bindings;
mod capabilities;
mod check;
mod delivered;
mod dry_run_answer;
mod embedding;
mod failure;
mod file;
mod finding;
mod fix;
pub mod log;
mod lost;
#[cfg(not(target_family = "wasm"))]
mod native;
mod readme;
mod sample;
mod saver;
pub mod testing;
mod unanswered;
mod workflow;

pub use bindings::exports::comfycheck::check::checker::{
    Answer, Bound, Error, Finding, Manifest, Measurement, ModelRef, NodeRef, OpenQuestion, Rule, Scope, Severity,
    Subject,
};
pub use capabilities::{
    dry_run, endpoint, files, http, inputs, inventory, outputs, pictures, samples, volume, workflow_source,
};
#[cfg(feature = "watch")]
#[doc(hidden)]
pub use check::watch;
pub use check::{Check, WaitingSample};
#[doc(hidden)]
pub use check::{describe, run};
pub use comfycheck_wording as wording;
// Older names of the same functions.
pub use comfycheck_wording::{few_names, nearest, one_line, quote};
pub use comfycheck_worker_error as worker_error;
pub use comfycheck_worker_error::{NodeFailure, WorkerError, is_model};
pub use embedding::embeddings_in;
pub use failure::Failure;
pub use fix::{Edit, Fix};
pub use readme::{assert_examples, readme_rules};
pub use saver::Saver;
pub use unanswered::{SAVE_INVENTORY, SAVE_INVENTORY_OR_DRY_RUN, unanswered_reason};
pub use workflow::{Input, Node, Workflow, WorkflowError};
