//! What is found of a secret, and what is not.

use super::*;

fn secrets(values: &[&str]) -> Secrets {
    Secrets::new(values.iter().map(|value| Secret::new(*value)))
}

#[test]
fn a_secret_is_not_printed() {
    assert_eq!(format!("{:?}", Secret::new("rpa_abc")), "Secret(…)");
}

#[test]
fn a_mask_moves_nothing() {
    let secrets = secrets(&["rpa_abc"]);
    assert_eq!(secrets.mask("é rpa_abc\\u0072pa_abc."), format!("é {}.", "*".repeat(7 + 12)));
    assert_eq!(*secrets.mask_known(b"\xff rpa_abc."), *b"\xff *******.");
}

#[track_caller]
fn check(secrets: &[&str], text: &str, expected: &str) {
    let secrets = self::secrets(secrets);
    let redacted = secrets.redact(text);
    assert_eq!(redacted, expected);
    assert_eq!(secrets.redact(&redacted), expected, "once more changes nothing");
}

#[test]
fn secrets_are_replaced_wherever_they_stand() {
    check(&["rpa_abc", "x"], "key rpa_abc, again rpa_abcd, ex", "key [redacted], again [redacted]d, ex");
    check(&["abcd", "abcdef"], "abcdefabcdabc", "[redacted][redacted]abc");
    check(&["naïve-clé"], "a naïve-clé é", "a [redacted] é");
    check(&[], "%72 \\u0072", "%72 \\u0072");
}

#[test]
fn secrets_are_found_though_characters_are_escaped() {
    let key = "a/b+c=d\"e";
    for text in [
        "?key=a%2Fb%2Bc%3Dd%22e&",
        "?key=a%2fb%2bc%3dd%22e&",
        "?key=%61/b%2Bc=d%22%65&",
        r#"?key=a\/b+c=d\"e&"#,
        r"?key=\u0061\u002Fb+c=d\u0022e&",
    ] {
        check(&[key], text, "?key=[redacted]&");
    }
    check(&[key], "a%2Fb%2Bc%3Dd%2", "a%2Fb%2Bc%3Dd%2");
    check(&[key], "a%2Fb%2Bc%3Dd%22f\\u006", "a%2Fb%2Bc%3Dd%22f\\u006");
}

#[test]
fn secrets_are_found_in_base64_wherever_they_begin() {
    // `{"k":"rpa_0123456789"}` after nothing, one and two bytes, as `base64` writes it.
    let key = &["rpa_0123456789"];
    check(key, "eyJrIjoicnBhXzAxMjM0NTY3ODkifQ==", "eyJrIjoiREDACTEDREDACTEDREkifQ==");
    check(key, "IHsiayI6InJwYV8wMTIzNDU2Nzg5In0=", "IHsiayI6InREDACTEDREDACTEDREIn0=");
    check(key, "ICB7ImsiOiJycGFfMDEyMzQ1Njc4OSJ9", "ICB7ImsiOiJREDACTEDREDACTEDRESJ9");
}

#[test]
fn secrets_are_found_in_base64_of_either_alphabet() {
    // `>>>???>>>???` has digits 62 and 63.
    check(&[">>>???>>>???"], "Pj4+Pz8/Pj4+Pz8/", "REDACTEDREDACTED");
    check(&[">>>???>>>???"], "Pj4-Pz8_Pj4-Pz8_", "REDACTEDREDACTED");
    check(&[">>>?"], "Pj4+Pw==", "Pj4+Pw==");
}

