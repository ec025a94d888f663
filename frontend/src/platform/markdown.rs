//! The Markdown renderer, a WASM file of its own: it is fetched once the browser has nothing else to do.
//! Texts go in and out as UTF-8 through two buffers in its memory. Until it is there, the messages that the
//! server has rendered are known.

use std::{cell::RefCell, rc::Rc};

use app::platform::{GrowingMarkdown, Growth, Markdown, NewBlocks};
use client::SpaceSnapshot;
use js_sys::{Function, Object, Promise, Reflect, Uint8Array, WebAssembly};
use leptos::prelude::{document, window};
use protocol::BeingId;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// A load that failed is tried again after this, and each time after twice as long.
const RETRY_MILLIS: i32 = 10_000;
const IDLE_MILLIS: i32 = 200;
/// Between the two parts of a change; neither contains it.
const SEPARATOR: char = '\0';

#[derive(Clone)]
pub struct BrowserMarkdown(SendWrapper<Rc<Shared>>);

struct Shared {
    path: String,
    renderer: RefCell<Option<Renderer>>,
    /// Texts with the HTML that the page came with, until the renderer is there.
    page: RefCell<Vec<(String, String)>>,
    /// Who is here, one in a line.
    beings: RefCell<String>,
}

impl BrowserMarkdown {
    /// Takes what the page in which the app is to stand shows of a snapshot.
    pub fn new(path: String, snapshot: &SpaceSnapshot) -> Self {
        let html = |id: String| {
            let message = document().get_element_by_id(&id)?;
            Some(message.query_selector(".content").ok()??.inner_html())
        };
        let of_window = snapshot.window.iter().flat_map(|page| &page.intentions);
        let rows = snapshot.sync.intentions.iter().chain(of_window);
        let page =
            rows.filter_map(|row| Some((row.content.clone(), html(row.message_id.to_string())?)));
        let page = RefCell::new(page.collect());
        Self(SendWrapper::new(Rc::new(Shared {
            path,
            renderer: RefCell::default(),
            page,
            beings: RefCell::default(),
        })))
    }
}

impl Markdown for BrowserMarkdown {
    fn know(&self, beings: Vec<BeingId>) {
        let ids: Vec<_> = beings.iter().map(BeingId::as_str).collect();
        let ids = ids.join("\n");
        if let Some(renderer) = &*self.0.renderer.borrow() {
            renderer.call(&renderer.know, 0.0, &ids);
        }
        self.0.beings.replace(ids);
    }

    fn html(&self, text: &str) -> Option<String> {
        match &*self.0.renderer.borrow() {
            Some(renderer) => renderer.call(&renderer.html, 0.0, text),
            None => {
                let page = self.0.page.borrow();
                Some(page.iter().find(|(of, _)| of == text)?.1.clone())
            }
        }
    }

    fn words(&self, text: &str) -> Option<String> {
        let renderer = self.0.renderer.borrow();
        let renderer = renderer.as_ref()?;
        renderer.call(&renderer.words, 0.0, text)
    }

    fn mentions(&self, text: &str) -> Option<Vec<BeingId>> {
        let renderer = self.0.renderer.borrow();
        let renderer = renderer.as_ref()?;
        let ids = renderer.call(&renderer.mentions, 0.0, text)?;
        Some(ids.lines().filter_map(|id| id.parse().ok()).collect())
    }

    fn grow(&self) -> Option<Box<dyn GrowingMarkdown>> {
        let handle = self.0.renderer.borrow().as_ref()?.open()?;
        Some(Box::new(Growing { handle, markdown: self.clone() }))
    }

    fn load(&self, on_loaded: Box<dyn FnOnce()>) {
        let this = self.clone();
        spawn_local(async move {
            idle().await;
            let mut wait = RETRY_MILLIS;
            let renderer = loop {
                match Renderer::load(&this.0.path).await {
                    Ok(renderer) => break renderer,
                    Err(_) => sleep(wait).await,
                }
                wait = wait.saturating_mul(2);
            };
            renderer.call(&renderer.know, 0.0, &this.0.beings.borrow());
            this.0.renderer.replace(Some(renderer));
            this.0.page.take();
            on_loaded();
        });
    }
}

