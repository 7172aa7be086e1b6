//! Embeddings in prompts: `embedding:NAME`.

/// How a prompt names an embedding.
const PREFIX: &str = "embedding:";

/// The names of the embeddings in a prompt, without the ending of their files.
pub fn embeddings_in(prompt: &str) -> impl Iterator<Item = &str> {
    let ends = |char: char| char.is_whitespace() || ",:()[]{}|".contains(char);
    let names = prompt.split(PREFIX).skip(1).map(move |part| part.split(ends).next().unwrap_or_default());
    names.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::embeddings_in;

    #[test]
    fn a_name_ends_where_the_prompt_goes_on() {
        let prompt = "cat, (embedding:Easy_Neg:1.2), embedding:sub/b.pt, embedding:, embedding";
        assert_eq!(embeddings_in(prompt).collect::<Vec<_>>(), ["Easy_Neg", "sub/b.pt"]);
    }
}
