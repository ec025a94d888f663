//! IndexedDB: what outlives the tab. Each act opens the database and closes it again, so that no tab
//! holds up another that has a newer build.

use app::live::{Kept, Shelf};
use js_sys::{Array, Promise};
use leptos::prelude::window;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransactionMode};

pub struct Database;

const NAME: &str = "rhizome";
/// Counts the changes to the shelves.
const VERSION: u32 = 1;
const SHELVES: [&str; 2] = [app::live::OUTBOX, app::live::DRAFTS];

impl Shelf for Database {
    fn put(&self, shelf: &'static str, key: String, value: String) -> Kept<()> {
        act(shelf, IdbTransactionMode::Readwrite, async move |store| {
            store.put_with_key(&value.into(), &key.into())?;
            Ok(())
        })
    }

    fn remove(&self, shelf: &'static str, key: String) -> Kept<()> {
        act(shelf, IdbTransactionMode::Readwrite, async move |store| {
            store.delete(&key.into())?;
            Ok(())
        })
    }

    fn all(&self, shelf: &'static str, prefix: String) -> Kept<Vec<String>> {
        act(shelf, IdbTransactionMode::Readonly, async move |store| {
            // Behind every key that begins so.
            let end = format!("{prefix}\u{ffff}");
            let range = IdbKeyRange::bound(&prefix.into(), &end.into())?;
            let found: Array = answer(&store.get_all_with_key(&range)?).await?.unchecked_into();
            Ok(found.iter().filter_map(|value| value.as_string()).collect())
        })
    }
}

/// Done once what was written is on disk; none where the browser keeps nothing.
fn act<T: 'static>(
    shelf: &'static str,
    mode: IdbTransactionMode,
    run: impl AsyncFnOnce(IdbObjectStore) -> Result<T, JsValue> + 'static,
) -> Kept<T> {
    Box::pin(SendWrapper::new(async move {
        let database = open().await.ok()?;
        let done = async {
            let transaction = database.transaction_with_str_and_mode(shelf, mode)?;
            let complete = Promise::new(&mut |resolve, reject| {
                transaction.set_oncomplete(Some(&resolve));
                transaction.set_onabort(Some(&reject));
            });
            let result = run(transaction.object_store(shelf)?).await?;
            JsFuture::from(complete).await?;
            Ok::<_, JsValue>(result)
        };
        let result = done.await;
        database.close();
        result.ok()
    }))
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
