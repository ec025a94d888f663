//! Type-erased closures for views. Every closure has a type of its own, and a view is compiled
//! again for each type in it, once for each way of rendering it. Hiding closures of one kind behind
//! one type makes the WASM a tenth smaller.

use std::{hash::Hash, sync::Arc};

use leptos::{
    ev,
    prelude::*,
    tachys::{
        reactive_graph::OwnedView,
        view::keyed::{SerializableKey, keyed},
    },
};

pub type Read<T> = Box<dyn FnMut() -> T + Send>;
pub type On<E> = Box<dyn FnMut(E)>;

/// A text that changes.
pub fn text(read: impl FnMut() -> String + Send + 'static) -> Read<String> {
    Box::new(read)
}

/// A condition that changes.
pub fn boolean(read: impl FnMut() -> bool + Send + 'static) -> Read<bool> {
    Box::new(read)
}

/// A part of a view that changes as a whole.
pub fn dynamic(read: impl FnMut() -> AnyView + Send + 'static) -> Read<AnyView> {
    Box::new(read)
}

/// A part that is there or not.
pub fn show(mut read: impl FnMut() -> Option<AnyView> + Send + 'static) -> Read<AnyView> {
    Box::new(move || read().unwrap_or_else(|| ().into_any()))
}

/// A keyed list: only rows that were added, removed or moved are touched. Each row's owner lives as
/// long as its key is in the list.
pub fn list<T, K>(
    each: impl Fn() -> Vec<T> + Send + 'static,
    key: fn(&T) -> K,
    row: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> Read<AnyView>
where
    T: Send + 'static,
    K: Eq + Hash + SerializableKey + Send + 'static,
{
    let parent = Owner::current().unwrap_or_default();
    let row: Arc<dyn Fn(T) -> AnyView + Send + Sync> = Arc::new(row);
    dynamic(move || {
        let (parent, row) = (parent.clone(), row.clone());
        let row = move |_, item| {
            let owner = parent.with(Owner::new);
            let view = owner.with(|| row(item));
            (drop::<usize> as fn(usize), OwnedView::new_with_owner(view, owner))
        };
        keyed(each(), key, row).into_any()
    })
}

pub fn on_click(mut run: impl FnMut() + 'static) -> On<ev::MouseEvent> {
    Box::new(move |_| run())
}

pub fn on_mouse(run: impl FnMut(ev::MouseEvent) + 'static) -> On<ev::MouseEvent> {
    Box::new(run)
}

pub fn on_submit(mut run: impl FnMut() + 'static) -> On<ev::SubmitEvent> {
    Box::new(move |event| {
        event.prevent_default();
        run();
    })
}

pub fn on_key(run: impl FnMut(ev::KeyboardEvent) + 'static) -> On<ev::KeyboardEvent> {
    Box::new(run)
}

/// Runs at once, and again whenever something it reads changes.
pub fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}

/// Reads at once, and calls `run` whenever something it read changes.
pub fn watch<T: 'static>(mut read: impl FnMut() -> T + 'static, mut run: impl FnMut(T) + 'static) {
    let mut is_first = true;
    effect(move || {
        let value = read();
        if !std::mem::take(&mut is_first) {
            run(value);
        }
    });
}
