//! Times and days as the reader's device tells them: in its time zone. The server, which knows neither
//! the zone nor what day it is there, tells them in UTC.

use leptos::prelude::*;

use super::{browser, erased::effect};
use crate::{
    day::Day,
    platform::{Browser, Document, DropGuard},
    space_model::SpaceModel,
};
use client::Lifecycle;
use protocol::Timestamp;

/// How often the page looks whether a new day has begun. No timer is set for midnight itself, because
/// timers stand still while a device sleeps.
const LOOK_MILLIS: u64 = 30_000;

#[derive(Clone, Copy)]
pub struct Calendar {
    browser: StoredValue<Option<Browser>>,
}

impl Calendar {
    pub fn new() -> Self {
        Self { browser: StoredValue::new(browser()) }
    }

    /// Whether it tells local times.
    pub fn is_local(self) -> bool {
        self.browser.with_value(Option::is_some)
    }

    /// Whether a message is the first of its day below the message above it.
    pub fn begins_day(self, above: Option<&Timestamp>, at: &Timestamp) -> bool {
        let day = self.day(at);
        day.is_some() && above.and_then(|above| self.day(above)) != day
    }

    pub fn day_in_words(self, at: &Timestamp) -> String {
        self.day(at).map(|day| day.in_words(self.today())).unwrap_or_default()
    }

    /// The time of day; `says_day`: and the day, unless it is today.
    pub fn time(self, at: &Timestamp, says_day: bool) -> String {
        let in_utc = at.hour_and_minute().unwrap_or_default();
        let Some(day) = self.day(at) else { return in_utc.to_owned() };
        let time = self.local(|document| document.local_time(at, false));
        let time = time.unwrap_or_else(|| in_utc.to_owned());
        match day.in_short(self.today()).filter(|_| says_day) {
            Some(day) => format!("{day}, {time}"),
            None => time,
        }
    }

    /// Day and time in full.
    pub fn in_full(self, at: &Timestamp) -> Option<String> {
        self.local(|document| document.local_time(at, true))
    }

    /// Has every message tell its time again when a new day begins.
    pub fn refresh_on_new_day(self, model: SpaceModel) {
        let watch = DayWatch {
            calendar: self,
            model,
            today: StoredValue::new(None),
            timer: StoredValue::new(None),
        };
        effect(move || watch.look());
        // Kept for as long as the page exists.
        let on_shown = move |event| {
            if event == Lifecycle::Shown {
                watch.look();
            }
        };
        let shown = self.browser.with_value(|browser| {
            browser.as_ref().map(|browser| browser.document.on_lifecycle(Box::new(on_shown)))
        });
        StoredValue::new(shown);
    }

    fn day(self, at: &Timestamp) -> Option<Day> {
        self.local(|document| document.day(Some(at))).unwrap_or_else(|| Day::in_utc(at))
    }

    fn today(self) -> Option<Day> {
        self.local(|document| document.day(None)).flatten()
    }

    fn local<T>(self, read: impl FnOnce(&dyn Document) -> T) -> Option<T> {
        let browser = self.browser.try_get_value().flatten();
        browser.map(|browser| read(&*browser.document))
    }
}

#[derive(Clone, Copy)]
struct DayWatch {
    calendar: Calendar,
    model: SpaceModel,
    today: StoredValue<Option<Day>>,
    timer: StoredValue<Option<DropGuard>>,
}

impl DayWatch {
    fn look(self) {
        let Some(browser) = self.calendar.browser.try_get_value().flatten() else { return };
        let today = self.calendar.today();
        let before = self.today.try_update_value(|seen| std::mem::replace(seen, today)).flatten();
        if before.is_some() && before != today {
            self.model.refresh_messages();
        }
        let again = browser.timers.after(LOOK_MILLIS, Box::new(move || self.look()));
        drop(self.timer.try_update_value(|timer| timer.replace(again)));
    }
}
