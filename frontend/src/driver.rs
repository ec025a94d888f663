//! Does what the client wants done, by the browser's features, and tells it what comes of that. It
//! decides nothing.

use std::{cell::RefCell, rc::Rc};

use app::platform::{Api, Document, Driver, DropGuard, Storage, Streams, TabChannel, Tabs, Timers};
use client::{Channel, Effect, Input, Lock, LockSignal, Timer};
use protocol::SpaceId;
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

/// The parts of a browser that a driver uses.
pub struct Parts {
    pub space: SpaceId,
    pub streams: Box<dyn Streams>,
    pub timers: Box<dyn Timers>,
    pub tabs: Box<dyn Tabs>,
    pub storage: Box<dyn Storage>,
    pub api: Box<dyn Api>,
    pub document: Box<dyn Document>,
}

pub struct BrowserDriver(SendWrapper<Running>);

type Take = Rc<dyn Fn(Input)>;

struct Running {
    parts: Parts,
    take: RefCell<Option<Take>>,
    held: RefCell<Held>,
}

/// Everything that ends when it is dropped: the stream, timers, locks and channels.
#[derive(Default)]
struct Held {
    stream: Option<DropGuard>,
    inbox: Option<DropGuard>,
    lifecycle: Option<DropGuard>,
    timers: Vec<(Timer, DropGuard)>,
    locks: Vec<(Lock, DropGuard)>,
    channels: Vec<(Channel, Box<dyn TabChannel>)>,
}

impl BrowserDriver {
    pub fn new(parts: Parts) -> Self {
        let (take, held) = (RefCell::default(), RefCell::default());
        Self(SendWrapper::new(Running { parts, take, held }))
    }
}

impl Driver for BrowserDriver {
    fn start(&self, take: Box<dyn Fn(Input)>) {
        let take: Take = take.into();
        *self.0.take.borrow_mut() = Some(take.clone());
        let on_loss = take.clone();
        self.0.parts.storage.watch(Box::new(move || on_loss(Input::StorageLost)));
        let on_event = Box::new(move |event| take(Input::Lifecycle(event)));
        let lifecycle = self.0.parts.document.on_lifecycle(on_event);
        self.0.held.borrow_mut().lifecycle = Some(lifecycle);
    }

    fn execute(&self, effect: Effect) {
        let Some(take) = self.0.take.borrow().clone() else { return };
        self.0.execute(effect, take);
    }
}

impl Running {
    fn execute(&self, effect: Effect, take: Take) {
        let Parts { space, streams, timers, tabs, storage, api, document } = &self.parts;
        match effect {
            Effect::Show(_) => {} // the model's
            Effect::OpenStream(url) => {
                drop(self.hold(|held| held.stream.take()));
                let on_signal = Box::new(move |signal| take(Input::Stream(signal)));
                let stream = streams.open(&url, on_signal);
                self.hold(|held| held.stream = Some(stream));
            }
            Effect::CloseStream => drop(self.hold(|held| held.stream.take())),
            Effect::OpenInbox(url) => {
                drop(self.hold(|held| held.inbox.take()));
                let on_signal = Box::new(move |signal| take(Input::Inbox(signal)));
                let stream = streams.open(&url, on_signal);
                self.hold(|held| held.inbox = Some(stream));
            }
            Effect::CloseInbox => drop(self.hold(|held| held.inbox.take())),
            Effect::SetTimer(timer, millis) => {
                let fire = Box::new(move || take(Input::TimerFired(timer)));
                let guard = timers.after(millis, fire);
                drop(self.hold(|held| put(&mut held.timers, timer, guard)));
            }
            Effect::ClearTimer(timer) => drop(self.hold(|held| remove(&mut held.timers, &timer))),
            Effect::Join(channel, name) => {
                let (on_text, no_channel) = (take.clone(), take);
                let on_text = Box::new(move |text| on_text(Input::Message(channel, text)));
                match tabs.join(&name, on_text) {
                    Some(joined) => {
                        drop(self.hold(|held| put(&mut held.channels, channel, joined)));
                    }
                    None => no_channel(Input::NoChannel(channel)),
                }
            }
            Effect::Leave(channel) => drop(self.hold(|held| remove(&mut held.channels, &channel))),
            Effect::Post(channel, text) => self.hold(|held| {
                let joined = held.channels.iter().find(|(held, _)| *held == channel);
                joined.iter().for_each(|(_, joined)| joined.post(&text));
            }),
            Effect::RequestLock(lock, name, mode) => {
                // Give up the previous lock or place in the queue first.
                drop(self.hold(|held| remove(&mut held.locks, &lock)));
                let (on_signal, unavailable) = (take.clone(), take);
                let on_signal = Box::new(move |signal| on_signal(Input::Lock(lock, signal)));
                match tabs.lock(&name, mode, on_signal) {
                    Some(guard) => drop(self.hold(|held| put(&mut held.locks, lock, guard))),
                    None => unavailable(Input::Lock(lock, LockSignal::Unavailable)),
                }
            }
            Effect::ReleaseLock(lock) => drop(self.hold(|held| remove(&mut held.locks, &lock))),
            Effect::Call(call) => {
                let answer = api.call(space.clone(), call.request.clone());
                spawn_local(async move { take(Input::Answered(call, answer.await)) });
            }
            Effect::Store(call) => {
                let stored = storage.run(call.operation.clone());
                spawn_local(async move { take(Input::Stored(call, stored.await)) });
            }
            Effect::Navigate(path) => document.navigate(&path),
        }
    }

    /// Returns what is let go of, which may call back as it is dropped.
    fn hold<T>(&self, change: impl FnOnce(&mut Held) -> T) -> T {
        change(&mut self.held.borrow_mut())
    }
}

fn put<K: PartialEq, V>(held: &mut Vec<(K, V)>, key: K, value: V) -> Option<V> {
    let before = remove(held, &key);
    held.push((key, value));
    before
}

fn remove<K: PartialEq, V>(held: &mut Vec<(K, V)>, key: &K) -> Option<V> {
    let at = held.iter().position(|(of, _)| of == key)?;
    Some(held.swap_remove(at).1)
}
