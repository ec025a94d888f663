//! `/api/spaces/{space}/colours`: code in colours, for the members of a space.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use protocol::{Code, SpaceId};

use crate::{
    app_state::AppState,
    domain::{policy, refusal::Refusal},
    http::{
        auth::Caller,
        extract::{Json, Path},
    },
};

pub async fn colour(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
    Json(code): Json<Code>,
) -> Result<Response, Refusal> {
    policy::may_take_part(services.store.membership(&space, &caller.being).await?)?;
    let colours = services.painter.colours(&space, code.checked()?).await?;
    Ok(axum::Json(&*colours).into_response())
}
