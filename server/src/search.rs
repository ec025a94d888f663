//! What a search finds: the words of a text, and the query that they have to fit. Pure: the index, the scan
//! of what is not indexed yet and the marks in a result all cut texts here, so they agree about every word.
//! (The guide still has a tokenizer of its own.)

mod excerpt;
mod position;
mod query;
mod words;

pub use excerpt::{Piece, as_read, excerpt};
pub use position::{MalformedPosition, Position};
pub use query::Query;
pub use words::{VERSION, Word, words};
