//! Server-sent events, cut out of a body however the network cuts it. Pure. See
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>.
//!
//! Always true:
//! - A byte is looked at once while its line comes, and once when the line has come: in whatever pieces.
//! - It holds one line and one event, of at most [`EVENT_MAX_BYTES`] each.

/// The longest line, and the most data of one event: an event may carry an image, or the probabilities of
/// many words.
pub const EVENT_MAX_BYTES: usize = 4 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

#[derive(Debug, Default)]
pub struct EventStream {
    line: Vec<u8>,
    /// The data of the event so far, if it has any.
    data: Option<Vec<u8>>,
    has_begun: bool,
    /// A line feed that comes next belongs to the end of the last line.
    is_after_return: bool,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of more than {EVENT_MAX_BYTES} bytes")]
pub struct TooLong;

impl EventStream {
    /// Takes what came, and passes the data of each event that it completes to `each`, until that fails.
    pub fn push<E: From<TooLong>>(
        &mut self,
        mut bytes: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            if std::mem::take(&mut self.is_after_return) {
                match bytes.first() {
                    Some(b'\n') => bytes = &bytes[1..],
                    Some(_) => {}
                    None => self.is_after_return = true,
                }
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + part.len() > EVENT_MAX_BYTES {
                return Err(TooLong.into());
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { return Ok(()) };
            self.is_after_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            if let Some(data) = self.end_line()? {
                each(&data)?;
            }
        }
    }

    /// The data of the event that the line ends, if it ends one.
    fn end_line(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        let line = std::mem::take(&mut self.line);
        let mut rest = line.as_slice();
        if !std::mem::replace(&mut self.has_begun, true) {
            while let Some(after) = rest.strip_prefix(BYTE_ORDER_MARK) {
                rest = after;
            }
        }
        if rest.is_empty() {
            return Ok(self.data.take());
        }
        let Some(value) = rest.strip_prefix(b"data") else { return Ok(None) };
        let value = match value {
            [] => value,
            [b':', b' ', value @ ..] | [b':', value @ ..] => value,
            _ => return Ok(None),
        };
        match &mut self.data {
            Some(data) if data.len() + 1 + value.len() > EVENT_MAX_BYTES => return Err(TooLong),
            Some(data) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
            None => self.data = Some(value.to_vec()),
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    fn read(body: &[u8], size: usize) -> Result<Vec<String>, TooLong> {
        let (mut stream, mut events) = (EventStream::default(), vec![]);
        for bytes in body.chunks(size) {
            stream.push(bytes, |data| {
                events.push(String::from_utf8_lossy(data).into_owned());
                Ok::<_, TooLong>(())
            })?;
        }
        Ok(events)
    }

    #[test]
    fn an_event_is_what_the_standard_says_wherever_it_is_cut() {
        for (body, events) in [
            ("data: a\n\ndata: b\n\n", &["a", "b"][..]),
            ("data: a\r\n\r\ndata: b\r\rdata: c\n\n", &["a", "b", "c"]),
            ("data:a\ndata:  b\ndata\n\n", &["a\n b\n"]),
            (": comment\nid: 1\nevent: x\nretry: 9\ndatax: a\ndata: b\n\n", &["b"]),
            ("\u{feff}\u{feff}data: a\n\n\u{feff}data: b\n\n", &["a"]),
            ("data: not ended\n", &[]),
            ("\n\n\r\n", &[]),
            ("data: é🌱\n\n", &["é🌱"]),
        ] {
            for size in 1..=body.len() {
                let read = read(body.as_bytes(), size).expect("short events");
                assert_eq!(read, events, "{body:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn an_event_may_have_four_mebibytes_and_no_more() {
        let longest = EVENT_MAX_BYTES - "data: ".len();
        for (body, fits) in [
            (format!("data: {}\n\n", "x".repeat(longest)), true),
            (format!("data: {}\n\n", "x".repeat(longest + 1)), false),
            (format!(": {}\n\n", "x".repeat(EVENT_MAX_BYTES)), false),
            ("data: x\n".repeat(EVENT_MAX_BYTES / 2) + "\n", true),
            ("data: x\n".repeat(EVENT_MAX_BYTES / 2 + 1) + "\n", false),
        ] {
            for size in [1447, body.len()] {
                assert_eq!(read(body.as_bytes(), size).is_ok(), fits, "{} bytes", body.len());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_body_is_read_the_same_however_it_is_cut(
            parts in vec(select(vec!["data: a", "data", ":", "\n", "\r", "\r\n", "\n\n", "\u{feff}", "é"]), 0..20),
            size in 1..9usize,
        ) {
            let body = parts.concat();
            prop_assert_eq!(read(body.as_bytes(), size), read(body.as_bytes(), body.len().max(1)));
        }
    }
}
