//! What is left of a space for a reader who is no longer a member: what they wrote here and could not
//! send. It stays on the device until they have thrown it away.

use leptos::{html, prelude::*};

use super::{
    copy::CopyButton,
    erased::{dynamic, effect, on_click, show},
    focus::take_focus,
};
use crate::space_model::SpaceModel;
use protocol::{IntentionId, MessageId};

/// Where an unsent text is kept.
#[derive(Clone, Copy)]
enum Kept {
    Outbox(IntentionId),
    /// As an edit that was open.
    Editor(MessageId),
    Composer,
}

#[component]
pub fn Revoked(model: SpaceModel) -> impl IntoView {
    let name = untrack(|| model.space_name());
    let edits = RwSignal::new(model.open_edits());
    let draft = RwSignal::new(String::new());
    effect(move || {
        model.restore_draft(move |saved| {
            draft.try_set(saved);
        });
    });
    let unsent = move || {
        let outbox = model
            .outbox()
            .into_iter()
            .filter_map(|entry| Some((Kept::Outbox(entry.id()), entry.op.content()?.to_owned())));
        let edits = edits.get().into_iter().map(|edit| (Kept::Editor(edit.message), edit.text));
        let draft = Some(draft.get()).filter(|draft| !draft.trim().is_empty());
        outbox.chain(edits).chain(draft.map(|draft| (Kept::Composer, draft))).collect::<Vec<_>>()
    };
    let heading = NodeRef::<html::H1>::new();
    let throw_away = move |kept| {
        match kept {
            Kept::Outbox(id) => model.throw_away(id),
            Kept::Editor(id) => {
                model.close_edit(id);
                edits.set(model.open_edits());
            }
            Kept::Composer => {
                model.save_draft(String::new());
                draft.set(String::new());
            }
        }
        heading.get_untracked().into_iter().for_each(|heading| take_focus(heading.into()));
    };
    let item = move |(kept, content): (Kept, String)| {
        view! {
            <li>
                <p class="content">{content.clone()}</p>
                <p class="choices">
                    <CopyButton model copied=content/>
                    <button class="danger" on:click=on_click(move || throw_away(kept))>"Throw away"</button>
                </p>
            </li>
        }
    };
    let has_unsent = Memo::new(move |_| !unsent().is_empty());
    view! {
        <main class="card-page">
            <section class="card">
                <p class="brand">"Rhizome"</p>
                // Takes the focus, which was in what is gone.
                <h1 node_ref=heading tabindex="-1" use:take_focus>{format!("You're no longer in {name}")}</h1>
                <p>"You left this space, or were removed from it."</p>
                {show(move || has_unsent.get().then(|| view! {
                    <h2>"Not sent"</h2>
                    <ul class="unsent">
                        {dynamic(move || unsent().into_iter().map(item).collect_view().into_any())}
                    </ul>
                }.into_any()))}
                <p><a href="/">"My spaces"</a></p>
            </section>
        </main>
    }
}
