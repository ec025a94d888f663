//! What is asked of the database, taken from the database driver's own log: how many statements a
//! command or a query takes, that no statement reads more than it answers with, and how many
//! commands share one commit.

#[path = "../house/mod.rs"]
mod house;

mod commits;
mod costs;
mod herd;
mod plans;
mod statements;

use house::{Ask, Client, Events, GARDEN, House, PASSWORD, gists, message};
use serde_json::json;
use statements::{Statement, Statements};
