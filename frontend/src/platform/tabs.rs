//! The other tabs of this browser: a channel to them (Broadcast Channel, HTML Standard), and a lock
//! that one of them holds at a time (Web Locks API). When the holder's tab dies, the browser grants
//! the lock to the next.

use std::{cell::Cell, rc::Rc};

use app::platform::{DropGuard, TabChannel, Tabs};
use client::{LockMode, LockSignal};
use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

use super::guard;

pub struct BrowserTabs;

impl Tabs for BrowserTabs {
    fn join(&self, name: &str, on_text: Box<dyn Fn(String)>) -> Option<Box<dyn TabChannel>> {
        let channel = BroadcastChannel::new(name).ok()?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            event.data().as_string().into_iter().for_each(&on_text);
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Box::new(Joined { channel, _on_message: on_message }))
    }

    fn lock(
        &self,
        name: &str,
        mode: LockMode,
        on_signal: Box<dyn Fn(LockSignal)>,
    ) -> Option<DropGuard> {
        Lock::request(name, mode, on_signal).map(guard)
    }
}

struct Joined {
    channel: BroadcastChannel,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl TabChannel for Joined {
    fn post(&self, text: &str) {
        let _ = self.channel.post_message(&text.into());
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// A lock, or a place in the queue for it; released on drop.
struct Lock {
    is_dropped: Rc<Cell<bool>>,
    queue: AbortController,
    release: Rc<Cell<Option<Function>>>,
}

impl Lock {
    /// `None` where the browser has no Web Locks, as over plain HTTP from another machine.
    fn request(name: &str, mode: LockMode, on_signal: Box<dyn Fn(LockSignal)>) -> Option<Self> {
        let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let queue = AbortController::new().ok()?;
        let lock = Self { is_dropped: Rc::default(), queue, release: Rc::default() };
        let options = Object::new();
        // A request that does not wait takes no abort signal.
        let (option, value) = match mode {
            LockMode::Queue => ("signal", lock.queue.signal().into()),
            LockMode::Steal => ("steal", JsValue::TRUE),
            LockMode::IfAvailable => ("ifAvailable", JsValue::TRUE),
        };
        Reflect::set(&options, &option.into(), &value).ok()?;

        let on_signal: Rc<dyn Fn(LockSignal)> = on_signal.into();
        let (decided, is_dropped, release) =
            (on_signal.clone(), lock.is_dropped.clone(), lock.release.clone());
        // The lock is held until the returned promise settles.
        let granted = Closure::once_into_js(move |lock: JsValue| {
            Promise::new(&mut |resolve, _| {
                if lock.is_null() {
                    let _ = resolve.call0(&JsValue::NULL);
                    if !is_dropped.get() {
                        decided(LockSignal::Denied);
                    }
                } else if is_dropped.get() {
                    let _ = resolve.call0(&JsValue::NULL);
                } else {
                    release.set(Some(resolve));
                    decided(LockSignal::Granted);
                }
            })
        });
        let held = request.call3(&locks, &name.into(), &options, &granted).ok()?;
        let is_dropped = lock.is_dropped.clone();
        let held = JsFuture::from(held.dyn_into::<Promise>().ok()?);
        spawn_local(async move {
            // Rejected when the lock is stolen, and when the request is aborted.
            if held.await.is_err() && !is_dropped.get() {
                on_signal(LockSignal::Lost);
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
