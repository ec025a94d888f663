//! When our own code panics, tells the reader, who can reload. What they wrote is saved, because it
//! is stored before it is sent.

use leptos::prelude::document;
use wasm_bindgen::JsValue;

/// From here on, no panic leaves a page that looks alive but is not.
pub fn report_to_reader() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
        // If this fails too, there is nothing left to report it with.
        let _ = show();
    }));
}

fn show() -> Result<(), JsValue> {
    if document().query_selector(".broken")?.is_some() {
        return Ok(());
    }
    let notice = document().create_element("p")?;
    notice.set_class_name("broken");
    notice.set_attribute("role", "alert")?;
    notice.append_with_str_1("Something broke on this page. What you wrote is saved. ")?;
    let link = document().create_element("a")?;
    // An empty `href` reloads the page.
    link.set_attribute("href", "")?;
    link.append_with_str_1("Reload")?;
    notice.append_with_node_1(&link)?;
    document().body().ok_or(JsValue::NULL)?.append_with_node_1(&notice)
}
