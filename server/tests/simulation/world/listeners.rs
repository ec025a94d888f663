//! The listeners, and the server's tasks for them.

use client::{Replica, reconnect::Input};
use protocol::{Since, SyncEvent};
use rand::{Rng, seq::IteratorRandom};
use server::store::Window;

use super::{PEOPLE, Work, World, person};
use crate::{
    listener::Listener,
    pipe::{Pipe, ProxyFault},
    task::Task,
};

/// The length of a page of history: short, so that a space has many.
const PAGE_MESSAGES: usize = 20;
/// The approximate number of disk operations of a query.
const OPERATIONS_OF_A_QUERY: u32 = 8;

impl World {
    pub(super) fn add_listener(&mut self) {
        let being = person(self.rng.random_range(0..PEOPLE.len()));
        let space =
            self.model.spaces.keys().choose(&mut self.rng).expect("the first space").clone();
        let number = self.number();
        self.listeners.push(Listener::new(number, being, space, Replica::default()));
        self.notify(self.listeners.len() - 1, Input::Start);
    }

    /// Hands an input to a listener, and does what it wants.
    pub(super) fn notify(&mut self, at: usize, input: Input) {
        if !self.listeners[at].handle_input(input, self.now, &mut self.rng) {
            return;
        }
        let Some(process) = &self.process else {
            // No server: the network reports it.
            return self.notify(at, Input::Lost);
        };
        let capacity_bytes = [300, 4_000, 1_000_000][self.rng.random_range(0..3)];
        let pipe = Pipe::new(capacity_bytes);
        let listener = &mut self.listeners[at];
        let (space, being) = (listener.space.clone(), listener.being.clone());
        let since = listener.replica.cursor().cloned().map(Since::Cursor);
        let app_state = process.app_state.clone();
        let serving = pipe.clone().serve(app_state, space.clone(), being.clone(), since);
        listener.open(pipe.clone());
        let work = Work { task: Task::new(serving), stream: Some((space, being, pipe)) };
        let number = self.number();
        self.tasks.insert(number, work);
        self.journal.count("streams opened");
    }

    pub(super) fn run_a_task(&mut self) {
        let is_stalled = self.tasks.values().any(|work| work.task.stalled.is_some());
        let goes = |work: &Work| work.task.is_ready() || work.task.stalled.is_some();
        let chosen = self.tasks.iter().filter(|(_, work)| goes(work)).choose(&mut self.rng);
        let Some(number) = chosen.map(|(number, _)| *number) else { return };
        let stalls = !is_stalled && self.one_in(6);
        let stall_in = stalls.then(|| self.rng.random_range(0..OPERATIONS_OF_A_QUERY));
        self.take_turn(number, stall_in);
    }

    /// Runs one turn of a task, and checks the frames that it wrote.
    pub(super) fn take_turn(&mut self, number: u64, stall_in: Option<u32>) {
        let (Some(process), Some(work)) = (&self.process, self.tasks.get_mut(&number)) else {
            return;
        };
        let is_over = process.run(&mut work.task, stall_in);
        if work.task.stalled.is_some() {
            self.journal.count("queries held up");
        }
        let spawned = process.take_spawned();
        self.check_frames();
        if is_over {
            self.tasks.remove(&number);
        }
        for task in spawned {
            let number = self.number();
            self.tasks.insert(number, Work { task, stream: None });
        }
    }

    fn check_frames(&mut self) {
        for (space, being, pipe) in self.tasks.values().filter_map(|work| work.stream.as_ref()) {
            for (id, event) in pipe.take_written() {
                self.journal.note(format_args!("{being} receives from {space}: {id:?} {event:?}"));
                let is_member = self.model.spaces[space].has(being);
                let is_farewell = event == SyncEvent::AccessRevoked;
                assert!(is_member || is_farewell, "{being} left {space}, and receives {event:?}");
                self.journal.count("frames");
            }
        }
    }

    /// Checks that a former member was sent nothing from its departure on.
    pub(super) fn check_removed_members(&self) {
        for work in self.tasks.values() {
            let Some((space, being, pipe)) = &work.stream else { continue };
            let member = self.model.spaces[space].members.get(being);
            if let Some(left) = member.filter(|member| member.has_left) {
                assert!(pipe.sent_up_to() < left.seq, "{being} left {space} at {}", left.seq);
            }
        }
    }

