//! Changes what is on the page into what it is to be, and touches nothing that is equal: a selection and a
//! scroll position in it stay, and so does what others have not changed.

use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{Element, Node, Text},
};

/// Makes `html` the content of the element, from the child with the index `from` on.
pub fn morph(area: &Element, from: u32, html: &str) {
    // An element of the same kind: elsewhere a row of a table would be read as text.
    let Some(fresh) = shell(area).and_then(|shell| shell.dyn_into::<Element>().ok()) else {
        return;
    };
    fresh.set_inner_html(html);
    morph_children(area, from, &fresh);
}

/// `fresh` is used up.
fn morph_children(area: &Node, from: u32, fresh: &Node) {
    let mut old = area.child_nodes().item(from);
    let mut new = fresh.first_child();
    while let Some((held, wanted)) = equal(old.as_ref(), new.as_ref()) {
        (old, new) = (held.next_sibling(), wanted.next_sibling());
    }
    // What is equal at the end, too, if there is something between. A marker of the renderer, which is a
    // comment, stays last.
    let (mut end, mut fresh_end) = (area.last_child().filter(is_marker), None);
    let last = |of: &Node, end: &Option<Node>| match end {
        Some(end) => end.previous_sibling(),
        None => of.last_child(),
    };
    while old.is_some() && new.is_some() && old != end && new != fresh_end {
        let (held, wanted) = (last(area, &end), last(fresh, &fresh_end));
        if equal(held.as_ref(), wanted.as_ref()).is_none() {
            break;
        }
        (end, fresh_end) = (held, wanted);
    }
    loop {
        let held = old.take().filter(|old| Some(old) != end.as_ref());
        let wanted = new.take().filter(|new| Some(new) != fresh_end.as_ref());
        old = held.as_ref().and_then(Node::next_sibling);
        new = wanted.as_ref().and_then(Node::next_sibling);
        match (held, wanted) {
            (Some(held), Some(wanted)) => morph_node(area, &held, &wanted),
            (Some(held), None) => drop(area.remove_child(&held)),
            (None, Some(wanted)) => drop(area.insert_before(&wanted, end.as_ref())),
            (None, None) => break,
        }
    }
}

fn morph_node(area: &Node, held: &Node, wanted: &Node) {
    if held.is_equal_node(Some(wanted)) {
        return;
    }
    if let (Some(held), Some(wanted)) = (held.dyn_ref::<Text>(), wanted.dyn_ref::<Text>()) {
        let text = wanted.data();
        match text.strip_prefix(&held.data()) {
            Some(more) => drop(held.append_data(more)),
            None => held.set_data(&text),
        }
    } else if shell(held).is_some_and(|held| held.is_equal_node(shell(wanted).as_ref())) {
        morph_children(held, 0, wanted);
    } else {
        let _ = area.replace_child(wanted, held);
    }
}

fn is_marker(node: &Node) -> bool {
    node.node_type() == Node::COMMENT_NODE
}

fn equal(held: Option<&Node>, wanted: Option<&Node>) -> Option<(Node, Node)> {
    let (held, wanted) = held.zip(wanted)?;
    held.is_equal_node(Some(wanted)).then(|| (held.clone(), wanted.clone()))
}

/// An element without what is in it.
fn shell(node: &Node) -> Option<Node> {
    node.dyn_ref::<Element>().and_then(|element| element.clone_node().ok())
}

/// Where a text that goes on is to go on: the last paragraph or heading within the blocks, or the last code.
pub fn last_line(blocks: &Element) -> Element {
    let mut last = blocks.clone();
    while let Some(within) = last.last_element_child() {
        let holds_text = match &*within.local_name() {
            "code" => last.local_name() == "pre",
            "figure" | "pre" | "ul" | "ol" | "li" | "blockquote" | "p" => true,
            name => matches!(name, "h3" | "h4" | "h5" | "h6"),
        };
        // What stands behind it is text, which goes on.
        if !holds_text || within.next_sibling().is_some_and(|next| !is_marker(&next)) {
            break;
        }
        last = within;
    }
    last
}

/// Adds to the last text, or puts one behind an element that stands last, such as what a translator has put
/// in the place of a text.
pub fn append_text(line: &Element, more: &str) {
    let last = line.last_child();
    let last = if last.as_ref().is_some_and(is_marker) {
        last.and_then(|at| at.previous_sibling())
    } else {
        last
    };
    let _ = match last.and_then(|last| last.dyn_into::<Text>().ok()) {
        Some(text) => text.append_data(more),
        None => line.append_with_str_1(more),
    };
}
