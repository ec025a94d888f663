//! The faces of some members, and how many there are besides. Not who is online: nobody is shown
//! that.

use leptos::prelude::*;

use super::{
    avatar::Avatar,
    erased::{list, on_click, text},
    namesakes::Namesakes,
};
use crate::space_model::SpaceModel;
use protocol::BeingId;

/// All faces, where there are no more.
const FACES_MAX: usize = 5;

/// Opens the panel, which lists all of them.
#[component]
pub fn MemberBar(
    model: SpaceModel,
    namesakes: Namesakes,
    open: impl Fn() + 'static,
) -> impl IntoView {
    let count = move || model.roster().len();
    // The last place goes to the number of the others.
    let faces = move || {
        let all = model.roster();
        let shown = if all.len() > FACES_MAX { FACES_MAX - 1 } else { FACES_MAX };
        all.into_iter().take(shown).collect::<Vec<_>>()
    };
    let more = move || match count().saturating_sub(FACES_MAX) {
        0 => String::new(),
        beyond => format!("+{}", beyond + 1),
    };
    let label = move || match count() {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    };
    view! {
        <button class="member-bar" on:click=on_click(open)>
            <span class="visually-hidden">{text(label)}</span>
            {list(faces, BeingId::clone, move |id| view! { <MemberFace model namesakes id/> }.into_any())}
            <span class="more" aria-hidden="true">{text(more)}</span>
        </button>
    }
    .into_any()
}

#[component]
fn MemberFace(model: SpaceModel, namesakes: Namesakes, id: BeingId) -> impl IntoView {
    let title_id = id.clone();
    let data_being = id.to_string();
    let being = Signal::derive(move || model.being(&id, Clone::clone));
    let title = move || namesakes.distinct_name(model, &title_id);
    view! {
        <span class="face" title=text(title) data-being=data_being>
            <Avatar being/>
        </span>
    }
}
