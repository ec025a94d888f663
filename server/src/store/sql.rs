//! One SQL for every database: queries and verbs are written once, against [`Connection`], and a database
//! says how it runs a statement and how it spells what SQL leaves open.
//!
//! Always true:
//! - Every column is a text or a number of 64 bits; flags are 0 or 1.
//! - Statements of one text are separated by `; `, which stands nowhere else in it. They share their
//!   parameters, and their rows follow one another.

mod dialect;
mod directory;
pub(super) mod history;
mod inbox;
mod providers;
pub(super) mod queries;
mod query;
pub(super) mod reactions;
pub(super) mod rows;
pub(super) mod search;
mod store;
mod tracked;
mod tx;
mod writer;

pub(super) use self::{
    dialect::Dialect,
    query::{Columns, Connection, Param, Query, query},
    store::{Engine, SqlStore, unavailable},
    tx::{
        Database, FROM_THE_BEGINNING, Found, MessageBatch, NewMessage, SqlTx, WordIndex,
        WriteMentions,
    },
    writer::Housekeeping,
};
