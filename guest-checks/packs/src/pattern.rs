//! Names with at most one `*`, which stands for any text.

use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Pattern {
    text: String,
    /// Where `*` stands.
    star: Option<usize>,
}

impl Pattern {
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let Some(star) = self.star else { return self.text == name };
        let (start, end) = (&self.text[..star], &self.text[star + 1..]);
        name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
    }

    /// Whether it matches every name.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.text == "*"
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        let star = text.find('*');
        Self { text, star }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_stands_for_any_text() {
        let rows = [
            ("lora_*", "lora_1", true),
            ("lora_*", "lora_", true),
            ("lora_*", "lora", false),
            ("* (rgthree)", "Seed (rgthree)", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*", "", true),
            ("ab", "abc", false),
        ];
        for (pattern, name, matches) in rows {
            assert_eq!(Pattern::from(pattern.to_owned()).matches(name), matches, "{pattern} {name}");
        }
    }
}
