//! The recent frames of one space, in the order of their positions and without a gap.

use std::collections::{HashSet, VecDeque};

use app::protocol::{BeingId, MessageId, Seq, SyncEvent, limits::CATCH_UP_LIMIT_ROWS};
use bytes::Bytes;

const RING_MAX_FRAMES: usize = 1024;
const RING_MAX_BYTES: usize = 1024 * 1024;

#[derive(Default)]
pub(super) struct Ring {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// The head, once it is known: from a frame, or from who was caught up by the store.
    head: Option<Seq>,
}

struct Frame {
    seq: Seq,
    subject: Subject,
    /// It says all of its row, not only what was added to it.
    is_whole: bool,
    bytes: Bytes,
}

impl Frame {
    /// None for what is no change.
    fn of(seq: Seq, event: &SyncEvent, bytes: Bytes) -> Option<Self> {
        let is_whole = !matches!(event, SyncEvent::IntentionAppended { .. });
        Some(Self { seq, subject: Subject::of(event)?, is_whole, bytes })
    }
}

/// What a change was made to: a row of the store's.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Subject {
    Message(MessageId),
    Being(BeingId),
}

impl Subject {
    /// None for what is no change.
    fn of(event: &SyncEvent) -> Option<Self> {
        Some(match event {
            SyncEvent::IntentionCreated { message_id, .. }
            | SyncEvent::IntentionUpdated { message_id, .. }
            | SyncEvent::IntentionAppended { message_id, .. }
            | SyncEvent::IntentionDeleted { message_id } => Self::Message(*message_id),
            SyncEvent::BeingUpdated { data } => Self::Being(data.id.clone()),
            SyncEvent::BeingLeft { being_id } => Self::Being(being_id.clone()),
            _ => return None,
        })
    }
}

/// What lies behind a position.
pub(super) enum Behind {
    Nothing,
    Frames(Vec<Bytes>, Seq),
    /// More than the ring holds, or is allowed to tell.
    Unknown,
}

