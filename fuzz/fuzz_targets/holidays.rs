//! Any calendar file gives days off or a reason, and is asked about any day.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src"]
#[allow(dead_code, unused_imports)]
mod room {
    pub mod schedule {
        pub mod holidays;
    }
}

fuzz_target!(|text: &str| {
    if let Ok(holidays) = room::schedule::holidays::Holidays::read(text) {
        let mut day: jiff::civil::Date = "2024-02-28".parse().unwrap();
        for _ in 0..400 {
            holidays.contains(day);
            day = day.tomorrow().unwrap();
        }
        holidays.ended(day);
    }
});
