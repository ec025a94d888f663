//! Who belongs here. Not who is online: nobody is told that.

use leptos::prelude::*;

use super::avatar::Avatar;
use crate::{protocol::BeingId, session::Session};

#[component]
pub fn MemberBar(session: Session) -> impl IntoView {
    view! {
        <ul class="member-bar" aria-label="Who belongs here">
            <For each=move || session.roster() key=BeingId::clone let:id>
                <MemberFace session id/>
            </For>
        </ul>
    }
    .into_any()
}

#[component]
fn MemberFace(session: Session, id: BeingId) -> impl IntoView {
    let of_name = id.clone();
    let name = Memo::new(move |_| session.name_of(&of_name));
    let data_being = id.to_string();
    let being = Signal::derive(move || session.being(&id, Clone::clone));
    view! {
        <li title=name data-being=data_being>
            <Avatar being/>
            <span class="unseen">{name}</span>
        </li>
    }
}
