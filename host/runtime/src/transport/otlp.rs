//! Sends metrics to an OpenTelemetry collector: OTLP over HTTP, in JSON.
//!
//! The variables are those of OpenTelemetry's specification of exporters. One for metrics precedes the one for all signals.
//! `OTEL_EXPORTER_OTLP_ENDPOINT` is a base, to which `/v1/metrics` is added.

use super::notify::{NotifyError, NotifyTimeouts, send_with_headers};
use comfycheck_core::address::{AddressError, may_be_asked};
use comfycheck_core::secret::{Secret, Secrets};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use url::Url;

const ENDPOINTS: [(&str, &str); 2] =
    [("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", ""), ("OTEL_EXPORTER_OTLP_ENDPOINT", "/v1/metrics")];
const HEADERS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];

/// A receiver of metrics.
#[derive(Clone, Debug)]
pub struct Collector {
    /// A secret, since addresses of vendors can hold a token.
    url: Secret,
    headers: Vec<(String, Secret)>,
}

/// Why there is no collector. No message contains a value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectorError {
    #[error("`OTEL_EXPORTER_OTLP_ENDPOINT` is not set")]
    NoEndpoint,
    #[error("`{variable}` is {error}")]
    Endpoint {
        variable: &'static str,
        #[source]
        error: AddressError,
    },
    #[error("`{variable}` is not a list such as `name=value,name=value`")]
    Headers { variable: &'static str },
}

impl Collector {
    /// The collector that environment variables name.
    pub fn named(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, CollectorError> {
        let value = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let named = |(name, path): (&'static str, &str)| Some((name, value(name)?, path.to_owned()));
        let (name, base, path) = ENDPOINTS.into_iter().find_map(named).ok_or(CollectorError::NoEndpoint)?;
        let refused = |error| CollectorError::Endpoint { variable: name, error };
        let url =
            Url::parse(&format!("{}{path}", base.trim_end_matches('/'))).map_err(|_| refused(AddressError::NotUrl))?;
        may_be_asked(&url).map_err(refused)?;
        let headers = HEADERS.into_iter().find_map(|name| Some((name, value(name)?)));
        let headers = headers.map(|(variable, list)| headers_of(&list).ok_or(CollectorError::Headers { variable }));
        Ok(Self { url: Secret::new(url.as_str()), headers: headers.transpose()?.unwrap_or_default() })
    }

    /// Sends one request, up to three times as notifications are. Redacts the secrets, the URL and the headers from it. Needs a
    /// tokio runtime.
    pub async fn send(&self, json: &str, secrets: &Secrets, timeouts: NotifyTimeouts) -> Result<(), NotifyError> {
        let values = self.headers.iter().map(|(_, value)| value.clone());
        let known = secrets.with(values.chain([self.url.clone()]));
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()));
        send_with_headers(&self.url, json, headers.collect(), &known, timeouts).await
    }
}

/// The headers of a list. Values are percent-encoded.
fn headers_of(list: &str) -> Option<Vec<(String, Secret)>> {
    let header = |part: &str| {
        let (name, value) = part.split_once('=')?;
        let (name, value) = (name.trim(), decoded(value.trim())?);
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let is_header = !name.is_empty() && name.bytes().all(is_token) && !value.contains(char::is_control);
        is_header.then(|| (name.to_ascii_lowercase(), Secret::new(value)))
    };
    list.split(',').filter(|part| !part.trim().is_empty()).map(header).collect()
}

/// Without percent-encoding. None if that is not UTF-8.
fn decoded(value: &str) -> Option<String> {
    percent_decode_str(value).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(variables: &[(&str, &str)]) -> Result<Collector, CollectorError> {
        Collector::named(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_variables_are_those_of_exporters() {
        for (variables, expected) in [
            (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")][..], "http://127.0.0.1:4318/v1/metrics"),
            (
                &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otlp.example.org/otlp/")],
                "https://otlp.example.org/otlp/v1/metrics",
            ),
            (
                &[
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a.example.org"),
                    ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://b.example.org/own/path"),
                ],
                "https://b.example.org/own/path",
            ),
        ] {
            assert_eq!(named(variables).unwrap().url.expose(), expected);
        }
    }

    #[test]
    fn headers_are_a_list_with_encoded_values() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a.example.org");
        let headers = |list| {
            let named = named(&[endpoint, ("OTEL_EXPORTER_OTLP_HEADERS", list)])?;
            let shown = |(name, value): &(String, Secret)| format!("{name}: {}", value.expose());
            Ok::<_, CollectorError>(named.headers.iter().map(shown).collect::<Vec<_>>())
        };
        assert_eq!(
            headers("Authorization=Basic%20YTpi==, api-key=a%2Cb").unwrap(),
            ["authorization: Basic YTpi==", "api-key: a,b"]
        );
        assert_eq!(headers("x=100%").unwrap(), ["x: 100%"]);
        for refused in ["no-value", "a b=c", "=c", "x=%0d%0aHost: y", "x=%ff"] {
            assert_eq!(headers(refused).unwrap_err(), CollectorError::Headers { variable: HEADERS[1] }, "{refused}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let refusal = |value| named(&[("OTEL_EXPORTER_OTLP_ENDPOINT", value)]).unwrap_err();
        assert_eq!(refusal(" "), CollectorError::NoEndpoint);
        for value in ["http://collector:4318", "collector:4318", "localhost", "ftp://localhost"] {
            assert!(matches!(refusal(value), CollectorError::Endpoint { .. }), "{value}");
        }
    }
}
