//! The last snapshot of each space, stored on the device: enough to show the space offline and then
//! request only what was missed. A snapshot that cannot be read is dropped, never shown; the outbox
//! is stored separately and survives that.
//!
//! Only the last signed-in person's spaces are stored: the [`SPACES_MAX`] seen most recently, each
//! with its newest page of messages.

use protocol::{
    Being, BeingId, Cursor, HistoryPage, MessageId, SpaceId, SpaceListing, SpaceSync,
    json::{from_json, to_json},
    json_object,
};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Millis,
    inbox::{INBOX, Inbox, InboxSnapshot, SpaceNews},
    storage::{Found, Value},
};

/// The version of the format: of [`SpaceSnapshot`] as JSON, and of the header line before it.
const FORMAT: &str = "1";
pub const SPACES_MAX: usize = 20;

/// Everything a page shows before any event arrives. The server embeds it in the page so that the
/// browser can start from it, and the device stores it for use offline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SpaceSnapshot {
    pub me: Being,
    /// All spaces that `me` is a member of.
    pub spaces: Vec<SpaceListing>,
    /// The being that made the space; it may have left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founder: Option<BeingId>,
    /// Whether `me` is an administrator.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_admin: bool,
    /// The AI beings among the members that `me` has made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<BeingId>,
    /// The position of `sync`.
    pub cursor: Cursor,
    pub sync: SpaceSync,
    /// The device stores it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbox: Option<InboxSnapshot>,
    /// The message that the reader wants to see. No device keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<MessageId>,
    /// The messages that are shown first, if they are not the newest. No device keeps them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<HistoryPage>,
}

json_object!(SpaceSnapshot {
    me: "me" required,
    spaces: "spaces" required,
    founder: "founder" optional,
    is_admin: "is_admin" or_default,
    made: "made" or_default,
    cursor: "cursor" required,
    sync: "sync" required,
    inbox: "inbox" optional,
    at: "at" optional,
    window: "window" optional,
});

impl SpaceSnapshot {
    /// As it is stored; `saved_at` is by the device's clock.
    pub fn to_stored(&self, saved_at: Millis) -> String {
        format!("{FORMAT} {:015}\n{}", saved_at.0, to_json(self))
    }

    /// Reads a stored snapshot; `None` if it is damaged, or of another format.
    pub fn from_stored(text: &str) -> Option<Self> {
        let (head, json) = text.split_once('\n')?;
        let (format, _) = head.split_once(' ')?;
        (format == FORMAT).then(|| from_json(json)).flatten()
    }
}

/// The stored snapshots, most recently saved first, of the person who was signed in last, each with that
/// person's inbox.
pub fn stored_snapshots(found: Found) -> Vec<SpaceSnapshot> {
    // The header line sorts by the time of saving.
    let texts = sorted(found.iter().filter_map(|(_, value)| value.as_text()));
    let mut snapshots: Vec<_> =
        texts.iter().rev().filter_map(|text| SpaceSnapshot::from_stored(text)).collect();
    let Some(me) = snapshots.first().map(|snapshot| snapshot.me.id.clone()) else {
        return snapshots;
    };
    snapshots.retain(|snapshot| snapshot.me.id == me);
    let inbox = InboxSnapshot::find(&found, &me);
    snapshots.iter_mut().for_each(|snapshot| snapshot.inbox.clone_from(&inbox));
    snapshots
}

/// The spaces that are kept on the device, with what was new in those that the inbox knows.
pub fn kept_spaces(snapshots: Vec<SpaceSnapshot>) -> Vec<SpaceNews> {
    let first = snapshots.first();
    let known = first.and_then(|snapshot| snapshot.inbox.clone());
    let me = first.map(|snapshot| snapshot.me.name.clone()).unwrap_or_default();
    let listing = |snapshot: SpaceSnapshot| SpaceListing {
        last_message_id: snapshot.sync.last_message_id,
        space: snapshot.sync.space,
    };
    let mut inbox = Inbox::new(snapshots.into_iter().map(listing).collect(), None);
    known.into_iter().flat_map(|known| known.sync.spaces).for_each(|of| inbox.put_kept(of));
    inbox.list(None, &me)
}

/// The keys of the least recently saved snapshots beyond the maximum.
pub fn superfluous(found: Found) -> Vec<String> {
    let head = |value: Value| {
        let text = value.into_text().unwrap_or_default();
        text.lines().next().unwrap_or_default().to_owned()
    };
    let of_spaces = found.into_iter().filter(|(key, _)| !key.ends_with(INBOX));
    let mut saved = sorted(of_spaces.map(|(key, value)| (head(value), key)));
    saved.truncate(saved.len().saturating_sub(SPACES_MAX));
    saved.into_iter().map(|(_, key)| key).collect()
}

/// Of few: the standard library's sorts are made for many, and larger than all else that a device does
/// with its snapshots.
fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.fold(Vec::new(), |mut sorted, item| {
        sorted.insert(sorted.partition_point(|held| *held < item), item);
        sorted
    })
}