impl Ring {
    pub fn push(&mut self, seq: Seq, event: &SyncEvent, bytes: Bytes) {
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

    /// Takes what a catch-up from the store has shown, where it reaches what the ring begins with:
    /// changes that follow each other, each to something else, are what was published, or would have
    /// been. So those who come back after a restart are told by few queries.
    pub fn fill(&mut self, changes: &[(Seq, SyncEvent, Bytes)]) {
        let Some((last, ..)) = changes.last() else { return };
        let end = match self.frames.front() {
            Some(first) => first.seq,
            None if self.head.is_none_or(|head| head == *last) => last.next(),
            None => return,
        };
        if last.next() < end {
            return;
        }
        self.head.get_or_insert(*last);
        for (seq, event, bytes) in changes.iter().rev().skip_while(|(seq, ..)| *seq >= end) {
            let Some(frame) = Frame::of(*seq, event, bytes.clone()) else { return };
            self.bytes += bytes.len();
            self.frames.push_front(frame);
            if self.is_over_full() {
                self.bytes -= bytes.len();
                self.frames.pop_front();
                return;
            }
        }
    }

    fn is_over_full(&self) -> bool {
        self.frames.len() > RING_MAX_FRAMES || self.bytes > RING_MAX_BYTES && self.frames.len() > 1
    }

    pub fn head(&self) -> Option<Seq> {
        self.head
    }

    /// A catch-up from the store has shown where the log stands.
    pub fn learn_head(&mut self, head: Seq) {
        self.head.get_or_insert(head);
    }

    /// The frames after a position that was live, at most `max_bytes` of them (but at least one).
    pub fn after(&self, seq: Seq, max_bytes: usize) -> Behind {
        let Some(frames) = self.range_after(seq) else {
            // A listener may be ahead: the store shows a commit a moment before it is published.
            let is_all = self.head.is_some_and(|head| head <= seq);
            return if is_all { Behind::Nothing } else { Behind::Unknown };
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
        Behind::Frames(taken, last)
    }

    /// The same for a position that is to be caught up: all of it or nothing, and by the rules of
    /// catch-up. Where no row changed twice, and each frame says all of its row, that is its present
    /// state. Text that was added would be of no use: who was cut off in the middle of a catch-up has
    /// a cursor, but not yet the rows that changed behind it.
    pub fn catch_up(&self, seq: Seq) -> Behind {
        let Some(frames) = self.range_after(seq) else {
            let is_all = self.head == Some(seq);
            return if is_all { Behind::Nothing } else { Behind::Unknown };
        };
        if frames.len() > CATCH_UP_LIMIT_ROWS {
            return Behind::Unknown;
        }
        let mut subjects = HashSet::with_capacity(frames.len());
        let (mut taken, mut last) = (Vec::with_capacity(frames.len()), seq);
        for frame in frames {
            if !frame.is_whole || !subjects.insert(frame.subject.clone()) {
                return Behind::Unknown;
            }
            last = frame.seq;
            taken.push(frame.bytes.clone());
        }
        Behind::Frames(taken, last)
    }

    /// None where there is nothing to give.
    fn range_after(&self, seq: Seq) -> Option<std::collections::vec_deque::Iter<'_, Frame>> {
        let first = self.frames.front()?.seq;
        let skip = seq.next().0.checked_sub(first.0)?;
        let skip = usize::try_from(skip).ok()?;
        (skip < self.frames.len()).then(|| self.frames.range(skip..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deleted(message: u64) -> SyncEvent {
        SyncEvent::IntentionDeleted { message_id: MessageId(message) }
    }

    fn ring_of(rows: &[(u64, u64)]) -> Ring {
        let mut ring = Ring::default();
        for (seq, message) in rows {
            ring.push(Seq(*seq), &deleted(*message), Bytes::from(format!("{seq} ")));
        }
        ring
    }

    fn text(behind: Behind) -> String {
        match behind {
            Behind::Nothing => "nothing".into(),
            Behind::Unknown => "unknown".into(),
            Behind::Frames(frames, last) => {
                format!("{}to {last}", String::from_utf8_lossy(&frames.concat()))
            }
        }
    }

    #[test]
    fn the_ring_gives_what_it_holds_and_nothing_else() {
        let ring = ring_of(&[(5, 1), (6, 2), (7, 3)]);
        let cases =
            [(3, "unknown"), (4, "5 6 7 to 7"), (5, "6 7 to 7"), (6, "7 to 7"), (7, "nothing")];
        for (seq, expected) in cases {
            assert_eq!(text(ring.after(Seq(seq), 1000)), expected, "after {seq}");
            assert_eq!(text(ring.catch_up(Seq(seq))), expected, "catching up from {seq}");
        }
    }

    #[test]
    fn a_position_ahead_of_the_ring_waits_when_live_and_is_the_stores_to_judge_when_not() {
        let ring = ring_of(&[(5, 1)]);
        assert_eq!(text(ring.after(Seq(6), 1000)), "nothing");
        assert_eq!(text(ring.catch_up(Seq(6))), "unknown");
    }

    #[test]
    fn catching_up_tells_each_row_once_so_a_row_that_changed_twice_is_the_stores() {
        let ring = ring_of(&[(5, 1), (6, 2), (7, 1)]);
        assert_eq!(text(ring.catch_up(Seq(4))), "unknown");
        assert_eq!(text(ring.catch_up(Seq(5))), "6 7 to 7");
        assert_eq!(text(ring.after(Seq(4), 1000)), "5 6 7 to 7");
    }

    #[test]
    fn added_text_is_told_to_who_is_live_and_to_nobody_who_is_caught_up() {
        let mut ring = ring_of(&[(5, 1)]);
        let (message_id, text_added) = (MessageId(2), "more".to_owned());
        let added = SyncEvent::IntentionAppended { message_id, offset: 3, text: text_added };
        ring.push(Seq(6), &added, Bytes::from("6 "));
        ring.push(Seq(7), &deleted(3), Bytes::from("7 "));
        assert_eq!(text(ring.after(Seq(5), 1000)), "6 7 to 7");
        assert_eq!(text(ring.catch_up(Seq(5))), "unknown");
        assert_eq!(text(ring.catch_up(Seq(6))), "7 to 7");
    }

    #[test]
    fn a_reader_takes_only_so_much_at_a_time() {
        let ring = ring_of(&[(5, 1), (6, 2), (7, 3)]);
        assert_eq!(text(ring.after(Seq(4), 4)), "5 6 to 6");
        assert_eq!(text(ring.after(Seq(4), 1)), "5 to 5");
    }

    #[test]
    fn a_gap_makes_the_ring_forget() {
        let mut ring = ring_of(&[(5, 1), (6, 2)]);
        ring.push(Seq(9), &deleted(9), Bytes::from("9 "));
        assert_eq!(text(ring.after(Seq(6), 1000)), "unknown");
        assert_eq!(text(ring.after(Seq(8), 1000)), "9 to 9");
    }

    #[test]
    fn an_empty_ring_knows_a_head_once_it_was_told() {
        let mut ring = Ring::default();
        assert_eq!(text(ring.after(Seq(5), 1000)), "unknown");
        ring.learn_head(Seq(5));
        assert_eq!(text(ring.catch_up(Seq(5))), "nothing");
        assert_eq!(text(ring.catch_up(Seq(4))), "unknown");
    }

    #[test]
    fn what_the_store_has_told_one_is_there_for_the_others() {
        let told = |seqs: &[u64]| -> Vec<_> {
            let change = |seq: &u64| (Seq(*seq), deleted(*seq), Bytes::from(format!("{seq} ")));
            seqs.iter().map(change).collect()
        };
        let mut ring = Ring::default();
        ring.fill(&told(&[5, 6]));
        assert_eq!(text(ring.catch_up(Seq(4))), "5 6 to 6");
        assert_eq!(text(ring.catch_up(Seq(6))), "nothing");
        ring.push(Seq(7), &deleted(7), Bytes::from("7 "));
        ring.fill(&told(&[3, 4]));
        assert_eq!(text(ring.catch_up(Seq(2))), "3 4 5 6 7 to 7");
        ring.fill(&told(&[1]));
        assert_eq!(text(ring.catch_up(Seq(0))), "unknown", "there would be a gap");
        ring.fill(&told(&[6, 7]));
        assert_eq!(text(ring.catch_up(Seq(2))), "3 4 5 6 7 to 7", "it is there already");
        let mut late = ring_of(&[]);
        late.fill(&told(&[20]));
        late.fill(&told(&[18, 19, 20]));
        assert_eq!(
            text(late.catch_up(Seq(17))),
            "18 19 20 to 20",
            "who is further behind comes later"
        );
        let mut empty = Ring::default();
        empty.learn_head(Seq(9));
        empty.fill(&told(&[7, 8]));
        assert_eq!(text(empty.catch_up(Seq(6))), "unknown", "the ring knows of more");
    }

    #[test]
    fn memory_is_bounded_in_frames_and_in_bytes() {
        let mut ring = Ring::default();
        for seq in 1..=5000 {
            ring.push(Seq(seq), &deleted(seq), Bytes::from_static(b"x"));
        }
        assert_eq!(ring.frames.len(), RING_MAX_FRAMES);
        let large = Bytes::from(vec![0; RING_MAX_BYTES]);
        ring.push(Seq(5001), &deleted(1), large.clone());
        ring.push(Seq(5002), &deleted(1), large);
        assert_eq!(ring.frames.len(), 1);
    }
}
