//! My spaces, a new one, and my name.

use leptos::{either::Either, prelude::*};

use super::{Sorry, avatar::Avatar, backend, form::Problem, sidebar::Spaces};
use crate::protocol::{Being, SpaceListing, limits::NAME_MAX_CHARACTERS};

#[component]
pub fn Home() -> impl IntoView {
    let port = backend();
    let first_sight = Resource::new_blocking(
        || (),
        move |()| {
            let (me, spaces) = (port.0.me(), port.0.spaces());
            async move { Ok((me.await?, spaces.await?)) }
        },
    );
    view! {
        <leptos_meta::Title text=""/>
        <Suspense>
            {move || first_sight.get().map(|answer| match answer {
                Ok((me, spaces)) => Either::Left(view! { <Welcome me spaces/> }),
                Err(trouble) => Either::Right(view! { <Sorry trouble/> }),
            })}
        </Suspense>
    }
}

#[component]
fn Welcome(me: Being, spaces: Vec<SpaceListing>) -> impl IntoView {
    let is_empty = spaces.is_empty();
    let max = NAME_MAX_CHARACTERS.to_string();
    let (name, id) = (me.name.clone(), me.id.to_string());
    view! {
        <main class="home">
            <header>
                <p class="brand">"Rhizome"</p>
                <div class="me">
                    <Avatar being=Signal::stored(Some(me))/>
                    <span class="name">{name.clone()}</span>
                    <span class="id">{id}</span>
                </div>
            </header>
            <Problem/>
            <section>
                <h1>"My spaces"</h1>
                {if is_empty {
                    Either::Left(view! { <p class="hint">"A space is a room to talk in. Make the first one, then invite somebody."</p> })
                } else {
                    Either::Right(view! { <Spaces spaces/> })
                }}
                <form class="inline" method="post" action="/spaces" aria-label="New space">
                    <label>"New space"<input name="name" required maxlength=max.clone() placeholder="Garden" autocomplete="off"/></label>
                    <button class="primary">"Create"</button>
                </form>
            </section>
            <section>
                <h2>"You"</h2>
                <form class="inline" method="post" action="/me" aria-label="Your name">
                    <label>"Your name"<input name="name" value=name required maxlength=max autocomplete="name"/></label>
                    <button>"Save"</button>
                </form>
                <p class="elsewhere">
                    <a href="/help" rel="external">"Help"</a>
                    <a href="/providers" rel="external">"Providers of AI beings"</a>
                </p>
                <form method="post" action="/sign-out"><button class="plain">"Sign out"</button></form>
            </section>
        </main>
    }
}
