//! What guards every route alike: the `Host` of a request, other sites' pages, and the headers of every
//! answer.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;
use harness::{Folder, Program};

/// The whole answer to these bytes, on a connection that ends with it.
async fn answer_to(address: SocketAddr, head: &str) -> String {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    socket.write_all(head.replace('\n', "\r\n").as_bytes()).await.expect("it is sent");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_has_one_valid_host() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    for (target, found) in [("/api/nothing", "404"), ("/help", "200"), ("/pkg/rhizome.x.js", "200")]
    {
        for (version, hosts, status) in [
            ("1.1", "Host: rhizome.example\n", found),
            ("1.1", "Host: [::1]:3000\n", found),
            ("1.1", "Host:\n", found),
            ("1.1", "", "400"),
            ("1.1", "Host: rhizome.example\nHost: rhizome.example\n", "400"),
            ("1.1", "Host: rhizome.example\nX: y\nhost: evil.example\n", "400"),
            ("1.1", "Host: rhizome.example, evil.example\n", "400"),
            ("1.1", "Host: rhizome.example/evil\n", "400"),
            ("1.1", "Host: evil@rhizome.example\n", "400"),
            ("1.1", "Host: rhizome.example:port\n", "400"),
            ("1.0", "", found),
            ("1.0", "Host: rhizome.example\n", found),
            ("1.0", "Host: rhizome.example\nHost: rhizome.example\n", "400"),
        ] {
            let head = format!("GET {target} HTTP/{version}\n{hosts}Connection: close\n\n");
            let answer = answer_to(program.address(), &head).await;
            let (line, rest) = answer.split_once("\r\n").expect("a head");
            assert_eq!(line.split(' ').nth(1), Some(status), "{head}{answer}");
            assert!(rest.contains("x-content-type-options: nosniff\r\n"), "{head}{answer}");
            if status == "400" {
                let is_json = answer.contains("{\"error\":{\"code\":\"malformed\"");
                assert_eq!(is_json, target.starts_with("/api/"), "{head}{answer}");
            }
        }
    }
}

#[tokio::test]
async fn a_command_comes_from_our_own_pages_or_from_a_program() {
    let server = TestServer::open().await;
    let sign_out = server.visitor().delete("/api/session");
    let cases: &[(&[(&'static str, &str)], bool)] = &[
        (&[], true),
        (&[("origin", "https://rhizome.example"), ("host", "rhizome.example")], true),
        (&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")], true),
        (&[("origin", "https://evil.example"), ("host", "rhizome.example")], false),
        (&[("origin", "null"), ("host", "rhizome.example")], false),
        (&[("origin", "https://rhizome.example"), ("host", "")], false),
        (&[("sec-fetch-site", "same-origin"), ("origin", "https://a.example")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site"), ("origin", "http://rhizome.test")], false),
    ];
    for (lines, is_let_through) in cases {
        let ask =
            lines.iter().fold(sign_out.clone(), |ask, (name, value)| ask.header(name, *value));
        let expected = if *is_let_through { "no-session" } else { "cross-origin" };
        assert_eq!(ask.await.json["error"]["code"], expected, "{lines:?}");
    }

    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    // An old program's request without a host is let through, but not an origin beside none.
    for (origin, status) in [("", "401"), ("Origin: https://rhizome.example\n", "403")] {
        let head = format!("DELETE /api/session HTTP/1.0\n{origin}\n");
        let answer = answer_to(program.address(), &head).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
    }
}

#[tokio::test]
async fn no_answer_is_sniffed_and_none_is_stored_unless_it_says_so() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let visitor = program.visitor();
    let file = "/pkg/rhizome.x.css";
    let for_ever = "public, max-age=31536000, immutable";
    let since = "Fri, 01 Jan 2100 00:00:00 GMT";
    let worker = visitor.get("/sw.js").await.text;
    let renderer = worker.split('"').find(|file| file.starts_with("/markdown.")).expect("its name");
    let other = "/markdown.0123456789abcdef.wasm";
    // In this process, because a socket would announce the body's own length.
    let server = TestServer::open().await;
    let large = |path| server.visitor().ask("POST", path).header("content-length", "1048576");
    let cross = |path| visitor.ask("POST", path).header("sec-fetch-site", "cross-site");
    for (what, ask, status, caching) in [
        ("a file", visitor.get(file), 200, for_ever),
        ("its head", visitor.ask("HEAD", file), 200, for_ever),
        ("unchanged", visitor.get(file).header("if-modified-since", since), 304, for_ever),
        ("a part", visitor.get(file).header("range", "bytes=0-0"), 206, for_ever),
        ("no such part", visitor.get(file).header("range", "bytes=9-"), 416, "no-cache"),
        ("no file", visitor.get("/pkg/nothing.css"), 404, "no-store, no-transform"),
        ("a folder", visitor.get("/pkg"), 404, "no-store, no-transform"),
        ("no name", visitor.get("/%00"), 404, "no-store, no-transform"),
        ("no method of a file", visitor.ask("POST", file), 405, "no-store, no-transform"),
        ("a page", visitor.get("/help"), 200, "no-store, no-transform"),
        ("a redirect", visitor.get("/"), 303, "no-store"),
        ("no method of a page", visitor.ask("PUT", "/sign-in"), 405, "no-store, no-transform"),
        ("the worker", visitor.get("/sw.js"), 200, "no-cache"),
        ("its script", visitor.get("/device.js"), 200, "no-cache"),
        ("a former member's script", visitor.get("/unsent.js"), 200, "no-cache"),
        ("the anchor", visitor.get("/anchor.js"), 200, "no-cache"),
        ("the colours", visitor.get("/colours.js"), 200, "no-cache"),
        ("the reactions", visitor.get("/reactions.js"), 200, "no-cache"),
        ("the emojis", visitor.get("/emoji.js"), 200, "no-cache"),
        ("the renderer", visitor.get(renderer), 200, for_ever),
        ("its head", visitor.ask("HEAD", renderer), 200, for_ever),
        ("no method of it", visitor.ask("POST", renderer), 405, "no-store, no-transform"),
        ("that of another build", visitor.get(other), 404, "no-store, no-transform"),
        ("the shell", visitor.get("/shell"), 200, "no-cache, no-transform"),
        ("the api", visitor.get("/api/session"), 401, "no-store"),
        ("no route of the api", visitor.get("/api/nothing"), 404, "no-store"),
        ("no method of the api", visitor.ask("PUT", "/api/session"), 405, "no-store"),
        ("too large for the api", large("/api/session"), 413, "no-store"),
        ("too large for a page", large("/sign-in"), 413, "no-store, no-transform"),
        ("another site's command", cross("/api/session"), 403, "no-store"),
        ("another site's form", cross("/sign-in"), 403, "no-store, no-transform"),
    ] {
        let answer = ask.response().await.expect("an answer");
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(answer.status(), status, "{what}");
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{what}");
        assert_eq!(header("cache-control"), Some(caching), "{what}");
        assert_eq!(header("allow").is_some(), status == 405, "{what}: {:?}", header("allow"));
    }
}

#[tokio::test]
async fn the_id_that_a_proxy_gave_a_request_goes_back_with_the_answer() {
    let server = TestServer::open().await;
    let visitor = server.visitor();
    for path in ["/api/session", "/help", "/nothing"] {
        let answer = visitor.get(path).header("x-request-id", "abc-1").await;
        assert_eq!(answer.header("x-request-id"), Some("abc-1"), "{path}");
        assert_eq!(visitor.get(path).await.header("x-request-id"), None, "{path}");
    }
}
