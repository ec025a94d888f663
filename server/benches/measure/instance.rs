//! The measured server: the real program, with `@ada`, an administrator, who created `@garden`.

use harness::{Client, Folder, Transport};

use crate::{
    crowd::Crowd,
    process::{Log, Process, rhizome},
    talker::Talker,
};

pub const IS_LIVE: &str = "\"caught-up\"";

pub struct Instance {
    pub process: Process,
    pub folder: Folder,
    pub ada: Client,
}

impl Instance {
    pub async fn open() -> Self {
        let folder = Folder::fresh();
        let process = Process::start(rhizome(folder.path(), "127.0.0.1:0", "warn"));
        let ada = Client::new(Transport::Socket(process.address)).signed_up("ada", None).await;
        assert_eq!(ada.create_space("Garden").await, "@garden");
        Self { process, folder, ada }
    }

    /// Restarts it with this command, after `kill -9`.
    pub fn restart(self, command: impl FnOnce(&Folder) -> std::process::Command) -> Self {
        let Self { process, folder, ada } = self;
        process.kill();
        let process = Process::start(command(&folder));
        let ada = ada.at(Transport::Socket(process.address));
        Self { process, folder, ada }
    }

    /// Restarts it with a log of its queries.
    pub fn restart_with_log(self) -> (Self, Log) {
        let mut log = None;
        let instance = self.restart(|folder| {
            let mut command = rhizome(folder.path(), "127.0.0.1:0", Log::LEVEL);
            log = Some(Log::of(&mut command, folder.path()));
            command
        });
        (instance, log.expect("it was started"))
    }

    pub async fn talker(&self) -> Talker {
        self.talker_in("@garden").await
    }

    pub async fn talker_in(&self, space: &str) -> Talker {
        let path = format!("/api/spaces/{space}/intentions");
        Talker::connect(self.process.address, &path, &self.cookie()).await
    }

    pub async fn crowd(&self, count: usize) -> Crowd {
        self.crowd_in("@garden", "", count).await
    }

    /// `since` is the parameter of the URL.
    pub async fn crowd_in(&self, space: &str, since: &str, count: usize) -> Crowd {
        Crowd::gather(self.process.address, &self.request(space, since), count, IS_LIVE).await
    }

    pub fn request(&self, space: &str, since: &str) -> String {
        let cookie = self.cookie();
        format!(
            "GET /api/stream?spaceId={space}{since} HTTP/1.1\r\nhost: bench\r\ncookie: {cookie}\r\n\r\n"
        )
    }

    pub fn cookie(&self) -> String {
        format!("rhizome_session={}", self.ada.token())
    }
}

/// SQL that adds this many messages to a space, directly in the database. They have a hundred
/// characters, and ids and positions like those of the store.
pub fn fill(space: &str, messages: u64) -> String {
    format!(
        "BEGIN;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {messages})
         INSERT INTO intentions (space_id, number, id, owner_id, state, content, created_at, seq)
         SELECT s.id, s.head + i,
             printf('01900000-0000-7000-8000-%012x', s.head + i), '@ada', 'complete',
             printf('%-100s', 'What was said as number ' || i), 1795407920123 + i, s.head + i
         FROM n, spaces s WHERE s.id = '{space}';
         UPDATE spaces SET head = head + {messages} WHERE id = '{space}';
         COMMIT;"
    )
}
