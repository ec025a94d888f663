//! The servers that people run at home, as they document what they send: the chunks of an answer with
//! thoughts, the list of models, and the refusal of an unknown model.
//!
//! - Ollama: `docs/openai.md`, `openai/openai.go`
//! - llama.cpp: `tools/server/README.md`
//! - vLLM: its OpenAI-compatible server, with a reasoning parser

use super::Script;

pub struct ModelServer {
    pub name: &'static str,
    /// They think "Blue?", and say "The sky 🌤 is blue."
    chunks: &'static [&'static str],
    models: &'static str,
    /// As it stands in the list of models.
    pub model: &'static str,
    pub context_tokens: Option<u64>,
    unknown: (u16, &'static str),
    /// What it says to an unknown model.
    pub words: &'static str,
}

impl ModelServer {
    pub fn answer(&self) -> Script {
        let head = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
        let script =
            self.chunks.iter().fold(Script::head(200, &head).chunked(), |script, chunk| {
                script.raw(format!("data: {chunk}\n\n"))
            });
        script.done()
    }

    pub fn models(&self) -> Script {
        Script::answering(200, &[("content-type", "application/json")], self.models)
    }

    pub fn unknown_model(&self) -> Script {
        let (status, body) = self.unknown;
        Script::answering(status, &[("content-type", "application/json")], body)
    }
}

pub const SERVERS: [ModelServer; 3] = [
    ModelServer {
        name: "ollama",
        chunks: &[
            r#"{"id":"chatcmpl-554","object":"chat.completion.chunk","created":1764000000,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Blu"},"finish_reason":null}]}"#,
            r#"{"id":"chatcmpl-554","object":"chat.completion.chunk","created":1764000000,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"e?"},"finish_reason":null}]}"#,
            r#"{"id":"chatcmpl-554","object":"chat.completion.chunk","created":1764000001,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"The sky 🌤"},"finish_reason":null}]}"#,
            r#"{"id":"chatcmpl-554","object":"chat.completion.chunk","created":1764000001,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":" is blue."},"finish_reason":null}]}"#,
            r#"{"id":"chatcmpl-554","object":"chat.completion.chunk","created":1764000001,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#,
        ],
        models: r#"{"object":"list","data":[{"id":"qwen3:8b","object":"model","created":1763000000,"owned_by":"library"}]}"#,
        model: "qwen3:8b",
        context_tokens: None,
        unknown: (
            404,
            r#"{"error":{"message":"model \"x\" not found, try pulling it first","type":"not_found_error","param":null,"code":null}}"#,
        ),
        words: "404 Not Found: model \"x\" not found, try pulling it first",
    },
    ModelServer {
        name: "llama-cpp",
        chunks: &[
            r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1764000000,"id":"chatcmpl-x","model":"m.gguf","system_fingerprint":"b6881-8b11deea4","object":"chat.completion.chunk"}"#,
            r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"reasoning_content":"Blue?"}}],"created":1764000000,"id":"chatcmpl-x","model":"m.gguf","system_fingerprint":"b6881-8b11deea4","object":"chat.completion.chunk"}"#,
            r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"The sky \ud83c\udf24"}}],"created":1764000001,"id":"chatcmpl-x","model":"m.gguf","system_fingerprint":"b6881-8b11deea4","object":"chat.completion.chunk"}"#,
            r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":" is blue."}}],"created":1764000001,"id":"chatcmpl-x","model":"m.gguf","system_fingerprint":"b6881-8b11deea4","object":"chat.completion.chunk"}"#,
            r#"{"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1764000001,"id":"chatcmpl-x","model":"m.gguf","system_fingerprint":"b6881-8b11deea4","object":"chat.completion.chunk","usage":{"completion_tokens":9,"prompt_tokens":7,"total_tokens":16},"timings":{"prompt_n":7,"prompt_ms":20.3,"predicted_n":9,"predicted_ms":93.6}}"#,
        ],
        models: r#"{"models":[{"name":"m.gguf","model":"m.gguf","type":"model"}],"object":"list","data":[{"id":"m.gguf","object":"model","created":1763000000,"owned_by":"llamacpp","meta":{"vocab_type":1,"n_vocab":128256,"n_ctx_train":131072,"n_embd":4096,"n_params":8030261312,"size":4912898304}}]}"#,
        model: "m.gguf",
        context_tokens: Some(131_072),
        unknown: (
            400,
            r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":9999,"n_ctx":4096}}"#,
        ),
        words: "400 Bad Request: the request exceeds the available context size",
    },
    ModelServer {
        name: "vllm",
        chunks: &[
            r#"{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1764000000,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":null},"logprobs":null,"finish_reason":null}],"prompt_token_ids":null}"#,
            r#"{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1764000000,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"reasoning_content":"Blue?"},"logprobs":null,"finish_reason":null,"token_ids":null}]}"#,
            r#"{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1764000001,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"content":"The sky 🌤"},"logprobs":null,"finish_reason":null,"token_ids":null}]}"#,
            r#"{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1764000001,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"content":" is blue."},"logprobs":null,"finish_reason":"stop","stop_reason":null,"token_ids":null}]}"#,
            r#"{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1764000001,"model":"Qwen/Qwen3-8B","choices":[],"usage":{"prompt_tokens":7,"total_tokens":16,"completion_tokens":9}}"#,
        ],
        models: r#"{"object":"list","data":[{"id":"Qwen/Qwen3-8B","object":"model","created":1763000000,"owned_by":"vllm","root":"Qwen/Qwen3-8B","parent":null,"max_model_len":40960,"permission":[{"id":"modelperm-1","object":"model_permission","allow_sampling":true}]}]}"#,
        model: "Qwen/Qwen3-8B",
        context_tokens: Some(40_960),
        unknown: (
            404,
            r#"{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404}"#,
        ),
        words: "404 Not Found: The model `x` does not exist.",
    },
];
