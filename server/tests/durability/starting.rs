//! A start that cannot work ends at once, says why and what helps, and does not say that it listens.

use std::{fs, net::TcpListener, time::Duration};

use super::*;

/// What it says on its way out, in one line.
async fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let ended = run(folder, arguments).await;
    let says = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {says}");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "", "{arguments:?}");
    assert!(says.starts_with("rhizome: ") && says.lines().count() == 1, "{says}");
    says
}

async fn stopped(folder: &Folder) {
    let mut program = Program::start(folder).await;
    with_space(&program).await;
    assert_eq!(program.terminate(Duration::from_secs(5)).await.code(), Some(0));
}

#[tokio::test]
async fn a_folder_that_is_none_is_named() {
    let folder = Folder::fresh();
    fs::write(folder.path().join("file"), "").expect("a file");
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).expect("a link");
    for data in ["file", "link", "file/within", "/proc/nowhere"] {
        let says = refused(&folder, &["--data", data]).await;
        assert!(says.contains("the data folder cannot be used") && says.contains(data), "{says}");
    }
}

#[tokio::test]
async fn a_database_that_it_cannot_use_is_named_and_left_as_it_was() {
    let newer = "INSERT INTO _sqlx_migrations VALUES (9999, 'later', 0, TRUE, x'00', 0)";
    let edited = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2";
    for (sql, words) in [
        (newer, "a newer version of Rhizome"),
        (edited, "another build of Rhizome"),
        ("DROP TABLE _sqlx_migrations", "another program"),
    ] {
        let folder = Folder::fresh();
        stopped(&folder).await;
        folder.execute(sql).await;
        let before = fs::read(folder.database()).expect("a database");
        for command in ["serve", "renew-epochs"] {
            let says = refused(&folder, &[command]).await;
            assert!(says.contains(words) && says.contains("rhizome.db"), "{says}");
        }
        assert!(before == fs::read(folder.database()).expect("a database"), "{words}");
    }
    let folder = Folder::fresh();
    fs::write(folder.database(), "").expect("a file");
    folder.execute("CREATE TABLE notes (text)").await;
    assert!(refused(&folder, &[]).await.contains("another program"));

    for (bytes, words) in [
        (vec![b'x'; 1], "not a database"),
        (vec![b'x'; 8192], "not a database"),
        (vec![0; 4096], "not a database"),
        ([&b"SQLite format 3\0"[..], &[0xff; 4080]].concat(), "damaged"),
    ] {
        let folder = Folder::fresh();
        fs::write(folder.database(), &bytes).expect("a file");
        let says = refused(&folder, &[]).await;
        assert!(says.contains(words) && says.contains("rhizome.db"), "{says}");
        assert!(bytes == fs::read(folder.database()).expect("a file"), "{words}");
    }
}

#[tokio::test]
async fn a_site_that_is_named_and_is_none_is_not_passed_over() {
    let folder = Folder::fresh();
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    // Where a site would be found if none was named.
    fs::write(folder.path().join("Leptos.toml"), leptos_toml()).expect("a file");
    for site in ["nowhere", "empty", "Leptos.toml"] {
        let says = refused(&folder, &["--site", site]).await;
        assert!(says.contains("no site is built in") && says.contains(site), "{says}");
        assert!(says.contains("--site"), "{says}");
    }
    assert!(!folder.database().exists());
}

fn leptos_toml() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../Leptos.toml");
    let text = fs::read_to_string(path).expect("a file");
    text.replace("target/site", "site")
}

#[tokio::test]
async fn it_listens_on_a_host_by_its_name() {
    let folder = Folder::fresh();
    for address in ["localhost:0", "127.0.0.1:0", "LOCALHOST:0"] {
        let mut program =
            Program::start_with(&folder, &[("RHIZOME_ADDR", address)], std::io::stderr()).await;
        assert!(program.address().ip().is_loopback(), "{address}");
        assert_eq!(program.visitor().get("/api/session").await.status, 401);
        assert_eq!(program.terminate(Duration::from_secs(5)).await.code(), Some(0));
    }
}

#[tokio::test]
async fn an_address_that_it_cannot_listen_on_is_said_with_what_helps() {
    let folder = Folder::fresh();
    let holder = TcpListener::bind("127.0.0.1:0").expect("a port");
    let used = holder.local_addr().expect("an address");
    for (address, words) in [
        (used.to_string(), "another program listens there"),
        (format!("localhost:{}", used.port()), "another program listens there"),
        ("192.0.2.1:1".to_owned(), "no such address"),
        ("nowhere.invalid:3000".to_owned(), "nowhere.invalid"),
    ] {
        let says = refused(&folder, &["--addr", &address]).await;
        assert!(says.contains(words) && says.contains(&address[..4]), "{says}");
    }
    drop(holder);
    for address in ["nonsense", "3000", ":3000", "localhost", "http://localhost:3000", "a:70000"] {
        let ended = run(&folder, &["--addr", address]).await;
        let says = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success() && says.contains("a host and a port"), "{says}");
    }
    // A port that is free again is used.
    let address = used.to_string();
    let environment = [("RHIZOME_ADDR", address.as_str())];
    let program = Program::start_with(&folder, &environment, std::io::stderr()).await;
    assert_eq!(program.address(), used);
}

#[tokio::test]
async fn a_level_is_understood_or_refused() {
    let folder = Folder::fresh();
    for (log, words) in [
        ("warnign", "levels are error, warn"),
        ("err", "levels are error, warn"),
        ("server=loud", "\"loud\" is no level"),
        ("sever=debug", "nothing logs as \"sever\""),
        ("info,debug", "another level"),
        ("=,=", "nothing logs as \"\""),
    ] {
        let says = refused(&folder, &["--log", log]).await;
        assert!(says.contains("RHIZOME_LOG") && says.contains(words), "{log}: {says}");
    }
    // Whatever is understood, an error is logged, unless it is turned off.
    for (level, is_logged) in [
        ("warning", true),
        ("WARN", true),
        ("Error", true),
        ("", true),
        ("info,", true),
        ("sqlx=off", true),
        ("rhizome=debug", true),
        ("off", false),
    ] {
        let folder = Folder::fresh();
        let log = fs::File::create(folder.path().join("log")).expect("a file");
        let program = Program::start_with(&folder, &[("RHIZOME_LOG", level)], log).await;
        let ada = with_space(&program).await;
        folder.execute("ALTER TABLE intentions RENAME TO gone").await;
        assert_eq!(ada.get("/api/spaces/@garden/intentions").await.status, 503, "{level}");
        let said = fs::read_to_string(folder.path().join("log")).expect("text");
        assert_eq!(said.contains("ERROR"), is_logged, "{level}: {said}");
        program.kill().await;
    }
}
