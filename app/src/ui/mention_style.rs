//! Marks the mentions of the reader. It is one style sheet, so it costs the same however many messages there are.

use leptos::prelude::*;

use crate::space_model::SpaceModel;
use protocol::BeingId;

/// An id has no character that CSS or HTML reads in another way. That `@everyone` of an administrator means
/// everyone, too, is known to the server alone.
#[component]
pub fn MentionStyle(model: SpaceModel) -> impl IntoView {
    let mention = |being: BeingId| format!(".mention[data-being=\"{being}\"]");
    let mut rules = mention(model.me()) + MEANT;
    if let Some(founder) = model.founder() {
        let everyone = mention(BeingId::everyone());
        rules += &format!(".message[data-owner=\"{founder}\"] {everyone}{MEANT}");
    }
    view! { <style inner_html=rules></style> }
}

const MEANT: &str = "{--mention:var(--accent);--mention-ground:var(--meant)}";
