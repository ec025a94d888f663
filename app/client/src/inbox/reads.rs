//! What the reader of this tab has read and the server has not confirmed yet.
//!
//! Always true:
//! - The largest position wins. A read goes back only where the reader says so.
//! - A read is sent again until the server has taken or refused it, one request at a time.

use protocol::MessageId;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// The last message that is read.
    pub up_to: MessageId,
    /// The reader has marked as unread what follows.
    pub goes_back: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Reads {
    wanted: Option<Read>,
    sent: Option<Read>,
    failures: u32,
}

impl Reads {
    /// The position that the reader sees, where the server has this one.
    pub fn position(&self, held: Option<MessageId>) -> Option<MessageId> {
        match self.wanted {
            Some(read) if read.goes_back => Some(read.up_to),
            Some(read) => held.max(Some(read.up_to)),
            None => held,
        }
    }

    /// Notes a read. Returns whether it is news.
    pub fn note(&mut self, read: Read, held: Option<MessageId>) -> bool {
        let is_news = read.goes_back || Some(read.up_to) > self.position(held);
        if is_news {
            // It may still be on its way that the reader went back, which the next read does not undo.
            let goes_back = self.wanted.is_some_and(|wanted| wanted.goes_back);
            self.wanted = Some(Read { goes_back: read.goes_back || goes_back, ..read });
        }
        is_news
    }

    /// What is to be sent now; `None` while a request is under way, or if all is confirmed.
    pub fn begin(&mut self) -> Option<Read> {
        if self.sent.is_some() {
            return None;
        }
        self.sent = self.wanted;
        self.sent
    }

    /// The server has taken what was sent.
    pub fn settle(&mut self) {
        self.failures = 0;
        if self.sent.take() == self.wanted {
            self.wanted = None;
        }
    }

    /// The request has failed. Returns how many have, one after the other.
    pub fn fail(&mut self) -> u32 {
        self.sent = None;
        self.failures += 1;
        self.failures - 1
    }

    /// In another history the positions mean nothing.
    pub fn forget(&mut self) {
        *self = Self { sent: self.sent.take(), ..Self::default() };
    }
}
