//! What a search finds: the words of a text, and the query that they have to fit. Pure: the index, the scan
//! of what is not indexed yet, the marks in a result and the guide all cut texts here, so they agree about every word.

mod excerpt;
mod position;
mod query;
mod words;

pub use excerpt::{Piece, as_read, excerpt};
pub use position::{MalformedPosition, Position};
pub use query::Query;
pub use words::{VERSION, Word, words};
