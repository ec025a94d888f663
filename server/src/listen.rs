//! The address that the server listens on.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use tokio::net::{TcpListener, TcpSocket, lookup_host};

/// The most connections that wait to be accepted, where the system allows it: all clients that
/// reconnect at once after a restart.
const BACKLOG_MAX_CONNECTIONS: u32 = 4096;
const FORM: &str =
    "an address is a host and a port, as in 127.0.0.1:3000, [::1]:3000 or localhost:3000";

/// A host, by its name or its number, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    host: String,
    port: u16,
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("\"{text}\" cannot be listened on; {FORM}");
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: address.ip().to_string(), port: address.port() });
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let is_name = !host.is_empty()
            && host.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._".contains(&c));
        match port.parse() {
            Ok(port) if is_name => Ok(Self { host: host.to_owned(), port }),
            _ => Err(refused()),
        }
    }
}

impl std::fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V6(host)) => write!(f, "[{host}]:{}", self.port),
            _ => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl ListenAddress {
    /// Listens on the first address of the host that this machine has. One that another program listens
    /// on is not passed over: clients would reach that program by the same name.
    pub async fn listen(&self) -> Result<TcpListener, String> {
        let resolved = lookup_host((self.host.as_str(), self.port)).await;
        let addresses: Vec<_> = resolved
            .map_err(|e| format!("no address is known of the host {}: {e}; {FORM}", self.host))?
            .collect();
        let mut failed = format!("no address is known of the host {}; {FORM}", self.host);
        for address in addresses {
            match bind(address) {
                Ok(listener) => return Ok(listener),
                Err(error) => {
                    let name = self.to_string();
                    let by_number = address.to_string();
                    let number =
                        if name == by_number { String::new() } else { format!(" ({by_number})") };
                    failed = format!("cannot listen on {name}{number}: {}", explain(&error));
                    if error.kind() == io::ErrorKind::AddrInUse {
                        break;
                    }
                }
            }
        }
        Err(failed)
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there; stop it, or name another port with --addr or \
                 RHIZOME_ADDR"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => format!(
            "{error}; ports below 1024 are for privileged programs: name another with --addr or \
                 RHIZOME_ADDR, and put a reverse proxy in front"
        ),
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; 127.0.0.1 is this machine alone, and 0.0.0.0 all \
                 of its addresses"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that was restarted does not wait for the connections that it had.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG_MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for text in ["127.0.0.1:3000", "[::1]:0", "localhost:3000", "my-host.example:65535"] {
            assert_eq!(text.parse::<ListenAddress>().expect(text).to_string(), text);
        }
        for text in [
            "",
            "localhost",
            "3000",
            ":3000",
            "localhost:",
            "localhost:65536",
            "::1:3000",
            "http://localhost:3000",
            "localhost:http",
            "a b:1",
            "[::1]",
        ] {
            let refused = text.parse::<ListenAddress>().expect_err(text);
            assert!(refused.contains("127.0.0.1:3000") && refused.contains(text), "{refused}");
        }
    }
}
