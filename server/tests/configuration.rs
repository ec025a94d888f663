//! `cargo leptos` reads `Cargo.toml`, the running server `Leptos.toml`: they say the same.

use leptos::config::{LeptosOptions, get_configuration};

fn options(file: &str) -> LeptosOptions {
    let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
    get_configuration(Some(&path)).expect("a configuration").leptos_options
}

#[test]
fn both_files_say_the_same() {
    let (built, served) = (options("Cargo.toml"), options("Leptos.toml"));
    assert_eq!(built.output_name, served.output_name);
    assert_eq!(built.site_root, served.site_root);
    assert_eq!(built.site_pkg_dir, served.site_pkg_dir);
    assert_eq!(built.site_addr, served.site_addr);
    assert_eq!(built.reload_port, served.reload_port);
    assert_eq!(built.hash_files, served.hash_files);
}
