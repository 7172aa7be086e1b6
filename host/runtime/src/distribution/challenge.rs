//! What a registry asks for before it answers: the header `WWW-Authenticate`, RFC 9110 section 11.6.1.

use crate::transport::live::may_lead;
use std::collections::BTreeMap;
use url::Url;

/// How to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With the login itself.
    Basic,
    /// With a token of another server.
    Bearer {
        /// The address of the server, with the name of the service.
        realm: Url,
    },
}

impl Challenge {
    /// The first challenge of a response to `url` that is understood. `scope` is what the token must allow.
    pub(super) fn read(headers: &[String], url: &Url, scope: &str) -> Option<Self> {
        headers.iter().find_map(|header| {
            let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
            if scheme.eq_ignore_ascii_case("basic") {
                return Some(Self::Basic);
            }
            let values = scheme.eq_ignore_ascii_case("bearer").then(|| parameters(rest))?;
            let mut realm = Url::parse(values.get("realm")?).ok()?;
            // The login is sent there. A server must not lead to the services of this machine.
            if !may_lead(url, &realm) {
                return None;
            }
            if let Some(service) = values.get("service") {
                realm.query_pairs_mut().append_pair("service", service);
            }
            realm.query_pairs_mut().append_pair("scope", scope);
            Some(Self::Bearer { realm })
        })
    }
}

/// `name="value"` or `name=value`, with commas between them.
fn parameters(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        values.insert(name.trim_matches([' ', ',']).to_ascii_lowercase(), value.trim().to_owned());
        rest = after;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, url: &str) -> Option<Challenge> {
        Challenge::read(&[header.to_owned()], &Url::parse(url).unwrap(), "repository:acme/rules:pull")
    }

    #[test]
    fn a_challenge_names_the_server_of_tokens() {
        let header = "Bearer realm=\"https://auth.example/token\",service=\"a,b\",scope=\"ignored\"";
        let realm = "https://auth.example/token?service=a%2Cb&scope=repository%3Aacme%2Frules%3Apull";
        let expected = Challenge::Bearer { realm: Url::parse(realm).unwrap() };
        assert_eq!(read(header, "https://ghcr.io/v2/"), Some(expected));
        assert_eq!(read("Basic realm=\"x\"", "https://ghcr.io/v2/"), Some(Challenge::Basic));
        assert_eq!(read("basic", "https://ghcr.io/v2/"), Some(Challenge::Basic));
    }

    #[test]
    fn a_login_is_not_led_to_where_it_could_be_read() {
        for realm in ["http://auth.example/token", "http://127.0.0.1/token", "file:///etc/passwd", "no", ""] {
            let header = format!("Bearer realm=\"{realm}\"");
            assert_eq!(read(&header, "https://ghcr.io/v2/"), None, "{realm}");
        }
        assert!(read("Bearer realm=\"http://127.0.0.1:1/token\"", "http://127.0.0.1:5000/v2/").is_some());
        for header in ["", "Negotiate", "Bearer", "Bearer realm", "Bearer realm=\"", "Bearer =,=,\"=\""] {
            assert_eq!(read(header, "https://ghcr.io/v2/"), None, "{header}");
        }
    }
}
