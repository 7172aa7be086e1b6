//! Signs what a webhook gets, as <https://www.standardwebhooks.com> specifies it.
//!
//! The receiver computes the HMAC-SHA-256 of `webhook-id.webhook-timestamp.body` and compares it with `webhook-signature`. It
//! refuses a timestamp that is minutes old. All attempts of one message have the same id.

use base64_simd::STANDARD;
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::secret::Secret;
use ring::hmac::{HMAC_SHA256, Key, sign};

/// A key with this prefix is in base64. Any other is taken as its bytes.
const PREFIX: &str = "whsec_";

/// How to sign a message.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    pub key: &'a Secret,
    /// When the message was made, in seconds since 1970 (UTC). Receivers refuse old messages.
    pub timestamp: i64,
}

/// The headers of a signed message.
pub(super) fn headers(body: &[u8], Signing { key, timestamp }: Signing<'_>) -> Vec<(&'static str, String)> {
    let text = key.expose();
    let encoded = text.strip_prefix(PREFIX).and_then(|encoded| STANDARD.decode_to_vec(encoded).ok());
    let key = Key::new(HMAC_SHA256, encoded.as_deref().unwrap_or(text.as_bytes()));
    let id = format!("msg_{}", &sha256_hex(&[timestamp.to_string().as_bytes(), body].concat())[..32]);
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    let signature = STANDARD.encode_to_string(sign(&key, &signed).as_ref());
    vec![
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", format!("v1,{signature}")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(key: &str, name: &str) -> String {
        let key = Secret::new(key);
        let headers = headers(b"{}", Signing { key: &key, timestamp: 1_700_000_000 });
        headers.into_iter().find(|(known, _)| *known == name).unwrap().1
    }

    /// Computed with Python's `hmac`.
    #[test]
    fn the_signature_is_the_hmac_of_id_timestamp_and_body() {
        assert_eq!(value("secret", "webhook-timestamp"), "1700000000");
        assert_eq!(value("secret", "webhook-id"), "msg_85149fcd3ce8f32ec4ac5570e3d5b9a9");
        assert_eq!(value("secret", "webhook-signature"), "v1,W06DRU0/IImbHZhjTlmrjglMv0toChhBgYqEuvXDxhw=");
    }

    #[test]
    fn a_key_may_be_in_base64() {
        assert_eq!(value("whsec_c2VjcmV0", "webhook-signature"), value("secret", "webhook-signature"));
    }
}
