//! How one stage is handed to the next: every row is written once, over this.

use std::hint::black_box;

use futures::stream::{LocalBoxStream, Stream, StreamExt};

pub trait Style: 'static {
    type Stage<S: Stream + 'static>: Stream<Item = S::Item> + 'static;
    fn stage<S: Stream + 'static>(stream: S) -> Self::Stage<S>;
}

/// One static type for the whole chain, which the compiler may inline into a single loop.
pub struct Fused;

impl Style for Fused {
    type Stage<S: Stream + 'static> = S;
    fn stage<S: Stream + 'static>(stream: S) -> S {
        stream
    }
}

/// Every stage on the heap behind a vtable, as when a chain is put together at run time: the black
/// box keeps the compiler from seeing which vtable it is.
pub struct Boxed;

impl Style for Boxed {
    type Stage<S: Stream + 'static> = LocalBoxStream<'static, S::Item>;
    fn stage<S: Stream + 'static>(stream: S) -> Self::Stage<S> {
        black_box(stream.boxed_local())
    }
}
