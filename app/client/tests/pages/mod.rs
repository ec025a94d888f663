//! The pages of history that a server sends, as the protocol has them.

use client::Window;
use protocol::{HistoryPage, Intention};

/// Of all messages that are there, oldest first.
pub fn page(messages: Vec<Intention>, window: Window, limit: usize) -> HistoryPage {
    let count = messages.len();
    let first_at = |place| messages.partition_point(|row| row.message_id < place);
    let (start, end) = match window {
        Window::Before(place) => {
            let end = first_at(place);
            (end.saturating_sub(limit), end)
        }
        Window::After(place) => {
            let start = messages.partition_point(|row| row.message_id <= place);
            (start, (start + limit).min(count))
        }
        Window::Around(place) => {
            let end = (first_at(place) + limit.div_ceil(2)).min(count);
            (end.saturating_sub(limit), end)
        }
    };
    let intentions = messages[start..end].to_vec();
    HistoryPage { intentions, has_earlier: start > 0, has_later: end < count }
}
