//! The document around the parts of a page: its head, its style, and what it may load.

use base64_simd::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");

/// The document around a body of this style.
pub(super) fn document(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (title) " · comfycheck" }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    format!("{}\n", page.into_string())
}

/// What the page may load: its one style, by its digest, and images inside of it.
fn policy() -> String {
    let digest = STANDARD.encode_to_string(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'")
}
