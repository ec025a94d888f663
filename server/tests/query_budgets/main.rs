//! The database queries, taken from the driver's own log: how many statements a command or a query
//! runs, that no statement reads more rows than it returns, how many commands share one commit, and how large
//! the index of words is.

mod commits;
mod costs;
mod herd;
mod index_size;
mod plans;
mod statements;

use harness::{Client, Events, PASSWORD, SPACE, TestRequest, TestServer, gists, message};
use serde_json::json;
use statements::{Statement, Statements};
