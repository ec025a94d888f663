//! The Markdown renderer as a WASM file of its own. Texts go in and out as UTF-8 through two buffers in its
//! memory: `input` gives the place for the text of the next call, and what a call returns is the length of
//! what then stands at `output`. Nothing is allocated for its caller, so nothing has to be freed but a text
//! that grows, by `close`.

#![expect(unsafe_code, reason = "a WASM export has a name, and two of one name would be unsound")]

use std::cell::RefCell;

use markdown::{Growing, Page, Replacement, Update};
use protocol::BeingId;

/// Between the parts of a change, which contain none.
const SEPARATOR: char = '\0';

#[derive(Default)]
struct State {
    input: Vec<u8>,
    output: String,
    /// Who is here, in order.
    beings: Vec<BeingId>,
    /// By their handles.
    growing: Vec<Option<Growing>>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// The place for a text of this many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.input.resize(length, 0);
        state.input.as_mut_ptr()
    })
}

/// Where the last call has put what it made.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    STATE.with_borrow(|state| state.output.as_ptr())
}

/// Takes the ids of those who may be mentioned, one in a line.
#[unsafe(no_mangle)]
pub extern "C" fn know() -> usize {
    answer(|state, ids| {
        state.beings = ids.lines().filter_map(|id| id.parse().ok()).collect();
        state.beings.sort_unstable();
        String::new()
    })
}

/// The text as HTML.
#[unsafe(no_mangle)]
pub extern "C" fn html() -> usize {
    answer(|state, text| with_page(&state.beings, |page| markdown::render(text, page)))
}

/// The words of the text, without markup.
#[unsafe(no_mangle)]
pub extern "C" fn words() -> usize {
    answer(|_, text| markdown::words(text))
}

/// The ids that the text mentions, one in a line.
#[unsafe(no_mangle)]
pub extern "C" fn mentions() -> usize {
    answer(|_, text| {
        let mentioned = markdown::mentions(text);
        mentioned.iter().map(BeingId::as_str).collect::<Vec<_>>().join("\n")
    })
}

/// The handle of a text that grows, which is empty yet.
#[unsafe(no_mangle)]
pub extern "C" fn open() -> usize {
    STATE.with_borrow_mut(|State { growing, .. }| {
        let free = growing.iter().position(Option::is_none);
        let handle = free.unwrap_or(growing.len());
        growing.resize_with(growing.len().max(handle + 1), || None);
        growing[handle] = Some(Growing::new());
        handle
    })
}

/// Adds to a text that grows. What it changes: nothing, which is empty; `+` and a text; or `=` with the block,
/// the items if it stays, their HTML and that of the blocks.
#[unsafe(no_mangle)]
pub extern "C" fn append(handle: usize) -> usize {
    answer(|State { beings, growing, .. }, text| {
        let Some(Some(growing)) = growing.get_mut(handle) else { return String::new() };
        match with_page(beings, |page| growing.push(text, page)) {
            Update::Nothing => String::new(),
            Update::Append(text) => format!("+{text}"),
            Update::Replace(Replacement { block, items, inner, blocks }) => {
                let blocks = blocks.concat();
                let items = items.map_or(String::new(), |items| items.to_string());
                format!("={block}{SEPARATOR}{items}{SEPARATOR}{inner}{SEPARATOR}{blocks}")
            }
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn close(handle: usize) {
    STATE.with_borrow_mut(|state| {
        if let Some(growing) = state.growing.get_mut(handle) {
            *growing = None;
        }
    });
}

/// A message is the tab stop of what is in it.
fn with_page<T>(beings: &[BeingId], run: impl FnOnce(Page) -> T) -> T {
    run(Page { knows: &|being| beings.binary_search(being).is_ok(), has_tab_stops: false })
}

fn answer(run: impl FnOnce(&mut State, &str) -> String) -> usize {
    STATE.with_borrow_mut(|state| {
        let input = std::mem::take(&mut state.input);
        let output = run(state, &String::from_utf8_lossy(&input));
        state.output = output;
        state.output.len()
    })
}
