//! How every run begins: four people, and a garden to which they belong.

use std::sync::{Arc, OnceLock};

use app::protocol::Name;
use server::{
    chance::Token,
    policy::Actor,
    store::{NewAccount, Store},
};

use crate::{
    clock::JumpyClock,
    command::{Command, What},
    disk::Disk,
    model::Model,
    process::Process,
};

/// Who has an account. The first administers, and founded the garden; all belong to it.
pub const PEOPLE: [(&str, &str); 4] =
    [("@ada", "Ada"), ("@bob", "Bob"), ("@cyd", "Cyd"), ("@dan", "Dan")];

pub fn person(at: usize) -> Actor {
    let id = PEOPLE[at].0.parse().expect("an id");
    Actor { id, administers: at == 0 }
}

/// What the first commands to a server come to, told to the model.
pub fn model() -> Model {
    let mut model = Model::default();
    let clock = JumpyClock::default();
    for (id, name) in PEOPLE {
        model.know(id, name);
    }
    let mut apply = |by, what| {
        let answer = model.apply(&Command { by: person(by), what }, clock.said());
        answer.expect("a beginning");
    };
    apply(0, What::Found("Garden".into()));
    apply(0, What::Invite("@garden".parse().expect("an id"), "the first".into()));
    for guest in 1..PEOPLE.len() {
        apply(guest, What::Accept("the first".into()));
    }
    model.take_events();
    model
}

/// The same, told to a server: the database that it leaves. It is planted once, for all seeds.
pub fn image() -> &'static [u8] {
    static IMAGE: OnceLock<Vec<u8>> = OnceLock::new();
    IMAGE.get_or_init(plant)
}

fn plant() -> Vec<u8> {
    let disk = Disk::new(0, None);
    let process = Process::start(&disk, &Arc::default(), 0).expect("a database");
    let store = process.store.clone();
    process.ask_writer(async move {
        let account = |at: usize, invite: Option<&str>| NewAccount {
            id: person(at).id,
            name: Name::parse(PEOPLE[at].1).expect("a name"),
            password_hash: "none".into(),
            invite: invite.map(|token| Token::presented(token).hash()),
            session: Token::presented(PEOPLE[at].0).hash(),
        };
        store.open_account(account(0, None)).await.expect("an account");
        let ask = |what| Command { by: person(0), what }.carry_out(store.clone());
        ask(What::Found("Garden".into())).await.expect("a space");
        let garden = "@garden".parse().expect("an id");
        ask(What::Invite(garden, "the first".into())).await.expect("an invite");
        for guest in 1..PEOPLE.len() {
            store.open_account(account(guest, Some("the first"))).await.expect("an account");
        }
    });
    process.stop();
    disk.image()
}
