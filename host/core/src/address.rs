//! Addresses that comfycheck sends requests to: over TLS, or on this machine.

use url::{Host, Url};

/// Why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not parse as an absolute URL.
    #[error("not a URL")]
    NotUrl,
    #[error("neither `http` nor `https`")]
    Scheme,
    /// `http` to another machine would send keys and images in clear text.
    #[error("not encrypted")]
    NotEncrypted,
    /// Reports would show a user name or a password.
    #[error("an address with a user name or a password")]
    Credentials,
    /// No path can be appended after a query or a fragment.
    #[error("an address with a query or a fragment")]
    Query,
}

impl AddressError {
    pub fn help(self) -> &'static str {
        match self {
            Self::NotUrl | Self::Scheme => "write an address such as `https://example.org`",
            Self::NotEncrypted => {
                "use `https`, or forward the port to this machine: `http` only works with a loopback address"
            }
            Self::Credentials => "remove them from the address",
            Self::Query => "remove everything after the path",
        }
    }
}

/// The part of an address that a message can show: without a query, which can contain a secret. None if the address can
/// contain a password.
pub fn shown(text: &str) -> Option<&str> {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    Some(&text[..end]).filter(|shown| !shown.contains('@'))
}

/// Whether requests can go to an address: over TLS, or to this machine.
///
/// This is the one rule for all requests, redirects included. A host name other than `localhost` is another machine, even if
/// it resolves to this one.
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

/// Whether a URL's host is this machine, by name or by literal address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Domains of the object storages that workers commonly upload images to.
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

/// Whether an image can be downloaded from a host that a job's output names: a common object storage or one of these, with
/// subdomains. Without this rule a job could point comfycheck at any host.
pub fn is_image_host(host: &str, named: &[String]) -> bool {
    let is_below = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    STORAGES.into_iter().chain(named.iter().map(String::as_str)).any(is_below)
}

/// Labels of public suffixes below country codes, such as `com.au` and `co.uk`.
const PUBLIC_LABELS: [&str; 12] = ["ac", "co", "com", "edu", "gob", "gov", "ne", "net", "nom", "or", "org", "plc"];

/// Whether a text can be the id of a RunPod endpoint. An empty one is none.
pub fn is_endpoint_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether a text is a host name as [`is_image_host`] expects it: lower case, without a port. Not a literal address, and not
/// a public suffix such as `com.au`, which many owners share.
pub fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(inside) && !label.starts_with('-') && !label.ends_with('-')
    };
    let (rest, last) = text.rsplit_once('.').unwrap_or_default();
    let is_address = last.bytes().all(|byte| byte.is_ascii_digit());
    let is_public = last.len() == 2 && PUBLIC_LABELS.contains(&rest);
    text.len() <= 253 && text.split('.').all(is_label) && !is_address && !is_public
}

/// An address that paths are appended to, without a final `/`.
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
    fn an_address_that_no_path_can_follow_is_refused() {
        check("", Err(AddressError::NotUrl));
        check("api.runpod.ai", Err(AddressError::NotUrl));
        check("localhost:8188", Err(AddressError::Scheme));
        check("file:///etc/passwd", Err(AddressError::Scheme));
        check("http://127.0.0.1@example.org", Err(AddressError::Credentials));
        check("https://user:secret@example.org", Err(AddressError::Credentials));
        check("https://example.org/?key=1", Err(AddressError::Query));
        check("https://example.org/#x", Err(AddressError::Query));
    }

    #[test]
    fn each_error_has_its_words() {
        let text: String = [
            AddressError::NotUrl,
            AddressError::Scheme,
            AddressError::NotEncrypted,
            AddressError::Credentials,
            AddressError::Query,
        ]
        .map(|error| format!("is {error}\n  help: {}\n", error.help()))
        .concat();
        insta::assert_snapshot!(text);
    }
}