    pub(super) fn let_listener_read(&mut self) {
        let at = self.rng.random_range(0..self.listeners.len());
        let max = if self.one_in(3) { 70 } else { self.rng.random_range(1..8_000) };
        self.read(at, max);
        // A client that is cut off during a catch-up holds more than its cursor says.
        if self.listeners[at].is_catching_up() && self.one_in(6) {
            self.cut(at);
        }
    }

    /// Returns whether anything arrived.
    pub(super) fn read(&mut self, at: usize, max: usize) -> bool {
        let inputs = self.listeners[at].read(max);
        let came = !inputs.is_empty();
        for input in inputs {
            if input == Input::OutOfSync {
                self.journal.count("losses noticed");
            }
            self.notify(at, input);
        }
        came
    }

    pub(super) fn timers_fire(&mut self) {
        for at in 0..self.listeners.len() {
            if self.listeners[at].take_timer(self.now) {
                self.notify(at, Input::TimerFired);
            }
        }
    }

    pub(super) fn deliver_response(&mut self) {
        let at = self.rng.random_range(0..self.listeners.len());
        self.listeners[at].take_page();
        let count = self.listeners[at].responses.len();
        if count > 0 {
            let response = self.rng.random_range(0..count);
            self.listeners[at].handle_response(response);
        }
    }

    pub(super) fn request_page(&mut self) {
        let at = self.rng.random_range(0..self.listeners.len());
        let listener = &mut self.listeners[at];
        let Some(process) = self.process.as_ref().filter(|_| !listener.has_ended) else { return };
        let request = match self.rng.random_range(0..6) {
            0 => {
                let head = listener.replica.cursor().map_or(0, |cursor| cursor.seq.0);
                let place = protocol::MessageId(self.rng.random_range(0..head + 2));
                Some(listener.replica.begin_around(place))
            }
            1 => listener.replica.begin_later(),
            2 => {
                listener.replica.show_newest();
                None
            }
            _ => listener.replica.begin_earlier(),
        };
        let Some(request) = request else { return };
        let window = match request.window {
            client::Window::Before(place) => Window::Before(place),
            client::Window::After(place) => Window::After(place),
            client::Window::Around(place) => Window::Around(place),
        };
        let (store, space) = (process.app_state.store.clone(), listener.space.clone());
        let page = listener.await_page(request);
        let asking = async move {
            let response = async {
                let response = store.history(&space, window, PAGE_MESSAGES).await?;
                response.for_being(store.as_ref(), space.as_being()).await
            };
            page.set(Some(response.await.ok()));
        };
        let number = self.number();
        self.tasks.insert(number, Work { task: Task::new(asking), stream: None });
        self.journal.count("pages asked for");
    }

    pub(super) fn fault_connection(&mut self) {
        let at = self.rng.random_range(0..self.listeners.len());
        let Some(pipe) = self.listeners[at].pipe.clone() else { return };
        match self.rng.random_range(0..6) {
            0 => {
                pipe.inject(ProxyFault::Lose);
                self.journal.count("frames lost or repeated");
            }
            1 => {
                pipe.inject(ProxyFault::Repeat);
                self.journal.count("frames lost or repeated");
            }
            2 => {
                // The browser's data was cleared, or the page was replaced.
                pipe.cut();
                self.listeners.remove(at);
                self.add_listener();
            }
            3 => self.drop_cut_streams(),
            _ => self.cut(at),
        }
    }

    fn cut(&mut self, at: usize) {
        let Some(pipe) = &self.listeners[at].pipe else { return };
        pipe.cut();
        self.journal.count("connections cut");
        let input = if self.rng.random() { Input::Lost } else { Input::Returned };
        self.notify(at, input);
    }

    /// The server notices clients that are gone. Until then it writes to nobody.
    fn drop_cut_streams(&mut self) {
        let is_gone = |work: &Work| {
            let is_cut = work.stream.as_ref().is_some_and(|(_, _, pipe)| pipe.is_cut());
            is_cut && work.task.stalled.is_none()
        };
        if let Some(process) = &self.process {
            let gone: Vec<_> = self.tasks.extract_if(.., |_, work| is_gone(work)).collect();
            process.drop_tasks(gone.into_iter().map(|(_, work)| work.task));
        }
    }
}
