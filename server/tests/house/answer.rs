//! What a request was answered with.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null where there is no body.
    pub json: Value,
    pub text: String,
}

impl Answer {
    /// None where the connection broke before the whole of it was there.
    pub async fn read(response: Response) -> Option<Self> {
        let (head, body) = response.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        let announced = head.headers.get("content-length").and_then(|n| n.to_str().ok());
        if announced.is_some_and(|n| n != body.len().to_string()) {
            return None;
        }
        let text = String::from_utf8(body.to_vec()).expect("text");
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Some(Self { status: head.status.as_u16(), headers: head.headers, json, text })
    }

    /// The body, of an answer that must have this status.
    pub fn of<T: DeserializeOwned>(self, status: u16) -> T {
        let body = self.json_of(status);
        serde_json::from_value(body.clone()).unwrap_or_else(|e| panic!("{e}: {body}"))
    }

    pub fn json_of(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// Nothing but a status.
    pub fn empty_of(self, status: u16) {
        assert_eq!((self.status, self.text.as_str()), (status, ""));
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// The session that it hands out: the cookie as a browser sends it back.
    pub fn cookie(&self) -> Option<String> {
        let (pair, _) = self.header("set-cookie")?.split_once(';')?;
        Some(pair.to_owned())
    }

    pub fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }
}
