//! The commands: mostly permitted ones, about existing things.

use protocol::{
    AnswersWhen, BeingId, BeingSettings, Content, IntentionId, IntentionState, Level, MessageId,
    Seq, SpaceId, Topic,
};
use rand::{Rng, seq::IteratorRandom};
use server::domain::{
    command::{
        AcceptInvite, AddBeing, AnswerOutcome, AnswerPart, AnswerRun, AppendToAnswer, ChangeBeing,
        ChangeSpace, Command, CreateInvite, CreateSpace, DeleteMessage, EditMessage, EndAnswer,
        JoinSpace, MarkRead, RemoveBeing, RetryAnswer, SendMessage, SetLevel, SetReaction,
        StopAnswer,
    },
    emoji::Emoji,
    endpoint::GUIDE,
    settings::Settings,
    token::Token,
};
use uuid::Uuid;

use super::{
    PEOPLE, Queued, World,
    fixture::{name, person},
};
use crate::model::StoredMessage;

/// More than a replay buffer holds.
const LONG_BURST: usize = 1_100;
/// More kinds than a message has; one of them is spelled in two ways.
const EMOJI: [&str; 24] = [
    "❤",
    "❤️",
    "🌱",
    "🌻",
    "🌳",
    "🍄",
    "🍎",
    "🍋",
    "🍉",
    "🥕",
    "🌽",
    "🐝",
    "🐞",
    "🐌",
    "🦔",
    "🦉",
    "🌞",
    "🌧️",
    "👍",
    "👍🏽",
    "🎉",
    "🤔",
    "🇩🇪",
    "👩‍🌾",
];

impl World {
    pub(super) fn issue_command(&mut self) {
        let anybody = person(self.rng.random_range(0..PEOPLE.len()));
        let space = self.random_space();
        if let Some(mut command) = self.random_command(anybody.clone(), space) {
            let by = self.likely_actor(anybody, &command);
            set_actor(&mut command, &by);
            self.ask(&by, command);
        }
    }

    fn random_command(&mut self, by: BeingId, space: SpaceId) -> Option<Command> {
        Some(match self.rng.random_range(0..100) {
            0..26 => self.new_message(by, space).into(),
            26..30 => self.random_read(by, space).into(),
            30..31 => {
                let levels = [Level::Everything, Level::Mentions, Level::Nothing];
                let level = levels[self.rng.random_range(0..levels.len())];
                SetLevel { by, space, level }.into()
            }
            31..36 => self.repeated_send(by)?.into(),
            36..43 => {
                let message = self.random_message(&space)?;
                self.random_edit(by, space, message).into()
            }
            43..48 => {
                let message = self.random_message(&space)?;
                DeleteMessage { by, space, message, epoch: None }.into()
            }
            48..60 => self.random_reaction(by, space)?.into(),
            60..72 => self.answer_change(space)?,
            72..74 => {
                let message = self.random_answer(&space)?;
                StopAnswer { by, space, message }.into()
            }
            74..77 => {
                let message = self.random_answer(&space)?;
                RetryAnswer { by, space, message }.into()
            }
            77..82 => {
                let being = self.random_being(&space);
                // Sometimes the name stays the same.
                let name = Some(name(&format!("Name {}", self.rng.random_range(0..20))));
                ChangeBeing { by, being, name, hue: None, settings: None }.into()
            }
            82..85 => {
                let name = name(&format!("Bot {}", self.number()));
                let settings = self.one_in(2).then(answers_every_message);
                AddBeing { by, space, name, hue: None, settings }.into()
            }
            85..89 => {
                let being = self.random_being(&space);
                RemoveBeing { by, space, being }.into()
            }
            89..92 => {
                let token = Token::presented(&format!("token {}", self.number())).hash();
                self.invites.push(token.clone());
                CreateInvite { by, space, token }.into()
            }
            92..95 => self.random_details(by, space).into(),
            95..96 => JoinSpace { by, space }.into(),
            96..99 => {
                let token = self.invites.iter().choose(&mut self.rng)?.clone();
                AcceptInvite { by, token }.into()
            }
            _ => CreateSpace { by, name: name(&format!("Space {}", self.number())) }.into(),
        })
    }

    /// Archived for a short while: most commands are refused then.
    fn random_details(&mut self, by: BeingId, space: SpaceId) -> ChangeSpace {
        let is_archived = self.model.spaces[&space].details.of.archived;
        let topic = Topic::parse(&format!("Topic {}", self.rng.random_range(0..20)));
        let topic = self.one_in(2).then(|| topic.expect("a topic"));
        let archived = if is_archived { Some(false) } else { self.one_in(4).then_some(true) };
        let open = self.one_in(3).then(|| self.rng.random());
        ChangeSpace { by, space, topic, archived, open }
    }

