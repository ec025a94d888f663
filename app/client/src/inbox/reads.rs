//! What the reader of this tab has read, until the inbox says so itself.
//!
//! Always true:
//! - The largest position wins. A read goes back only where the reader says so.
//! - A read is sent again until the server has taken or refused it, one request at a time.
//! - What the server has taken holds here until the inbox's log tells of it, so nothing is unread again in
//!   between.

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
    noted: Option<Read>,
    /// The server has taken what is noted.
    is_taken: bool,
    sent: Option<Read>,
    /// The log has told a position since: what is noted may be newer than what was sent.
    has_heard: bool,
    /// The next request waits a moment.
    is_resting: bool,
    failures: u32,
}

impl Reads {
    /// The position that the reader sees, where the inbox has this one.
    pub fn position(&self, held: Option<MessageId>) -> Option<MessageId> {
        match self.noted {
            Some(read) if read.goes_back => Some(read.up_to),
            Some(read) => held.max(Some(read.up_to)),
            None => held,
        }
    }

    /// Returns whether it is news.
    pub fn note(&mut self, read: Read, held: Option<MessageId>) -> bool {
        let is_news = read.goes_back || Some(read.up_to) > self.position(held);
        if is_news {
            // The server may not know yet that the reader went back.
            let is_back = self.noted.is_some_and(|noted| noted.goes_back && !self.is_taken);
            self.noted = Some(Read { goes_back: read.goes_back || is_back, ..read });
            self.is_taken = false;
        }
        is_news
    }

    /// What is to be sent now, if anything.
    pub fn begin(&mut self) -> Option<Read> {
        if self.sent.is_some() || self.is_resting || self.is_taken {
            return None;
        }
        self.has_heard = false;
        self.sent = self.noted;
        self.sent
    }

    /// The server has taken what was sent.
    pub fn settle(&mut self, held: Option<MessageId>) {
        self.failures = 0;
        self.is_resting = true;
        if self.sent.take() == self.noted && !self.has_heard {
            self.is_taken = true;
            let is_told = |read: &Read| !read.goes_back && held >= Some(read.up_to);
            self.noted = self.noted.filter(|read| !is_told(read));
        }
    }

    /// The server has refused what was sent.
    pub fn refuse(&mut self) {
        self.is_resting = true;
        if self.sent.take() == self.noted {
            self.noted = None;
        }
    }

    /// The request has failed. Returns how many have before it, one after the other.
    pub fn fail(&mut self) -> u32 {
        self.sent = None;
        self.is_resting = true;
        self.failures += 1;
        self.failures - 1
    }

    /// The next request need not wait any more.
    pub fn wake(&mut self) {
        self.is_resting = false;
    }

    /// The log of the inbox has told the position.
    pub fn hear(&mut self, held: Option<MessageId>) {
        let is_told = |read: &Read| !read.goes_back && held >= Some(read.up_to);
        self.has_heard = true;
        let is_taken = self.is_taken;
        self.noted = self.noted.filter(|read| !is_taken && !is_told(read));
    }

    /// In another history the positions mean nothing.
    pub fn forget(&mut self) {
        self.noted = None;
    }
}
