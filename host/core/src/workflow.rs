//! The suite's workflow in API format: parsed, varied, and where its nodes stand.
