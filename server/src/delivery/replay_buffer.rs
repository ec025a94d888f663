//! The recent frames of one log, in the order of their positions and without a gap.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;
use protocol::{MessageId, Seq, limits::CATCH_UP_LIMIT_ROWS};

use super::change::{Change, Subject};

const BUFFER_MAX_FRAMES: usize = 1024;
const BUFFER_MAX_BYTES: usize = 1024 * 1024;

#[derive(Default)]
pub(super) struct ReplayBuffer {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// The head, once it is known: from a frame, or from a catch-up that the store has answered.
    head: Option<Seq>,
}

/// The frames that follow a position.
pub(super) enum Backlog {
    Empty,
    Frames(Vec<Bytes>, Seq),
    /// More than the buffer holds, or may send.
    OutOfRange,
}

impl ReplayBuffer {
    pub fn push(&mut self, seq: Seq, event: &impl Change, bytes: Bytes) {
        if self.head.is_some_and(|head| head.next() != seq) {
            self.frames.clear();
            self.bytes = 0;
        }
        let Some(frame) = Frame::of(seq, event, bytes) else { return };
        self.head = Some(seq);
        self.bytes += frame.bytes.len();
        self.frames.push_back(frame);
        while self.is_over_full() {
            if let Some(oldest) = self.frames.pop_front() {
                self.bytes -= oldest.bytes.len();
            }
        }
    }

    /// Prepends the changes of a catch-up from the store, if they reach the first frame of the buffer.
    /// Consecutive changes, each to a different row, are what was published, or would have been. So few
    /// queries serve all the clients that reconnect after a restart.
    pub fn fill(&mut self, changes: &[Frame]) {
        let Some(Frame { seq: last, .. }) = changes.last() else { return };
        let end = match self.frames.front() {
            Some(first) => first.seq,
            None if self.head.is_none_or(|head| head == *last) => last.next(),
            None => return,
        };
        if last.next() < end {
            return;
        }
        self.head.get_or_insert(*last);
        for frame in changes.iter().rev().skip_while(|frame| frame.seq >= end) {
            let bytes = frame.bytes.len();
            self.bytes += bytes;
            self.frames.push_front(frame.clone());
            if self.is_over_full() {
                self.bytes -= bytes;
                self.frames.pop_front();
                return;
            }
        }
    }

    pub fn head(&self) -> Option<Seq> {
        self.head
    }

    /// Takes the head that a catch-up from the store has shown, unless one is known.
    pub fn cache_head(&mut self, head: Seq) {
        self.head.get_or_insert(head);
    }

    /// The frames after a live position, at most `max_bytes` of them (but at least one).
    pub fn after(&self, seq: Seq, max_bytes: usize) -> Backlog {
        let Some(frames) = self.range_after(seq) else {
            // A listener may be ahead: the store shows a commit a moment before it is published.
            let is_up_to_date = self.head.is_some_and(|head| head <= seq);
            return if is_up_to_date { Backlog::Empty } else { Backlog::OutOfRange };
        };
        let (mut taken, mut last, mut bytes) = (Vec::new(), seq, 0);
        for frame in frames {
            if !taken.is_empty() && bytes + frame.bytes.len() > max_bytes {
                break;
            }
            bytes += frame.bytes.len();
            last = frame.seq;
            taken.push(frame.bytes.clone());
        }
        Backlog::Frames(taken, last)
    }

    /// The frames after a position, by the rules of catch-up: all of them or none. Where no row changed
    /// twice, and each frame holds its whole row, they are the rows' present state. Appended text is of
    /// no use: a client that was cut off in the middle of a catch-up has a cursor, but not yet the rows
    /// that changed behind it.
    pub fn catch_up(&self, seq: Seq) -> Backlog {
        let Some(frames) = self.range_after(seq) else {
            let is_up_to_date = self.head == Some(seq);
            return if is_up_to_date { Backlog::Empty } else { Backlog::OutOfRange };
        };
        if frames.len() > CATCH_UP_LIMIT_ROWS {
            return Backlog::OutOfRange;
        }
        let mut subjects = HashSet::with_capacity(frames.len());
        let (mut taken, mut last) = (Vec::with_capacity(frames.len()), seq);
        for frame in frames {
            // With a message its reactions are gone, and a catch-up tells none of them.
            let is_to_deleted = |subject: &Subject| match subject {
                Subject::Reaction(message, ..) => frame.deletes == Some(*message),
                _ => false,
            };
            if !frame.is_whole
                || !subjects.insert(frame.subject.clone())
                || frame.deletes.is_some() && subjects.iter().any(is_to_deleted)
            {
                return Backlog::OutOfRange;
            }
            last = frame.seq;
            taken.push(frame.bytes.clone());
        }
        Backlog::Frames(taken, last)
    }

