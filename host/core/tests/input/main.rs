//! What a user may get wrong, and what he is told: suites, workflows, plans, manifests.

mod cost;
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
mod workflow;
