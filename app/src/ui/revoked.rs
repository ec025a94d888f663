//! What is left of a space for a reader who is no longer a member: what they wrote here and could not
//! send. It stays on the device until they have thrown it away.

use leptos::{prelude::*, web_sys::Element};

use super::{
    copy::copy_code,
    erased::{effect, on_mouse, show},
    focus::take_focus,
};
use crate::{shell::escaped, space_model::SpaceModel};
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
    let shown = RwSignal::new(unsent());
    effect(move || shown.set(unsent()));
    // The focus was in what is gone.
    let focus = || {
        let heading = document().query_selector(".card > h1").ok().flatten();
        heading.into_iter().for_each(take_focus);
    };
    effect(focus);
    let pressed = on_mouse(move |event| {
        let target = event_target::<Element>(&event);
        copy_code(model, &target);
        let at = target.get_attribute("value").and_then(|at| at.parse::<usize>().ok());
        let kept = at.and_then(|at| shown.with_untracked(|all| all.get(at).map(|(kept, _)| *kept)));
        match kept {
            None => return,
            Some(Kept::Outbox(id)) => model.throw_away(id),
            Some(Kept::Editor(id)) => {
                model.close_edit(id);
                edits.set(model.open_edits());
            }
            Some(Kept::Composer) => {
                model.save_draft(String::new());
                draft.set(String::new());
            }
        }
        // Once the list has changed.
        request_animation_frame(focus);
    });
    let section = move || {
        let html = shown.with(|all| html(&name, all, model.can_copy()));
        Some(view! { <section class="card" inner_html=html></section> }.into_any())
    };
    view! { <main class="card-page" on:click=pressed>{show(section)}</main> }
}

/// One piece of HTML, since it is rarely seen and each view is code that everybody downloads.
fn html(name: &str, unsent: &[(Kept, String)], can_copy: bool) -> String {
    let mut html =
        String::from(r#"<p class="brand">Rhizome</p><h1 tabindex="-1">You're no longer in "#);
    html.push_str(&escaped(name));
    html.push_str("</h1><p>You left this space, or were removed from it.</p>");
    if !unsent.is_empty() {
        html.push_str(r#"<h2>Not sent</h2><ul class="unsent">"#);
    }
    for (at, (_, text)) in unsent.iter().enumerate() {
        html.push_str(r#"<li class="code"><p class="content">"#);
        html.push_str(&escaped(text));
        html.push_str(r#"</p><p class="choices">"#);
        html.push_str(if can_copy { "<button data-copy>Copy</button>" } else { "" });
        html.push_str(r#"<button class="danger" value=""#);
        html.push_str(&at.to_string());
        html.push_str(r#"">Throw away</button></p></li>"#);
    }
    html.push_str(if unsent.is_empty() { "" } else { "</ul>" });
    html.push_str(r#"<p><a href="/">My spaces</a></p>"#);
    html
}

#[cfg(test)]
mod tests {
    use super::{Kept, html};

    #[test]
    fn what_was_not_sent_can_be_copied_and_thrown_away_and_is_no_html() {
        let page = html("<b>Kitchen</b>", &[(Kept::Composer, "1 < 2 & <i>".into())], true);
        for part in [
            "no longer in &lt;b>Kitchen&lt;/b></h1>",
            r#"<p class="content">1 &lt; 2 &amp; &lt;i></p>"#,
            "<button data-copy>Copy</button>",
            r#"<button class="danger" value="0">Throw away</button>"#,
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        let empty = html("Kitchen", &[], false);
        assert!(!empty.contains("Not sent") && !empty.contains("<button"), "{empty}");
    }
}
