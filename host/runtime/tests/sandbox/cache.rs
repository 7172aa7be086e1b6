//! The cache on disk: what it spares, and what it does not trust.
