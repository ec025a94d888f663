//! nchan, in nginx, where it is installed: it keeps messages in memory only, and authenticates
//! nobody.

use std::{fs, net::TcpListener, path::Path, process::Command};

use harness::Folder;

use crate::process::Process;

pub const LISTEN: &str = "GET /sub HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\n\r\n";
pub const IS_LIVE: &str = ": hi\n";
pub const PUBLISH: &str = "/pub";

const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";
const PROGRAM: &str = "/usr/sbin/nginx";

/// None if it is not installed.
pub fn start(folder: &Folder) -> Option<Process> {
    if !Path::new(MODULE).exists() || !Path::new(PROGRAM).exists() {
        return None;
    }
    let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let address = address.expect("a port that is free");
    let here = folder.path().display();
    let settings = format!(
        "load_module {MODULE};
daemon off;
master_process off;
user root;
pid {here}/pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events {{ worker_connections 12000; }}
http {{
    access_log off;
    client_body_temp_path {here}/a;
    proxy_temp_path {here}/b;
    fastcgi_temp_path {here}/c;
    uwsgi_temp_path {here}/d;
    scgi_temp_path {here}/e;
    server {{
        listen {address};
        location = /sub {{ nchan_subscriber eventsource; nchan_channel_id all; }}
        location = /pub {{ nchan_publisher; nchan_channel_id all; keepalive_requests 1000000; }}
    }}
}}
"
    );
    let file = folder.path().join("nginx.conf");
    fs::write(&file, settings).expect("its settings");
    let mut command = Command::new(PROGRAM);
    command.arg("-c").arg(&file).arg("-p").arg(folder.path());
    Some(Process::start_at(command, address))
}
