//! Logins of registries: from the environment, and from the file that `docker login` writes.

use super::helper;
use comfycheck_core::secret::Secret;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A login of one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    Basic {
        user: String,
        password: Secret,
    },
    /// A token that gets further tokens.
    Identity(Secret),
}

/// Where logins are looked for. Nothing is read before a registry asks for a login.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The registry of `environment`.
    registry: Option<String>,
    environment: Option<Login>,
    docker: DockerConfig,
}

/// The names of Docker Hub in Docker's file.
const DOCKER_HUB: [&str; 3] = ["https://index.docker.io/v1/", "index.docker.io", "docker.io"];

/// The part of Docker's `config.json` that has logins.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DockerConfig {
    auths: BTreeMap<String, DockerLogin>,
    creds_store: Option<String>,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "lowercase", default)]
struct DockerLogin {
    /// Base64 of `user:password`.
    auth: Option<String>,
    identitytoken: Option<String>,
}

impl Credentials {
    /// `docker` is the content of Docker's `config.json`. A file that is not valid has no logins, as for `docker pull`.
    pub fn new(variable: &dyn Fn(&str) -> Option<Secret>, docker: Option<&[u8]>) -> Self {
        let value = |name| variable(name).filter(|value| !value.expose().is_empty());
        let login = value("COMFYCHECK_REGISTRY_USER").zip(value("COMFYCHECK_REGISTRY_PASSWORD"));
        Self {
            registry: value("COMFYCHECK_REGISTRY").map(|registry| registry.expose().to_owned()),
            environment: login.map(|(user, password)| Login::Basic { user: user.expose().to_owned(), password }),
            docker: docker.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default(),
        }
    }

    /// The login of a registry, by its host and port. May start a credential helper of Docker.
    pub(super) fn of(&self, registry: &str) -> Option<Login> {
        if self.registry.as_deref() == Some(registry)
            && let Some(login) = &self.environment
        {
            return Some(login.clone());
        }
        let names = if registry == "docker.io" { DOCKER_HUB.to_vec() } else { vec![registry] };
        let of_helper = names.iter().find_map(|name| {
            let helper = self.docker.cred_helpers.get(*name).or(self.docker.creds_store.as_ref())?;
            helper::login(helper, name)
        });
        of_helper.or_else(|| names.iter().find_map(|name| self.of_file(name)))
    }

    fn of_file(&self, registry: &str) -> Option<Login> {
        let is_of = |key: &str| key == registry || key.strip_prefix("https://").is_some_and(|host| host == registry);
        let (_, login) = self.docker.auths.iter().find(|(key, _)| is_of(key))?;
        let identity = login.identitytoken.as_deref().filter(|token| !token.is_empty());
        if let Some(token) = identity {
            return Some(Login::Identity(Secret::new(token)));
        }
        let decoded = base64_simd::STANDARD.decode_to_vec(login.auth.as_deref()?.trim()).ok()?;
        let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some(Login::Basic { user: user.to_owned(), password: Secret::new(password) })
    }
}

impl std::fmt::Debug for DockerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DockerConfig").field("registries", &self.auths.keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(user: &str, password: &str) -> Login {
        Login::Basic { user: user.to_owned(), password: Secret::new(password) }
    }

    const FILE: &[u8] = br#"{"auths": {
        "ghcr.io": {"auth": "YW5uOnNlY3JldDpvbmU="},
        "https://quay.io": {"auth": "Ym9iOnR3bw=="},
        "https://index.docker.io/v1/": {"auth": "ZXZlOnRocmVl"},
        "acme.azurecr.io": {"auth": "eDo=", "identitytoken": "token"},
        "broken.example": {"auth": "not base64"},
        "empty.example": {}
    }, "HttpHeaders": {}}"#;

    #[test]
    fn a_login_is_of_one_registry() {
        let credentials = Credentials::new(&|_| None, Some(FILE));
        for (registry, expected) in [
            ("ghcr.io", Some(basic("ann", "secret:one"))),
            ("quay.io", Some(basic("bob", "two"))),
            ("docker.io", Some(basic("eve", "three"))),
            ("acme.azurecr.io", Some(Login::Identity(Secret::new("token")))),
            ("broken.example", None),
            ("empty.example", None),
            ("evil-ghcr.io", None),
            ("ghcr.io:8443", None),
        ] {
            assert_eq!(credentials.of(registry), expected, "{registry}");
        }
        assert_eq!(Credentials::new(&|_| None, Some(b"{")).of("ghcr.io"), None);
    }

    #[test]
    fn the_environment_precedes_the_file_for_its_registry_alone() {
        let variable = |name: &str| {
            let value = match name {
                "COMFYCHECK_REGISTRY" => "ghcr.io",
                "COMFYCHECK_REGISTRY_USER" => "robot",
                "COMFYCHECK_REGISTRY_PASSWORD" => "hunter2",
                _ => return None,
            };
            Some(Secret::new(value))
        };
        let credentials = Credentials::new(&variable, Some(FILE));
        assert_eq!(credentials.of("ghcr.io"), Some(basic("robot", "hunter2")));
        assert_eq!(credentials.of("quay.io"), Some(basic("bob", "two")));
        let printed = format!("{credentials:?} {:?}", credentials.of("ghcr.io"));
        assert!(!printed.contains("hunter2") && !printed.contains("YW5u"), "{printed}");
    }
}
