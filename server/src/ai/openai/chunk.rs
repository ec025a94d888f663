//! The fields of a chunk that are used here. A field that may be absent may be null, too.
//!
//! Text is read as bytes, because a provider may cut it within a character: see [`halves`](super::halves).

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};
use serde_json::Value;

#[derive(Deserialize)]
pub struct Chunk {
    pub choices: Option<Vec<Choice>>,
    pub error: Option<Value>,
}

#[derive(Deserialize)]
pub struct Choice {
    pub index: Option<u64>,
    pub delta: Option<Delta>,
    pub finish_reason: Option<String>,
    /// Of the older completions, which are none of a chat.
    pub text: Option<Text>,
}

/// What is new of an answer. The reasoning has three names: of DeepSeek, llama.cpp and vLLM; of Ollama,
/// OpenRouter and later vLLM; and OpenRouter's list, beside the second.
#[derive(Deserialize)]
pub struct Delta {
    content: Option<Text>,
    reasoning_content: Option<Text>,
    reasoning: Option<Text>,
    reasoning_details: Option<Vec<Detail>>,
}

#[derive(Deserialize)]
struct Detail {
    text: Option<Text>,
    summary: Option<Text>,
}

/// A string, or a list of parts.
#[derive(Default)]
pub struct Text {
    pub content: Vec<u8>,
    /// Mistral's thoughts are a part of the content.
    reasoning: Vec<u8>,
}

#[derive(Deserialize)]
struct Part {
    text: Option<Text>,
    thinking: Option<Text>,
}

impl Delta {
    pub fn content_and_reasoning(self) -> (Vec<u8>, Vec<u8>) {
        let Text { content, mut reasoning } = self.content.unwrap_or_default();
        let details = || {
            let details = self.reasoning_details.unwrap_or_default().into_iter();
            details
                .filter_map(|detail| detail.text.or(detail.summary))
                .flat_map(|text| text.content)
        };
        let named = self.reasoning_content.into_iter().chain(self.reasoning);
        match named.map(|text| text.content).find(|text| !text.is_empty()) {
            Some(text) => reasoning.extend(text),
            None => reasoning.extend(details()),
        }
        (content, reasoning)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Where a string is asked for, serde_json refuses half of a surrogate pair.
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, or a list of parts")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Text, E> {
        Ok(Text { content: bytes.to_vec(), reasoning: vec![] })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Text, A::Error> {
        let mut all = Text::default();
        while let Some(Part { text, thinking }) = parts.next_element()? {
            all.content.extend(text.unwrap_or_default().content);
            all.reasoning.extend(thinking.unwrap_or_default().content);
        }
        Ok(all)
    }
}