/// The space whose page has this path, if any.
pub fn space_in_path(path: &str) -> Option<SpaceId> {
    path.strip_prefix("/spaces/")?.replace("%40", "@").parse().ok()
}

/// The message that a permalink names.
pub fn message_in_query(query: &str) -> Option<MessageId> {
    let named = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("at="));
    named?.parse().ok()
}

#[cfg(test)]
mod tests {
    use protocol::{BeingKind, Hue, InboxSync, Level, Seq, SpaceDetails, SpaceEntry};

    use super::*;

    fn snapshot(me: &str, space: &str) -> SpaceSnapshot {
        let being = |id: &str, kind| {
            let id: BeingId = id.parse().expect("an id");
            Being { hue: Hue::of(&id), name: "A name".to_owned(), id, kind, seq: Seq(1) }
        };
        let last_message_id = "msg_7".parse().expect("an id");
        SpaceSnapshot {
            me: being(me, BeingKind::Person),
            spaces: vec![],
            founder: None,
            is_admin: false,
            made: vec![],
            cursor: "k3f9.7".parse().expect("a cursor"),
            sync: SpaceSync {
                space: being(space, BeingKind::Space),
                details: SpaceDetails::default(),
                beings: vec![],
                intentions: vec![],
                has_earlier: false,
                last_message_id,
            },
            inbox: None,
            at: None,
            window: None,
        }
    }

    #[test]
    fn a_snapshot_that_is_damaged_or_of_another_format_is_not_read() {
        let whole = snapshot("@ada", "@garden").to_stored(Millis(5));
        assert!(SpaceSnapshot::from_stored(&whole).is_some());
        let json = whole.split_once('\n').expect("two parts").1;
        for (damaged, how) in [
            (whole.replacen("\"cursor\":", "\"cursor\"", 1), "its JSON is broken"),
            (format!("2{}", &whole[1..]), "its format is later"),
            (format!("0{}", &whole[1..]), "its format is earlier"),
            (whole[..whole.len() / 2].to_owned(), "it ends in the middle"),
            (whole[..whole.len() - 1].to_owned(), "its last byte is missing"),
            (format!("{whole}}}"), "something follows it"),
            (json.to_owned(), "its first line is missing"),
            ("1 5\n{\"me\":1}".to_owned(), "it is JSON of something else"),
            ("1 5\nnull".to_owned(), "it is null"),
            (whole.replacen("k3f9.7", "here", 1), "its cursor is invalid"),
            (whole.replacen("msg_7", "mine", 1), "an id is invalid"),
            (String::new(), "it is empty"),
        ] {
            assert_ne!(damaged, whole, "{how}");
            assert!(SpaceSnapshot::from_stored(&damaged).is_none(), "{how}");
        }
    }

    #[test]
    fn a_kept_space_is_listed_with_its_news_where_the_inbox_knows_it() {
        let entry = |space: &str, unread| SpaceEntry {
            space: snapshot("@ada", space).sync.space,
            last_message_id: None,
            read_up_to: None,
            unread,
            mentions: 0,
            level: Level::default(),
            direct: false,
        };
        let (spaces, last_position) = (vec![entry("@garden", 2), entry("@hall", 3)], Seq(4));
        let cursor = "k3f9.4".parse().expect("a cursor");
        let inbox = InboxSnapshot { cursor, sync: InboxSync { spaces, last_position } };
        let kept = ["@attic", "@garden"]
            .map(|space| SpaceSnapshot { inbox: Some(inbox.clone()), ..snapshot("@ada", space) });
        let listed = kept_spaces(kept.into());
        let listed: Vec<_> =
            listed.iter().map(|news| (news.space.id.as_str(), news.unread)).collect();
        assert_eq!(listed, [("@garden", 2), ("@attic", 0)]);
    }

    #[test]
    fn the_spaces_of_the_last_person_are_listed_most_recently_saved_first() {
        let saved = |me: &str, space: &str, at| {
            let text = snapshot(me, space).to_stored(Millis(at));
            (format!("{me} {space} "), Value::Text(text))
        };
        let found = vec![
            saved("@ada", "@attic", 90),
            saved("@ada", "@garden", 1_000),
            saved("@ada", "@hall", 200),
            saved("@eve", "@garden", 999),
            ("@ada @ruin ".to_owned(), Value::Text("1 000000000002000\n{".to_owned())),
        ];
        let listed = stored_snapshots(found);
        let spaces: Vec<_> = listed.iter().map(|row| row.sync.space.id.as_str()).collect();
        assert_eq!(spaces, ["@garden", "@hall", "@attic"]);
    }

    #[test]
    fn beyond_the_maximum_the_oldest_go() {
        let saved = |at: usize| {
            (format!("@ada @s{at} "), Value::Text(format!("1 {:015}\n{{}}", 1000 - at)))
        };
        let found: Found = (0..SPACES_MAX + 2).map(saved).collect();
        assert_eq!(superfluous(found), ["@ada @s21 ", "@ada @s20 "]);
        assert_eq!(superfluous((0..SPACES_MAX).map(saved).collect()), Vec::<String>::new());
    }
}
