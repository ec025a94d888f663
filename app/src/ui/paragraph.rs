//! A short text that is there or not: one kind of view for all of them, because each kind is code of its own in
//! what a browser downloads.

use leptos::prelude::*;

pub fn paragraph(class: &'static str, text: impl Into<String>) -> AnyView {
    with_role(class, None, text.into())
}

/// It is read out as soon as it is there.
pub fn alert(class: &'static str, text: impl Into<String>) -> AnyView {
    with_role(class, Some("alert"), text.into())
}

fn with_role(class: &'static str, role: Option<&'static str>, text: String) -> AnyView {
    view! { <p class=class role=role>{text}</p> }.into_any()
}
