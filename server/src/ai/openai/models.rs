//! The models that an endpoint lists. See <https://platform.openai.com/docs/api-reference/models/list>.

use std::time::Duration;

use protocol::{FailureReason, Model};
use reqwest::Client;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::{body::with_causes, redaction::redact, refused::Refused, words};
use crate::{ai::provider::Failure, domain::endpoint::Endpoint};

/// How long the whole list may take.
const LIST_MAX: Duration = Duration::from_secs(10);
/// OpenRouter's list has some 400 models in half a mebibyte.
const LIST_MAX_BYTES: usize = 8 * 1024 * 1024;
const MODELS_MAX: usize = 2_000;
const NAME_MAX_CHARACTERS: usize = 200;

pub async fn list(client: &Client, endpoint: &Endpoint) -> Result<Vec<Model>, Failure> {
    let listed = timeout(LIST_MAX, fetch(client, endpoint)).await.unwrap_or_else(|_| {
        let detail = format!("no list of models within {LIST_MAX:?}");
        Err(Failure::new(FailureReason::Silent, detail))
    });
    listed.map_err(|failure| redact(failure, endpoint.key.as_ref()))
}

async fn fetch(client: &Client, endpoint: &Endpoint) -> Result<Vec<Model>, Failure> {
    let mut request = client.get(endpoint.base_url.models());
    if let Some(key) = &endpoint.key {
        let (name, value) = key.header(endpoint.options.key_header.unwrap_or_default());
        request = request.header(name, value);
    }
    let unreachable = |error| Failure::new(FailureReason::Unreachable, with_causes(error));
    let mut response = request.send().await.map_err(unreachable)?;
    if !response.status().is_success() {
        return Err(Refused::read(response).await.into());
    }
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&bytes);
        if body.len() > LIST_MAX_BYTES {
            let detail = format!("a list of more than {LIST_MAX_BYTES} bytes");
            return Err(Failure::new(FailureReason::Malformed, detail));
        }
    }
    read(&body).ok_or_else(|| Failure::new(FailureReason::Malformed, words::of_body(&body)))
}

/// `{"data": […]}`, or the list alone, as Together has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum List {
    Data { data: Vec<Value> },
    Alone(Vec<Value>),
}

/// None for what is no list. A model that cannot be read, or is listed twice, is left out.
fn read(body: &[u8]) -> Option<Vec<Model>> {
    let (List::Data { data } | List::Alone(data)) = serde_json::from_slice(body).ok()?;
    let mut models: Vec<_> = data.iter().filter_map(model).take(MODELS_MAX).collect();
    models.sort_by(|one, other| one.id.cmp(&other.id));
    models.dedup_by(|one, other| one.id == other.id);
    Some(models)
}

fn model(listed: &Value) -> Option<Model> {
    let text = |name: &str| {
        let text = listed.get(name)?.as_str()?;
        let fits = !text.is_empty()
            && text.chars().count() <= NAME_MAX_CHARACTERS
            && !text.contains(char::is_control);
        fits.then(|| text.to_owned())
    };
    let id = text("id")?;
    let name = text("name").or_else(|| text("display_name")).filter(|name| *name != id);
    // OpenRouter's, Groq's, vLLM's, Mistral's, and llama.cpp's names for it.
    let names = ["context_length", "context_window", "max_model_len", "max_context_length"];
    let number = |value: &Value| value.as_u64().filter(|tokens| *tokens > 0);
    let context_tokens = names
        .iter()
        .find_map(|name| listed.get(*name).and_then(number))
        .or_else(|| listed.pointer("/meta/n_ctx_train").and_then(number));
    Some(Model { id, name, context_tokens })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_read_as_each_server_lists_them() {
        let model = |id: &str, name: Option<&str>, context_tokens| Model {
            id: id.into(),
            name: name.map(Into::into),
            context_tokens,
        };
        for (body, models) in [
            (
                r#"{"object":"list","data":[{"id":"qwen3:8b","object":"model","created":1,"owned_by":"library"}]}"#,
                Some(vec![model("qwen3:8b", None, None)]),
            ),
            (
                r#"{"object":"list","data":[{"id":"m.gguf","object":"model","owned_by":"llamacpp","meta":{"n_ctx_train":32768,"n_params":1}}]}"#,
                Some(vec![model("m.gguf", None, Some(32768))]),
            ),
            (
                r#"{"object":"list","data":[{"id":"Qwen/Qwen3-8B","owned_by":"vllm","max_model_len":40960,"permission":[]}]}"#,
                Some(vec![model("Qwen/Qwen3-8B", None, Some(40960))]),
            ),
            (
                r#"{"data":[{"id":"b","name":"B","context_length":7},{"id":"a","name":"a"},{"id":"a"},{"name":"?"},7,{"id":""}]}"#,
                Some(vec![model("a", None, None), model("b", Some("B"), Some(7))]),
            ),
            (r#"[{"id":"a","display_name":"A"}]"#, Some(vec![model("a", Some("A"), None)])),
            (r#"{"data":[]}"#, Some(vec![])),
            (r#"{"error":"no"}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(read(body.as_bytes()), models, "{body}");
        }
    }
}
