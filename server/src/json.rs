//! Bodies, path segments and queries, with their refusals in the protocol's own words. Those of pages
//! are read by the same.

use axum::{
    extract::{
        FromRequest, FromRequestParts, Path, Request,
        rejection::{BytesRejection, FailedToBufferBody, FormRejection, JsonRejection},
    },
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::BytesRejection(rejection)) => Err(of_bytes(&rejection)),
            Err(rejection) => Err(Refusal::Malformed(rejection.body_text())),
        }
    }
}

/// The body of a form.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match axum::Form::from_request(request, state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(FormRejection::BytesRejection(rejection)) => Err(of_bytes(&rejection)),
            Err(rejection) => Err(Refusal::Malformed(rejection.body_text())),
        }
    }
}

fn of_bytes(rejection: &BytesRejection) -> Refusal {
    match rejection {
        // Who made it is not at fault: it was cut on its way.
        BytesRejection::FailedToBufferBody(FailedToBufferBody::UnknownBodyError(_)) => {
            Refusal::CutOff
        }
        _ if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
        _ => Refusal::Malformed(rejection.body_text()),
    }
}

/// The ids in a path, each parsed.
pub struct Ids<T>(pub T);

impl<T, S> FromRequestParts<S> for Ids<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(ids)) => Ok(Self(ids)),
            Err(rejection) => Err(Refusal::Malformed(rejection.body_text())),
        }
    }
}

/// What stands behind the `?`.
pub struct Query<T>(pub T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(Refusal::Malformed(rejection.body_text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::body::Body;
    use futures::stream::iter;
    use serde_json::Value;

    use super::*;

    #[tokio::test]
    async fn a_body_that_was_cut_on_its_way_is_asked_for_again_and_not_called_malformed() {
        let cut = Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        for (parts, refusal) in [
            (vec![Ok("{\"a\""), cut], Refusal::CutOff),
            (vec![Ok("{\"a\"")], Refusal::Malformed(String::new())),
        ] {
            let request = Request::post("/").header("content-type", "application/json");
            let request = request.body(Body::from_stream(iter(parts))).expect("a request");
            let refused = Json::<Value>::from_request(request, &()).await.err().expect("a refusal");
            assert_eq!(refused.status(), refusal.status());
        }
    }
}