    /// Mostly forward, sometimes back, and now and then ahead of the head.
    fn random_read(&mut self, by: BeingId, space: SpaceId) -> MarkRead {
        let head = self.model.spaces[&space].head.0;
        let up_to = MessageId(self.rng.random_range(head.saturating_sub(40)..head + 2));
        let goes_back = self.one_in(4);
        MarkRead { by, space, up_to, epoch: None, goes_back }
    }

    /// Of somebody who may be no member, or of everyone, or none.
    fn random_mention(&mut self) -> &'static str {
        match self.rng.random_range(0..8) {
            0 => " @everyone ",
            1 | 2 => {
                [" @ada ", " @bob ", " @cyd ", " @dan "][self.rng.random_range(0..PEOPLE.len())]
            }
            _ => "",
        }
    }

    /// An edit of the present version, of an earlier one, as when it comes late, or of any.
    fn random_edit(&mut self, by: BeingId, space: SpaceId, message: MessageId) -> EditMessage {
        let mention = self.random_mention();
        let text = format!("Edited to {}.{mention}", self.rng.random_range(0..1000));
        let content = Content::parse(text).expect("content");
        let present = self.model.spaces[&space].messages[&message].row.seq;
        let seq = match self.rng.random_range(0..4) {
            0 => None,
            1 => Some(Seq(present.0.saturating_sub(1))),
            _ => Some(present),
        };
        EditMessage { by, space, message, content, seq, epoch: None }
    }

    /// Mostly to one of the newest, which soon has too many kinds; often as it is already.
    fn random_reaction(&mut self, by: BeingId, space: SpaceId) -> Option<SetReaction> {
        let messages = &self.model.spaces[&space].messages;
        let newest = if self.rng.random_ratio(3, 4) { 3 } else { 60 };
        let message = *messages.keys().rev().take(newest).choose(&mut self.rng)?;
        let emoji = Emoji::parse(EMOJI[self.rng.random_range(0..EMOJI.len())]).expect("an emoji");
        let is_there = self.rng.random_ratio(2, 3);
        Some(SetReaction { by, space, message, emoji, is_there, epoch: None })
    }

    /// Many messages at once, or reactions of everybody: more than a catch-up sends, or more than a replay
    /// buffer holds.
    pub(super) fn issue_burst(&mut self) {
        let (space, by) = (self.random_space(), person(self.rng.random_range(0..PEOPLE.len())));
        let count = if self.one_in(12) { LONG_BURST } else { self.rng.random_range(2..130) };
        let are_reactions = self.one_in(3);
        for _ in 0..count {
            if are_reactions {
                let by = person(self.rng.random_range(0..PEOPLE.len()));
                if let Some(set) = self.random_reaction(by.clone(), space.clone()) {
                    self.ask(&by, set.into());
                }
                continue;
            }
            let send = self.new_message(by.clone(), space.clone());
            self.ask(&by, send.into());
        }
        self.journal.count("bursts");
    }

    /// The response goes to the listener of this being in the command's space, if there is one.
    fn ask(&mut self, by: &BeingId, command: Command) {
        let listener = self
            .listeners
            .iter()
            .find(|listener| listener.being == *by && Some(&listener.space) == command.space());
        let listener =
            listener.map(|listener| (listener.number, listener.replica.cursor().cloned()));
        self.queued.push_back(Queued { command, listener });
        self.journal.count("commands");
    }

    fn new_message(&mut self, by: BeingId, space: SpaceId) -> SendMessage {
        let id = IntentionId(Uuid::from_u128(self.rng.random()));
        let length = if self.one_in(12) { self.rng.random_range(200..6_000) } else { 0 };
        let mention = self.random_mention();
        let text = format!("Said as {id}. {mention}{}", "é".repeat(length));
        let content = Content::parse(text).expect("content");
        let reply_to = if self.one_in(4) { self.random_message(&space) } else { None };
        SendMessage { by, space, id, content, reply_to }
    }

    /// A send with an id that was used already.
    fn repeated_send(&mut self, by: BeingId) -> Option<SendMessage> {
        let space = self.random_space();
        let stored = self.model.spaces[&space].messages.values().choose(&mut self.rng)?;
        let (id, reply_to) = (stored.row.id, stored.row.reply_to);
        let text = if self.rng.random_ratio(7, 8) { &stored.first } else { "Something else." };
        let content = Content::parse(text.to_owned()).ok()?;
        // No sender uses the id of an answer.
        let is_sent = stored.started_at.is_none();
        is_sent.then_some(SendMessage { by, space, id, content, reply_to })
    }

    fn answer_change(&mut self, space: SpaceId) -> Option<Command> {
        let messages = self.model.spaces[&space].messages.values();
        let answers = messages.filter(|stored| stored.started_at.is_some());
        let grows = |stored: &&StoredMessage| stored.row.state == IntentionState::Active;
        let growing = answers.clone().filter(grows).choose(&mut self.rng);
        let stored = growing.or_else(|| answers.choose(&mut self.rng))?;
        let (message, started_at) = (stored.row.message_id, stored.started_at?);
        let run = AnswerRun { space, message, started_at };
        let (reasoning, content) = (&stored.row.reasoning, &stored.row.content);
        // Mostly before the first text, and sometimes after it.
        let thinks = self.rng.random_ratio(if content.is_empty() { 2 } else { 1 }, 4);
        let (part, offset) = match thinks {
            true => (AnswerPart::Reasoning, reasoning.len() as u64),
            false => (AnswerPart::Content, content.len() as u64),
        };
        let mention = self.random_mention();
        let text = format!("… é{} {mention}", self.rng.random_range(0..1000));
        let outcome = match self.rng.random_range(0..8) {
            0 => AnswerOutcome::Complete,
            1 => AnswerOutcome::Cancelled,
            _ => return Some(AppendToAnswer { run, part, offset, text }.into()),
        };
        let reasoning = if thinks { format!("Hm, {text}") } else { String::new() };
        Some(EndAnswer { run, reasoning, text, outcome, detail: None }.into())
    }

    fn random_space(&mut self) -> SpaceId {
        self.model.spaces.keys().choose(&mut self.rng).expect("the first space").clone()
    }

    /// A message that exists, or existed.
    fn random_message(&mut self, space: &SpaceId) -> Option<MessageId> {
        let messages = &self.model.spaces[space].messages;
        messages.keys().rev().take(60).choose(&mut self.rng).copied()
    }

    fn random_answer(&mut self, space: &SpaceId) -> Option<MessageId> {
        let messages = &self.model.spaces[space].messages;
        let answers = messages.iter().filter(|(_, stored)| stored.started_at.is_some());
        answers.map(|(message, _)| *message).choose(&mut self.rng)
    }

    fn random_being(&mut self, space: &SpaceId) -> BeingId {
        self.model.spaces[space].members.keys().choose(&mut self.rng).expect("itself").clone()
    }

    /// Mostly an actor that is permitted to do it.
    fn likely_actor(&mut self, anybody: BeingId, command: &Command) -> BeingId {
        let spaces = &self.model.spaces;
        let owner = match command {
            Command::EditMessage(EditMessage { space, message, .. })
            | Command::DeleteMessage(DeleteMessage { space, message, .. }) => {
                spaces[space].messages.get(message).map(|stored| &stored.row.owner_id)
            }
            Command::SendMessage(send) => {
                let mut messages = spaces[&send.space].messages.values();
                let same = messages.find(|stored| stored.row.id == send.id);
                same.map(|stored| &stored.row.owner_id)
            }
            Command::ChangeBeing(change) => Some(&change.being),
            Command::RemoveBeing(remove) => Some(&spaces[&remove.space].founder),
            Command::ChangeSpace(change) => Some(&spaces[&change.space].founder),
            _ => None,
        };
        let owner = (0..PEOPLE.len()).map(person).find(|person| owner == Some(person));
        if self.one_in(5) { anybody } else { owner.unwrap_or(anybody) }
    }
}

