//! The endpoint, and what it costs.

use super::{ENDPOINT_VARIABLES, Entry, Resolve};
use crate::address::is_endpoint_id;
use crate::diagnostic::{Diagnostic, Kind};
use crate::secret::is_suspicious;
use crate::suite::file::DeploymentFile;
use crate::suite::surroundings::Overrides;
use crate::suite::{Deployment, RUNPOD};
use std::num::NonZeroU32;

/// RunPod's own management API.
const MANAGEMENT_URL: &str = "https://api.runpod.io/v2";

/// The most that a worker can cost per second, in USD.
const HIGHEST_PRICE: f64 = 1_000.0;

impl Resolve<'_, '_> {
    pub(super) fn endpoint(&mut self, file: DeploymentFile, overrides: &Overrides) -> Deployment {
        // First, so that no message on another value shows it.
        let names_key = file.key.is_some();
        let key = self.key(file.key);
        let endpoint = match &overrides.endpoint {
            Some(endpoint) => Some(Entry::of_option("--endpoint", endpoint)),
            None => self.entry(file.endpoint, "endpoint", &ENDPOINT_VARIABLES),
        };
        if let Some(endpoint) = &endpoint {
            self.check_endpoint(endpoint);
        }
        // A variable that the suite names and that has no value is a problem of its own.
        if endpoint.is_some() && key.is_none() && !names_key {
            self.check_key_is_set();
        }
        let base_url = self.entry(file.base_url, "base-url", &["RUNPOD_ENDPOINT_BASE_URL"]);
        let base_url = base_url.and_then(|entry| self.address(&entry)).unwrap_or_else(|| RUNPOD.to_owned());
        let management_url = self.entry(file.management_url, "management-url", &["RUNPOD_REST_V2_API_URL"]);
        let management_url = match management_url {
            Some(entry) => self.address(&entry),
            None => (base_url == RUNPOD).then(|| MANAGEMENT_URL.to_owned()),
        };
        if file.price_per_second.is_some_and(|price| price <= 0.0) {
            let diagnostic = Diagnostic::of(Kind::OutOfRange, "`price-per-second` must be above 0");
            self.problem("price-per-second", diagnostic);
        }
        if file.price_per_second.is_some_and(|price| price > HIGHEST_PRICE) {
            let what = format!("`price-per-second` must be at most {HIGHEST_PRICE}");
            let help = "write the price of one second in USD, not of one hour";
            self.problem("price-per-second", Diagnostic::of(Kind::OutOfRange, what).help(help));
        }
        Deployment {
            endpoint: endpoint.map(|endpoint| endpoint.value.expose().to_owned()),
            key,
            base_url,
            management_url,
            gpu: overrides.gpu.clone().or(file.gpu),
            gpu_count: overrides.gpu_count.or(file.gpu_count).unwrap_or(NonZeroU32::MIN),
            price_per_second: file.price_per_second,
            ..Deployment::default()
        }
    }

    fn check_endpoint(&mut self, entry: &Entry) {
        let (name, id) = (&entry.name, entry.value.expose());
        if is_suspicious(id) {
            let help =
                "put the endpoint's id here and the key in `RUNPOD_API_KEY`; revoke a key that others can have seen";
            let diagnostic = Diagnostic::of(Kind::Secret, format!("`{name}` is an API key, not an endpoint id"));
            self.problem_of(entry, diagnostic.help(help));
        } else if id.is_empty() {
            self.problem_of(entry, Diagnostic::of(Kind::InvalidValue, format!("`{name}` must not be empty")));
        } else if !is_endpoint_id(id) {
            let shown = self.redacted(id);
            let what = if entry.is_in_suite() {
                format!("`{shown}` is not an endpoint id")
            } else {
                format!("`{name}` is `{shown}`, which is not an endpoint id")
            };
            let help = if id.contains('/') {
                "write the id alone, such as `4m7x2k9q`; the address belongs in `base-url`"
            } else {
                "write the id alone, such as `4m7x2k9q`"
            };
            self.problem_of(entry, Diagnostic::of(Kind::InvalidValue, what).help(help));
        }
    }
}
