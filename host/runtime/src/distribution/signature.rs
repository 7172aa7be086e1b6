//! Signatures of artifacts, as `cosign` stores them beside an artifact: ECDSA P-256 over SHA-256.
//!
//! What is signed is a small JSON document that names the manifest by its digest. Source: `specs/SIGNATURE_SPEC.md` of
//! `sigstore/cosign`.

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// The type of a signed document.
pub(super) const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The annotation of a layer with the signature in base64.
pub(super) const ANNOTATION: &str = "dev.cosignproject.cosign/signature";
/// What a document must say that it is.
const TYPE: &str = "cosign container image signature";

/// A signed document. Not verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The document, as it was signed.
    pub payload: String,
    /// In base64.
    pub signature: String,
}

/// A public key: a point on the curve P-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Base64 of the DER form, without line breaks.
    text: String,
    /// Uncompressed.
    point: Vec<u8>,
}

/// Why a text is not a key. It follows the name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("is a private key; name the public key, `cosign.pub`")]
    Private,
    #[error("is not a public key in PEM form")]
    NotPem,
    #[error("is not an ECDSA key of the curve P-256, as `cosign generate-key-pair` makes them")]
    NotP256,
}

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";
/// The DER form of "an elliptic curve key on P-256", up to the point. RFC 5480.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl PublicKey {
    /// Reads a file such as `cosign.pub`.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if pem.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        let (_, rest) = pem.split_once(BEGIN).ok_or(KeyError::NotPem)?;
        let (text, _) = rest.split_once(END).ok_or(KeyError::NotPem)?;
        Self::from_text(&text.split_whitespace().collect::<String>())
    }

    /// Reads the base64 of a lock file.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let der = base64_simd::STANDARD.decode_to_vec(text).map_err(|_| KeyError::NotPem)?;
        let point = der.strip_prefix(&P256).filter(|point| point.len() == 65 && point[0] == 4);
        let point = point.ok_or(KeyError::NotP256)?.to_vec();
        Ok(Self { text: text.to_owned(), point })
    }

    /// Base64 for a lock file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether one of the signatures is of this key and names the manifest.
    pub fn has_signed(&self, manifest: &str, signatures: &[Signature]) -> bool {
        signatures.iter().any(|signature| self.verifies(signature) && signature.names(manifest))
    }

    fn verifies(&self, Signature { payload, signature }: &Signature) -> bool {
        let Ok(signature) = base64_simd::STANDARD.decode_to_vec(signature.trim()) else { return false };
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.point);
        key.verify(payload.as_bytes(), &signature).is_ok()
    }
}

impl Signature {
    /// Whether the document is about a manifest.
    fn names(&self, manifest: &str) -> bool {
        #[derive(Deserialize)]
        struct Document {
            critical: Critical,
        }
        #[derive(Deserialize)]
        struct Critical {
            image: Image,
            r#type: String,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Image {
            docker_manifest_digest: String,
        }
        let document = serde_json::from_str::<Document>(&self.payload);
        document.is_ok_and(|Document { critical: Critical { image, r#type } }| {
            r#type == TYPE && image.docker_manifest_digest == manifest
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::json;

    fn new_pair() -> (EcdsaKeyPair, PublicKey) {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let der = [&P256[..], pair.public_key().as_ref()].concat();
        let base64 = base64_simd::STANDARD.encode_to_string(der);
        let (first, second) = base64.split_at(64);
        let pem = format!("{BEGIN}\n{first}\n{second}\n{END}\n");
        let key = PublicKey::from_pem(&pem).unwrap();
        assert_eq!(PublicKey::from_text(key.text()), Ok(key.clone()));
        (pair, key)
    }

    fn payload(digest: &str, kind: &str) -> String {
        json!({"critical": {
            "identity": {"docker-reference": "ghcr.io/acme/rules"},
            "image": {"docker-manifest-digest": digest},
            "type": kind,
        }, "optional": null})
        .to_string()
    }

    fn sign(pair: &EcdsaKeyPair, payload: String) -> Signature {
        let signature = pair.sign(&SystemRandom::new(), payload.as_bytes()).unwrap();
        Signature { payload, signature: base64_simd::STANDARD.encode_to_string(signature) }
    }

    #[test]
    fn a_signature_is_of_a_key_and_names_a_manifest() {
        let ((pair, key), (other, _)) = (new_pair(), new_pair());
        let good = sign(&pair, payload("sha256:1", TYPE));
        let cases = [
            ("good", good.clone(), true),
            ("another key", sign(&other, payload("sha256:1", TYPE)), false),
            ("another manifest", sign(&pair, payload("sha256:2", TYPE)), false),
            ("another kind of document", sign(&pair, payload("sha256:1", "receipt")), false),
            ("not JSON", sign(&pair, "sha256:1".to_owned()), false),
            ("changed", Signature { payload: good.payload.replace("acme", "evil"), ..good.clone() }, false),
            ("no base64", Signature { signature: "?".to_owned(), ..good.clone() }, false),
        ];
        for (name, signature, expected) in cases {
            assert_eq!(key.has_signed("sha256:1", std::slice::from_ref(&signature)), expected, "{name}");
            assert!(key.has_signed("sha256:1", &[signature, good.clone()]), "{name}, and a good one");
        }
        assert!(!key.has_signed("sha256:1", &[]));
    }

    #[test]
    fn what_is_not_a_key_of_cosign_is_refused() {
        let rsa = format!("{BEGIN}\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK==\n{END}");
        for (pem, error) in [
            ("", KeyError::NotPem),
            (BEGIN, KeyError::NotPem),
            ("-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n", KeyError::Private),
            (&rsa, KeyError::NotPem),
            (&format!("{BEGIN}\nAAAA\n{END}"), KeyError::NotP256),
        ] {
            assert_eq!(PublicKey::from_pem(pem), Err(error), "{pem}");
        }
    }
}
