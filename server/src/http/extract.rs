//! Bodies, path segments and queries, refused with the protocol's own errors; for the API and for pages.

use axum::{
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{BytesRejection, FailedToBufferBody, FormRejection, JsonRejection},
    },
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::domain::refusal::Refusal;

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::BytesRejection(rejection)) => Err(body_refusal(&rejection)),
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
            Err(FormRejection::BytesRejection(rejection)) => Err(body_refusal(&rejection)),
            // People do not know the fields by their names on the wire.
            Err(FormRejection::FailedToDeserializeFormBody(_)) => {
                Err(Refusal::Malformed("A field of the form is missing or unreadable.".into()))
            }
            Err(rejection) => Err(Refusal::Malformed(rejection.body_text())),
        }
    }
}

fn body_refusal(rejection: &BytesRejection) -> Refusal {
    match rejection {
        // The client is not at fault: the body was cut off on its way.
        BytesRejection::FailedToBufferBody(FailedToBufferBody::UnknownBodyError(_)) => {
            Refusal::CutOff
        }
        _ if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
        _ => Refusal::Malformed(rejection.body_text()),
    }
}

/// The ids in a path, each parsed.
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(ids)) => Ok(Self(ids)),
            Err(rejection) => Err(Refusal::Malformed(rejection.body_text())),
        }
    }
}

/// The query string.
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
    async fn a_body_that_was_cut_off_can_be_sent_again_and_is_not_malformed() {
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
