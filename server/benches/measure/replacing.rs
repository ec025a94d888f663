//! Row 1: the cost of a message in the system that the seed replaces, and in Rhizome: bytes for
//! each client, and processor time of the server.

use harness::Folder;

use crate::{
    crowd::Crowd,
    instance::{Instance, fill},
    process::{Process, rhizome},
    replaced,
    table::{Spread, row, short},
    talker::Talker,
};

const CLIENTS: usize = 20;
const TURNS: usize = 5;
const MESSAGES_A_TURN: usize = 8;

/// The cost of one message: bytes for each client, and processor time in nanoseconds.
struct Cost {
    bytes: f64,
    nanos: f64,
}

async fn turn(process: &Process, crowd: &Crowd, talker: &mut Talker) -> Cost {
    let (nanos, bytes) = (process.cpu_nanos(), crowd.bytes());
    for _ in 0..MESSAGES_A_TURN {
        let expected = crowd.events() + CLIENTS as u64;
        talker.say(&"x".repeat(100)).await;
        crowd.until(expected).await;
    }
    let messages = MESSAGES_A_TURN as f64;
    Cost {
        bytes: (crowd.bytes() - bytes) as f64 / messages / CLIENTS as f64,
        nanos: (process.cpu_nanos() - nanos) as f64 / messages,
    }
}

pub async fn measure() {
    for messages in [100, 1_000, 10_000] {
        let instance = Instance::open().await;
        instance.folder.execute(&fill("@garden", messages)).await;
        let instance = instance.restart(|folder| rhizome(folder.path(), "127.0.0.1:0", "warn"));
        let crowd = instance.crowd(CLIENTS).await;
        let mut talker = instance.talker().await;

        // The other system, over an equal space.
        let old = Instance::open().await;
        old.folder.execute(&fill("@garden", messages)).await;
        let Instance { process, folder, .. } = old;
        process.kill();
        let (old, old_crowd, mut old_talker) = replaced_over(&folder).await;

        let mut turns = Vec::new();
        for _ in 0..TURNS {
            let ours = turn(&instance.process, &crowd, &mut talker).await;
            turns.push((turn(&old, &old_crowd, &mut old_talker).await, ours));
        }
        let ratio = |of: fn(&Cost) -> f64| -> Spread {
            turns.iter().map(|(old, ours)| of(old) / of(ours)).collect()
        };
        let median =
            |of: fn(&(Cost, Cost)) -> f64| turns.iter().map(of).collect::<Spread>().median();
        row(
            &format!("bytes of a message in a space of {messages}: replaced / Rhizome"),
            &ratio(|cost| cost.bytes),
            &format!(
                "{} KB instead of {} bytes for each client, for a message of 100 characters",
                short(median(|(old, _)| old.bytes) / 1000.0),
                short(median(|(_, ours)| ours.bytes)),
            ),
        );
        row(
            &format!("processor of a message in a space of {messages}: replaced / Rhizome"),
            &ratio(|cost| cost.nanos),
            &format!(
                "{} ms instead of {} ms of the server's for {CLIENTS} clients",
                short(median(|(old, _)| old.nanos) / 1e6),
                short(median(|(_, ours)| ours.nanos) / 1e6),
            ),
        );
    }
}

async fn replaced_over(folder: &Folder) -> (Process, Crowd, Talker) {
    let process = Process::in_role("replaced", &[&folder.path().display().to_string()]);
    let crowd = Crowd::gather(process.address, replaced::LISTEN, CLIENTS, replaced::IS_LIVE).await;
    let talker = Talker::connect(process.address, "/say", "").await;
    (process, crowd, talker)
}