#[test]
fn what_looks_like_a_secret_is_replaced_and_named() {
    let presigned = "https://b.s3.amazonaws.com/a.png?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261123&X-Amz-Signature=\
                     0123456789abcdef0123456789abcdef";
    for (text, expected, names) in [
        ("key rpa_0123456789ABCDEFGHIJ.", "key [redacted].", vec!["an API key of RunPod"]),
        ("Authorization: Bearer abc.def-0123456789", "Authorization: Bearer [redacted]", vec!["a bearer token"]),
        (
            presigned,
            "https://b.s3.amazonaws.com/a.png?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]",
            vec!["the signature of a presigned URL"; 2],
        ),
        (
            r"x?a=1\u0026sig=0123456789abcdef0123\u0026b=2",
            r"x?a=1\u0026sig=[redacted]\u0026b=2",
            vec!["the signature of a presigned URL"],
        ),
        (
            "POST https://hooks.slack.com/services/T00/B00/0123456789 failed",
            "POST https://hooks.slack.com/[redacted] failed",
            vec!["a webhook of Slack"],
        ),
        ("hf_AbCdEfGhIjKlMnOpQrStUvWxYzABCDEFGH.", "[redacted].", vec!["a token of Hugging Face"]),
        ("the hf_transfer_is_a_package_of_hugging_face", "the hf_transfer_is_a_package_of_hugging_face", vec![]),
        (
            "x?x-amz-signature=0123456789abcdef&TOKEN=T0K3NT0K3NT0K3N",
            "x?x-amz-signature=[redacted]&TOKEN=[redacted]",
            vec!["the signature of a presigned URL", "a token in a URL"],
        ),
        ("?continuation-token=0123456789abcdef", "?continuation-token=0123456789abcdef", vec![]),
        ("max_token=0123456789abcdef", "max_token=0123456789abcdef", vec![]),
        (
            "http://user:pa55word@127.0.0.1:9102/a.png http://:x:y@h",
            "http://user:[redacted]@127.0.0.1:9102/a.png http://:[redacted]@h",
            vec!["a password in a URL"; 2],
        ),
        (r"https:\/\/u:p%40@h\/x", r"https:\/\/u:[redacted]@h\/x", vec!["a password in a URL"]),
        ("https://h:8188/a@b ssh://git@h http://u:@h", "https://h:8188/a@b ssh://git@h http://u:@h", vec![]),
        ("Bearer authentication-is-required", "Bearer authentication-is-required", vec![]),
        ("rpa_short and xrpa_0123456789ABCDEFGHIJ", "rpa_short and xrpa_0123456789ABCDEFGHIJ", vec![]),
    ] {
        check(&[], text, expected);
        let found: Vec<_> = suspicious(text.as_bytes()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, names, "{text}");
    }
}

/// A private key in PEM, as an environment has it.
const PEM: &str = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASC+/8wggSjAgEAAoIB\nshort\n-----END KEY-----\n";

#[test]
fn the_lines_of_a_secret_are_found_alone() {
    check(&[PEM], PEM, "[redacted]");
    check(&[PEM], "2026-11-20 AQEFAASC+/8wggSjAgEAAoIB", "2026-11-20 [redacted]");
    check(&[PEM], "a short line", "a short line");
    check(&["first-line\r\n  second-line\r\n"], "second-line, first-line", "[redacted], [redacted]");
    check(&["  padded-value \n"], "padded-value", "[redacted]");
}

