//! The text of an edit outlives its page, and leaves the disk only when it is sent or discarded.

use std::collections::BTreeMap;

use client::{
    Change, Client, Command, Effect, Input, Lifecycle, Millis, SpaceSnapshot, StorageCall,
    StreamSignal, Timer,
    storage::{Operation, StorageError, Store, Value, Write},
};
use protocol::{MessageId, json::from_json};

const MESSAGE: MessageId = MessageId(7);
const KEY: &str = "@ada @garden/k3f9 msg_7";

/// One device: its disk, and one tab that is opened again and again.
#[derive(Default)]
struct Device {
    disk: BTreeMap<String, String>,
    outbox: usize,
    is_full: bool,
    client: Option<Client>,
    shown: Vec<Change>,
    has_draft_timer: bool,
    random: u128,
}

fn snapshot(epoch: &str, messages: &[(u64, &str)], has_earlier: bool) -> SpaceSnapshot {
    let being =
        |id: &str, kind: &str| format!(r#"{{"id":"{id}","name":"A","kind":"{kind}","hue":0}}"#);
    let rows: Vec<_> = messages.iter().map(|(seq, text)| row(*seq, text)).collect();
    let last = messages.last().map_or(1, |(seq, _)| *seq);
    let json = format!(
        r#"{{"me":{},"spaces":[],"cursor":"{epoch}.{last}","sync":{{"space":{},"beings":[],
        "intentions":[{}],"hasEarlier":{has_earlier},"lastMessageId":"msg_{last}"}}}}"#,
        being("@ada", "person"),
        being("@garden", "space"),
        rows.join(",")
    );
    from_json(&json).expect("a snapshot")
}

fn row(seq: u64, text: &str) -> String {
    format!(
        r#"{{"id":"018f0000-0000-7000-8000-{seq:012}","messageId":"msg_{seq}","ownerId":"@ada",
        "state":"complete","content":"{text}","createdAt":"2026-11-26T04:00:00.000Z","seq":{seq}}}"#
    )
}

impl Device {
    /// The page is opened; the tab before it is dead.
    fn open(&mut self, snapshot: SpaceSnapshot) {
        self.client = Some(Client::new(snapshot));
        self.shown.clear();
        self.give(Input::Start { is_visible: true });
    }

    fn open_with(&mut self, text: &str) {
        self.open(snapshot("k3f9", &[(7, text)], false));
    }

