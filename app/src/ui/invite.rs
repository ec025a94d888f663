//! The page behind an invite link.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    Sorry, backend,
    form::{Card, Problem},
};
use crate::backend::Invitation;

#[component]
pub fn InvitePage() -> impl IntoView {
    let params = use_params_map();
    let token = move || params.with(|params| params.get("token")).unwrap_or_default();
    let port = backend();
    let invitation = Resource::new_blocking(token, move |token| port.0.invitation(token));
    view! {
        <Suspense>
            {move || invitation.get().map(|answer| match answer {
                Ok(invitation) => view! { <Invited invitation token=token()/> }.into_any(),
                Err(trouble) => view! { <Sorry trouble/> }.into_any(),
            })}
        </Suspense>
    }
}

#[component]
fn Invited(invitation: Invitation, token: String) -> impl IntoView {
    let Invitation { space, me } = invitation;
    view! {
        <Card title=format!("Join {}", space.name)>
            <Problem/>
            {match me {
                Some(me) => view! {
                    <p class="hint">"You are signed in as "<strong>{me.name}</strong>"."</p>
                    <form method="post" action=format!("/invites/{token}")>
                        <button class="primary">{format!("Join {}", space.name)}</button>
                    </form>
                }.into_any(),
                None => view! {
                    <p class="hint">"You have been invited to talk here."</p>
                    <p class="choices">
                        <a class="button primary" rel="external" href=format!("/sign-up?invite={token}")>"Create an account"</a>
                        <a class="button" rel="external" href=format!("/sign-in?next=/invites/{token}")>"Sign in"</a>
                    </p>
                }.into_any(),
            }}
        </Card>
    }
}
