//! The paths of the ComfyUI server that a check can request.

/// An allow-list. Empty: nothing is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpPaths(Vec<String>);

impl HttpPaths {
    /// Each is a path, such as `/queue`, or begins paths if it ends in `/*`. Returns the position of the first one that is neither.
    pub fn new(patterns: Vec<String>) -> Result<Self, usize> {
        let is_pattern = |pattern: &String| {
            let path = pattern.strip_suffix('*').filter(|path| path.ends_with('/')).unwrap_or(pattern);
            is_plain(path) && !path.contains('*')
        };
        match patterns.iter().position(|pattern| !is_pattern(pattern)) {
            Some(position) => Err(position),
            None => Ok(Self(patterns)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As in the suite.
    pub fn patterns(&self) -> &[String] {
        &self.0
    }

    /// Whether a path can be requested, with any query. A path that a server could understand as another one cannot.
    pub fn allow(&self, path_and_query: &str) -> bool {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let is_allowed = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == pattern,
        };
        let is_query = query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        is_plain(path) && is_query && self.0.iter().any(is_allowed)
    }
}

/// Whether a path means the same to every server: no empty step, no step to a parent, and nothing of that escaped.
fn is_plain(path: &str) -> bool {
    let Some(steps) = path.strip_prefix('/') else { return false };
    let last = steps.split('/').count() - 1;
    steps.split('/').enumerate().all(|(at, step)| match decoded(step) {
        Some(step) if step.is_empty() => at == last,
        Some(step) => !matches!(&step[..], b"." | b"..") && !step.iter().any(|byte| b"/\\%?#".contains(byte)),
        None => false,
    })
}

/// The bytes of one step. None if it has characters that a path cannot have.
fn decoded(step: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(step.len());
    let mut rest = step.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok().filter(|byte| !byte.is_ascii_control())?
            }
            _ if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) => byte,
            _ => return None,
        };
        bytes.push(byte);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(patterns: &[&str]) -> Result<HttpPaths, usize> {
        HttpPaths::new(patterns.iter().map(|&pattern| pattern.to_owned()).collect())
    }

    #[test]
    fn a_path_is_allowed_exactly_or_by_its_beginning() {
        let allowed = paths(&["/queue", "/internal/*", "/models/"]).unwrap();
        for path in ["/queue", "/queue?a=1", "/internal/logs", "/internal/", "/internal/a/b.json", "/models/"] {
            assert!(allowed.allow(path), "{path}");
        }
        for path in
            ["/", "/queue/", "/queues", "/Queue", "/internal", "/internals/a", "/models", "/models/vae", "queue"]
        {
            assert!(!allowed.allow(path), "{path}");
        }
        assert!(paths(&["/*"]).unwrap().allow("/anything/at/all"));
        assert!(!HttpPaths::default().allow("/queue"));
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_not_allowed() {
        let allowed = paths(&["/a/*"]).unwrap();
        for path in [
            "/a/../queue",
            "/a/./b",
            "/a/%2e%2e/queue",
            "/a/.%2E/queue",
            "/a//b",
            "//host/a/b",
            "/a/b%2f..%2fc",
            "/a/b\\c",
            "/a/b%5cc",
            "/a/b#c",
            "/a/b?c#d",
            "/a/b c",
            "/a/b%",
            "/a/b%4",
            "/a/b%zz",
            "/a/b%00",
            "/a/b%252e",
            "/a/b\n",
            "/a/ä",
            "/a/b?c d",
            "http://host/a/b",
            "",
        ] {
            assert!(!allowed.allow(path), "{path}");
        }
        // Names with dots and escaped letters are names.
        for path in ["/a/..b", "/a/...", "/a/%C3%A4", "/a/b%20c", "/a/b?x=%2e%2e/"] {
            assert!(allowed.allow(path), "{path}");
        }
    }

    #[test]
    fn a_pattern_is_a_path() {
        for (patterns, wrong) in [
            (&["/queue", "queue"][..], 1),
            (&["/a*"], 0),
            (&["/*/a"], 0),
            (&["/a/**"], 0),
            (&["*"], 0),
            (&["/a?b"], 0),
            (&["/../a"], 0),
            (&["/a/%2e%2e/*"], 0),
            (&["http://host/a"], 0),
            (&[""], 0),
            (&["//*"], 0),
        ] {
            assert_eq!(paths(patterns).unwrap_err(), wrong, "{patterns:?}");
        }
    }
}