    /// None if the buffer has nothing to give.
    fn range_after(&self, seq: Seq) -> Option<std::collections::vec_deque::Iter<'_, Frame>> {
        let first = self.frames.front()?.seq;
        let skip = seq.next().0.checked_sub(first.0)?;
        let skip = usize::try_from(skip).ok()?;
        (skip < self.frames.len()).then(|| self.frames.range(skip..))
    }

    fn is_over_full(&self) -> bool {
        self.frames.len() > BUFFER_MAX_FRAMES
            || self.bytes > BUFFER_MAX_BYTES && self.frames.len() > 1
    }
}

/// A change as it is sent.
#[derive(Clone)]
pub(super) struct Frame {
    pub seq: Seq,
    subject: Subject,
    is_whole: bool,
    deletes: Option<MessageId>,
    pub bytes: Bytes,
}

impl Frame {
    /// None for an event that is not a change.
    pub fn of(seq: Seq, event: &impl Change, bytes: Bytes) -> Option<Self> {
        let (subject, is_whole) = (event.subject()?, event.is_whole());
        Some(Self { seq, subject, is_whole, deletes: event.deletes(), bytes })
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        BeingId, IntentionAppended, IntentionDeleted, MessageId, ReactionAdded, ReactionRemoved,
        ReasoningAppended, SyncEvent,
    };

    use super::*;

    fn deleted(message: u64) -> SyncEvent {
        SyncEvent::IntentionDeleted(IntentionDeleted { message_id: MessageId(message) })
    }

    fn buffer_of(rows: &[(u64, u64)]) -> ReplayBuffer {
        let mut buffer = ReplayBuffer::default();
        for (seq, message) in rows {
            buffer.push(Seq(*seq), &deleted(*message), Bytes::from(format!("{seq} ")));
        }
        buffer
    }

    fn text(backlog: Backlog) -> String {
        match backlog {
            Backlog::Empty => "empty".into(),
            Backlog::OutOfRange => "out of range".into(),
            Backlog::Frames(frames, last) => {
                format!("{}to {last}", String::from_utf8_lossy(&frames.concat()))
            }
        }
    }

    #[test]
    fn the_buffer_returns_the_frames_it_holds_and_no_others() {
        let buffer = buffer_of(&[(5, 1), (6, 2), (7, 3)]);
        let cases =
            [(3, "out of range"), (4, "5 6 7 to 7"), (5, "6 7 to 7"), (6, "7 to 7"), (7, "empty")];
        for (seq, expected) in cases {
            assert_eq!(text(buffer.after(Seq(seq), 1000)), expected, "after {seq}");
            assert_eq!(text(buffer.catch_up(Seq(seq))), expected, "catching up from {seq}");
        }
    }

    #[test]
    fn a_position_ahead_of_the_buffer_waits_when_live_and_is_left_to_the_store_otherwise() {
        let buffer = buffer_of(&[(5, 1)]);
        assert_eq!(text(buffer.after(Seq(6), 1000)), "empty");
        assert_eq!(text(buffer.catch_up(Seq(6))), "out of range");
    }

    #[test]
    fn a_catch_up_sends_each_row_once_so_a_row_that_changed_twice_is_left_to_the_store() {
        let buffer = buffer_of(&[(5, 1), (6, 2), (7, 1)]);
        assert_eq!(text(buffer.catch_up(Seq(4))), "out of range");
        assert_eq!(text(buffer.catch_up(Seq(5))), "6 7 to 7");
        assert_eq!(text(buffer.after(Seq(4), 1000)), "5 6 7 to 7");
    }

    #[test]
    fn appended_text_is_sent_to_live_listeners_and_never_by_a_catch_up() {
        let (message_id, offset, more) = (MessageId(2), 3, "more".to_owned());
        let appended = {
            let (text, reasoning_millis) = (more.clone(), None);
            IntentionAppended { message_id, offset, text, reasoning_millis }
        };
        let thought = ReasoningAppended { message_id, offset, text: more };
        for added in [SyncEvent::IntentionAppended(appended), SyncEvent::ReasoningAppended(thought)]
        {
            let mut buffer = buffer_of(&[(5, 1)]);
            buffer.push(Seq(6), &added, Bytes::from("6 "));
            buffer.push(Seq(7), &deleted(3), Bytes::from("7 "));
            assert_eq!(text(buffer.after(Seq(5), 1000)), "6 7 to 7");
            assert_eq!(text(buffer.catch_up(Seq(5))), "out of range");
            assert_eq!(text(buffer.catch_up(Seq(6))), "7 to 7");
        }
    }

