//! The time of a message, and the line with the date above the first message of a day.

use leptos::prelude::*;

use super::{
    calendar::Calendar,
    erased::{show, text},
};
use crate::space_model::SpaceModel;
use protocol::{MessageId, Timestamp};

#[component]
pub fn TimestampView(
    model: SpaceModel,
    id: MessageId,
    at: Timestamp,
    calendar: Calendar,
    begins_day: Memo<bool>,
) -> impl IntoView {
    let datetime = at.as_str().to_owned();
    let shown = move || {
        model.track_message(id);
        // The line above the message says the day.
        calendar.time(&at, !begins_day.get())
    };
    view! { <time datetime=datetime>{text(shown)}</time> }
}

/// Part of the message below it, so that a day adds nothing to the list of messages.
#[component]
pub fn DayLine(
    model: SpaceModel,
    id: MessageId,
    at: Timestamp,
    calendar: Calendar,
    begins_day: Memo<bool>,
) -> impl IntoView {
    show(move || {
        let (at, datetime) = (at.clone(), at.as_str().to_owned());
        let shown = move || {
            model.track_message(id);
            calendar.day_in_words(&at)
        };
        begins_day
            .get()
            .then(|| view! { <time class="day" datetime=datetime>{text(shown)}</time> }.into_any())
    })
}
