//! The calls of the OCI distribution API, version 1.1, on one repository.

use super::artifact::{Artifact, Descriptor, MANIFEST, layer, layers, only_wasm};
use super::challenge::Challenge;
use super::credentials::{Credentials, Login};
use super::signature::{ANNOTATION, PAYLOAD, Signature};
use super::{FetchError, Fetched, FetchedManifest, TIME};
use crate::sandbox::COMPONENT_BYTES;
use crate::transport::live::{Web, WebMethod, WebRequest, WebResponse, may_lead};
use bytes::Bytes;
use comfycheck_core::distribution::{Reference, Version, digest};
use comfycheck_core::secret::Secret;
use serde::Deserialize;
use std::sync::{Mutex, PoisonError};
use url::Url;

/// The most signatures of one artifact that are read.
const MOST_SIGNATURES: usize = 32;
/// The largest signed document, in bytes.
const LARGEST_PAYLOAD: usize = 64 << 10;
const BINARY: &str = "application/octet-stream";

/// Requests to one repository. They share a login.
pub(super) struct Session<'a> {
    web: &'a Web,
    credentials: &'a Credentials,
    registry: &'a str,
    repository: &'a str,
    api: String,
    /// Once the registry has asked for it.
    authorization: Mutex<Option<Authorization>>,
}

#[derive(Clone)]
struct Authorization {
    /// Of the header `Authorization`.
    value: Secret,
    /// Whether it comes from a login of the user.
    with_login: bool,
}

