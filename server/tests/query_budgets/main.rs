//! The database queries, taken from the driver's own log: how many statements a command or a query
//! runs, that no statement reads more rows than it returns, and how many commands share one commit.

mod commits;
mod costs;
mod herd;
mod plans;
mod statements;

use harness::{Client, Events, PASSWORD, SPACE, TestRequest, TestServer, gists, message};
use serde_json::json;
use statements::{Statement, Statements};
