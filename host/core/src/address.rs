//! Addresses that comfycheck talks to: over TLS, or on this machine.

use url::{Host, Url};

/// Why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It cannot be parsed as an absolute URL.
    #[error("not a URL")]
    NotUrl,
    /// Neither `http` nor `https`.
    #[error("neither `http` nor `https`")]
    Scheme,
    /// `http` to another machine: keys and images would travel in clear text.
    #[error("not encrypted")]
    NotEncrypted,
    /// A user name or a password: it would stand in every report.
    #[error("with a user name or a password in it")]
    Credentials,
    /// A query or a fragment, after which no path can be appended.
    #[error("with a query or a fragment")]
    Query,
}

impl AddressError {
    /// What to do, as one sentence.
    pub fn help(self) -> &'static str {
        match self {
            Self::NotUrl | Self::Scheme => "give an address such as `https://example.org`.",
            Self::NotEncrypted => {
                "use `https`, or forward the port to this machine: `http` is allowed to a loopback address only."
            }
            Self::Credentials => "remove them from the address.",
            Self::Query => "remove what follows the path.",
        }
    }
}

/// An address as a message may repeat it: without what may be a secret in it. None where nothing is sure to be none.
pub fn shown(text: &str) -> Option<&str> {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    Some(&text[..end]).filter(|shown| !shown.contains('@'))
}

/// Whether requests may be sent to an address: over TLS, or to this machine itself.
///
/// The one rule for all requests, redirects included. A host name other than `localhost`
/// is another machine, whatever it resolves to.
pub fn may_be_asked(url: &Url) -> Result<(), AddressError> {
    if url.host().is_none() {
        return Err(AddressError::NotUrl);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err(AddressError::NotEncrypted),
        _ => Err(AddressError::Scheme),
    }
}

/// Whether a URL's host is this machine, by its name or its literal address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Where the object storages answer that workers commonly upload images to.
const STORAGES: [&str; 10] = [
    "amazonaws.com",
    "backblazeb2.com",
    "blob.core.windows.net",
    "cloudflarestorage.com",
    "digitaloceanspaces.com",
    "linodeobjects.com",
    "r2.dev",
    "runpod.io",
    "storage.googleapis.com",
    "wasabisys.com",
];

/// Whether an image may be fetched from a host that a job's output names: one of the object storages that are commonly
/// used, or one of these, subdomains included. Anywhere else a job could send us.
pub fn is_image_host(host: &str, named: &[String]) -> bool {
    let is_below = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    STORAGES.into_iter().chain(named.iter().map(String::as_str)).any(is_below)
}

/// What many countries call the domains below which anybody can have one: `com.au`, `co.uk`.
const FOR_ANYBODY: [&str; 12] = ["ac", "co", "com", "edu", "gob", "gov", "ne", "net", "nom", "or", "org", "plc"];

/// Whether a text is the name of a host, as [`is_image_host`] takes it: in lower case, without a port. A literal address is
/// none, and neither is a domain like `com.au`, below which are hosts of anybody.
pub fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(inside) && !label.starts_with('-') && !label.ends_with('-')
    };
    let (rest, last) = text.rsplit_once('.').unwrap_or_default();
    let is_address = last.bytes().all(|byte| byte.is_ascii_digit());
    let is_for_anybody = last.len() == 2 && FOR_ANYBODY.contains(&rest);
    text.len() <= 253 && text.split('.').all(is_label) && !is_address && !is_for_anybody
}

/// An address that paths are appended to, as a suite gives it: without a final `/`.
pub fn base(text: &str) -> Result<String, AddressError> {
    let url = Url::parse(text.trim()).map_err(|_| AddressError::NotUrl)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Credentials);
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(AddressError::Scheme);
    }
    may_be_asked(&url)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(AddressError::Query);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_fetched_from_storages_and_from_hosts_that_the_suite_names() {
        let named = ["cdn.example.org".to_owned()];
        for (host, expected) in [
            ("bucket.s3.eu-central-1.amazonaws.com", true),
            ("s3api-eu-ro-1.runpod.io", true),
            ("cdn.example.org", true),
            ("a.cdn.example.org", true),
            ("example.org", false),
            ("evilamazonaws.com", false),
            ("amazonaws.com.example.net", false),
            ("", false),
        ] {
            assert_eq!(is_image_host(host, &named), expected, "{host}");
        }
        for (text, expected) in [
            ("cdn.example.org", true),
            ("example.com.au", true),
            ("x--y.de", true),
            ("com.de", false),
            ("com.au", false),
            ("co.uk", false),
            ("*.example.org", false),
            ("org", false),
            ("localhost", false),
            ("a..b", false),
            ("-.-", false),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("10.0.0.1", false),
            ("[::1]", false),
            ("", false),
        ] {
            assert_eq!(is_host_name(text), expected, "{text}");
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Result<&str, AddressError>) {
        assert_eq!(base(text).as_deref(), expected.as_ref().map(|text| *text), "{text}");
    }

    #[test]
    fn addresses_are_over_tls_or_on_this_machine() {
        check("https://api.runpod.ai/v2/", Ok("https://api.runpod.ai/v2"));
        check("HTTPS://API.runpod.ai", Ok("https://api.runpod.ai"));
        check("http://localhost:8188", Ok("http://localhost:8188"));
        check("http://127.0.0.1:8188/", Ok("http://127.0.0.1:8188"));
        check("http://127.1", Ok("http://127.0.0.1"));
        check("http://[::1]:8188", Ok("http://[::1]:8188"));
        check("http://[::ffff:127.0.0.1]", Err(AddressError::NotEncrypted));
        check("http://192.168.1.5:8188", Err(AddressError::NotEncrypted));
        check("http://localhost.example.org", Err(AddressError::NotEncrypted));
        check("http://127.0.0.1.example.org", Err(AddressError::NotEncrypted));
        check("http://0.0.0.0:8188", Err(AddressError::NotEncrypted));
    }

    #[test]
    fn what_is_no_base_of_requests_is_refused() {
        check("", Err(AddressError::NotUrl));
        check("api.runpod.ai", Err(AddressError::NotUrl));
        check("localhost:8188", Err(AddressError::Scheme));
        check("file:///etc/passwd", Err(AddressError::Scheme));
        check("http://127.0.0.1@example.org", Err(AddressError::Credentials));
        check("https://user:secret@example.org", Err(AddressError::Credentials));
        check("https://example.org/?key=1", Err(AddressError::Query));
        check("https://example.org/#x", Err(AddressError::Query));
    }
}
