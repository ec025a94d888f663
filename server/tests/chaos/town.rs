//! A machine, and who is there: two spaces, those who talk in them, and those who listen. It lives
//! through rounds. In each, everybody talks while something happens to the machine; then everybody
//! falls silent, the lines are repaired, and what is there is compared with what was told.

use std::sync::Arc;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::json;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Duration, timeout},
};

use crate::{
    SPEED, house::Client, machine::Machine, misfortune::Misfortune, talker::Talker, tally::Tally,
    verdict::Truth, watcher::Watcher,
};

const SPACES: [&str; 2] = ["@garden", "@attic"];
/// How many talk, and how many listen over a bad line, in each.
const TALKERS: [usize; 2] = [8, 4];
const WATCHERS: [usize; 2] = [4, 2];
/// So many writes before something happens, at most.
const BEFORE_MAX_WRITES: u64 = 100;
/// So many after it.
const AFTER_WRITES: u64 = 60;
/// Nobody takes longer to finish what they began, and to hear of all the rest.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Town {
    pub machine: Machine,
    pub dice: StdRng,
    pub tally: Arc<Tally>,
    pub ada: Client,
    /// How many streams the listener over the good line has opened.
    pub opened: watch::Receiver<u64>,
    talkers: Vec<Talker>,
    watchers: Vec<Watcher>,
    /// They hear nothing for a round, or two.
    asleep: Vec<Watcher>,
    compared: [u64; 2],
}

impl Town {
    pub async fn founded(seed: u64, tally: Arc<Tally>) -> Self {
        let machine = Machine::started(seed, tally.clone()).await;
        let ada = machine.visitor().signed_up("ada", None).await;
        for space in ["Garden", "Attic"] {
            ada.found(space).await;
        }
        let token = ada.invite("@garden").await;
        let bob = machine.visitor().signed_up("bob", Some(&token)).await;
        let token = ada.invite("@attic").await;
        bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
        let guide = json!({ "name": "Guide", "settings": { "provider": "guide" } });
        ada.post("/api/spaces/@garden/beings", guide).await.json_of(201);

        let mut dice = StdRng::seed_from_u64(seed);
        let (mut talkers, mut watchers) = (Vec::new(), Vec::new());
        let good_line = ada.at(machine.good_line.reach());
        watchers.push(Watcher::new(good_line, SPACES[0], 1, dice.random(), tally.clone()));
        let opened = watchers[0].opened();
        for (at, space) in SPACES.into_iter().enumerate() {
            for who in [&ada, &bob].into_iter().cycle().take(TALKERS[at]) {
                let who = who.at(machine.bad_line.reach());
                talkers.push(Talker::new(who, space, dice.random(), tally.clone()));
            }
            for who in [&ada, &bob].into_iter().cycle().take(WATCHERS[at]) {
                let who = who.at(machine.bad_line.reach());
                watchers.push(Watcher::new(who, space, SPEED, dice.random(), tally.clone()));
            }
        }
        Self {
            machine,
            dice,
            tally,
            ada,
            opened,
            talkers,
            watchers,
            asleep: vec![],
            compared: [0; 2],
        }
    }

    /// Everything that can happen, in some order; or the first few of it.
    pub async fn live_through(mut self, rounds: usize) {
        let mut all = Misfortune::ALL;
        all.shuffle(&mut self.dice);
        for misfortune in all.into_iter().take(rounds) {
            println!("  {misfortune:?}");
            self.live_through_one(misfortune).await;
        }
        let log = self.machine.disk.logged();
        assert!(!log.contains("panicked"), "{log}");
    }

    async fn live_through_one(&mut self, misfortune: Misfortune) {
        self.machine.bad_line.spoil();
        let (enough, goals) = (watch::Sender::new(false), SPACES.map(|_| watch::Sender::new(None)));
        let mut talking = JoinSet::new();
        for talker in self.talkers.drain(..) {
            talking.spawn(talker.talk(enough.subscribe()));
        }
        self.some_fall_asleep_and_others_forget();
        let mut watching = JoinSet::new();
        for watcher in self.watchers.drain(..) {
            let at = SPACES.iter().position(|space| *space == watcher.space);
            let goal = &goals[at.expect("one of the spaces")];
            watching.spawn(watcher.watch(goal.subscribe()));
        }

        let before = self.dice.random_range(1..BEFORE_MAX_WRITES);
        self.tally.acknowledged.grow(before).await;
        self.opened.wait_for(|count| *count > 0).await.expect("somebody listens");
        misfortune.befall(self).await;
        self.tally.acknowledged.grow(AFTER_WRITES).await;

        enough.send_replace(true);
        self.talkers = timeout(PATIENCE, talking.join_all()).await.expect("all is answered");
        self.machine.bad_line.repair();
        let caller = self.machine.beside(&self.ada);
        let mut truths = Vec::new();
        for (space, goal) in SPACES.into_iter().zip(&goals) {
            let truth = Truth::of(space, &caller).await;
            goal.send_replace(Some(truth.cursor.clone()));
            truths.push(truth);
        }
        let watched = timeout(PATIENCE, watching.join_all()).await;
        self.watchers = watched.expect("everybody hears of everything");
        for (at, truth) in truths.iter().enumerate() {
            self.compare(truth, &caller).await;
            truth.count_answers(&self.tally, self.compared[at]);
            self.compared[at] = truth.cursor.seq.0;
        }
    }

    fn some_fall_asleep_and_others_forget(&mut self) {
        let mut back = std::mem::take(&mut self.asleep);
        back.iter_mut().for_each(Watcher::come_back);
        for mut watcher in self.watchers.drain(..) {
            match self.dice.random_range(0..6) {
                // Over the good line somebody listens all the time.
                _ if watcher.is_in_no_hurry() => back.push(watcher),
                0 => self.asleep.push(watcher),
                1 => {
                    watcher.forget();
                    back.push(watcher);
                }
                _ => back.push(watcher),
            }
        }
        self.watchers = back;
    }

    async fn compare(&self, truth: &Truth, caller: &Client) {
        truth.holds(caller).await;
        truth.is_what_was_told(&self.talkers);
        for watcher in self.watchers.iter().filter(|watcher| truth.is_of(watcher.space)) {
            truth.is_what_is_held_by(watcher, &self.talkers);
            self.tally.verdicts.add();
        }
    }
}
