//! What changes in a view, and what is done to it. Each closure is a type of its own, and a view is
//! compiled anew for each type in it, in every way in which it can be made. So closures of one kind
//! hide behind one type: it makes the WASM a tenth smaller.

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
pub fn words(read: impl FnMut() -> String + Send + 'static) -> Read<String> {
    Box::new(read)
}

/// Something that is so, or is not.
pub fn flag(read: impl FnMut() -> bool + Send + 'static) -> Read<bool> {
    Box::new(read)
}

/// A part of a view that changes as a whole.
pub fn part(read: impl FnMut() -> AnyView + Send + 'static) -> Read<AnyView> {
    Box::new(read)
}

/// A part that is there, or is not.
pub fn maybe(mut read: impl FnMut() -> Option<AnyView> + Send + 'static) -> Read<AnyView> {
    Box::new(move || read().unwrap_or_else(|| ().into_any()))
}

/// A row for each of many; only what came, went or moved is touched. Each row lives as long as its key
/// is among them.
pub fn list<T, K>(
    each: impl Fn() -> Vec<T> + Send + 'static,
    key: fn(&T) -> K,
    row: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> Read<AnyView>
where
    T: Send + 'static,
    K: Eq + Hash + SerializableKey + Send + 'static,
{
    let lives_in = Owner::current().unwrap_or_default();
    let row: Arc<dyn Fn(T) -> AnyView + Send + Sync> = Arc::new(row);
    part(move || {
        let (lives_in, row) = (lives_in.clone(), row.clone());
        let row = move |_, item| {
            let owner = lives_in.with(Owner::new);
            let view = owner.with(|| row(item));
            (drop::<usize> as fn(usize), OwnedView::new_with_owner(view, owner))
        };
        keyed(each(), key, row).into_any()
    })
}

pub fn press(mut run: impl FnMut() + 'static) -> On<ev::MouseEvent> {
    Box::new(move |_| run())
}

pub fn submit(mut run: impl FnMut() + 'static) -> On<ev::SubmitEvent> {
    Box::new(move |event| {
        event.prevent_default();
        run();
    })
}

pub fn key(run: impl FnMut(ev::KeyboardEvent) + 'static) -> On<ev::KeyboardEvent> {
    Box::new(run)
}

/// Runs at once, and again whenever something that it reads changes.
pub fn always(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}

/// Reads at once, and runs whenever something that it read changes.
pub fn on_change<T: 'static>(
    mut read: impl FnMut() -> T + 'static,
    mut run: impl FnMut(T) + 'static,
) {
    let mut is_first = true;
    always(move || {
        let value = read();
        if !std::mem::take(&mut is_first) {
            run(value);
        }
    });
}
