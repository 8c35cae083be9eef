//! Says hello over HTTP/1.1, or over HTTP/2 in clear text: `hello h1|h2 PORT`. One thread, a task a
//! connection.

use std::convert::Infallible;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::builder()
        .header("content-type", "text/plain")
        .body(Full::new(Bytes::from_static(b"Hello, World!")))
        .unwrap())
}

async fn serve(two: bool, port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let io = TokioIo::new(stream);
        tokio::task::spawn(async move {
            if two {
                let _ = http2::Builder::new(TokioExecutor::new())
                    .serve_connection(io, service_fn(hello))
                    .await;
            } else {
                let _ = http1::Builder::new()
                    .pipeline_flush(true)
                    .serve_connection(io, service_fn(hello))
                    .await;
            }
        });
    }
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let two = arguments.next().as_deref() == Some("h2");
    let port = arguments.next().and_then(|port| port.parse().ok()).expect("hello h1|h2 PORT");
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(serve(two, port))
}
