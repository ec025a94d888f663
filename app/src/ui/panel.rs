//! The panel about this space: an invite, the name, leaving, and the members.

use leptos::prelude::*;

use super::{
    copy::CopyButton,
    erased::{dynamic, on_click, on_key},
    focus::{take_focus, take_focus_on_return},
    members::MemberList,
    submit_key::is_escape,
};
use crate::space_model::SpaceModel;
use protocol::{Level, limits::INVITE_DAYS};

#[component]
pub fn Panel(model: SpaceModel, close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let link = RwSignal::new(None::<String>);
    let is_leaving = RwSignal::new(false);
    // A direct space keeps its persons, which its style sheet knows.
    let class = if untrack(|| model.details(|it| it.direct)) { "panel direct" } else { "panel" };
    let return_focus = take_focus_on_return(move || is_leaving.get());
    view! {
        <aside class=class id="panel" aria-label="About this space" on:keydown=on_key(move |event| {
            if is_escape(&event) {
                close();
            }
        })>
            <header>
                <h2>"About this space"</h2>
                <button class="icon" use:take_focus aria-label="Close" on:click=on_click(close)>
                    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18"/></svg>
                </button>
            </header>
            <section class="joining">
                <h3>"Invite someone"</h3>
                {dynamic(move || match link.get() {
                    None => view! {
                        <button on:click=on_click(move || model.invite(move |url| link.set(Some(url))))>"Make an invite link"</button>
                    }.into_any(),
                    Some(url) => view! {
                        <label class="hint">{format!("Anyone who opens this link within {INVITE_DAYS} days can join.")}
                            <input readonly use:take_focus aria-label="Invite link" value=url.clone() on:focus:target=move |event| event.target().select()/>
                        </label>
                        <CopyButton model copied=url/>
                    }.into_any(),
                })}
            </section>
            <section>
                <label>"Tell me about"
                    <select on:change=move |event| {
                        event_target_value(&event).parse().into_iter().for_each(|level| model.set_level(level));
                    }>
                        {[(Level::Everything, "Everything"), (Level::Mentions, "Mentions"), (Level::Nothing, "Nothing")]
                            .map(|(level, words)| view! {
                                <option value=level.as_str() selected=level == untrack(|| model.level())>{words}</option>
                            })}
                    </select>
                </label>
            </section>
            <section>
                <a href=format!("/spaces/{}/beings/new", model.space())>"Add an AI"</a>
                <a href=format!("/spaces/{}/settings", model.space())>"Space settings"</a>
            </section>
            <section class="joining">
                {dynamic(move || if is_leaving.get() {
                    view! {
                        <p>"You will need an invite to come back."</p>
                        <p class="choices">
                            <button class="danger" on:click=on_click(move || model.leave())>"Leave"</button>
                            <button use:take_focus on:click=on_click(move || is_leaving.set(false))>"Cancel"</button>
                        </p>
                    }.into_any()
                } else {
                    view! {
                        <button class="plain danger" use:return_focus on:click=on_click(move || is_leaving.set(true))>"Leave this space"</button>
                    }.into_any()
                })}
            </section>
            <MemberList model/>
        </aside>
    }
}
