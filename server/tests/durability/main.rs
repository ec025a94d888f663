//! The program itself, as a process that is started, killed and started again. What it told
//! somebody is there afterwards; and what whoever runs it is promised, it keeps.

#[path = "../house/mod.rs"]
mod house;

mod broken;
mod program;

use house::{Client, Folder, Program, gists, run};

/// Ada, and the garden that she founded.
async fn founded(program: &Program) -> Client {
    let ada = program.visitor().signed_up("ada", None).await;
    assert_eq!(ada.found("Garden").await, "@garden");
    ada
}
