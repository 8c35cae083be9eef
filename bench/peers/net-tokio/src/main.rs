//! Echo and proxy in tokio's current-thread runtime.
//!
//! ```text
//! servers echo PORT           a buffer in each connection's task
//! servers ready PORT          the buffer is the thread's, used once there is something to read
//! servers proxy PORT TARGET   copy_bidirectional
//! ```

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::process::exit;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const BUFFER_BYTES: usize = 16 << 10;

async fn echo(mut near: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let n = near.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        near.write_all(&buffer[..n]).await?;
    }
}

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER_BYTES]);
}

/// What it was not ready for is no failure.
fn or_nothing(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(n) => Ok(Some(n)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads and writes once; what could not be written, or None at the end.
fn echo_once(near: &TcpStream, buffer: &mut [u8]) -> io::Result<Option<Vec<u8>>> {
    let n = match or_nothing(near.try_read(buffer))? {
        Some(0) => return Ok(None),
        Some(n) => n,
        None => return Ok(Some(Vec::new())),
    };
    let written = or_nothing(near.try_write(&buffer[..n]))?.unwrap_or(0);
    Ok(Some(buffer[written..n].to_vec()))
}

async fn echo_ready(mut near: TcpStream) -> io::Result<()> {
    loop {
        near.readable().await?;
        match BUFFER.with_borrow_mut(|buffer| echo_once(&near, buffer))? {
            None => return Ok(()),
            Some(rest) if rest.is_empty() => (),
            Some(rest) => near.write_all(&rest).await?,
        }
    }
}

async fn proxy(mut near: TcpStream, target: u16) -> io::Result<()> {
    let mut far = TcpStream::connect(("127.0.0.1", target)).await?;
    copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}

async fn serve<F>(port: u16, handle: impl Fn(TcpStream) -> F) -> io::Result<()>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        if let Ok((near, _)) = listener.accept().await {
            tokio::spawn(handle(near));
        }
    }
}

fn main() -> io::Result<()> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let port = |at: usize| words.get(at).and_then(|word| word.parse::<u16>().ok());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    match (words.first().map(String::as_str), port(1), port(2)) {
        (Some("echo"), Some(at), None) => runtime.block_on(serve(at, echo)),
        (Some("ready"), Some(at), None) => runtime.block_on(serve(at, echo_ready)),
        (Some("proxy"), Some(at), Some(to)) => runtime.block_on(serve(at, |near| proxy(near, to))),
        _ => {
            eprintln!("usage: servers echo PORT | ready PORT | proxy PORT TARGET");
            exit(2);
        }
    }
}
