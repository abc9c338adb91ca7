//! A crontab, a Makefile and a script in the window: what opens, and what is said of what does not.

use millrace_api::host::HostEvent;
use millrace_ui::ThemeChoice;

use crate::pictures::{SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

const MAKEFILE: &str = "/home/ada/site/Makefile";
const CRONTAB: &str = "/home/ada/crontab";
const MAKE: &str = "OUT = build\n\n.PHONY: all clean\nall: $(OUT)/index.html $(OUT)/site.css check\n\n\
    $(OUT)/index.html: index.md\n\tpandoc -o $@ $<\n\n$(OUT)/site.css:\n\tcat $(wildcard *.css) > $@\n\n\
    check: $(OUT)/index.html\n\ttidy -q $<\n\nclean:\n\trm -rf $(OUT)\n\n%.html: %.md\n\tpandoc -o $@ $<\n";
const CRON: &str = "MAILTO=ada@example.org\n# Back up\n0 3 * * * ./backup.sh\n@daily /usr/bin/rotate\nnot a line\n";

fn window(theme: ThemeChoice) -> Window {
    Window::with(theme, SMALL, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        world.files.insert(MAKEFILE.to_owned(), MAKE.to_owned());
        world.files.insert(CRONTAB.to_owned(), CRON.to_owned());
        world.files.insert("/home/ada/x.txt".to_owned(), "nothing\n".to_owned());
    })
}

fn drop_file(window: &mut Window, path: &str) {
    let paths = vec![path.to_owned()];
    window.world.borrow_mut().tell(HostEvent::Dropped { paths, at: [600.0, 400.0] });
    window.settle();
    window.settle();
}

#[test]
fn a_dropped_crontab_opens_a_workflow_for_each_line() {
    let mut window = window(ThemeChoice::Dark);
    drop_file(&mut window, CRONTAB);
    let probe = window.probe();
    let titles: Vec<&str> =
        probe["tabs"].as_array().unwrap().iter().filter_map(|tab| tab["title"].as_str()).collect();
    assert_eq!(titles[1..], ["Back up", "rotate"]);
    assert_eq!(window.workflow().schedules.len(), 1);
    assert!(window.toasts().contains("Crontab was not taken in whole"), "{}", window.toasts());
    // The same once more finds names of its own.
    drop_file(&mut window, CRONTAB);
    assert_eq!(window.probe()["document"]["name"], "rotate_2");
}

#[test]
fn what_cannot_be_imported_is_said() {
    let mut window = window(ThemeChoice::Dark);
    window.world.borrow_mut().path_picked = Some("/home/ada/x.txt".to_owned());
    crate::commands::choose(&mut window, "Import…");
    assert!(window.toasts().contains("x.txt was not imported"), "{}", window.toasts());
    assert_eq!(window.probe()["tabs"].as_array().unwrap().len(), 1);
}

#[test]
fn pictures_of_an_imported_makefile() {
    for (theme, word) in themes() {
        let mut window = window(theme);
        drop_file(&mut window, MAKEFILE);
        assert_eq!(window.probe()["document"]["name"], "site");
        check(&mut window, &format!("imported_{word}"));
    }
}
