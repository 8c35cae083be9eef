// What `csv read FILE` of bench/csv.c does: counts records, and the bytes of one column.
fn main() {
    let path = std::env::args().nth(1).expect("a file");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).unwrap();
    let status = reader.byte_headers().unwrap().iter().position(|name| name == b"status").unwrap();
    let mut record = csv::ByteRecord::new();
    let (mut records, mut bytes) = (0u64, 0u64);
    while reader.read_byte_record(&mut record).unwrap() {
        records += 1;
        bytes += record.get(status).map_or(0, |field| field.len() as u64);
    }
    println!("{records} {bytes}");
}
