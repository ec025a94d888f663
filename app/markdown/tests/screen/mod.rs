//! What a browser does with an update, on strings: it knows the elements of each block, and nothing of Markdown.

use markdown::Update;

#[derive(Default)]
pub struct Screen {
    blocks: Vec<String>,
}

impl Screen {
    pub fn html(&self) -> String {
        self.blocks.concat()
    }

    pub fn apply(&mut self, update: Update) {
        match update {
            Update::Nothing => {}
            Update::Append(text) => {
                let last = self.blocks.last_mut().expect("a block to append to");
                let at = end_of_line(last);
                let escaped = text
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('\u{a0}', "&nbsp;");
                last.insert_str(at, &escaped);
            }
            Update::Replace(to) => {
                self.blocks.truncate(to.block + usize::from(to.items.is_some()));
                if let Some(items) = to.items {
                    let block = self.blocks.last_mut().expect("the list is there");
                    let (open, close) = if block.starts_with("<div") {
                        (
                            block.find("<tbody>").expect("rows") + 7,
                            block.len() - "</tbody></table></div>".len(),
                        )
                    } else {
                        (block.find('>').expect("a tag") + 1, block.len() - "</ul>".len())
                    };
                    let end = block.split_off(close);
                    let children: Vec<_> = children(&block[open..]).collect();
                    assert!(children.len() >= items, "{items} of {block}");
                    let kept: usize = children[..items].iter().map(|child| child.len()).sum();
                    block.truncate(open + kept);
                    block.push_str(&to.inner);
                    block.push_str(&end);
                } else {
                    assert_eq!(to.inner, "", "items need a list");
                }
                self.blocks.extend(to.blocks);
            }
        }
    }
}

/// Where the last line ends: in front of the closing tags of what is no part of a line.
fn end_of_line(html: &str) -> usize {
    const CLOSING: [&str; 10] = [
        "</p>",
        "</li>",
        "</ul>",
        "</ol>",
        "</blockquote>",
        "</h3>",
        "</h4>",
        "</h5>",
        "</h6>",
        "</code></pre></figure>",
    ];
    let mut rest = html;
    while let Some(shorter) = CLOSING.iter().find_map(|tag| rest.strip_suffix(tag)) {
        rest = shorter;
    }
    rest.len()
}

/// The children of a list or of the body of a table.
fn children(mut html: &str) -> impl Iterator<Item = &str> {
    let name = if html.starts_with("<tr") { ["<tr", "</tr>"] } else { ["<li", "</li>"] };
    std::iter::from_fn(move || {
        let (mut depth, mut at) = (0, 0);
        while let Some(found) = html[at..].find('<') {
            at += found;
            if html[at..].starts_with(name[0]) {
                depth += 1;
            } else if html[at..].starts_with(name[1]) {
                depth -= 1;
                if depth == 0 {
                    let (child, rest) = html.split_at(at + name[1].len());
                    html = rest;
                    return Some(child);
                }
            }
            at += 1;
        }
        None
    })
}
