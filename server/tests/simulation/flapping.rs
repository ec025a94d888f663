//! Seeded runs: many replicas connect, read a little and break off, in the middle of catch-up too,
//! while everything that can happen to a space happens, and the server restarts now and then.

use std::sync::Arc;

use app::protocol::{BeingId, Content, Cursor, IntentionId, MessageId, Name, SpaceId};
use futures::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use server::{
    policy::Actor,
    services::Services,
    store::{BeingPatch, NewBeing, NewIntention},
};
use uuid::Uuid;

use crate::{client::Client, house::House};

const SEEDS: std::ops::Range<u64> = 0..24;
const STEPS: usize = 220;
const CLIENTS: usize = 6;

struct World {
    house: House,
    dice: StdRng,
    space: SpaceId,
    ada: Actor,
    clients: Vec<Client>,
    /// What was said and not taken back.
    said: Vec<MessageId>,
    guests: Vec<BeingId>,
}

#[tokio::test]
async fn whatever_breaks_whenever_every_replica_ends_equal_to_a_fresh_sync() {
    for seed in SEEDS {
        println!("seed {seed}");
        World::new(seed).await.run().await;
    }
}

impl World {
    async fn new(seed: u64) -> Self {
        let (house, _, _) = House::with_garden().await;
        let space: SpaceId = "@garden".parse().expect("an id");
        let ada = Actor { id: "@ada".parse().expect("an id"), administers: true };
        let client = |_| Client::new(ada.id.clone(), space.clone());
        let clients = (0..CLIENTS).map(client).collect();
        let dice = StdRng::seed_from_u64(seed);
        Self { house, dice, space, ada, clients, said: vec![], guests: vec![] }
    }

    async fn run(mut self) {
        for _ in 0..STEPS {
            match self.dice.random_range(0..100) {
                0..30 => self.something_happens().await,
                30..33 => self.a_burst_happens().await,
                33..34 => self.house = self.restarted().await,
                34..46 => self.client_breaks_off(),
                46..62 => self.client_connects().await,
                _ => self.client_reads().await,
            }
        }
        let head = self.head().await;
        for at in 0..CLIENTS {
            if !self.clients[at].is_connected() {
                self.clients[at].connect(&self.house.services).await;
            }
            self.clients[at].read_up_to(&head).await;
            self.clients[at].assert_equals_a_fresh_sync(&self.house.services).await;
        }
    }

    async fn something_happens(&mut self) {
        let (store, ada) = (self.services().store.clone(), self.ada.clone());
        let pick = self.dice.random_range(0..1000);
        match self.dice.random_range(0..20) {
            0..8 => self.say(1).await,
            8..12 if !self.said.is_empty() => {
                let message = self.said[pick % self.said.len()];
                let content = Content::parse(format!("Edited to {pick}.")).expect("content");
                store.edit(&ada, &self.space, message, content).await.expect("an edit");
            }
            12..15 if !self.said.is_empty() => {
                let message = self.said.swap_remove(pick % self.said.len());
                store.delete(&ada, &self.space, message).await.expect("a deletion");
            }
            15..16 => {
                let name = Name::parse(&format!("Guest {pick}")).expect("a name");
                let guest = {
                    let new = NewBeing { name, hue: None, settings: None };
                    store.add_being(&ada, &self.space, new).await.expect("a guest")
                };
                self.guests.push(guest.id);
            }
            16..17 if !self.guests.is_empty() => {
                let guest = self.guests.swap_remove(pick % self.guests.len());
                store.remove_being(&ada, &self.space, &guest).await.expect("a farewell");
            }
            _ => {
                let whom = match pick % 3 {
                    0 => self.space.as_being().clone(),
                    1 if !self.guests.is_empty() => self.guests[pick % self.guests.len()].clone(),
                    _ => ada.id.clone(),
                };
                let name = Some(Name::parse(&format!("Name {pick}")).expect("a name"));
                let patch = BeingPatch { name, ..BeingPatch::default() };
                store.change_being(&ada, &whom, patch).await.expect("a change of name");
            }
        }
    }

    /// More than a catch-up tells, now and then.
    async fn a_burst_happens(&mut self) {
        let count = self.dice.random_range(2..130);
        self.say(count).await;
    }

    async fn say(&mut self, count: usize) {
        let sends = (0..count).map(|_| {
            let id = IntentionId(Uuid::from_u128(self.dice.random()));
            let content = Content::parse(format!("Said as {id}.")).expect("content");
            let reply_to = self.said.last().copied();
            let (store, ada) = (self.house.services.store.clone(), self.ada.clone());
            let space = self.space.clone();
            async move { store.send(&ada, &space, NewIntention { id, content, reply_to }).await }
        });
        let sends: Vec<_> = sends.collect();
        let sent = join_all(sends).await;
        self.said.extend(sent.into_iter().map(|sent| sent.expect("a send").intention.message_id));
    }

    async fn restarted(&mut self) -> House {
        self.clients.iter_mut().for_each(Client::disconnect);
        let house = std::mem::replace(&mut self.house, House::open().await);
        house.reopen().await
    }

    fn client_breaks_off(&mut self) {
        let at = self.dice.random_range(0..CLIENTS);
        self.clients[at].disconnect();
        if self.dice.random_ratio(1, 8) {
            // The browser's data was cleared too.
            self.clients[at] = Client::new(self.ada.id.clone(), self.space.clone());
        }
    }

    async fn client_connects(&mut self) {
        let at = self.dice.random_range(0..CLIENTS);
        self.clients[at].disconnect();
        let services = self.services();
        self.clients[at].connect(&services).await;
    }

    async fn client_reads(&mut self) {
        let at = self.dice.random_range(0..CLIENTS);
        let head = self.head().await;
        for _ in 0..self.dice.random_range(1..60) {
            if self.clients[at].is_connected() && self.clients[at].has_more(&head) {
                self.clients[at].read().await;
            }
        }
        if self.dice.random_ratio(1, 6) {
            self.load_history(at).await;
        }
    }

    async fn load_history(&mut self, at: usize) {
        if let Some(before) = self.clients[at].replica.begin_page() {
            let page = self.house.services.store.history(&self.space, Some(before), 20).await;
            self.clients[at].replica.handle_page(page.expect("a page"));
        }
    }

    async fn head(&self) -> Cursor {
        self.house.services.store.head(&self.space).await.expect("a head")
    }

    fn services(&self) -> Arc<Services> {
        self.house.services.clone()
    }
}
