//! What users get wrong, and how comfycheck reports it: suites, workflows, plans, manifests.

mod cost;
mod fleet;
mod hub;
mod inputs;
mod manifest;
mod notifications;
mod partition;
mod plan;
mod schema;
mod suite;
mod suite_meaning;
mod suite_shape;
mod surroundings;
mod waivers;
mod wording;
mod workflow;
