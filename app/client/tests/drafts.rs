//! The tabs of a device share the draft of a space, and none takes a text from another.

use std::collections::{BTreeMap, VecDeque};

use client::{
    Change, Channel, Client, Command, Effect, Input, Lifecycle, Millis, SpaceSnapshot, StorageCall,
    Timer,
    storage::{Found, Operation, StorageError, Store, Value, Write},
};
use protocol::{MessageId, json::from_json};

const DRAFT: &str = "@ada @garden ";
const EDIT: &str = "@ada @garden/k3f9 msg_7";
const REPLY: &str = "@ada @garden:reply";
const MESSAGE: MessageId = MessageId(7);

/// Tabs that show the same space. What one posts, the others hear.
struct Device {
    tabs: Vec<Tab>,
    drafts: BTreeMap<String, String>,
    outbox: Vec<String>,
    is_full: bool,
    random: u128,
}

struct Tab {
    client: Client,
    /// What stands in its composer.
    shown: String,
    has_timer: bool,
}

fn snapshot() -> SpaceSnapshot {
    let being =
        |id: &str, kind: &str| format!(r#"{{"id":"{id}","name":"A","kind":"{kind}","hue":0}}"#);
    let json = format!(
        r#"{{"me":{},"spaces":[],"cursor":"k3f9.7","sync":{{"space":{},"beings":[],"intentions":[
        {{"id":"018f0000-0000-7000-8000-000000000007","messageId":"msg_7","ownerId":"@ada","state":"complete",
        "content":"Said","createdAt":"2026-11-26T04:00:00.000Z","seq":7}}],
        "hasEarlier":false,"lastMessageId":"msg_7"}}}}"#,
        being("@ada", "person"),
        being("@garden", "space"),
    );
    from_json(&json).expect("a snapshot")
}

impl Device {
    fn with_tabs(count: usize) -> Self {
        let (tabs, drafts, outbox) = (vec![], BTreeMap::new(), vec![]);
        let mut device = Self { tabs, drafts, outbox, is_full: false, random: 0 };
        (0..count).for_each(|_| device.open());
        device
    }

    fn open(&mut self) {
        let client = Client::new(snapshot());
        self.tabs.push(Tab { client, shown: String::new(), has_timer: false });
        let tab = self.tabs.len() - 1;
        self.give(tab, Input::Start { is_visible: true });
        self.command(tab, Command::RestoreDraft);
    }

    fn command(&mut self, tab: usize, command: Command) {
        self.give(tab, Input::Command(command));
    }

    fn give(&mut self, tab: usize, input: Input) {
        let mut inputs = VecDeque::from([(tab, input)]);
        while let Some((tab, input)) = inputs.pop_front() {
            let random = &mut self.random;
            let mut random = || {
                *random += 1;
                *random
            };
            for effect in self.tabs[tab].client.handle(input, Millis(1_000), &mut random) {
                match effect {
                    Effect::Show(Change::DraftRestored(text) | Change::DraftChanged(text)) => {
                        self.tabs[tab].shown = text;
                    }
                    Effect::SetTimer(Timer::Draft, _) => self.tabs[tab].has_timer = true,
                    Effect::ClearTimer(Timer::Draft) => self.tabs[tab].has_timer = false,
                    Effect::Post(Channel::Space, text) => {
                        let others = (0..self.tabs.len()).filter(|other| *other != tab);
                        let message = |other| (other, Input::Message(Channel::Space, text.clone()));
                        inputs.extend(others.map(message));
                    }
                    Effect::Store(call) => {
                        let result = self.store(&call);
                        inputs.push_back((tab, Input::Stored(call, result)));
                    }
                    _ => {}
                }
            }
        }
    }

    fn store(&mut self, call: &StorageCall) -> Result<Found, StorageError> {
        match &call.operation {
            Operation::Write(writes) if self.is_full && writes.iter().any(Write::is_put) => {
                Err(StorageError::Unavailable)
            }
            Operation::Write(writes) => {
                for write in writes {
                    match write {
                        Write::Put { store: Store::Drafts, key, value: Value::Text(text) } => {
                            self.drafts.insert(key.clone(), text.clone());
                        }
                        Write::RemoveText { key, texts, .. } => {
                            self.drafts.retain(|of, text| of != key || !texts.contains(text));
                        }
                        Write::Put { store: Store::Outbox, key, .. } => {
                            self.outbox.push(key.clone());
                        }
                        Write::Remove { key, .. } => self.outbox.retain(|held| held != key),
                        Write::Put { .. } => {}
                    }
                }
                Ok(vec![])
            }
            Operation::Read { store: Store::Drafts, prefix } => {
                let rows = self.drafts.iter().filter(|(key, _)| key.starts_with(prefix));
                Ok(rows.map(|(key, text)| (key.clone(), Value::Text(text.clone()))).collect())
            }
            Operation::Read { .. } | Operation::Keys { .. } => Ok(vec![]),
        }
    }

    /// Types into the composer, without a pause.
    fn key_in(&mut self, tab: usize, text: &str) {
        self.tabs[tab].shown = text.to_owned();
        self.command(tab, Command::SaveDraft(text.into()));
    }

