//! IndexedDB, which outlives the tab. One connection stays open: an operation begins at once, also one
//! that a page begins as it is left, and a connection hears that the browser has thrown the database
//! away. It makes way for the upgrade of a tab that has a newer build.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use super::timers::BrowserTimers;
use app::platform::{DropGuard, PlatformFuture, Storage, Timers};
use client::storage::{
    DATABASE, Found, Migration, Operation, StorageError, VERSION, Value, Write, migrations_from,
};
use js_sys::{Array, Promise, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{
    DomException, IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction,
    IdbTransactionMode, IdbVersionChangeEvent,
};

/// A browser says that it throws the database away before it has: what is stored at once, Chromium
/// refuses, or throws away with the rest.
const LOSS_MILLIS: u64 = 1_000;
/// A browser that throws it away again and again is not told of for ever.
const LOSSES_MAX: u32 = 10;

#[derive(Clone, Default)]
pub struct Database(Rc<Connection>);

#[derive(Default)]
struct Connection {
    open: RefCell<Option<IdbDatabase>>,
    /// Resolves to the connection.
    opening: RefCell<Option<Promise>>,
    /// How many operations wait for it. They begin in the order in which they were asked for.
    waiting: Cell<u32>,
    on_loss: RefCell<Option<Box<dyn Fn()>>>,
    losses: Cell<u32>,
    telling: RefCell<Option<DropGuard>>,
}

impl Storage for Database {
    fn run(&self, operation: Operation) -> PlatformFuture<Result<Found, StorageError>> {
        let connection = self.0.clone();
        let begun = if connection.waiting.get() == 0 { connection.begin(&operation) } else { None };
        if begun.is_none() {
            connection.waiting.set(connection.waiting.get() + 1);
        }
        Box::pin(async move {
            let begun = match begun {
                Some(begun) => Ok(begun),
                None => {
                    let database = JsFuture::from(connection.promise()).await;
                    connection.waiting.set(connection.waiting.get() - 1);
                    database.and_then(|database| begin(database.unchecked_ref(), &operation))
                }
            };
            match begun {
                Ok(begun) => begun.found().await.map_err(|error| error_of(&error)),
                Err(error) => Err(error_of(&error)),
            }
        })
    }

    fn watch(&self, on_loss: Box<dyn Fn()>) {
        *self.0.on_loss.borrow_mut() = Some(on_loss);
    }
}

impl Connection {
    /// Begins an operation now; `None` where there is no connection.
    fn begin(&self, operation: &Operation) -> Option<Begun> {
        let begun = begin(self.open.borrow().as_ref()?, operation);
        // The browser closes one before it says so.
        begun.map_err(|_| self.forget()).ok()
    }

    fn promise(self: &Rc<Self>) -> Promise {
        let this = self.clone();
        let mut opening = self.opening.borrow_mut();
        let opened = opening.get_or_insert_with(|| {
            future_to_promise(async move {
                let opened = open().await;
                match &opened {
                    Ok(database) => this.hold(database),
                    Err(_) => this.forget(),
                }
                opened.map(JsValue::from)
            })
        });
        opened.clone()
    }

    fn hold(self: &Rc<Self>, database: &IdbDatabase) {
        let this = self.clone();
        let on_close = Closure::once_into_js(move || this.lose());
        database.set_onclose(Some(on_close.unchecked_ref()));
        let (this, held) = (self.clone(), database.clone());
        let make_way = Closure::once_into_js(move |event: IdbVersionChangeEvent| {
            held.close();
            if event.new_version().is_none() { this.lose() } else { this.forget() }
        });
        database.set_onversionchange(Some(make_way.unchecked_ref()));
        *self.open.borrow_mut() = Some(database.clone());
    }

    fn forget(&self) {
        *self.open.borrow_mut() = None;
        *self.opening.borrow_mut() = None;
    }

    /// The browser has thrown the database away.
    fn lose(self: &Rc<Self>) {
        self.forget();
        let losses = self.losses.get();
        self.losses.set(losses + 1);
        if losses < LOSSES_MAX {
            let this = self.clone();
            let tell = move || this.on_loss.borrow().iter().for_each(|on_loss| on_loss());
            *self.telling.borrow_mut() = Some(BrowserTimers.after(LOSS_MILLIS, Box::new(tell)));
        }
    }
}

fn error_of(error: &JsValue) -> StorageError {
    let is_newer = |error: &DomException| error.name() == "VersionError";
    match error.dyn_ref::<DomException>().is_some_and(is_newer) {
        true => StorageError::Newer,
        false => StorageError::Unavailable,
    }
}

/// The keys with this prefix.
fn range(prefix: &str) -> Result<JsValue, JsValue> {
    // Sorts after every one of them.
    let end = format!("{prefix}\u{ffff}");
    Ok(IdbKeyRange::bound(&prefix.into(), &end.into())?.into())
}

/// A transaction whose requests are on their way.
enum Begun {
    Write(Promise),
    Read { keys: IdbRequest, values: Option<IdbRequest> },
}

impl Begun {
    async fn found(self) -> Result<Found, JsValue> {
        let (keys, values) = match self {
            Self::Write(complete) => return JsFuture::from(complete).await.map(|_| Found::new()),
            Self::Read { keys, values } => (keys, values),
        };
        let keys = array(&keys).await?;
        let Some(values) = values else {
            let key = |key: JsValue| Some((key.as_string()?, Value::Text(String::new())));
            return Ok(keys.iter().filter_map(key).collect());
        };
        let pair = |(key, value): (JsValue, JsValue)| Some((key.as_string()?, value_of(&value)?));
        Ok(keys.iter().zip(array(&values).await?.iter()).filter_map(pair).collect())
    }
}

fn begin(database: &IdbDatabase, operation: &Operation) -> Result<Begun, JsValue> {
    match operation {
        Operation::Write(writes) => write(database, writes).map(Begun::Write),
        Operation::Read { store, prefix } => {
            let (store, range) = (store_of(database, store.name())?, range(prefix)?);
            let keys = store.get_all_keys_with_key(&range)?;
            let values = Some(store.get_all_with_key(&range)?);
            Ok(Begun::Read { keys, values })
        }
        Operation::Keys { store, prefix } => {
            let keys = store_of(database, store.name())?.get_all_keys_with_key(&range(prefix)?)?;
            Ok(Begun::Read { keys, values: None })
        }
    }
}

fn write(database: &IdbDatabase, writes: &[Write]) -> Result<Promise, JsValue> {
    let stores: Array = writes.iter().map(|write| JsValue::from(write.store().name())).collect();
    let mode = IdbTransactionMode::Readwrite;
    let transaction = database.transaction_with_str_sequence_and_mode(&stores, mode)?;
    let complete = complete(&transaction);
    let mut is_all_asked = true;
    for write in writes {
        let store = transaction.object_store(write.store().name())?;
        match write {
            Write::Put { key, value, .. } => {
                drop(store.put_with_key(&js_value(value), &key.into())?);
            }
            Write::Remove { key, .. } => drop(store.delete(&key.into())?),
            Write::RemoveText { key, texts, .. } => {
                is_all_asked = false;
                remove_text(&store, key.into(), texts.clone())?;
            }
        }
    }
    if is_all_asked {
        // It happens although the page may be gone before it hears of it. An older browser has no such
        // method, and does it where the page lives on.
        #[expect(deprecated, reason = "web-sys calls it so; the standard does not")]
        let _ = transaction.commit();
    }
    Ok(complete)
}

/// Removes the value if it is one of these texts.
fn remove_text(store: &IdbObjectStore, key: JsValue, texts: Vec<String>) -> Result<(), JsValue> {
    let request = store.get(&key)?;
    let (store, found) = (store.clone(), request.clone());
    let compare = Closure::once_into_js(move || {
        let text = found.result().ok().and_then(|value| value.as_string());
        if text.is_some_and(|text| texts.contains(&text)) {
            let _ = store.delete(&key);
        }
    });
    request.set_onsuccess(Some(compare.unchecked_ref()));
    Ok(())
}

fn store_of(database: &IdbDatabase, name: &str) -> Result<IdbObjectStore, JsValue> {
    let mode = IdbTransactionMode::Readonly;
    database.transaction_with_str_and_mode(name, mode)?.object_store(name)
}

fn complete(transaction: &IdbTransaction) -> Promise {
    Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    })
}

