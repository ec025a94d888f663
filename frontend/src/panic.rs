//! When our own code breaks down: the reader is told, and can begin anew. What was written is kept,
//! because it was before it was sent.

use leptos::prelude::document;
use wasm_bindgen::JsValue;

/// From here on, a panic leaves no page that looks alive and is not.
pub fn tell_the_reader() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
        // Nothing is left to tell that this did not work either.
        let _ = show();
    }));
}

fn show() -> Result<(), JsValue> {
    if document().query_selector(".broken")?.is_some() {
        return Ok(());
    }
    let sign = document().create_element("p")?;
    sign.set_class_name("broken");
    sign.set_attribute("role", "alert")?;
    sign.append_with_str_1("Something broke on this page. What you wrote is kept. ")?;
    let link = document().create_element("a")?;
    // To where it is: a plain way to load it anew.
    link.set_attribute("href", "")?;
    link.append_with_str_1("Reload")?;
    sign.append_with_node_1(&link)?;
    document().body().ok_or(JsValue::NULL)?.append_with_node_1(&sign)
}
