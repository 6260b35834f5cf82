// SPDX-License-Identifier: MIT

//! The echo server on tokio, on its runtime of one thread.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};

const BUFFER_SIZE: usize = 32 * 1024;

async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_SIZE];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}

async fn serve_tcp() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening {}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(echo(stream));
    }
}

async fn serve_unix(path: &str) -> io::Result<()> {
    let listener = UnixListener::bind(path)?;
    println!("listening {path}");
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(echo(stream));
    }
}

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    match words[..] {
        ["--about"] => {
            println!("tokio of Debian, one thread");
            Ok(())
        }
        ["tcp"] => runtime.block_on(serve_tcp()),
        ["unix", path] => runtime.block_on(serve_unix(path)),
        _ => std::process::exit(3),
    }
}
