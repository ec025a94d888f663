//! The other tabs of this browser: a channel to them (Broadcast Channel, HTML Standard), and a lock
//! that one of them has at a time (Web Locks API). The lock falls to the next tab by itself when the
//! one that has it dies.

use std::{cell::Cell, rc::Rc};

use app::live::Channel;
use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::window;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

pub struct Tabs(SendWrapper<Joined>);

struct Joined {
    channel: BroadcastChannel,
    _hears: Closure<dyn Fn(MessageEvent)>,
}

impl Tabs {
    pub fn join(name: &str, on_text: Box<dyn Fn(&str)>) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let hears = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            event.data().as_string().iter().for_each(|text| on_text(text));
        });
        channel.set_onmessage(Some(hears.as_ref().unchecked_ref()));
        Some(Self(SendWrapper::new(Joined { channel, _hears: hears })))
    }
}

impl Channel for Tabs {
    fn post(&self, text: &str) {
        let _ = self.0.channel.post_message(&text.into());
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// A lock, or a place in the queue for it; given up when this is dropped.
pub struct Lock {
    is_dropped: Rc<Cell<bool>>,
    queue: AbortController,
    release: Rc<Cell<Option<Function>>>,
}

impl Lock {
    /// None where the browser has no locks, as over plain HTTP from another machine.
    pub fn request(name: &str, is_stolen: bool, on_change: Box<dyn Fn(bool)>) -> Option<Self> {
        let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let queue = AbortController::new().ok()?;
        let lock = Self { is_dropped: Rc::default(), queue, release: Rc::default() };
        let options = Object::new();
        // A lock that is stolen is never waited for.
        let (option, value) = match is_stolen {
            true => ("steal", JsValue::TRUE),
            false => ("signal", lock.queue.signal().into()),
        };
        Reflect::set(&options, &option.into(), &value).ok()?;

        let on_change: Rc<dyn Fn(bool)> = on_change.into();
        let (won, is_dropped, release) =
            (on_change.clone(), lock.is_dropped.clone(), lock.release.clone());
        // It is ours until the promise is settled that this returns.
        let granted = Closure::once_into_js(move || {
            Promise::new(&mut |resolve, _| {
                if is_dropped.get() {
                    let _ = resolve.call0(&JsValue::NULL);
                } else {
                    release.set(Some(resolve));
                    won(true);
                }
            })
        });
        let held = request.call3(&locks, &name.into(), &options, &granted).ok()?;
        let is_dropped = lock.is_dropped.clone();
        let held = JsFuture::from(held.dyn_into::<Promise>().ok()?);
        spawn_local(async move {
            // It fails when the lock is stolen, and when the queue is left.
            if held.await.is_err() && !is_dropped.get() {
                on_change(false);
            }
        });
        Some(lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.is_dropped.set(true);
        self.queue.abort();
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}
