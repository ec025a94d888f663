//! Signing up and signing in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::form::{Card, Problem, returned};
use crate::protocol::limits::{
    BEING_ID_MAX_BYTES, NAME_MAX_CHARACTERS, PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS,
};

#[component]
pub fn SignUp() -> impl IntoView {
    let query = use_query_map();
    let is_first = query.with_untracked(|query| query.get("first").is_some());
    let invite = returned("invite");
    let title = if is_first { "Welcome" } else { "Create your account" };
    view! {
        <Card title=title.to_owned()>
            {is_first.then(|| view! {
                <p class="hint">"Nobody is here yet. The first account looks after this place; everyone else comes by an invite."</p>
            })}
            <Problem/>
            <form method="post" action="/sign-up">
                <label>"Your name"
                    <input name="name" value=returned("name") required maxlength=NAME_MAX_CHARACTERS.to_string() autocomplete="name"/>
                </label>
                <label>"Handle"
                    <input name="handle" value=returned("handle") required maxlength=BEING_ID_MAX_BYTES.to_string() autocomplete="username" autocapitalize="none" spellcheck="false" placeholder="ada"/>
                </label>
                <label>"Password"
                    <input name="password" type="password" required minlength=PASSWORD_MIN_CHARACTERS.to_string() maxlength=PASSWORD_MAX_CHARACTERS.to_string() autocomplete="new-password"/>
                </label>
                <input type="hidden" name="invite" value=invite/>
                <button class="primary">"Create account"</button>
            </form>
            {(!is_first).then(|| view! {
                <p class="hint">"Here before? "<a href="/sign-in" rel="external">"Sign in"</a></p>
            })}
        </Card>
    }
}

#[component]
pub fn SignIn() -> impl IntoView {
    view! {
        <Card title="Sign in".to_owned()>
            <Problem/>
            <form method="post" action="/sign-in">
                <label>"Handle"
                    <input name="handle" value=returned("handle") required autocomplete="username" autocapitalize="none" spellcheck="false"/>
                </label>
                <label>"Password"
                    <input name="password" type="password" required autocomplete="current-password"/>
                </label>
                <input type="hidden" name="next" value=returned("next")/>
                <button class="primary">"Sign in"</button>
            </form>
            <p class="hint">"New here? Ask somebody for an invite link."</p>
        </Card>
    }
}