    fn pause(&mut self) {
        for tab in 0..self.tabs.len() {
            if std::mem::take(&mut self.tabs[tab].has_timer) {
                self.give(tab, Input::TimerFired(Timer::Draft));
            }
        }
    }

    fn type_in(&mut self, tab: usize, text: &str) {
        self.key_in(tab, text);
        self.pause();
    }

    fn send(&mut self, tab: usize) {
        let text = std::mem::take(&mut self.tabs[tab].shown);
        self.command(tab, Command::Send(text));
        self.command(tab, Command::SaveDraft(String::new()));
    }

    fn shown(&self) -> Vec<&str> {
        self.tabs.iter().map(|tab| &*tab.shown).collect()
    }

    fn replying(&self) -> Vec<Option<MessageId>> {
        self.tabs.iter().map(|tab| tab.client.replying_to()).collect()
    }

    /// The text under the composer's key, and what is beside it.
    fn stored(&self) -> (Option<&str>, Option<&str>) {
        (self.draft(), self.drafts.get(REPLY).map(|record| &**record))
    }

    fn draft(&self) -> Option<&str> {
        self.drafts.get(DRAFT).map(|text| &**text)
    }

    /// Both had the same draft when something was typed in each at the same time.
    fn with_two_drafts() -> Self {
        let mut device = Self::with_tabs(2);
        device.key_in(0, "One");
        device.key_in(1, "Another");
        device.pause();
        assert_eq!(device.shown(), ["One", "Another"]);
        assert_eq!(device.draft(), Some("Another"));
        device
    }
}

#[test]
fn what_is_typed_in_one_tab_is_the_draft_of_the_others_and_is_sent_for_all() {
    let mut device = Device::with_tabs(2);
    device.type_in(0, "Hel");
    assert_eq!(device.shown(), ["Hel", "Hel"]);
    device.type_in(1, "Hello");
    device.open();
    assert_eq!((device.shown(), device.draft()), (vec!["Hello"; 3], Some("Hello")));
    device.key_in(2, "Hello!");
    device.send(2);
    assert_eq!((device.shown(), device.draft()), (vec![""; 3], None));
    assert_eq!(device.outbox.len(), 1);
    device.type_in(0, "Again");
    device.type_in(1, "");
    assert_eq!((device.shown(), device.draft()), (vec![""; 3], None));
}

#[test]
fn what_is_sent_in_one_tab_is_not_taken_from_another_that_says_something_else() {
    let mut device = Device::with_two_drafts();
    device.send(0);
    assert_eq!((device.shown(), device.draft()), (vec!["", "Another"], Some("Another")));

    let mut device = Device::with_two_drafts();
    device.send(1);
    device.pause();
    assert_eq!((device.shown(), device.draft()), (vec!["One", ""], Some("One")), "saved again");
}

#[test]
fn of_two_drafts_the_one_that_leaves_the_screen_joins_the_other() {
    for event in [Lifecycle::Hidden, Lifecycle::Gone] {
        let mut device = Device::with_two_drafts();
        device.give(0, Input::Lifecycle(event));
        assert_eq!(device.draft(), Some("Another\nOne"), "{event:?}");
        assert_eq!(device.shown(), ["Another\nOne"; 2], "{event:?}");
    }
}

#[test]
fn a_refused_message_that_is_sent_again_leaves_a_newer_draft() {
    let mut device = Device::with_tabs(1);
    device.is_full = true;
    device.type_in(0, "Refused");
    device.send(0);
    let id = device.tabs[0].client.outbox().iter().next().expect("an entry").id();
    device.type_in(0, "Newer");
    device.is_full = false;
    device.give(0, Input::TimerFired(Timer::Draft));
    device.give(0, Input::StorageLost);
    assert_eq!((device.draft(), device.outbox.len()), (Some("Newer"), 1), "both are stored again");
    device.command(0, Command::Resend(id));
    assert_eq!(device.draft(), Some("Newer"));
}

#[test]
fn a_tab_that_stores_its_draft_again_keeps_what_it_did_not_hear_of_meanwhile() {
    let mut device = Device::with_tabs(1);
    device.type_in(0, "Mine");
    device.drafts = BTreeMap::from([(DRAFT.to_owned(), "Another's".to_owned())]);
    device.give(0, Input::StorageLost);
    device.pause();
    assert_eq!(device.shown(), ["Mine"], "what is on the screen stays");
    device.give(0, Input::Lifecycle(Lifecycle::Gone));
    assert_eq!(device.draft(), Some("Another's\nMine"));
}

#[test]
fn a_draft_that_a_full_device_did_not_take_is_saved_once_it_can() {
    let mut device = Device::with_tabs(2);
    device.is_full = true;
    device.type_in(0, "A draft");
    assert_eq!((device.shown(), device.draft()), (vec!["A draft"; 2], None));
    device.is_full = false;
    device.pause();
    assert_eq!(device.draft(), Some("A draft"));
}

