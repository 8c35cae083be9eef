//! The command's pipelines, weir::pipeline("a.gz ! gunzip ! lines", options), of a library of their
//! own: the feature `pipeline`, and -l weir-pipeline.
use super::sys::{self, pipeline as pl};
use super::{text, Chain, Error, Kept, Reader, Runtime, Stream, RUNTIME};
use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::null_mut;
use std::rc::{Rc, Weak};

/// What a text may reach, and its author do by it: with Read any file that the program can read,
/// with Exec anything at all. Brokers needs Read and Net besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allow {
    Read = 1,
    Write = 2,
    Net = 4,
    Exec = 8,
    Brokers = 16,
}

type Told = Box<dyn FnMut(&str)>;

/// The default allows nothing: the text transforms its input.
#[derive(Default)]
pub struct Options<'a> {
    pub allow: &'a [Allow],
    pub input: Option<Reader>, // its '-'
    /// Hears what its stages say while it runs; its panic comes out of the loop, or of run().
    pub told: Option<Told>,
}

/// The text is no pipeline: `at` says which bytes of it are wrong, `hint` what to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    pub message: String,
    pub hint: String,
    pub at: Range<usize>,
}
impl TextError {
    fn of(note: &pl::weir_note) -> Self {
        let (message, hint) = (text(note.message.as_ptr()), text(note.hint.as_ptr()));
        TextError { message, hint, at: note.at..note.at + note.size }
    }
}
impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}
impl std::error::Error for TextError {}

/// Who hears what stages say.
struct Hears { told: Told, runtime: Weak<Runtime> }
/// A function, and the input, of which a chain may hold what lies in memory.
struct Lent { hears: *mut Hears, _input: Kept }
impl Lent {
    fn new(told: Option<Told>, _input: Kept) -> Self {
        let runtime = || RUNTIME.with(Rc::downgrade);
        let hears = told.map(|told| Box::into_raw(Box::new(Hears { told, runtime: runtime() })));
        Lent { hears: hears.unwrap_or(null_mut()), _input }
    }
}
impl Drop for Lent {
    fn drop(&mut self) {
        if !self.hears.is_null() { drop(unsafe { Box::from_raw(self.hears) }); }
    }
}
extern "C" fn tell(arg: *mut c_void, note: *const pl::weir_note) {
    let hears = unsafe { &mut *(arg as *mut Hears) };
    let said = text(unsafe { (*note).message.as_ptr() });
    let heard = catch_unwind(AssertUnwindSafe(|| (hears.told)(&said))); // nothing may pass through C
    if let (Err(panic), Some(runtime)) = (heard, hears.runtime.upgrade()) { runtime.panicked(panic); }
}

/// A pipeline as the command has it: "- ! from csv ! where age gt 30 ! to ndjson".
pub fn pipeline(text: &str, options: Options) -> Result<Pipeline, TextError> {
    let kept = options.input.as_ref().and_then(|input| input.0.kept.clone());
    let lent = Lent::new(options.told, kept);
    let c_options = pl::weir_parse_options {
        size: std::mem::size_of::<pl::weir_parse_options>() as u32,
        allow: options.allow.iter().fold(0, |bits, allow| bits | *allow as u32),
        input: options.input.map_or(null_mut(), |input| input.0.take()),
        output: null_mut(),
        on_note: if lent.hears.is_null() { None } else { Some(tell) },
        arg: lent.hears as *mut c_void,
    };
    let mut note: pl::weir_note = unsafe { std::mem::zeroed() };
    let (at, n) = (text.as_ptr() as *const c_char, text.len());
    let made = unsafe { pl::weir_parse(at, n, &c_options, &mut note) };
    if made.is_null() { return Err(TextError::of(&note)); }
    Ok(Pipeline(Chain::new(made, pl::weir_pipeline_drop, Some(Rc::new(lent) as Rc<dyn Any>))))
}

/// Of one that names no sink the lines() or the bytes(); of another run(), which answers how many
/// bytes were written.
pub struct Pipeline(Chain<pl::weir_pipeline>);
impl Pipeline {
    /// TYPE where it gives records: `to ndjson ! lines` makes lines of them.
    pub fn lines(self) -> Result<Stream<Vec<u8>>, Error> {
        let kept = self.0.kept.clone();
        let stream = Stream::of(unsafe { pl::weir_pipeline_lines(self.0.take()) }, kept);
        if gives_lines(&stream) { return Ok(stream); }
        Err(stream.refusal())
    }
    pub fn bytes(self) -> Reader {
        let kept = self.0.kept.clone();
        Reader::of(unsafe { pl::weir_pipeline_reader(self.0.take()) }, kept)
    }
    pub fn run(self) -> Result<u64, Error> {
        let (kept, rt) = (self.0.kept.clone(), self.0.runtime.clone());
        rt.number(Chain::stream(unsafe { pl::weir_pipeline_future(self.0.take()) }, kept))
    }
    pub fn memory_bytes(&self) -> u64 { unsafe { pl::weir_pipeline_memory_bytes(self.0.at) } }
    /// The table of `weir explain`.
    pub fn explain(&self) -> String {
        let into = |out: *mut c_char, size| unsafe {
            pl::weir_pipeline_explain(self.0.at, self.0.runtime.rt, out, size)
        };
        let mut table = vec![0u8; into(null_mut(), 0) + 1];
        into(table.as_mut_ptr() as *mut c_char, table.len());
        text(table.as_ptr() as *const c_char)
    }
}

fn gives_lines(stream: &Stream<Vec<u8>>) -> bool {
    let given = unsafe { sys::weir_stream_type(stream.chain.at) };
    [b"weir_line\0".as_ptr(), b"weir_owned_line\0".as_ptr()]
        .iter()
        .any(|name| given == unsafe { sys::weir_type_named(name.cast()) })
}
impl Stream<Vec<u8>> {
    /// What C says of a stream that gives no lines.
    fn refusal(self) -> Error {
        let (rt, mut block, mut ends, mut n) = (&self.chain.runtime, [0u8; 2], [0u32; 1], 1);
        let at = block.as_mut_ptr() as *mut c_void;
        let ends = ends.as_mut_ptr();
        let lines = self.chain.at;
        rt.run(|| unsafe { sys::weir_pull_lines(rt.rt, lines, at, 2, ends, &mut n, rt.error) });
        rt.error()
    }
}
