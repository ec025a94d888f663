//! What the reader does.

use protocol::{Cursor, Epoch, IntentionId, MessageId, SendIntention};

use super::{
    state::{State, Step},
    windows::Jump,
};
use crate::{
    change::Change,
    effect::Effect,
    input::Command,
    outbox::Op,
    request::{ApiError, Purpose, Request, Response},
};

const VERSIONS_NEED_SERVER: &str =
    "Earlier versions need the server, which cannot be reached. Try again later.";

impl State {
    /// `new_id` makes the id of an operation that the command writes.
    pub fn on_command(&mut self, command: Command, new_id: &mut dyn FnMut() -> IntentionId) {
        match command {
            Command::Send(content) => {
                self.show_newest();
                self.has_marked_unread = false;
                self.set_first_unread(None);
                let (id, reply_to) = (new_id(), self.replying_to());
                self.write(Op::Send(SendIntention { id, content, reply_to }));
            }
            Command::Edit(message_id, content) => {
                if let Some(epoch) = self.epoch() {
                    self.write(Op::Edit { id: new_id(), epoch, message_id, content });
                }
            }
            Command::Delete(message_id) => {
                if let Some(epoch) = self.epoch() {
                    self.write(Op::Delete { id: new_id(), epoch, message_id });
                }
            }
            Command::React { message, emoji, is_there } => {
                self.react(message, emoji, is_there, new_id);
            }
            Command::Discard { id, is_any } => {
                let removed = self.outbox.discard(id, is_any);
                self.show_outbox();
                removed.into_iter().for_each(|entry| self.then(Step::Release(vec![entry])));
            }
            Command::Resend(id) => {
                if self.outbox.retry(id) {
                    self.show_outbox();
                    self.then(Step::StoreEntry(id));
                }
            }
            Command::ReplyTo(message) => self.reply_to(message),
            Command::LoadOriginal(message) => self.want_original(message),
            Command::SaveDraft(draft) => self.save_draft(draft),
            Command::RestoreDraft => self.restore_draft(),
            Command::SaveEdit(message, text) => self.save_edit(message, text),
            Command::CloseEdit(message) => self.close_edit(message),
            Command::LoadEarlier => self.load_earlier(),
            Command::LoadLater => self.load_later(),
            Command::Jump(message) => self.jump(Jump::Message(message)),
            Command::ShowNewest => self.show_newest(),
            Command::KeepAround(message) => self.keep_around(message),
            Command::Stop(message) => self.request(Request::Stop(message)),
            Command::Retry(message) => self.request(Request::Retry(message)),
            Command::LoadVersions(message) => {
                self.call(Purpose::Versions(message), Request::Versions(message));
            }
            Command::Invite => self.request(Request::MakeInvite),
            Command::RemoveMember(being) => self.request(Request::RemoveBeing(being)),
            Command::Look { up_to, is_at_end } => self.look(up_to, is_at_end),
            Command::MarkUnread(message) => self.mark_unread(message),
            Command::SetLevel(level) => self.request(Request::SetLevel(level)),
            Command::Leave => self.request(Request::RemoveBeing(self.me.id.clone())),
        }
    }

    pub fn epoch(&self) -> Option<Epoch> {
        self.replica.cursor().map(|cursor| cursor.epoch.clone())
    }

    fn request(&mut self, request: Request) {
        self.call(Purpose::Command, request);
    }

    pub fn on_requested(
        &mut self,
        request: &Request,
        asked_at: Option<&Cursor>,
        result: Result<Response, ApiError>,
    ) {
        let response = match result {
            Ok(response) => response,
            Err(error) => return self.show(Change::Notice(Some(error.to_string()))),
        };
        // The previous error is resolved.
        self.show(Change::Notice(None));
        match response {
            Response::Intention(intention) => self.apply_response(asked_at, intention),
            Response::Invite(invite) => self.show(Change::InviteMade(invite.url)),
            Response::Done if matches!(request, Request::RemoveBeing(id) if *id == self.me.id) => {
                self.then(Step::DeleteSnapshot);
                self.emit(Effect::Navigate("/".into()));
            }
            // The changes of the other requests come as events.
            Response::Done
            | Response::Spaces(_)
            | Response::History(_)
            | Response::Versions(_)
            | Response::Reacted(_) => {}
        }
    }

    /// In another history the same id is another message: an answer from there is passed over.
    pub fn on_versions(
        &mut self,
        message: MessageId,
        asked_at: Option<&Cursor>,
        result: Result<Response, ApiError>,
    ) {
        let is_same_history = asked_at.map(|cursor| &cursor.epoch) == self.epoch().as_ref();
        let row = self.replica.timeline().get(message).filter(|_| is_same_history);
        let loaded = match (result, row) {
            (Ok(Response::Versions(mut versions)), Some(row)) => {
                versions.truncate(usize::from(row.versions.get()) - 1);
                Ok(versions)
            }
            (Err(error @ (ApiError::Refused { .. } | ApiError::RetryLater { .. })), _) => {
                Err(error.to_string())
            }
            _ => Err(VERSIONS_NEED_SERVER.to_owned()),
        };
        self.show(Change::VersionsLoaded(message, loaded));
    }

    /// The unacknowledged change to a message.
    pub fn pending(&self, id: MessageId) -> Option<super::PendingChange> {
        match self.outbox.pending_change(id) {
            Some(Op::Edit { content, .. }) => Some(super::PendingChange::Edit(content.clone())),
            Some(_) => Some(super::PendingChange::Deletion),
            None => {
                let is_gone = self.deleted_locally.contains(&id);
                is_gone.then_some(super::PendingChange::Deletion)
            }
        }
    }
}
