//! One page in one tab: the client, and what the browser holds for it.

use std::collections::BTreeMap;

use client::{Channel, Client, Input, Lock, Timer};

/// The source of an input, which is heard only while that is still the newest of its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum About {
    Page,
    Stream(u64),
    Inbox(u64),
    Timer(Timer, u64),
    Lock(Lock, u64),
    Channel(Channel, u64),
}

pub struct Tab {
    pub device: usize,
    pub client: Client,
    pub is_alive: bool,
    pub is_frozen: bool,
    /// In the back/forward cache.
    pub is_cached: bool,
    pub is_visible: bool,
    /// Inputs that came while it was frozen.
    pub held: Vec<(About, Input)>,
    pub stream: Option<u64>,
    pub inbox_stream: Option<u64>,
    pub timers: BTreeMap<Timer, u64>,
    pub locks: BTreeMap<Lock, u64>,
    pub channels: BTreeMap<Channel, (String, u64)>,
    pub streams_opened: u64,
    /// The unsent text in its composer.
    pub typed: Option<String>,
    /// What was typed here, and was not replaced by another tab since.
    pub own: Option<String>,
    /// The draft that it last asked the browser to store.
    pub saved: Option<String>,
    /// The draft that it was last given.
    pub restored: Option<String>,
    /// It stored a draft after it was signed out or removed, which no other tab hears.
    pub has_saved_unheard: bool,
    /// The server has asked it to send nothing before this time.
    pub paused_until: u64,
}

impl Tab {
    pub fn new(device: usize, client: Client, is_visible: bool) -> Self {
        Self {
            device,
            client,
            is_alive: true,
            is_frozen: false,
            is_cached: false,
            is_visible,
            held: Vec::new(),
            stream: None,
            inbox_stream: None,
            timers: BTreeMap::new(),
            locks: BTreeMap::new(),
            channels: BTreeMap::new(),
            streams_opened: 0,
            typed: None,
            own: None,
            saved: None,
            restored: None,
            has_saved_unheard: false,
            paused_until: 0,
        }
    }

    pub fn is_running(&self) -> bool {
        self.is_alive && !self.is_frozen
    }

    pub fn hears(&self, about: About) -> bool {
        match about {
            About::Page => true,
            About::Stream(number) => self.stream == Some(number),
            About::Inbox(number) => self.inbox_stream == Some(number),
            About::Timer(timer, number) => self.timers.get(&timer) == Some(&number),
            About::Lock(lock, number) => self.locks.get(&lock) == Some(&number),
            About::Channel(channel, number) => {
                self.channels.get(&channel).is_some_and(|(_, joined)| *joined == number)
            }
        }
    }
}
