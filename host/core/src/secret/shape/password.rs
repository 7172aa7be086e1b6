//! The password in a URL: `https://name:password@host`.

/// What it is, with its article.
pub(super) const NAME: &str = "a password in a URL";

/// The text before the name, plain and escaped for JSON.
const BEGINS: [&[u8]; 2] = [b"://", br":\/\/"];
/// The longest name and the longest password. They bound the search at each position of a long text.
const LONGEST: usize = 512;

pub(super) fn first_bytes() -> impl Iterator<Item = u8> {
    BEGINS.iter().filter_map(|begins| begins.first().copied())
}

/// How many bytes the text begins with that are not secret, and how many then are the password.
pub(super) fn at(text: &[u8]) -> Option<(usize, usize)> {
    let begins = BEGINS.iter().find(|begins| text.starts_with(begins))?.len();
    let name = part(&text[begins..]);
    let rest = text[begins + name..].strip_prefix(b":")?;
    // RFC 3986 allows colons in it.
    let mut length = part(rest);
    while length < LONGEST && rest.get(length) == Some(&b':') {
        length += 1 + part(&rest[length + 1..]);
    }
    (length > 0 && rest.get(length) == Some(&b'@')).then_some((begins + name + 1, length))
}

/// So many bytes may stand between the delimiters of an authority. Quotes and parentheses may, too, and are mostly around one.
fn part(text: &[u8]) -> usize {
    let is_one = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._~%!$&*+,;=".contains(byte);
    text.iter().take(LONGEST).take_while(is_one).count()
}
