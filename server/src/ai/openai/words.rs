//! What a provider says is wrong, in its own words, on one line. Pure.

use serde_json::Value;

/// The message in a body, or the body itself where it has no message.
pub fn of_body(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let message = serde_json::from_str(&text).ok().and_then(|json| of_json(&json));
    on_one_line(message.as_deref().unwrap_or(&text))
}

/// The message in an error, by the names that providers have for it.
pub fn of_error(error: &Value) -> String {
    on_one_line(&of_json(error).unwrap_or_else(|| error.to_string()))
}

/// Whether a body says that something is wrong: `{"error": …}`.
pub fn is_error(body: &[u8]) -> bool {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    json.is_some_and(|json| json.get("error").is_some_and(|error| !error.is_null()))
}

fn of_json(json: &Value) -> Option<String> {
    match json {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => all.first().and_then(of_json),
        Value::Object(fields) => {
            let names = ["error", "message", "detail", "errors", "msg", "title"];
            let message = names.iter().find_map(|name| fields.get(*name).and_then(of_json))?;
            // What OpenRouter was told itself.
            let raw = fields.get("metadata").and_then(|metadata| metadata.get("raw"));
            Some(match raw.and_then(of_json) {
                Some(raw) => format!("{message}: {raw}"),
                None => message,
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

pub fn on_one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_found_in_every_form_of_an_error() {
        for (body, is_an_error, words) in [
            (r#"{"error":{"message":"model not loaded"}}"#, true, "model not loaded"),
            (r#"{"error":"model not loaded"}"#, true, "model not loaded"),
            (r#"{"error":{"code":500}}"#, true, r#"{"error":{"code":500}}"#),
            (r#"{"object":"error","message":"no\nrole","code":400}"#, false, "no role"),
            (r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, false, "field required"),
            (r#"[{"error":{"message":"in a list"}}]"#, false, "in a list"),
            (
                r#"{"error":{"message":"Provider returned error","metadata":{"raw":"too long"}}}"#,
                true,
                "Provider returned error: too long",
            ),
            ("  Sign in\r\n first. ", false, "Sign in first."),
            (r#"{"error":null,"choices":[]}"#, false, r#"{"error":null,"choices":[]}"#),
            ("\u{fffd}\0", false, "\u{fffd}"),
            ("", false, ""),
        ] {
            assert_eq!(of_body(body.as_bytes()), words, "{body}");
            assert_eq!(is_error(body.as_bytes()), is_an_error, "{body}");
        }
    }
}
