//! What comfycheck's things are: suites, plans, findings, reports.
