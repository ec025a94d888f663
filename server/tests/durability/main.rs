//! The program itself, as a process that is started, killed and started again. Everything it
//! acknowledged is there afterwards, and it keeps its promises to its operator.

mod backup;
mod broken;
mod permissions;
mod program;
mod restoring;
mod signing_in;
mod sizes;
mod starting;

use harness::{Client, Folder, Program, gists, run};

/// Ada, who has created `@garden`.
async fn with_space(program: &Program) -> Client {
    let ada = program.visitor().signed_up("ada", None).await;
    assert_eq!(ada.create_space("Garden").await, "@garden");
    ada
}