/// One text that grows, as the renderer knows it by its handle.
struct Growing {
    handle: f64,
    markdown: BrowserMarkdown,
}

impl GrowingMarkdown for Growing {
    fn append(&mut self, text: &str) -> Option<Growth> {
        self.markdown.0.renderer.borrow().as_ref()?.append(self.handle, text)
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        if let Some(renderer) = &*self.markdown.0.renderer.borrow() {
            let _ = renderer.close.call1(&JsValue::NULL, &self.handle.into());
        }
    }
}

/// The functions that `frontend/markdown` exports.
struct Renderer {
    memory: WebAssembly::Memory,
    input: Function,
    output: Function,
    know: Function,
    html: Function,
    words: Function,
    mentions: Function,
    open: Function,
    append: Function,
    close: Function,
}

impl Renderer {
    async fn load(path: &str) -> Result<Self, JsValue> {
        let file = window().fetch_with_str(path);
        let loaded = WebAssembly::instantiate_streaming(&file, &Object::new());
        let instance = Reflect::get(&JsFuture::from(loaded).await?, &"instance".into())?;
        let exports = instance.unchecked_into::<WebAssembly::Instance>().exports();
        let export = |name: &str| Reflect::get(&exports, &name.into());
        let function = |name| export(name)?.dyn_into::<Function>();
        Ok(Self {
            memory: export("memory")?.dyn_into()?,
            input: function("input")?,
            output: function("output")?,
            know: function("know")?,
            html: function("html")?,
            words: function("words")?,
            mentions: function("mentions")?,
            open: function("open")?,
            append: function("append")?,
            close: function("close")?,
        })
    }

    /// What a function makes of a text; `None` if it broke down.
    fn call(&self, function: &Function, handle: f64, text: &str) -> Option<String> {
        let number = |value: JsValue| Some(value.as_f64()? as u32);
        let length = text.len() as u32;
        let at = number(self.input.call1(&JsValue::NULL, &length.into()).ok()?)?;
        // A memory that has grown has another buffer.
        let bytes = |at, length| {
            Uint8Array::new_with_byte_offset_and_length(&self.memory.buffer(), at, length)
        };
        bytes(at, length).copy_from(text.as_bytes());
        let length = number(function.call1(&JsValue::NULL, &handle.into()).ok()?)?;
        let at = number(self.output.call0(&JsValue::NULL).ok()?)?;
        String::from_utf8(bytes(at, length).to_vec()).ok()
    }

    fn open(&self) -> Option<f64> {
        self.open.call0(&JsValue::NULL).ok()?.as_f64()
    }

    /// As `frontend/markdown` writes it.
    fn append(&self, handle: f64, text: &str) -> Option<Growth> {
        let change = self.call(&self.append, handle, text)?;
        if let Some(text) = change.strip_prefix('+') {
            return Some(Growth::Text(text.to_owned()));
        }
        let mut parts = change.strip_prefix('=')?.splitn(4, SEPARATOR);
        Some(Growth::Blocks(NewBlocks {
            from: parts.next()?.parse().ok()?,
            items: parts.next()?.parse().ok(),
            inner: parts.next()?.to_owned(),
            blocks: parts.next()?.to_owned(),
        }))
    }
}

/// Until the browser has nothing else to do. Some cannot say so.
async fn idle() {
    let when = |run: &Function| match window().request_idle_callback(run) {
        Ok(_) => {}
        Err(_) => after(IDLE_MILLIS, run),
    };
    let _ = JsFuture::from(Promise::new(&mut |resolve, _| when(&resolve))).await;
}

async fn sleep(millis: i32) {
    let _ = JsFuture::from(Promise::new(&mut |resolve, _| after(millis, &resolve))).await;
}

fn after(millis: i32, run: &Function) {
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(run, millis);
}
