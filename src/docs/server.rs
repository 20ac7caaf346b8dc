//! A plain web server for one folder: GET and HEAD of its files, nothing else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};

/// Bytes of a request's head; more is refused.
const MAX_HEAD_BYTES: u64 = 16 * 1024;
/// Time that a client has to say what it wants, and to take the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the files of a folder.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    folder: PathBuf,
    host: String,
}

/// What a request is answered with.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    File(PathBuf),
    Refusal(&'static str),
}

impl Server {
    /// Takes the port; 0 is any free one.
    ///
    /// # Errors
    ///
    /// `Usage` when host and port cannot be taken.
    pub fn open(folder: &Path, host: &str, port: u16) -> Result<Server> {
        let refused = |cause: std::io::Error| {
            Error::usage(format!("could not listen on `{host}:{port}`: {cause}"))
                .hint("name another port with `--port`")
        };
        let listener = TcpListener::bind((host, port)).map_err(refused)?;
        Ok(Server { listener, folder: folder.to_path_buf(), host: host.to_owned() })
    }

    /// Where a browser finds it.
    pub fn url(&self) -> String {
        let port = self.listener.local_addr().map(|address| address.port()).unwrap_or_default();
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("http://{host}:{port}")
    }

    /// Answers requests until the process ends, each on a thread of its own.
    pub fn serve(&self) {
        for stream in self.listener.incoming().flatten() {
            let folder = self.folder.clone();
            // A client that breaks off is its own business.
            std::thread::spawn(move || answer(stream, &folder).ok());
        }
    }
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.try_clone()?.take(MAX_HEAD_BYTES)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the head says nothing that matters here, but has to be read before the answer.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let is_head = request.starts_with("HEAD ");
    match decide(&request, folder) {
        Answer::File(path) => {
            let body = std::fs::read(&path)?;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
                 X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
                content_type(&path),
                body.len()
            );
            stream.write_all(head.as_bytes())?;
            if is_head { Ok(()) } else { stream.write_all(&body) }
        }
        Answer::Refusal(status) => {
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes())
        }
    }
}

/// What a request's first line comes to; only files below `folder`, links out of it not followed.
fn decide(request: &str, folder: &Path) -> Answer {
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !["GET", "HEAD"].contains(&method) {
        return Answer::Refusal("405 Method Not Allowed");
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let Some(decoded) = decoded(path.trim_start_matches('/')) else { return Answer::Refusal("400 Bad Request") };
    let relative = PathBuf::from(if decoded.is_empty() { "index.html" } else { &decoded });
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return Answer::Refusal("403 Forbidden");
    }
    let (Ok(root), Ok(file)) = (folder.canonicalize(), folder.join(relative).canonicalize()) else {
        return Answer::Refusal("404 Not Found");
    };
    match file.starts_with(&root) {
        false => Answer::Refusal("403 Forbidden"),
        true if file.is_file() => Answer::File(file),
        true => Answer::Refusal("404 Not Found"),
    }
}

/// `%20` and the like as the characters that they stand for; none for what is no UTF-8.
fn decoded(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digits = path.get(at + 1..at + 3)?;
            out.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).ok().filter(|text| !text.contains('\0'))
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "sql" | "txt" | "md" | "yml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder_are_given_out() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("target");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::fs::write(folder.join("index.html"), "x").unwrap();
        std::fs::write(folder.join("a b.json"), "x").unwrap();
        let real = folder.canonicalize().unwrap();
        let file = |name: &str| Answer::File(real.join(name));
        assert_eq!(decide("GET / HTTP/1.1", &folder), file("index.html"));
        assert_eq!(decide("HEAD /a%20b.json?x=1 HTTP/1.1", &folder), file("a b.json"));
        assert_eq!(decide("GET /../secret HTTP/1.1", &folder), Answer::Refusal("403 Forbidden"));
        assert_eq!(decide("GET /%2e%2e/secret HTTP/1.1", &folder), Answer::Refusal("403 Forbidden"));
        assert_eq!(decide("GET //etc/passwd HTTP/1.1", &folder), Answer::Refusal("404 Not Found"));
        assert_eq!(decide("GET /none HTTP/1.1", &folder), Answer::Refusal("404 Not Found"));
        assert_eq!(decide("GET /%zz HTTP/1.1", &folder), Answer::Refusal("400 Bad Request"));
        assert_eq!(decide("POST / HTTP/1.1", &folder), Answer::Refusal("405 Method Not Allowed"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.path().join("secret"), folder.join("link")).unwrap();
            assert_eq!(decide("GET /link HTTP/1.1", &folder), Answer::Refusal("403 Forbidden"));
        }
    }
}