fn answers_every_message() -> Settings {
    let answers_when = AnswersWhen::EveryMessage;
    let settings = BeingSettings { answers_when, ..BeingSettings::with_provider(GUIDE) };
    Settings::parse(settings).expect("settings")
}

/// A command about a growing answer has no actor.
fn set_actor(command: &mut Command, actor: &BeingId) {
    match command {
        Command::CreateSpace(CreateSpace { by, .. })
        | Command::ChangeSpace(ChangeSpace { by, .. })
        | Command::JoinSpace(JoinSpace { by, .. })
        | Command::CreateInvite(CreateInvite { by, .. })
        | Command::AcceptInvite(AcceptInvite { by, .. })
        | Command::SendMessage(SendMessage { by, .. })
        | Command::EditMessage(EditMessage { by, .. })
        | Command::DeleteMessage(DeleteMessage { by, .. })
        | Command::SetReaction(SetReaction { by, .. })
        | Command::StopAnswer(StopAnswer { by, .. })
        | Command::RetryAnswer(RetryAnswer { by, .. })
        | Command::ChangeBeing(ChangeBeing { by, .. })
        | Command::AddBeing(AddBeing { by, .. })
        | Command::RemoveBeing(RemoveBeing { by, .. })
        | Command::MarkRead(MarkRead { by, .. })
        | Command::SetLevel(SetLevel { by, .. }) => by.clone_from(actor),
        _ => {}
    }
}