fn js_value(value: &Value) -> JsValue {
    match value {
        Value::Text(text) => text.into(),
        // Not a Blob, which WebKit may lose.
        Value::Bytes(bytes) => Uint8Array::from(&bytes[..]).into(),
    }
}

fn value_of(value: &JsValue) -> Option<Value> {
    let bytes = || value.dyn_ref::<Uint8Array>().map(|bytes| Value::Bytes(bytes.to_vec()));
    value.as_string().map(Value::Text).or_else(bytes)
}

async fn open() -> Result<IdbDatabase, JsValue> {
    let factory = window().indexed_db()?.ok_or(JsValue::NULL)?;
    let request = factory.open_with_u32(DATABASE, VERSION)?;
    let opened = request.clone();
    let migrate = Closure::once(move |event: IdbVersionChangeEvent| {
        if let Ok(database) = opened.result().map(JsCast::unchecked_into::<IdbDatabase>) {
            for Migration::Create(store) in migrations_from(event.old_version() as u32) {
                let _ = database.create_object_store(store.name());
            }
        }
    });
    request.set_onupgradeneeded(Some(migrate.as_ref().unchecked_ref()));
    Ok(answer(&request).await?.unchecked_into())
}

async fn array(request: &IdbRequest) -> Result<Array, JsValue> {
    Ok(answer(request).await?.unchecked_into())
}

async fn answer(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let answered = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(answered).await {
        Ok(_) => request.result(),
        Err(event) => Err(request.error()?.map_or(event, JsValue::from)),
    }
}
