//! Row 3: the memory of an idle stream.

use harness::Folder;

use crate::{
    crowd::Crowd,
    instance::Instance,
    nchan,
    process::Process,
    table::{Spread, row, short},
};

const TURNS: usize = 3;
const SOME: usize = 1_000;
const MANY: usize = 5_000;
const KIB: f64 = 1024.0;

/// Resident memory with no, some and many streams.
struct Resident([f64; 3]);

impl Resident {
    async fn of(process: &Process, request: &str, is_live: &str) -> Self {
        let none = process.resident_bytes() as f64;
        let some = Crowd::gather(process.address, request, SOME, is_live).await;
        let with_some = process.resident_bytes() as f64;
        let rest = Crowd::gather(process.address, request, MANY - SOME, is_live).await;
        let with_many = process.resident_bytes() as f64;
        drop((some, rest));
        Self([none, with_some, with_many])
    }

    fn kib_per_stream(&self) -> f64 {
        (self.0[2] - self.0[1]) / (MANY - SOME) as f64 / KIB
    }

    fn mib(&self) -> String {
        self.0.map(|bytes| short(bytes / KIB / KIB)).join(", ")
    }
}

pub async fn measure() {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let instance = Instance::open().await;
        let request = instance.request("@garden", "");
        ours.push(Resident::of(&instance.process, &request, crate::instance::IS_LIVE).await);
        let folder = Folder::fresh();
        if let Some(process) = nchan::start(&folder) {
            theirs.push(Resident::of(&process, nchan::LISTEN, nchan::IS_LIVE).await);
        }
    }
    let kib: Spread = ours.iter().map(Resident::kib_per_stream).collect();
    row(
        "memory of an idle stream / 10 KiB",
        &ours.iter().map(|one| one.kib_per_stream() / 10.0).collect(),
        &format!(
            "{} KiB each; resident with 0, {SOME} and {MANY} streams: {} MiB; aim: at most 1",
            short(kib.median()),
            ours[0].mib()
        ),
    );
    if theirs.len() == TURNS {
        let kib: Spread = theirs.iter().map(Resident::kib_per_stream).collect();
        let both = ours.iter().zip(&theirs);
        row(
            "memory of an idle stream: Rhizome / nchan",
            &both.map(|(ours, theirs)| ours.kib_per_stream() / theirs.kib_per_stream()).collect(),
            &format!("nchan takes {} KiB each; {} MiB", short(kib.median()), theirs[0].mib()),
        );
    }
}
