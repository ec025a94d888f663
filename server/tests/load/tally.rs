//! A parser of one listener's bytes: it reads no JSON, only the beginnings of lines, as they come.

/// How much of a line is read.
const LINE_KEPT_BYTES: usize = 48;

#[derive(Debug, Default)]
pub struct Tally {
    /// The beginning of the line that is incomplete.
    line: Vec<u8>,
    /// The position of the last event.
    last: Option<u64>,
    /// The position of the next event, whose `data:` follows.
    named: Option<u64>,
    pub events: u64,
    pub is_live: bool,
}

impl Tally {
    pub fn last(&self) -> u64 {
        self.last.unwrap_or(0)
    }

    /// Takes bytes as the socket delivers them. An error is an event that was skipped, repeated or
    /// sent in another order, or a response other than 200.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(&bytes[..end]);
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            self.take_line(&line)?;
            self.line = line;
            self.line.clear();
        }
        self.keep(bytes);
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_KEPT_BYTES.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), String> {
        let text = || String::from_utf8_lossy(line).into_owned();
        if line.starts_with(b"HTTP/1.1 ") && !line.starts_with(b"HTTP/1.1 200") {
            return Err(text());
        }
        if line.starts_with(b"id: ") {
            let seq = text().rsplit_once('.').and_then(|(_, seq)| seq.trim_end().parse().ok());
            self.named = Some(seq.ok_or_else(text)?);
        }
        if line.starts_with(b"data: ") {
            self.is_live |= line.starts_with(br#"data: {"type":"caught-up""#);
            let is_sync = line.starts_with(br#"data: {"type":"space-sync""#);
            if let Some(seq) = self.named.take() {
                self.count(seq, is_sync)?;
            }
        }
        Ok(())
    }

    /// Only a `space-sync` may skip positions.
    fn count(&mut self, seq: u64, is_sync: bool) -> Result<(), String> {
        match self.last {
            Some(last) if is_sync && seq >= last => {}
            None if is_sync => {}
            Some(last) if seq == last + 1 => self.events += 1,
            last => return Err(format!("{seq} after {last:?}")),
        }
        self.last = Some(seq);
        Ok(())
    }
}

#[test]
fn positions_are_counted_however_the_bytes_are_cut() {
    let bytes = b"HTTP/1.1 200 OK\r\n\r\nid: abc.7\ndata: {\"type\":\"space-sync\"}\n\n\
        data: {\"type\":\"caught-up\"}\n\nid: abc.8\ndata: {}\n\nid: abc.9\ndata: {}\n\n";
    for size in 1..bytes.len() {
        let mut tally = Tally::default();
        bytes.chunks(size).for_each(|chunk| tally.take(chunk).expect("in order"));
        assert_eq!((tally.last(), tally.events, tally.is_live), (9, 2, true));
    }
    let mut tally = Tally::default();
    tally.take(bytes).expect("in order");
    for wrong in ["id: abc.9\ndata: {}\n", "id: abc.11\ndata: {}\n", "id: abc.8\ndata: {}\n"] {
        let mut tally = Tally { last: Some(9), ..Tally::default() };
        assert!(tally.take(wrong.as_bytes()).is_err(), "{wrong}");
    }
}
