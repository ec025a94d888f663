//! A machine, two spaces, and the clients that write and listen in them. It runs in rounds. In
//! each, the writers write while a fault is injected; then they finish, the connection faults stop,
//! and the state of the server is compared with what was acknowledged and received.

use std::sync::Arc;

use harness::Client;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::json;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Duration, timeout},
};

use crate::{
    SPEED, ground_truth::GroundTruth, listener::Listener, machine::Machine,
    machine_fault::MachineFault, tally::Tally, writer::Writer,
};

const SPACES: [&str; 2] = ["@garden", "@attic"];
/// The number of writers, and of listeners behind the faulty proxy, in each space.
const WRITERS: [usize; 2] = [8, 4];
const LISTENERS: [usize; 2] = [4, 2];
/// The most writes before the fault.
const WRITES_BEFORE_MAX: u64 = 100;
/// The number of writes after it.
const WRITES_AFTER: u64 = 60;
/// How long the writers may take to finish, and the listeners to catch up.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Scenario {
    pub machine: Machine,
    pub rng: StdRng,
    pub tally: Arc<Tally>,
    pub ada: Client,
    /// The number of streams that the listener behind the clean proxy has opened.
    pub opened: watch::Receiver<u64>,
    writers: Vec<Writer>,
    listeners: Vec<Listener>,
    /// They pause for a round, or two.
    disconnected: Vec<Listener>,
    compared: [u64; 2],
}

impl Scenario {
    pub async fn new(seed: u64, tally: Arc<Tally>) -> Self {
        let machine = Machine::start_new(seed, tally.clone()).await;
        let ada = machine.visitor().signed_up("ada", None).await;
        for space in ["Garden", "Attic"] {
            ada.create_space(space).await;
        }
        let token = ada.invite("@garden").await;
        let bob = machine.visitor().signed_up("bob", Some(&token)).await;
        let token = ada.invite("@attic").await;
        bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
        let guide = json!({ "name": "Guide", "settings": { "provider": "guide" } });
        ada.post("/api/spaces/@garden/beings", guide).await.json_of(201);

        let mut rng = StdRng::seed_from_u64(seed);
        let (mut writers, mut listeners) = (Vec::new(), Vec::new());
        let clean_proxy = ada.at(machine.clean_proxy.transport());
        listeners.push(Listener::new(clean_proxy, SPACES[0], 1, rng.random(), tally.clone()));
        let opened = listeners[0].opened();
        for (at, space) in SPACES.into_iter().enumerate() {
            for client in [&ada, &bob].into_iter().cycle().take(WRITERS[at]) {
                let client = client.at(machine.faulty_proxy.transport());
                writers.push(Writer::new(client, space, rng.random(), tally.clone()));
            }
            for client in [&ada, &bob].into_iter().cycle().take(LISTENERS[at]) {
                let client = client.at(machine.faulty_proxy.transport());
                listeners.push(Listener::new(client, space, SPEED, rng.random(), tally.clone()));
            }
        }
        Self {
            machine,
            rng,
            tally,
            ada,
            opened,
            writers,
            listeners,
            disconnected: vec![],
            compared: [0; 2],
        }
    }

    /// Injects every fault, in a random order; or the first few of them.
    pub async fn run(mut self, rounds: usize) {
        let mut all = MachineFault::ALL;
        all.shuffle(&mut self.rng);
        for fault in all.into_iter().take(rounds) {
            println!("  {fault:?}");
            self.run_round(fault).await;
        }
        let log = self.machine.disk.logged();
        assert!(!log.contains("panicked"), "{log}");
    }

    async fn run_round(&mut self, fault: MachineFault) {
        self.machine.faulty_proxy.inject_faults();
        let (stop, goals) = (watch::Sender::new(false), SPACES.map(|_| watch::Sender::new(None)));
        let mut writing = JoinSet::new();
        for writer in self.writers.drain(..) {
            writing.spawn(writer.run(stop.subscribe()));
        }
        self.disconnect_some_and_reset_others();
        let mut listening = JoinSet::new();
        for listener in self.listeners.drain(..) {
            let at = SPACES.iter().position(|space| *space == listener.space);
            let goal = &goals[at.expect("one of the spaces")];
            listening.spawn(listener.listen(goal.subscribe()));
        }

        let before = self.rng.random_range(1..WRITES_BEFORE_MAX);
        self.tally.acknowledged.grow(before).await;
        self.opened.wait_for(|count| *count > 0).await.expect("a listener");
        fault.inject(self).await;
        self.tally.acknowledged.grow(WRITES_AFTER).await;

        stop.send_replace(true);
        self.writers =
            timeout(PATIENCE, writing.join_all()).await.expect("every request is answered");
        self.machine.faulty_proxy.stop_faults();
        let caller = self.machine.directly(&self.ada);
        let mut truths = Vec::new();
        for (space, goal) in SPACES.into_iter().zip(&goals) {
            let truth = GroundTruth::read(space, &caller).await;
            goal.send_replace(Some(truth.cursor.clone()));
            truths.push(truth);
        }
        let watched = timeout(PATIENCE, listening.join_all()).await;
        self.listeners = watched.expect("every listener catches up");
        for (at, truth) in truths.iter().enumerate() {
            self.compare(truth, &caller).await;
            truth.count_answers(&self.tally, self.compared[at]);
            self.compared[at] = truth.cursor.seq.0;
        }
    }

    fn disconnect_some_and_reset_others(&mut self) {
        let mut back = std::mem::take(&mut self.disconnected);
        back.iter_mut().for_each(Listener::reconnect);
        for mut listener in self.listeners.drain(..) {
            match self.rng.random_range(0..6) {
                // The listener behind the clean proxy listens all the time.
                _ if listener.is_in_real_time() => back.push(listener),
                0 => self.disconnected.push(listener),
                1 => {
                    listener.reset();
                    back.push(listener);
                }
                _ => back.push(listener),
            }
        }
        self.listeners = back;
    }

    async fn compare(&self, truth: &GroundTruth, caller: &Client) {
        truth.check_listing(caller).await;
        truth.check_acknowledged(&self.writers);
        truth.check_read_and_found(caller, &self.writers).await;
        for listener in self.listeners.iter().filter(|listener| truth.is_of(listener.space)) {
            truth.check_replica(listener, &self.writers);
            self.tally.comparisons.add();
        }
    }
}