#[test]
fn the_strings_of_a_secret_in_json_are_found_alone() {
    let account =
        serde_json::json!({"type": "service", "n": 1, "nested": [{"password": "hunter2-hunter2"}], "key": PEM});
    let account = serde_json::to_string_pretty(&account).unwrap();
    check(&[&account], "login with hunter2-hunter2", "login with [redacted]");
    check(&[&account], "AQEFAASC+/8wggSjAgEAAoIB", "[redacted]");
    check(&[&account], "a password of a service", "a password of a service");
    check(&[r#""a-quoted-value""#], "a-quoted-value", "[redacted]");
    // Only the whole value is found in what looks like JSON and is not.
    check(&["{not-json: \"hunter2-hunter2\"}"], "hunter2-hunter2", "hunter2-hunter2");
}

#[test]
fn secrets_are_found_however_often_they_are_escaped() {
    for value in [
        "p@ss\\word-1",
        "tab\there-and",
        "naïve-clé-😀",
        "quote\"'s-of-it",
        "line-one-of\nline-two-of",
        "p%40ss-word\\",
    ] {
        let json = serde_json::to_string(value).unwrap();
        let ascii = value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
        let again = serde_json::to_string(&serde_json::json!({"line": json})).unwrap();
        let thrice = serde_json::to_string(&serde_json::json!({"text": again})).unwrap();
        let address = value.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let twice = address.replace('%', "%25");
        let in_json = serde_json::to_string(&format!("https://h/?key={address}")).unwrap();
        for text in [value, &json, &ascii, &again, &thrice, &address, &twice, &in_json] {
            let redacted = secrets(&[value]).redact(text);
            assert!(redacted.contains("[redacted]"), "{value:?} in {text}");
            assert!(!redacted.contains(&value[1..5]) && !redacted.contains("two"), "{value:?} in {redacted}");
            if serde_json::from_str::<serde_json::Value>(text).is_ok() {
                assert!(serde_json::from_str::<serde_json::Value>(&redacted).is_ok(), "JSON stays JSON: {redacted}");
            }
            assert!(secrets(&[value]).finds_known(text.as_bytes()), "{value:?} in {text}");
        }
    }
}

#[test]
fn an_escape_is_replaced_as_a_whole() {
    // A line break and `vidia-key-1`, and the other way round.
    check(&["nvidia-key-1"], r#"{"line":"a\nvidia-key-1"}"#, r#"{"line":"a[redacted]"}"#);
    check(&["ends-with-backslash\\"], r#"{"line":"ends-with-backslash\\"}"#, r#"{"line":"[redacted]"}"#);
    check(&["00e9-key-of-hex"], r#"{"line":"\u00e9-key-of-hex"}"#, r#"{"line":"[redacted]"}"#);
}

#[test]
fn a_python_string_is_searched_too() {
    check(&["p@ss\\word-é\n"], r"env = {'KEY': 'p@ss\\word-\xe9\n'}", "env = {'KEY': '[redacted]'}");
    check(&["it's-a-secret-é"], r"b'it\'s-a-secret-\xc3\xa9'", "b'[redacted]'");
}

#[test]
fn overlapping_secrets_leave_nothing() {
    check(&["abcdefgh-12345", "12345-xyz-6789"], "abcdefgh-12345-xyz-6789.", "[redacted].");
}

#[test]
fn a_short_secret_is_not_found_inside_base64_data() {
    let data = "iVBORw0KGgoAAAANSUhEUgAAtestAAgAAAAIAAQMAAADOtka5AAAABlBMVEX/AAD///9BHTQRAAAAC0lEQVQI12NgAAEA";
    for text in
        [data.to_owned(), data.replace('/', "\\/"), data.replace('/', "_"), format!("data:image/png;base64,{data}")]
    {
        check(&["test"], &text, &text);
        check(&["testAAgA"], &text, &text.replace("testAAgA", "[redacted]"));
    }
    check(&["test"], "a/test/of/a/path", "a/[redacted]/of/a/path");
}

#[test]
fn the_shortest_secrets_are_found() {
    check(&["abc"], "an abc", "an abc");
    check(&["abcd"], "an abcd", "an [redacted]");
    // `secret7` and `secret78` in base64.
    check(&["secret7"], "c2VjcmV0Nw==", "c2VjcmV0Nw==");
    assert!(!secrets(&["secret78"]).redact("c2VjcmV0Nzg=").contains("c2VjcmV0N"));
}

#[test]
fn further_secrets_are_found_beside_the_first_ones() {
    let both = secrets(&["first-secret"]).with([Secret::new("second-secret")]);
    assert_eq!(both.redact("first-secret second-secret"), "[redacted] [redacted]");
    assert_eq!(format!("{both:?}"), "Secrets(…)");
}

#[test]
fn a_part_with_its_reach_holds_whole_secrets() {
    assert_eq!(Secrets::default().reach(), 0);
    let escaped = "päss-word".encode_utf16().map(|unit| format!("\\\\u{unit:04x}")).collect::<Vec<_>>().concat();
    assert!(secrets(&["päss-word"]).reach() >= escaped.len());
}
