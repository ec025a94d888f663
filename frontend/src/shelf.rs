//! IndexedDB: what outlives the tab. Each act opens the database and closes it again, so that no tab
//! holds up another that has a newer build.

use app::live::{Kept, Shelf};
use js_sys::{Array, Promise};
use leptos::prelude::window;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbKeyRange, IdbRequest, IdbTransactionMode};

pub struct Database;

const NAME: &str = "rhizome";
/// Counts the changes to the shelves.
const VERSION: u32 = 2;
const SHELVES: [&str; 3] = [app::live::OUTBOX, app::live::DRAFTS, app::live::VISITS];

/// What is done to a shelf.
enum Act {
    Put { key: String, value: String },
    Remove { key: String },
    Keys { prefix: String },
    All { prefix: String },
}

impl Shelf for Database {
    fn put(&self, shelf: &'static str, key: String, value: String) -> Kept<()> {
        nothing(act(shelf, Act::Put { key, value }))
    }

    fn remove(&self, shelf: &'static str, key: String) -> Kept<()> {
        nothing(act(shelf, Act::Remove { key }))
    }

    fn keys(&self, shelf: &'static str, prefix: String) -> Kept<Vec<String>> {
        act(shelf, Act::Keys { prefix })
    }

    fn all(&self, shelf: &'static str, prefix: String) -> Kept<Vec<String>> {
        act(shelf, Act::All { prefix })
    }
}

fn nothing(done: Kept<Vec<String>>) -> Kept<()> {
    Box::pin(async { done.await.map(drop) })
}

/// The keys that begin so.
fn range(prefix: String) -> Result<JsValue, JsValue> {
    // Behind every one of them.
    let end = format!("{prefix}\u{ffff}");
    Ok(IdbKeyRange::bound(&prefix.into(), &end.into())?.into())
}

/// Done once what was written is on disk; none where the browser keeps nothing.
fn act(shelf: &'static str, act: Act) -> Kept<Vec<String>> {
    Box::pin(SendWrapper::new(async move {
        let database = open().await.ok()?;
        let texts = act_in(&database, shelf, act).await;
        database.close();
        texts.ok()
    }))
}

async fn act_in(database: &IdbDatabase, shelf: &str, act: Act) -> Result<Vec<String>, JsValue> {
    let mode = match act {
        Act::Put { .. } | Act::Remove { .. } => IdbTransactionMode::Readwrite,
        Act::Keys { .. } | Act::All { .. } => IdbTransactionMode::Readonly,
    };
    let transaction = database.transaction_with_str_and_mode(shelf, mode)?;
    let complete = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    let store = transaction.object_store(shelf)?;
    let request = match act {
        Act::Put { key, value } => store.put_with_key(&value.into(), &key.into())?,
        Act::Remove { key } => store.delete(&key.into())?,
        Act::Keys { prefix } => store.get_all_keys_with_key(&range(prefix)?)?,
        Act::All { prefix } => store.get_all_with_key(&range(prefix)?)?,
    };
    let found = answer(&request).await?;
    JsFuture::from(complete).await?;
    let found = found.dyn_ref::<Array>().map(|found| found.iter().collect::<Vec<_>>());
    Ok(found.unwrap_or_default().iter().filter_map(JsValue::as_string).collect())
}

async fn open() -> Result<IdbDatabase, JsValue> {
    let factory = window().indexed_db()?.ok_or(JsValue::NULL)?;
    let request = factory.open_with_u32(NAME, VERSION)?;
    let opened = request.clone();
    let make = Closure::once(move || {
        if let Ok(database) = opened.result().map(JsCast::unchecked_into::<IdbDatabase>) {
            for shelf in SHELVES {
                let _ = database.create_object_store(shelf);
            }
        }
    });
    request.set_onupgradeneeded(Some(make.as_ref().unchecked_ref()));
    Ok(answer(&request).await?.unchecked_into())
}

async fn answer(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let answered = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(answered).await?;
    request.result()
}
