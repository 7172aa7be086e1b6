//! Addresses and signatures for the S3-compatible API of network volumes.
//!
//! Requests are signed here, when they are sent, so neither the client above nor a recorder ever
//! sees a signature.

use super::{LiveError, parse_base};
use crate::transport::exchange::Method;
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{Deployment, S3Keys};
use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::{HttpRequest, HttpRequestBody};
use reqwest::header::{HeaderMap, HeaderValue, RANGE};
use url::Url;

pub(super) struct Volumes {
    volumes: Vec<Volume>,
    keys: Option<S3Keys>,
}

struct Volume {
    id: String,
    data_center: String,
    base: Url,
}

pub(super) struct Signer<'a> {
    data_center: &'a str,
    keys: &'a S3Keys,
}

impl Volumes {
    pub(super) fn new(deployment: &Deployment) -> Result<Self, LiveError> {
        let volume = |volume: &comfycheck_core::suite::Volume| {
            let base = parse_base(&volume.address)?;
            Ok(Volume { id: volume.id.clone(), data_center: volume.data_center.clone(), base })
        };
        let volumes = deployment.volumes.iter().map(volume).collect::<Result<_, _>>()?;
        // Other characters cannot be signed with.
        let is_key = |key: &Secret| key.expose().bytes().all(|byte| byte.is_ascii_graphic());
        if deployment.s3_keys.iter().any(|keys| !is_key(&keys.access) || !is_key(&keys.secret)) {
            return Err(LiveError::Characters { what: "S3 key" });
        }
        Ok(Self { volumes, keys: deployment.s3_keys.clone() })
    }

    pub(super) fn bases(&self) -> impl Iterator<Item = &Url> {
        self.volumes.iter().map(|volume| &volume.base)
    }

    /// The address and the signer for a path that starts with a volume's id; none for another id,
    /// or without keys.
    pub(super) fn find(&self, path: &str) -> Option<(&Url, Signer<'_>)> {
        let id = path.strip_prefix('/')?.split(['/', '?']).next()?;
        let volume = self.volumes.iter().find(|volume| volume.id == id)?;
        Some((&volume.base, Signer { data_center: &volume.data_center, keys: self.keys.as_ref()? }))
    }
}

impl Signer<'_> {
    /// The headers of a request, including its signature and range; none if a key cannot be part of
    /// a header.
    pub(super) fn sign(&self, method: Method, url: &Url, range: &str) -> Option<HeaderMap> {
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = method.to_string().parse().ok()?;
        *request.uri_mut() = url.as_str().parse().ok()?;
        if !range.is_empty() {
            request.headers_mut().insert(RANGE, HeaderValue::from_str(range).ok()?);
        }
        let credential = AwsCredential {
            key_id: self.keys.access.expose().to_owned(),
            secret_key: self.keys.secret.expose().to_owned(),
            token: None,
        };
        // The region is RunPod's id of the data center.
        AwsAuthorizer::new(&credential, "s3", self.data_center).try_authorize(&mut request, None).ok()?;
        Some(std::mem::take(request.headers_mut()))
    }
}