#[test]
fn an_edit_that_is_saved_in_one_tab_is_not_taken_from_another_that_says_something_else() {
    let mut device = Device::with_tabs(2);
    for (tab, text) in [(1, "Said by one"), (0, "Said by the other")] {
        device.command(tab, Command::SaveEdit(MESSAGE, text.into()));
        device.pause();
    }
    device.command(0, Command::Edit(MESSAGE, "Said by the other".into()));
    device.pause();
    assert_eq!(device.drafts.get(EDIT).map(|text| &**text), Some("Said by one"), "saved again");
    device.command(0, Command::SaveEdit(MESSAGE, "A third".into()));
    device.command(0, Command::CloseEdit(MESSAGE));
    assert_eq!(device.drafts.get(EDIT).map(|text| &**text), Some("Said by one"));
}

#[test]
fn a_reply_is_part_of_the_draft_of_all_tabs_and_is_sent_once() {
    let mut device = Device::with_tabs(2);
    device.command(0, Command::ReplyTo(Some(MESSAGE)));
    device.pause();
    assert_eq!(device.replying(), [Some(MESSAGE); 2], "before a word is typed");
    device.type_in(1, "Yes");
    device.open();
    assert_eq!((device.shown(), device.replying()), (vec!["Yes"; 3], vec![Some(MESSAGE); 3]));
    assert_eq!(device.stored(), (Some("Yes"), Some("k3f9.7\nYes")));
    device.send(2);
    assert_eq!((device.shown(), device.replying()), (vec![""; 3], vec![None; 3]));
    assert_eq!(device.stored(), (None, None), "it left the disk with its text");
    let sent = device.tabs[2].client.outbox().iter().next().expect("an entry");
    assert_eq!(sent.op.reply_to(), Some(MESSAGE));
    device.type_in(0, "And this replies to nothing");
    assert_eq!(device.replying(), [None; 3]);
}

#[test]
fn a_reply_that_is_given_up_leaves_the_text_and_one_whose_text_is_cleared_stays() {
    let mut device = Device::with_tabs(2);
    device.command(0, Command::ReplyTo(Some(MESSAGE)));
    device.type_in(0, "Yes");
    device.type_in(1, "");
    assert_eq!(device.stored(), (None, Some("k3f9.7\n")));
    device.open();
    assert_eq!(device.replying(), [Some(MESSAGE); 3]);
    device.type_in(2, "No");
    device.command(1, Command::ReplyTo(None));
    device.pause();
    assert_eq!((device.shown(), device.replying()), (vec!["No"; 3], vec![None; 3]));
    assert_eq!(device.stored(), (Some("No"), None));
}

#[test]
fn two_drafts_keep_each_its_own_reply() {
    let mut device = Device::with_two_drafts();
    device.command(0, Command::ReplyTo(Some(MESSAGE)));
    device.pause();
    assert_eq!(device.replying(), [Some(MESSAGE), None]);
    device.send(1);
    assert_eq!(device.replying(), [Some(MESSAGE), None]);
    assert_eq!(device.outbox.len(), 1);
    device.pause();
    assert_eq!(device.stored(), (Some("One"), Some("k3f9.7\nOne")), "saved again");
}

#[test]
fn a_draft_of_a_build_without_replies_is_read_and_one_of_this_build_is_read_there() {
    for (record, is_reply) in [
        (None, false),
        (Some("k3f9.7\nA draft"), true),
        (Some("k3f9.7\nWhat that build has changed since"), false),
        (Some("another.7\nA draft"), false),
        (Some("damaged"), false),
    ] {
        let mut device = Device::with_tabs(0);
        device.drafts.insert(DRAFT.into(), "A draft".into());
        device.drafts.extend(record.map(|record| (REPLY.to_owned(), record.to_owned())));
        device.open();
        assert_eq!(device.shown(), ["A draft"], "{record:?}");
        assert_eq!(device.replying(), [is_reply.then_some(MESSAGE)], "{record:?}");
    }
    let mut device = Device::with_tabs(1);
    device.command(0, Command::ReplyTo(Some(MESSAGE)));
    device.type_in(0, "A reply");
    // Such a build reads the last value whose key begins so, and all edits.
    let read =
        |prefix: &str| device.drafts.iter().filter(|(key, _)| key.starts_with(prefix)).count();
    assert_eq!((read(DRAFT), device.draft()), (1, Some("A reply")));
    assert_eq!(read("@ada @garden/"), 0);
    assert_eq!(
        device.drafts.keys().filter(|key| key.starts_with("@ada ")).count(),
        2,
        "a sign-out deletes both"
    );
}

#[test]
fn a_reply_that_a_full_device_did_not_take_is_saved_once_it_can() {
    let mut device = Device::with_tabs(1);
    device.is_full = true;
    device.command(0, Command::ReplyTo(Some(MESSAGE)));
    device.pause();
    assert_eq!(device.stored(), (None, None));
    device.is_full = false;
    device.pause();
    assert_eq!(device.stored(), (None, Some("k3f9.7\n")));
    device.drafts.clear();
    device.give(0, Input::StorageLost);
    device.pause();
    assert_eq!(device.stored(), (None, Some("k3f9.7\n")), "stored again");
}
