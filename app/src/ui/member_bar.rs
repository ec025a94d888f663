//! Who belongs here. Not who is online: nobody is told that.

use leptos::prelude::*;

use super::{
    avatar::Avatar,
    change::{list, words},
};
use crate::{protocol::BeingId, session::Session};

#[component]
pub fn MemberBar(session: Session) -> impl IntoView {
    view! {
        <ul class="member-bar" aria-label="Who belongs here">
            {everybody(session, |session, id| view! { <MemberFace session id/> }.into_any())}
        </ul>
    }
    .into_any()
}

/// A row for each being that belongs here.
pub fn everybody(session: Session, row: fn(Session, BeingId) -> AnyView) -> AnyView {
    list(move || session.roster(), BeingId::clone, move |id| row(session, id)).into_any()
}

#[component]
fn MemberFace(session: Session, id: BeingId) -> impl IntoView {
    let (title, name) = (id.clone(), id.clone());
    let data_being = id.to_string();
    let being = Signal::derive(move || session.being(&id, Clone::clone));
    view! {
        <li title=words(move || session.name_of(&title)) data-being=data_being>
            <Avatar being/>
            <span class="unseen">{words(move || session.name_of(&name))}</span>
        </li>
    }
}