/// A response with a token.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl<'a> Session<'a> {
    pub(super) fn new(web: &'a Web, credentials: &'a Credentials, reference: &'a Reference) -> Self {
        let Reference { registry, repository, version: _ } = reference;
        Self { web, credentials, registry, repository, api: reference.api(), authorization: Mutex::default() }
    }

    pub(super) async fn fetch(&self, reference: &Reference) -> Result<Fetched, FetchError> {
        let bytes = self.manifest(&reference.version).await?;
        let layer = layer(&bytes)?;
        let wasm = self.blob(&layer, COMPONENT_BYTES).await?;
        only_wasm(&wasm, "")?;
        Ok(Fetched { wasm, manifest: Some(FetchedManifest { digest: digest(&bytes), bytes }) })
    }

    /// The signatures of a manifest, in the tag that `cosign` gives them.
    pub(super) async fn signatures(&self, reference: &Reference, of: &str) -> Result<Vec<Signature>, FetchError> {
        let tag = format!("{}.sig", of.replace(':', "-"));
        let manifest = match self.manifest(&reference.at(Version::Tag(tag)).version).await {
            Err(FetchError::Missing { .. }) => return Ok(Vec::new()),
            manifest => manifest?,
        };
        let mut signatures = Vec::new();
        for layer in layers(&manifest)?.into_iter().take(MOST_SIGNATURES) {
            let Some(signature) = layer.annotations.get(ANNOTATION).filter(|_| layer.is_of(PAYLOAD)) else { continue };
            let payload = self.blob(&layer, LARGEST_PAYLOAD).await?;
            let Ok(payload) = std::str::from_utf8(&payload) else { continue };
            signatures.push(Signature { payload: payload.to_owned(), signature: signature.clone() });
        }
        Ok(signatures)
    }

    pub(super) async fn publish(
        &self,
        reference: &Reference,
        wasm: Bytes,
        Artifact { manifest, config }: Artifact,
    ) -> Result<(), FetchError> {
        self.upload(wasm).await?;
        self.upload(config).await?;
        let path = format!("manifests/{}", reference.version.word());
        let request = WebRequest {
            method: WebMethod::Put,
            body: Some((MANIFEST, manifest)),
            follow: false,
            ..WebRequest::get(self.url(&path)?)
        };
        let response = self.send(request, &path, "pull,push").await?;
        self.expect(&response, &path, &[200, 201])
    }

    async fn manifest(&self, version: &Version) -> Result<Bytes, FetchError> {
        let path = format!("manifests/{}", version.word());
        let request = WebRequest { accept: MANIFEST, ..WebRequest::get(self.url(&path)?) };
        let response = self.send(request, &path, "pull").await?;
        self.expect(&response, &path, &[200])?;
        match version {
            Version::Digest(expected) if digest(&response.body) != *expected => Err(self.other_bytes(expected)),
            _ => Ok(response.body),
        }
    }

    async fn blob(&self, descriptor: &Descriptor, largest: usize) -> Result<Bytes, FetchError> {
        let path = format!("blobs/{}", descriptor.digest);
        let small = WebRequest { accept: BINARY, ..WebRequest::get(self.url(&path)?) };
        let time = if largest > small.largest { TIME } else { small.time };
        let response = self.send(WebRequest { largest, time, ..small }, &path, "pull").await?;
        self.expect(&response, &path, &[200])?;
        if digest(&response.body) == descriptor.digest {
            Ok(response.body)
        } else {
            Err(self.other_bytes(&descriptor.digest))
        }
    }

    /// Uploads a file unless the registry has it.
    async fn upload(&self, bytes: Bytes) -> Result<(), FetchError> {
        let digest = digest(&bytes);
        let path = format!("blobs/{digest}");
        let request = WebRequest { method: WebMethod::Head, ..WebRequest::get(self.url(&path)?) };
        if self.send(request, &path, "pull,push").await?.status == 200 {
            return Ok(());
        }
        let start = "blobs/uploads/";
        let request = WebRequest { method: WebMethod::Post, follow: false, ..WebRequest::get(self.url(start)?) };
        let asked = request.url.clone();
        let response = self.send(request, start, "pull,push").await?;
        self.expect(&response, start, &[202])?;
        let place = response.location.as_deref().and_then(|location| asked.join(location).ok());
        let place = place.filter(|place| may_lead(&asked, place));
        let mut place = place.ok_or_else(|| FetchError::Redirected { host: self.registry.to_owned() })?;
        place.query_pairs_mut().append_pair("digest", &digest);
        let is_elsewhere = place.origin() != asked.origin();
        let request = WebRequest {
            method: WebMethod::Put,
            body: Some((BINARY, bytes)),
            time: TIME,
            follow: false,
            ..WebRequest::get(place)
        };
        let response = if is_elsewhere {
            self.web.send(request).await.map_err(|failure| FetchError::of(self.registry, failure))?
        } else {
            self.send(request, start, "pull,push").await?
        };
        self.expect(&response, start, &[201, 204])
    }

    /// Sends a request, and logs in if the registry asks for it. A server that it redirects to gets no login.
    async fn send(&self, mut request: WebRequest, what: &str, actions: &str) -> Result<WebResponse, FetchError> {
        let failed = |failure| FetchError::of(self.registry, failure);
        request.authorization = self.authorization().map(|authorization| authorization.value);
        let response = self.web.send(request.clone()).await.map_err(failed)?;
        if response.status != 401 {
            return Ok(response);
        }
        let api = request.url.origin();
        let elsewhere = |response: &WebResponse| {
            let host = response.url.host_str().unwrap_or_default().to_owned();
            let what = format!("{}/{what}", self.repository);
            (response.url.origin() != api).then_some(FetchError::Status { host, what, status: 401 })
        };
        if let Some(error) = elsewhere(&response) {
            return Err(error);
        }
        let login = self.credentials.of(self.registry);
        let refused = || {
            let what = format!("{}/{what}", self.repository);
            FetchError::Access { host: self.registry.to_owned(), what, with_login: login.is_some() }
        };
        let scope = format!("repository:{}:{actions}", self.repository);
        let challenge = Challenge::read(&response.challenges, &request.url, &scope).ok_or_else(refused)?;
        let value = match (challenge, &login) {
            (Challenge::Basic, Some(Login::Basic { user, password })) => basic(user, password),
            (Challenge::Basic, _) => return Err(refused()),
            (Challenge::Bearer { realm }, login) => {
                self.token(realm, login.as_ref(), &scope).await?.ok_or_else(refused)?
            }
        };
        let authorization = Authorization { value: value.clone(), with_login: login.is_some() };
        *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) = Some(authorization);
        request.authorization = Some(value);
        let response = self.web.send(request).await.map_err(failed)?;
        if response.status == 401 { Err(elsewhere(&response).unwrap_or_else(refused)) } else { Ok(response) }
    }

    /// The token of another server as a value of `Authorization`. None if it gives none.
    async fn token(&self, realm: Url, login: Option<&Login>, scope: &str) -> Result<Option<Secret>, FetchError> {
        let mut request = WebRequest { accept: "application/json", follow: false, ..WebRequest::get(realm) };
        match login {
            Some(Login::Basic { user, password }) => request.authorization = Some(basic(user, password)),
            Some(Login::Identity(token)) => {
                let service = request.url.query_pairs().find(|(name, _)| name == "service");
                let service = service.map(|(_, value)| value.into_owned()).unwrap_or_default();
                request.url.set_query(None);
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.append_pair("grant_type", "refresh_token").append_pair("service", &service);
                form.append_pair("scope", scope).append_pair("refresh_token", token.expose());
                request.method = WebMethod::Post;
                request.body = Some(("application/x-www-form-urlencoded", Bytes::from(form.finish())));
            }
            None => {}
        }
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let response = self.web.send(request).await.map_err(|failure| FetchError::of(&host, failure))?;
        let token = serde_json::from_slice::<Token>(&response.body).ok();
        let token = token.and_then(|token| token.token.or(token.access_token));
        Ok(token.map(|token| Secret::new(format!("Bearer {token}"))))
    }

    fn authorization(&self) -> Option<Authorization> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn expect(&self, response: &WebResponse, what: &str, statuses: &[u16]) -> Result<(), FetchError> {
        if statuses.contains(&response.status) {
            return Ok(());
        }
        let (host, what) = (self.registry.to_owned(), format!("{}/{what}", self.repository));
        Err(match response.status {
            404 => FetchError::Missing { host, what },
            401 | 403 => {
                let with_login = self.authorization().is_some_and(|authorization| authorization.with_login);
                FetchError::Access { host, what, with_login }
            }
            status => FetchError::Status { host, what, status },
        })
    }

    fn url(&self, path: &str) -> Result<Url, FetchError> {
        let url = Url::parse(&format!("{}/{}/{path}", self.api, self.repository));
        url.map_err(|_| FetchError::Missing { host: self.registry.to_owned(), what: path.to_owned() })
    }

    fn other_bytes(&self, expected: &str) -> FetchError {
        FetchError::Digest { host: self.registry.to_owned(), expected: expected.to_owned() }
    }
}

fn basic(user: &str, password: &Secret) -> Secret {
    let pair = format!("{user}:{}", password.expose());
    Secret::new(format!("Basic {}", base64_simd::STANDARD.encode_to_string(pair)))
}
