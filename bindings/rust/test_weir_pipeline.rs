//! What weir_pipeline.rs promises. The test dist_rust runs it.
#[cfg(not(feature = "weir-sys"))] // without cargo: the files
#[path = "weir.rs"]
#[allow(dead_code)]
mod weir;
use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;
use weir::{pipeline, Allow, Made, Options};

const CSV: &str = "name,age\nAda,36\nBob,25\n";

fn input(bytes: &str) -> Options<'static> {
    Options { input: Some(weir::memory(bytes)), ..Options::default() }
}
fn lines(text: &str, options: Options) -> Vec<String> {
    let lines: Result<Vec<_>, _> = pipeline(text, options).unwrap().lines().unwrap().collect();
    lines.unwrap().into_iter().map(|line| String::from_utf8(line).unwrap()).collect()
}
fn refused(text: &str, allow: &[Allow]) -> weir::TextError {
    pipeline(text, Options { allow, ..Options::default() }).map(|_| ()).unwrap_err()
}
fn bytes(reader: weir::Reader) -> Vec<u8> {
    reader.map(Result::unwrap).collect::<Vec<_>>().concat()
}

fn what_it_gives() {
    let text = "- ! from csv ! where age gt 30 ! to ndjson ! lines";
    assert_eq!(lines(text, input(CSV)), [r#"{"name":"Ada","age":36}"#]);
    let numbers = pipeline("seq 5 ! skip 3", Options::default()).unwrap();
    assert!(numbers.explain().contains("memory bound") && numbers.memory_bytes() > 0);
    let to_number = |line: Vec<u8>| String::from_utf8(line).unwrap().parse::<i64>();
    let mut numbers = numbers.lines().unwrap().map(to_number);
    assert_eq!([numbers.next().unwrap().unwrap().0, numbers.next().unwrap().unwrap().0], [4, 5]);
    assert!(numbers.next().is_none());
    assert_eq!(bytes(pipeline("seq 2", Options::default()).unwrap().bytes()), b"1\n2\n");
    drop(pipeline("zero ! null", Options::default()).unwrap());
    let awaited = pipeline("- ! lines", input("a\nb\n")).unwrap().lines().unwrap().to_await();
    assert_eq!(weir::block_on(count(awaited)), 2);
    let mut failing = pipeline("- ! gunzip ! lines", input("no gzip")).unwrap().lines().unwrap();
    assert!(failing.next().unwrap().unwrap_err().fatal && failing.next().is_none());
}
async fn count(mut stream: weir::Awaited<Vec<u8>>) -> usize {
    let mut n = 0;
    while let Some(line) = stream.next().await { n += line.unwrap().len(); }
    n
}

fn what_gives_no_lines() {
    let records = pipeline("- ! from csv", input(CSV)).unwrap().lines().map(|_| ()).unwrap_err();
    assert!(records.message.contains("takes 'weir_line'"), "{records}");
    let sink = pipeline("seq 3 ! null", Options::default()).unwrap();
    let sink = sink.lines().map(|_| ()).unwrap_err();
    assert!(sink.message.contains("sink"), "{sink}");
}

fn texts_that_are_none() {
    let text = "seq 3 ! tkae 2";
    let error = pipeline(text, input(CSV)).map(|_| ()).unwrap_err();
    assert_eq!(error.hint, "did you mean 'take'?");
    assert_eq!(error.to_string(), "no stage called 'tkae'; did you mean 'take'?");
    assert_eq!(&text[error.at], "tkae");
}

// By default nothing is opened; each word opens its own, and no more.
fn what_is_not_allowed() {
    let others = [Allow::Write, Allow::Net, Allow::Exec];
    for allow in [&[][..], &others] {
        let said = refused("/etc/passwd ! null", allow).message;
        assert!(said.contains("reads files, and that is not allowed"), "{said}");
    }
    let write = "seq 1 ! to lines ! /tmp/no-such";
    let exec = "seq 1 ! to lines ! exec cat";
    for text in [write, exec, "tcp:localhost:1 ! null", "http://localhost:1/ ! null"] {
        let said = refused(text, &[]).message;
        assert!(said.contains("not allowed"), "{text}: {said}");
    }
    let broker = refused("nats:S/w,settle=now ! null", &[Allow::Read, Allow::Net]);
    assert!(broker.message.contains("library of a broker, and that is not allowed"));
}

fn what_runs() {
    let path = std::env::temp_dir().join(format!("weir-rust-{}", std::process::id()));
    let (path, said) = (path.to_str().unwrap(), Rc::new(RefCell::new(Vec::new())));
    let (text, hears) = (format!("seq 3 ! to lines ! crc32 ! {path}"), said.clone());
    let hear = move |message: &str| hears.borrow_mut().push(message.to_string());
    let options = Options { allow: &[Allow::Write], told: Some(Box::new(hear)), input: None };
    assert_eq!(pipeline(&text, options).unwrap().run().unwrap(), 6);
    assert_eq!(bytes(weir::open(path)), b"1\n2\n3\n");
    std::fs::remove_file(path).unwrap();
    assert_eq!((said.borrow().len(), Rc::strong_count(&said)), (1, 1));
    let no_sink = pipeline("seq 3", Options::default()).unwrap().run().unwrap_err();
    assert!(no_sink.message.contains("names no sink"), "{no_sink}");
}

fn panics<T>(function: impl FnOnce() -> T) -> &'static str {
    *catch_unwind(AssertUnwindSafe(function)).err().unwrap().downcast().unwrap()
}

fn who_is_told_may_panic() {
    let angry = || Options { told: Some(Box::new(|_| panic!("no notes"))), ..Default::default() };
    let crc = || pipeline("seq 3 ! to lines ! crc32 ! lines", angry()).unwrap().lines().unwrap();
    assert_eq!(panics(|| pipeline("seq 3 ! to lines ! crc32 ! null", angry()).unwrap().run()), "no notes");
    let mut lines = crc();
    for wanted in [b"1", b"2", b"3"] { assert_eq!(lines.next().unwrap().unwrap(), wanted); }
    assert_eq!(panics(|| lines.next()), "no notes");
    assert!(lines.next().is_none());
    let mut awaited = crc().to_await();
    for _ in 0..3 { assert!(weir::block_on(awaited.next()).unwrap().is_ok()); }
    assert_eq!(panics(|| weir::block_on(awaited.next())), "no notes");
    assert!(weir::block_on(awaited.next()).is_none());
}

// What was taken goes, where it is refused within a function: here with the file that it reads.
fn what_is_refused_goes() {
    let open_files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let begun = || { let mut zeros = weir::open("/dev/zero"); zeros.next(); zeros };
    begun();
    let before = open_files();
    let (mut saved, mut fed) = (Some(begun()), Some(begun()));
    assert_eq!(open_files(), before + 2);
    let refused = weir::range(0, 2).map(move |n| match n {
        0 => saved.take().unwrap().save("/nonexistent/file"),
        _ => pipeline("- ! null", Options { input: fed.take(), ..Default::default() }).unwrap().run(),
    });
    for item in refused { assert!(item.unwrap_err().message.contains("cannot use a stream")); }
    assert_eq!(open_files(), before);
}

// What was lent is there as long as something reads it, and no longer.
fn what_is_kept() {
    let held = Rc::new(());
    let other = held.clone();
    let hear = move |_: &str| drop(other.clone());
    let options = Options { told: Some(Box::new(hear)), ..input(&"a\nb\n".repeat(9999)) };
    let stream = pipeline("- ! lines", options).unwrap().lines().unwrap();
    let mut stream = stream.map(|line| Ok::<_, String>(line.len()));
    assert!(stream.next().unwrap().is_ok() && Rc::strong_count(&held) == 2);
    let rest: Result<Vec<_>, _> = stream.collect();
    assert_eq!(rest.unwrap().iter().map(|Made(n)| n).sum::<usize>(), 2 * 9999 - 1);
    assert_eq!(Rc::strong_count(&held), 1);
}

fn main() {
    std::panic::set_hook(Box::new(|panic| {
        let said = panic.to_string();
        if !said.contains("no notes") && !said.contains("cannot use a stream") {
            eprintln!("{panic}");
        }
    }));
    what_it_gives();
    what_gives_no_lines();
    texts_that_are_none();
    what_is_not_allowed();
    what_runs();
    what_is_kept();
    who_is_told_may_panic();
    what_is_refused_goes();
}
