//! A whole response, and the assertions about one.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[derive(Debug)]
pub struct TestResponse {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null where there is no body.
    pub json: Value,
    pub text: String,
}

impl TestResponse {
    /// None if the connection broke before the end of the body.
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

    /// Asserts the status, and parses the body.
    pub fn of<T: DeserializeOwned>(self, status: u16) -> T {
        let body = self.json_of(status);
        serde_json::from_value(body.clone()).unwrap_or_else(|e| panic!("{e}: {body}"))
    }

    pub fn json_of(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// Asserts the status, and that there is no body.
    pub fn empty_of(self, status: u16) {
        assert_eq!((self.status, self.text.as_str()), (status, ""));
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// The session cookie that it sets, as a browser sends it back.
    pub fn cookie(&self) -> Option<String> {
        let (pair, _) = self.header("set-cookie")?.split_once(';')?;
        Some(pair.to_owned())
    }

    pub fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }
}
