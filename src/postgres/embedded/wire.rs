//! The few messages of Postgres' protocol that must be understood between a session and the compiled-in engine.
//!
//! Formats: postgresql.org/docs, chapter 54.7.

use std::io::{Error, ErrorKind, Read, Result, Write};

const PROTOCOL_3: u32 = 3 << 16;
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
const CANCEL_REQUEST: u32 = 80_877_102;
/// As the server has it: MAX_STARTUP_PACKET_LENGTH.
const MAX_STARTUP_BYTES: usize = 10_000;

/// What a client begins with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Startup {
    /// As it came.
    pub packet: Vec<u8>,
    pub user: String,
    pub database: String,
}

/// Reads the startup packet, refusing encryption on the way; none when the client wants no session.
pub(super) fn read_startup(stream: &mut (impl Read + Write)) -> Result<Option<Startup>> {
    loop {
        let mut head = [0; 8];
        match stream.read_exact(&mut head) {
            Ok(()) => {}
            Err(cause) if cause.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(cause) => return Err(cause),
        }
        let length = number(&head[..4]) as usize;
        match number(&head[4..]) {
            SSL_REQUEST | GSS_REQUEST => stream.write_all(b"N")?,
            // The engine reads no signal: there is nothing to ask it.
            CANCEL_REQUEST => return Ok(None),
            version if version >> 16 == PROTOCOL_3 >> 16 && (8..=MAX_STARTUP_BYTES).contains(&length) => {
                let mut packet = head.to_vec();
                packet.resize(length, 0);
                stream.read_exact(&mut packet[8..])?;
                return Ok(Some(understood(packet)));
            }
            _ => return Err(Error::new(ErrorKind::InvalidData, "no startup packet")),
        }
    }
}

fn understood(packet: Vec<u8>) -> Startup {
    let fields: Vec<String> =
        packet[8..].split(|byte| *byte == 0).map(|field| String::from_utf8_lossy(field).into_owned()).collect();
    let value = |name: &str| fields.chunks(2).find(|pair| pair[0] == name).and_then(|pair| pair.get(1)).cloned();
    let user = value("user").unwrap_or_default();
    let database = value("database").unwrap_or_else(|| user.clone());
    Startup { packet, user, database }
}

/// An answer that ends a connection before it is one.
pub(super) fn refusal(message: &str) -> Vec<u8> {
    let mut fields = b"SFATAL\0VFATAL\0CXX000\0M".to_vec();
    fields.extend(message.bytes().filter(|byte| *byte != 0));
    fields.extend(b"\0\0");
    let mut answer = vec![b'E'];
    answer.extend((fields.len() as u32 + 4).to_be_bytes());
    answer.extend(fields);
    answer
}

/// Recognises the answer to one statement: everything up to the first `ReadyForQuery`.
#[derive(Debug, Default)]
pub(super) struct Swallow {
    head: Vec<u8>,
    /// Of the message whose head is complete.
    body_bytes_left: usize,
    is_done: bool,
}

impl Swallow {
    /// How many of `bytes`, from their start, belong to the answer.
    pub fn eat(&mut self, bytes: &[u8]) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            if self.is_done {
                return at;
            }
            if self.head.len() < 5 {
                self.head.push(*byte);
                if self.head.len() == 5 {
                    self.body_bytes_left = (number(&self.head[1..]) as usize).saturating_sub(4);
                }
            } else {
                self.body_bytes_left -= 1;
            }
            if self.head.len() == 5 && self.body_bytes_left == 0 {
                self.is_done = self.head[0] == b'Z';
                self.head.clear();
            }
        }
        bytes.len()
    }
}

/// Four bytes, the highest first.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that has said everything at once.
    struct Client {
        says: std::io::Cursor<Vec<u8>>,
        hears: Vec<u8>,
    }

    impl Read for Client {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            self.says.read(buffer)
        }
    }

    impl Write for Client {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.hears.write(bytes)
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn encryption_is_refused_and_the_startup_packet_read() {
        let body = b"user\0me\0database\0shop\0\0";
        let mut says = [8u32.to_be_bytes(), SSL_REQUEST.to_be_bytes()].concat();
        let packet = [&(8 + body.len() as u32).to_be_bytes()[..], &PROTOCOL_3.to_be_bytes(), body].concat();
        says.extend(&packet);
        let mut client = Client { says: std::io::Cursor::new(says), hears: Vec::new() };
        let startup = read_startup(&mut client).unwrap().unwrap();
        assert_eq!(startup, Startup { packet, user: "me".to_owned(), database: "shop".to_owned() });
        assert_eq!(client.hears, b"N");
        assert_eq!(read_startup(&mut client).unwrap(), None);
    }

    #[test]
    fn only_the_first_answer_is_swallowed() {
        let answer = b"H\0\0\0\x07\0\0\0d\0\0\0\x061\nc\0\0\0\x04C\0\0\0\x0bCOPY 1\0Z\0\0\0\x05I";
        let next = b"T\0\0\0\x06\0\0";
        let both = [&answer[..], next].concat();
        assert_eq!(Swallow::default().eat(&both), answer.len());
        let mut bitwise = Swallow::default();
        assert_eq!(both.iter().map(|byte| bitwise.eat(&[*byte])).sum::<usize>(), answer.len());
    }
}
