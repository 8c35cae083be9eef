//! tokio-console on both sides: what the program carries, and a client that reads every update.

use std::error::Error;
use std::io::Write;

use console_api::instrument::instrument_client::InstrumentClient;
use console_api::instrument::{InstrumentRequest, Update};

pub fn init() {
    console_subscriber::init();
}

fn dropped(update: &Update) -> u64 {
    let tasks = update.task_update.as_ref().map_or(0, |of| of.dropped_events);
    let resources = update.resource_update.as_ref().map_or(0, |of| of.dropped_events);
    let operations = update.async_op_update.as_ref().map_or(0, |of| of.dropped_events);
    tasks + resources + operations
}

/// A line for each update: how many events the program has dropped, since they came too fast.
pub async fn watch(address: String) -> Result<(), Box<dyn Error>> {
    let mut client = InstrumentClient::connect(format!("http://{address}"))
        .await?
        .max_decoding_message_size(usize::MAX);
    let mut updates = client.watch_updates(InstrumentRequest {}).await?.into_inner();
    while let Some(update) = updates.message().await? {
        writeln!(std::io::stdout(), "{}", dropped(&update))?;
    }
    Ok(())
}
