//! The password in a URL: `https://name:password@host`.

/// Its name, with the article.
pub(super) const NAME: &str = "a password in a URL";

/// The delimiters before the user name, plain and as JSON can write them.
pub(super) const BEGINS: [&[u8]; 2] = [b"://", br":\/\/"];
/// The longest name and the longest password. Bounded because this runs at each place of a long text.
const LONGEST: usize = 512;

/// The bytes at the beginning of the text that are not secret, and the length of the password after them.
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

/// The length of a part between the delimiters of an authority. Quotes and parentheses are allowed there, too, but mostly
/// surround a URL.
fn part(text: &[u8]) -> usize {
    let is_one = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._~%!$&*+,;=".contains(byte);
    text.iter().take(LONGEST).take_while(is_one).count()
}