    #[test]
    fn a_reaction_is_a_row_of_its_own_and_is_gone_with_its_message() {
        let ids = ["@ada", "@bob"].map(|id| id.parse::<BeingId>().expect("an id"));
        let mut buffer = ReplayBuffer::default();
        let mut seq = 0;
        let mut push = |event: SyncEvent| {
            seq += 1;
            buffer.push(Seq(seq), &event, Bytes::from(format!("{seq} ")));
        };
        let reacted = |message, emoji: &str, by: usize, is_removed| {
            let (message_id, emoji, being_id) = (MessageId(message), emoji.into(), ids[by].clone());
            match is_removed {
                true => SyncEvent::ReactionRemoved(ReactionRemoved { message_id, emoji, being_id }),
                false => SyncEvent::ReactionAdded(ReactionAdded { message_id, emoji, being_id }),
            }
        };
        push(deleted(7));
        push(reacted(9, "🌱", 0, false));
        push(reacted(9, "🌱", 1, false));
        push(reacted(9, "🌻", 0, false));
        push(reacted(8, "🌱", 0, false));
        push(reacted(9, "🌱", 1, true));
        push(deleted(8));
        for (since, expected) in [
            (0, "out of range"),
            // One of them changed twice.
            (1, "out of range"),
            (2, "out of range"),
            // The reaction to a message that was deleted.
            (3, "out of range"),
            (5, "6 7 to 7"),
        ] {
            assert_eq!(text(buffer.catch_up(Seq(since))), expected, "catching up from {since}");
        }
        assert_eq!(text(buffer.after(Seq(1), 1000)), "2 3 4 5 6 7 to 7");
    }

    #[test]
    fn a_reader_takes_a_bounded_number_of_bytes_at_a_time() {
        let buffer = buffer_of(&[(5, 1), (6, 2), (7, 3)]);
        assert_eq!(text(buffer.after(Seq(4), 4)), "5 6 to 6");
        assert_eq!(text(buffer.after(Seq(4), 1)), "5 to 5");
    }

    #[test]
    fn a_gap_empties_the_buffer() {
        let mut buffer = buffer_of(&[(5, 1), (6, 2)]);
        buffer.push(Seq(9), &deleted(9), Bytes::from("9 "));
        assert_eq!(text(buffer.after(Seq(6), 1000)), "out of range");
        assert_eq!(text(buffer.after(Seq(8), 1000)), "9 to 9");
    }

    #[test]
    fn an_empty_buffer_knows_the_head_once_it_is_cached() {
        let mut buffer = ReplayBuffer::default();
        assert_eq!(text(buffer.after(Seq(5), 1000)), "out of range");
        buffer.cache_head(Seq(5));
        assert_eq!(text(buffer.catch_up(Seq(5))), "empty");
        assert_eq!(text(buffer.catch_up(Seq(4))), "out of range");
    }

    #[test]
    fn changes_loaded_for_one_listener_serve_the_others() {
        let loaded = |seqs: &[u64]| -> Vec<_> {
            let change = |seq: &u64| {
                let bytes = Bytes::from(format!("{seq} "));
                Frame::of(Seq(*seq), &deleted(*seq), bytes).expect("a change")
            };
            seqs.iter().map(change).collect()
        };
        let mut buffer = ReplayBuffer::default();
        buffer.fill(&loaded(&[5, 6]));
        assert_eq!(text(buffer.catch_up(Seq(4))), "5 6 to 6");
        assert_eq!(text(buffer.catch_up(Seq(6))), "empty");
        buffer.push(Seq(7), &deleted(7), Bytes::from("7 "));
        buffer.fill(&loaded(&[3, 4]));
        assert_eq!(text(buffer.catch_up(Seq(2))), "3 4 5 6 7 to 7");
        buffer.fill(&loaded(&[1]));
        assert_eq!(text(buffer.catch_up(Seq(0))), "out of range", "that would leave a gap");
        buffer.fill(&loaded(&[6, 7]));
        assert_eq!(
            text(buffer.catch_up(Seq(2))),
            "3 4 5 6 7 to 7",
            "they are in the buffer already"
        );
        let mut late = buffer_of(&[]);
        late.fill(&loaded(&[20]));
        late.fill(&loaded(&[18, 19, 20]));
        assert_eq!(
            text(late.catch_up(Seq(17))),
            "18 19 20 to 20",
            "a listener that is further behind comes later"
        );
        let mut empty = ReplayBuffer::default();
        empty.cache_head(Seq(9));
        empty.fill(&loaded(&[7, 8]));
        assert_eq!(
            text(empty.catch_up(Seq(6))),
            "out of range",
            "the buffer knows of later changes"
        );
    }

    #[test]
    fn memory_is_bounded_in_frames_and_in_bytes() {
        let mut buffer = ReplayBuffer::default();
        for seq in 1..=5000 {
            buffer.push(Seq(seq), &deleted(seq), Bytes::from_static(b"x"));
        }
        assert_eq!(buffer.frames.len(), BUFFER_MAX_FRAMES);
        let large = Bytes::from(vec![0; BUFFER_MAX_BYTES]);
        buffer.push(Seq(5001), &deleted(1), large.clone());
        buffer.push(Seq(5002), &deleted(1), large);
        assert_eq!(buffer.frames.len(), 1);
    }
}
