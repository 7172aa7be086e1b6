//! What a user may get wrong, and what he is told: suites, workflows, plans, manifests.

mod workflow;
