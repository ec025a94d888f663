//! A request, built step by step.

use std::{fmt, future::IntoFuture, io};

use axum::{body::Body, http::Request, response::Response};
use futures::future::BoxFuture;
use serde_json::Value;

use super::{Events, TestResponse, Transport};

/// It is sent when it is awaited.
#[derive(Clone)]
pub struct TestRequest {
    transport: Transport,
    pub method: &'static str,
    pub path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl TestRequest {
    pub(super) fn new(
        transport: Transport,
        method: &'static str,
        path: &str,
        headers: Vec<(&'static str, String)>,
    ) -> Self {
        Self { transport, method, path: path.to_owned(), headers, body: vec![] }
    }

    pub fn json(mut self, json: Value) -> Self {
        self.body = json.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    /// Sets the body; the content type stays as it is.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a header, in place of an earlier one of this name.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(present, _)| *present != name);
        self.headers.push((name, value.into()));
        self
    }

    /// The response as soon as its head has come. An error is a broken connection.
    pub async fn response(self) -> io::Result<Response> {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        if !self.headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "rhizome.test");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        self.transport.call(request.body(Body::from(self.body)).expect("a request")).await
    }

    /// The whole response, if it came.
    pub async fn attempt(self) -> Option<TestResponse> {
        TestResponse::read(self.response().await.ok()?).await
    }

    pub async fn stream(self) -> Events {
        let response = self.response().await.expect("an answer");
        if response.status() != 200 {
            panic!("no stream: {:?}", TestResponse::read(response).await);
        }
        Events::read(response)
    }
}

impl fmt::Display for TestRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
        write!(f, "{} {} {body}", self.method, self.path)
    }
}

impl IntoFuture for TestRequest {
    type Output = TestResponse;
    type IntoFuture = BoxFuture<'static, TestResponse>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.attempt().await.expect("a whole answer") })
    }
}