    fn give(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let client = self.client.as_mut().expect("a page");
            let mut random = || {
                self.random += 1;
                self.random
            };
            for effect in client.handle(input, Millis(1_000), &mut random) {
                match effect {
                    Effect::Show(change) => self.shown.push(change),
                    Effect::SetTimer(Timer::Draft, _) => self.has_draft_timer = true,
                    Effect::ClearTimer(Timer::Draft) => self.has_draft_timer = false,
                    Effect::Store(call) => inputs.push(self.store(call)),
                    _ => {}
                }
            }
        }
    }

    fn store(&mut self, call: StorageCall) -> Input {
        let found = match &call.operation {
            Operation::Write(writes) => {
                if self.is_full && writes.iter().any(|write| matches!(write, Write::Put { .. })) {
                    return Input::Stored(call, Err(StorageError::Unavailable));
                }
                for write in writes {
                    match write {
                        Write::Put { store: Store::Drafts, key, value: Value::Text(text) } => {
                            self.disk.insert(key.clone(), text.clone());
                        }
                        Write::RemoveText { store: Store::Drafts, key, texts } => {
                            self.disk.retain(|of, text| of != key || !texts.contains(text));
                        }
                        Write::Put { store: Store::Outbox, .. } => self.outbox += 1,
                        _ => {}
                    }
                }
                vec![]
            }
            Operation::Read { store: Store::Drafts, prefix } => {
                let rows = self.disk.iter().filter(|(key, _)| key.starts_with(prefix));
                rows.map(|(key, text)| (key.clone(), Value::Text(text.clone()))).collect()
            }
            _ => vec![],
        };
        Input::Stored(call, Ok(found))
    }

    fn command(&mut self, command: Command) {
        self.give(Input::Command(command));
    }

    fn pause(&mut self) {
        if std::mem::take(&mut self.has_draft_timer) {
            self.give(Input::TimerFired(Timer::Draft));
        }
    }

    fn type_in_editor(&mut self, text: &str) {
        self.command(Command::SaveEdit(MESSAGE, text.into()));
    }

    /// Without a channel and a lock the tab leads, and its stream tells the event.
    fn go_live(&mut self) {
        self.give(Input::Lock(client::Lock::Leader, client::LockSignal::Unavailable));
        self.give(Input::Stream(StreamSignal::Opened));
    }

    fn catch_up(&mut self, last: u64) {
        self.hear("", &format!(r#"{{"type":"caught-up","lastMessageId":"msg_{last}"}}"#));
    }

    fn hear(&mut self, id: &str, data: &str) {
        self.give(Input::Stream(StreamSignal::Event { id: id.into(), data: data.into() }));
    }

    fn edits(&self) -> Vec<&str> {
        self.client.iter().flat_map(Client::edits).map(|edit| &*edit.text).collect()
    }

    fn on_disk(&self) -> Vec<(&str, &str)> {
        self.disk.iter().map(|(key, text)| (&**key, &**text)).collect()
    }

    fn returned(&self) -> Vec<&str> {
        let texts = self.shown.iter().filter_map(|change| match change {
            Change::EditReturned(text) => Some(&**text),
            _ => None,
        });
        texts.collect()
    }
}

#[test]
fn what_was_typed_in_an_edit_is_there_when_the_page_opens_again() {
    let mut device = Device::default();
    device.open_with("Said");
    device.type_in_editor("Said, and");
    device.type_in_editor("Said, and more");
    assert_eq!(device.on_disk(), [], "not on each key");
    device.pause();
    assert_eq!(device.on_disk(), [(KEY, "Said, and more")]);
    device.open_with("Said");
    assert_eq!(device.edits(), ["Said, and more"]);
    assert!(device.shown.contains(&Change::EditRestored(MESSAGE)));
}

#[test]
fn a_page_that_is_hidden_saves_at_once() {
    let mut device = Device::default();
    device.open_with("Said");
    device.command(Command::SaveDraft("A draft".into()));
    device.type_in_editor("Said, and more");
    device.give(Input::Lifecycle(Lifecycle::Hidden));
    assert_eq!(device.on_disk(), [("@ada @garden ", "A draft"), (KEY, "Said, and more")]);
}

#[test]
fn an_edit_is_not_taken_for_the_composers_text() {
    let mut device = Device::default();
    device.open_with("Said");
    device.type_in_editor("Said, and more");
    device.pause();
    device.open_with("Said");
    device.command(Command::RestoreDraft);
    assert!(device.shown.contains(&Change::DraftRestored(String::new())));
}

#[test]
fn an_editor_that_changes_nothing_is_not_kept() {
    let mut device = Device::default();
    device.open_with("Said");
    for (typed, kept) in [("Said", 0), (" \n", 0), ("Said!", 1), ("Said", 0), ("Said!", 1), ("", 0)]
    {
        device.type_in_editor(typed);
        device.pause();
        assert_eq!(device.on_disk().len(), kept, "{typed:?}");
    }
}

#[test]
fn a_discarded_edit_does_not_come_back() {
    let mut device = Device::default();
    device.open_with("Said");
    device.type_in_editor("Said, and more");
    device.pause();
    device.command(Command::CloseEdit(MESSAGE));
    assert_eq!(device.on_disk(), []);
    device.open_with("Said");
    assert_eq!(device.edits(), Vec::<&str>::new());
}

#[test]
fn an_edit_leaves_the_drafts_as_the_outbox_takes_it() {
    let mut device = Device::default();
    device.open_with("Said");
    device.type_in_editor("Said, and more");
    device.pause();
    device.is_full = true;
    device.command(Command::Edit(MESSAGE, "Said, and more".into()));
    device.command(Command::CloseEdit(MESSAGE));
    device.command(Command::SaveDraft(String::new()));
    assert_eq!(device.on_disk(), [(KEY, "Said, and more")], "the outbox could not take it");
    device.open_with("Said");
    assert_eq!(device.edits(), ["Said, and more"]);
    device.is_full = false;
    device.command(Command::Edit(MESSAGE, "Said, and more".into()));
    assert_eq!((device.on_disk(), device.outbox), (vec![], 1));
}

#[test]
fn a_text_that_the_outbox_could_not_take_stays_until_it_can() {
    let mut device = Device::default();
    device.open_with("Said");
    device.command(Command::SaveDraft("A message".into()));
    device.type_in_editor("Said, and more");
    device.pause();
    device.is_full = true;
    device.command(Command::Send("A message".into()));
    device.command(Command::Edit(MESSAGE, "Said, and more".into()));
    assert_eq!((device.on_disk().len(), device.outbox), (2, 0));
    device.is_full = false;
    device.command(Command::Edit(MESSAGE, "Said, and still more".into()));
    let draft = ("@ada @garden ", "A message");
    assert_eq!((device.on_disk(), device.outbox), (vec![draft], 2), "both edits");
    device.command(Command::Send("Another message".into()));
    assert_eq!((device.on_disk(), device.outbox), (vec![], 4), "both messages");
}

#[test]
fn an_edit_that_was_sent_after_all_is_forgotten() {
    let mut device = Device::default();
    device.disk.insert(KEY.into(), "Said, and more".into());
    device.open_with("Said, and more");
    device.pause();
    assert_eq!((device.edits(), device.on_disk()), (vec![], vec![]));
}

#[test]
fn an_edit_of_a_message_that_is_not_loaded_waits_for_it() {
    let mut device = Device::default();
    device.disk.insert(KEY.into(), "Said, and more".into());
    device.open(snapshot("k3f9", &[(9, "Later")], true));
    device.go_live();
    device.catch_up(9);
    device.pause();
    assert_eq!(device.edits(), ["Said, and more"]);
    assert_eq!(device.on_disk(), [(KEY, "Said, and more")]);
}

#[test]
fn an_edit_whose_message_is_gone_is_given_back() {
    let deleted = r#"{"type":"intention-deleted","messageId":"msg_7"}"#;
    let mut device = Device::default();
    device.open_with("Said");
    device.go_live();
    device.catch_up(7);
    device.type_in_editor("Said, and more");
    device.pause();
    device.hear("k3f9.8", deleted);
    assert_eq!(device.returned(), ["Said, and more"]);
    device.command(Command::SaveDraft("Said, and more".into()));
    assert_eq!(device.on_disk().len(), 1, "it leaves the disk with the draft that is made of it");
    device.pause();
    assert_eq!(device.on_disk(), [("@ada @garden ", "Said, and more")]);
}

#[test]
fn an_edit_of_a_history_that_is_over_is_given_back() {
    let mut device = Device::default();
    device.disk.insert(KEY.into(), "Said, and more".into());
    device.open(snapshot("other", &[(7, "Something else")], false));
    assert_eq!(device.returned(), Vec::<&str>::new(), "what is shown may be old");
    device.go_live();
    device.catch_up(7);
    device.pause();
    assert_eq!(device.returned(), ["Said, and more"]);
    assert_eq!(device.on_disk(), []);
}
