//! The state at the beginning of every run: four people, and one space whose members they are.

use std::sync::{Arc, OnceLock};

use protocol::{BeingId, Name};
use server::{
    domain::{
        command::{Command, CreateAccount, CreateInvite, CreateSpace},
        token::Token,
    },
    store::Store,
};

use crate::{clock::JumpyClock, disk::Disk, model::Model, process::Process};

/// The people with an account. The first is an administrator, and created the space; all are
/// members of it.
pub const PEOPLE: [(&str, &str); 4] =
    [("@ada", "Ada"), ("@bob", "Bob"), ("@cyd", "Cyd"), ("@dan", "Dan")];

pub fn person(at: usize) -> BeingId {
    PEOPLE[at].0.parse().expect("an id")
}

pub fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// The commands that lead to this state.
fn commands() -> Vec<Command> {
    let (by, token) = (person(0), Token::presented("the first").hash());
    let account = |at: usize, invite| {
        Command::from(CreateAccount {
            id: person(at),
            name: name(PEOPLE[at].1),
            password_hash: "none".into(),
            invite,
            session: Token::presented(PEOPLE[at].0).hash(),
        })
    };
    let space = "@garden".parse().expect("an id");
    let mut commands = vec![
        account(0, None),
        CreateSpace { by: by.clone(), name: name("Garden") }.into(),
        CreateInvite { by, space, token: token.clone() }.into(),
    ];
    commands.extend((1..PEOPLE.len()).map(|guest| account(guest, Some(token.clone()))));
    commands
}

/// The model of this state.
pub fn model() -> Model {
    let (mut model, clock) = (Model::default(), JumpyClock::default());
    for command in commands() {
        model.apply(&command, clock.last_read()).expect("an accepted command");
    }
    model.take_events();
    model
}

/// The database of this state, as a server leaves it. It is made once, for all seeds.
pub fn image() -> &'static [u8] {
    static IMAGE: OnceLock<Vec<u8>> = OnceLock::new();
    IMAGE.get_or_init(make_image)
}

fn make_image() -> Vec<u8> {
    let disk = Disk::new(0, None);
    let process = Process::start(&disk, &Arc::default(), 0).expect("a database");
    let store = process.store.clone();
    process.ask_writer(async move {
        for command in commands() {
            store.submit(command).await.expect("an accepted command");
        }
    });
    process.stop();
    disk.image()
}
