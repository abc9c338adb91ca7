//! What tasks write for us to read: outputs, how far they are, what they measured, names of artifacts.

use std::path::{Component, Path};

use millrace_model::artifact::{check_name, media_type};
use millrace_model::outputs;
use millrace_model::produces;
use millrace_model::report::{
    MAX_METRIC_NAMES, MAX_TEXT, Progress, is_metric_name, metrics, short,
};

/// Any bytes are values within their limits, or refused with a reason.
pub fn task_files(data: &[u8]) {
    match outputs::parse(data) {
        Ok(values) => {
            let text = serde_json::to_vec(&values).unwrap();
            assert_eq!(outputs::parse(&text).as_ref(), Ok(&values), "written and read they differ");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    match Progress::parse(data) {
        Ok(progress) => {
            assert!((0.0..=1.0).contains(&progress.fraction) && progress.percent() <= 100);
            assert!(progress.text.chars().count() <= MAX_TEXT);
            assert!(!progress.text.contains(char::is_control));
        }
        Err(why) => assert!(!why.is_empty()),
    }
    let (found, bad) = metrics(data);
    assert!(found.len() <= MAX_METRIC_NAMES && bad <= data.len());
    for metric in found {
        assert!(is_metric_name(&metric.name) && metric.count > 0);
        assert!(metric.min <= metric.last && metric.last <= metric.max, "{metric:?}");
    }
    let text = String::from_utf8_lossy(data);
    assert_eq!(short(&short(&text)), short(&text));
    if check_name(&text).is_ok() {
        let only_down = |part: Component<'_>| matches!(part, Component::Normal(_));
        assert!(Path::new(text.as_ref()).components().all(only_down), "{text:?} leads elsewhere");
        assert!(!text.contains(['\0', '\\', '\n', '\u{202e}']));
        assert!(Path::new("/base").join(text.as_ref()).starts_with("/base"));
    }
    let _kind = media_type(&text, data);
    let _pattern = produces::check(&text);
}
