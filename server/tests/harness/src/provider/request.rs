//! A request to a provider.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

#[derive(Debug, Clone)]
pub struct Request {
    /// As in `POST /v1/chat/completions`.
    pub line: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    pub json: Value,
}

impl Request {
    /// None if the connection ended.
    pub(super) async fn read(reader: &mut (impl AsyncBufRead + Unpin)) -> Option<Self> {
        let line = line(reader).await?;
        let (line, version) = line.rsplit_once(' ')?;
        assert_eq!(version, "HTTP/1.1");
        let mut headers = BTreeMap::new();
        loop {
            let header = self::line(reader).await?;
            let Some((name, value)) = header.split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").map_or(0, |n| n.parse().expect("a length"));
        let mut body = vec![0; length];
        reader.read_exact(&mut body).await.ok()?;
        let json = match body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&body).expect("JSON"),
        };
        Some(Self { line: line.to_owned(), headers, json })
    }

    /// The conversation, as `role: content`.
    pub fn messages(&self) -> Vec<(&str, &str)> {
        let messages = self.json["messages"].as_array().map_or(&[][..], Vec::as_slice);
        fn pair(message: &Value) -> (&str, &str) {
            let text = |key| message[key].as_str().expect("text");
            (text("role"), text("content"))
        }
        messages.iter().map(pair).collect()
    }

    /// What was said last. Messages of several members are one turn; the lines of each are indented but
    /// for the first.
    pub fn newest(&self) -> String {
        let messages = self.messages();
        let (_, content) = messages.last().copied().unwrap_or_default();
        let begins = |at: &usize| !content[at + 2..].starts_with([' ', '\n']);
        let last = content.match_indices("\n\n").map(|(at, _)| at).filter(begins).last();
        content[last.map_or(0, |at| at + 2)..].to_owned()
    }
}

async fn line(reader: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = String::new();
    let read = reader.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}
