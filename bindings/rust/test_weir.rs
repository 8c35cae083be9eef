//! What weir.rs promises. The test dist_rust runs it.
#[cfg(not(feature = "weir-sys"))] // without cargo: the files
#[path = "weir.rs"]
#[allow(dead_code)]
mod weir;
use std::rc::Rc;
use weir::Made;

fn no_threes(x: i64) -> Result<i64, String> {
    match x {
        3 => Err("no threes".to_string()),
        4 => panic!("no fours"),
        _ => Ok(x * 10),
    }
}

fn say(item: Result<Made<i64>, weir::Error>) -> String {
    match item {
        Ok(Made(x)) => x.to_string(),
        Err(e) => format!("{}@{}{}", e.message, e.record, if e.cause.is_some() { "!" } else { "" }),
    }
}

const WANTED: &str = "0 10 20 no threes@4! a function panicked: no fours@5! 50";

async fn awaited() -> String {
    let mut stream = weir::range(0, 6).map(no_threes).to_await();
    let mut said = Vec::new();
    while let Some(item) = stream.next().await {
        said.push(say(item));
    }
    said.join(" ")
}

fn main() {
    std::panic::set_hook(Box::new(|panic| {
        let said = panic.to_string();
        if !said.contains("no fours") && !said.contains("cannot use a stream") {
            eprintln!("{panic}");
        }
    }));
    assert_eq!(weir::range(0, 1000).map(|x| Ok::<_, String>(x)).count(), 1000);
    let said: Vec<String> = weir::range(0, 6).map(no_threes).by_ref().map_while(|x| Some(say(x))).collect();
    assert_eq!(said.join(" "), WANTED);
    assert_eq!(weir::block_on(awaited()), WANTED);

    let error = weir::lines("/nonexistent").next().unwrap().unwrap_err();
    assert_eq!((error.number, error.place.as_str(), error.fatal), (2, "/nonexistent", true));

    let path = std::env::temp_dir().join(format!("weir-rust-{}", std::process::id()));
    let (path, text) = (path.to_str().unwrap(), b"one\n\ntwo".repeat(9999));
    assert_eq!(weir::memory(text.as_slice()).save(path).unwrap(), text.len() as u64);
    let pieces: Result<Vec<_>, _> = weir::open(path).collect();
    assert_eq!(pieces.unwrap().concat(), text);
    assert_eq!(weir::lines(path).nth(1).unwrap().unwrap(), b"");
    std::fs::remove_file(path).unwrap();

    // A function of a stream that uses another one: both would run at once.
    let mut inner = weir::interval(std::time::Duration::from_millis(1));
    let mut outer = weir::range(0, 2).map(move |_| inner.next().unwrap().map_err(|e| e.message));
    let error = outer.next().unwrap().unwrap_err();
    assert!(error.message.contains("cannot use a stream") && error.cause.is_some(), "{error}");
    let awaits = |_| Ok::<_, String>(weir::block_on(awaited()));
    let mut outer = weir::range(0, 2).map(awaits).to_await();
    let error = weir::block_on(outer.next()).unwrap().unwrap_err();
    assert!(error.message.contains("cannot use a stream") && error.record == 1, "{error}");
    drop(outer);

    // Dropped in the middle: what the function and the items hold is let go of.
    let held = Rc::new(());
    let other = held.clone();
    let mut left = weir::range(0, 500).map(move |_| Ok::<_, String>(other.clone()));
    assert!(left.next().unwrap().is_ok() && Rc::strong_count(&held) > 2);
    drop(left);
    assert_eq!(Rc::strong_count(&held), 1);
    drop(weir::range(0, 9).to_await());
}
