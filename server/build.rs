//! Builds the browser's Markdown renderer, `frontend/markdown`, which the server holds and serves: so every
//! way to build the server builds it too. It has a target folder of its own, since cargo has locked the
//! other one while this runs.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";
/// What Rust's compiler uses of WASM, and size before speed.
const OPTIMIZE: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "-Oz",
];
/// Brotli's best; it takes a second.
const QUALITY: i32 = 11;
const WINDOW_BITS: i32 = 22;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned();
    for path in ["app/markdown", "frontend/markdown", "frontend/optimize", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    match build(&root, &out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("cargo::error=cannot build frontend/markdown for {TARGET}: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn build(root: &Path, out: &Path) -> Result<(), String> {
    // `target/debug/build/server-…/out`
    let target = out.ancestors().nth(4).ok_or("OUT_DIR is not below a target folder")?;
    let target = target.join("markdown");
    compile(root, &target)?;
    let built = target.join(TARGET).join(PROFILE).join("markdown_chunk.wasm");
    let wasm = out.join("markdown.wasm");
    optimize(&built, &wasm)?;
    let write = || -> io::Result<()> {
        let compressed = compressed(&fs::read(&wasm)?)?;
        fs::write(out.join("markdown.wasm.br"), compressed)
    };
    write().map_err(|error| error.to_string())
}

fn compile(root: &Path, target: &Path) -> Result<(), String> {
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it"));
    cargo.current_dir(root).args(["build", "--locked", "--package", "markdown-chunk", "--lib"]);
    cargo.args(["--target", TARGET, "--profile", PROFILE, "--target-dir"]).arg(target);
    // What is meant for the build around this one: its flags, and Clippy in the place of the compiler.
    for name in ["CARGO_ENCODED_RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER", "CLIPPY_ARGS", "TARGET"] {
        cargo.env_remove(name);
    }
    let output = cargo.output().map_err(|error| format!("cannot run cargo: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).replace('\n', "\ncargo::error=");
    Err(format!("{said}\nIs the target missing? `rustup target add {TARGET}` installs it."))
}

/// By the `wasm-opt` on the path, which `make` puts there. Without one the file is a little larger.
fn optimize(built: &Path, wasm: &Path) -> Result<(), String> {
    let done = Command::new("wasm-opt").args(OPTIMIZE).arg(built).arg("-o").arg(wasm).output();
    if done.is_ok_and(|done| done.status.success()) {
        return Ok(());
    }
    fs::copy(built, wasm).map(drop).map_err(|error| format!("{}: {error}", built.display()))
}

fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW_BITS,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params)?;
    Ok(compressed)
}
