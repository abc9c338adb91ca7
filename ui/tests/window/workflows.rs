//! The place of the workflows: folders, orders, what is found in documents, how they stand in git; and what is said where
//! nothing can be shown.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::git::{DocumentGit, GitReport, GitState, Repository};
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::RunState;
use millrace_ui::{Settings, ThemeChoice};

use crate::pictures::{FULL, SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window, World};

const ROOT: &str = "/home/ada/workflows";

/// The daily sales under another name.
fn put(world: &mut World, path: &str, title: &str) -> String {
    let name = path.rsplit('/').next().unwrap().trim_end_matches(".json");
    let text = SALES_TEXT.replace("daily_sales", name).replace("Daily sales report", title);
    let path = if path.starts_with('/') { path.to_owned() } else { format!("{ROOT}/{path}") };
    world.files.insert(path, text.clone());
    text
}

/// Some folders, with something that failed in one of them.
fn folders(world: &mut World) {
    world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    put(world, "nightly.json", "Nightly backup");
    let text = put(world, "team/orders.json", "Orders of the week");
    let run = world.begin(&text);
    world.succeed(run, "fetch_exports", 700);
    world.fail(run, "clean_rows", 90, 1, "boom");
    world.finish(run, RunState::Failed, Some("clean_rows"));
    put(world, "team/deep/stock.json", "Stock");
    put(world, "/srv/far.json", "From far away");
    world.empty_folders.insert(format!("{ROOT}/archive"));
    let run = world.begin(SALES_TEXT);
    world.succeed(run, "fetch_exports", 1_200);
    world.start(run, "clean_rows");
}

fn in_git(world: &mut World) {
    let state = |path: &str, state| DocumentGit { path: path.to_owned(), repository: 0, state };
    world.git = GitReport {
        repositories: vec![Repository {
            path: ROOT.to_owned(),
            branch: Some("main".to_owned()),
            commit: Some("8f2c41d9".to_owned()),
            trouble: None,
        }],
        documents: vec![
            state(SALES, GitState::Modified),
            state(&format!("{ROOT}/nightly.json"), GitState::Unchanged),
            state(&format!("{ROOT}/team/orders.json"), GitState::Untracked),
            state(&format!("{ROOT}/team/deep/stock.json"), GitState::Conflict),
        ],
    };
}

fn window(theme: ThemeChoice, size: egui::Vec2, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, size, 1.0, None, make);
    wait(&mut window);
    window
}

fn wait(window: &mut Window) {
    window.settle();
    window.settle();
}

/// The labels of what is in view, from top to bottom.
fn titles(window: &Window) -> Vec<String> {
    let names =
        ["Daily sales report", "Nightly backup", "Orders of the week", "Stock", "From far away"];
    let mut found: Vec<(f32, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let top = window.harness.query_all_by_label(name).map(|it| it.rect().top()).next()?;
            Some((top, name))
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, name)| name.to_owned()).collect()
}

#[test]
fn folders_fold_and_stay_so() {
    let mut window = window(ThemeChoice::Dark, FULL, folders);
    let all =
        ["Daily sales report", "Nightly backup", "Orders of the week", "Stock", "From far away"];
    assert_eq!(titles(&window), all);
    window.harness.get_by_label("Folder team, 2 workflows");
    window.harness.get_by_label("Folder archive, 0 workflows");
    window.push("Folder team, 2 workflows");
    window.push("Folder Elsewhere, 1 workflow");
    assert_eq!(titles(&window), all[..2]);
    let mut window = window.again(None);
    wait(&mut window);
    assert_eq!(titles(&window), all[..2]);
    window.push("Folder team, 2 workflows");
    assert_eq!(titles(&window), all[..4]);
    // While something is looked for, nothing is hidden.
    window.push("Folder team, 2 workflows");
    window.fill("Search workflows", "stock");
    wait(&mut window);
    assert_eq!(titles(&window), ["Stock"]);
    window.did(&["Library::Fold"]);
}

#[test]
fn one_folder_needs_no_heading() {
    let window = window(ThemeChoice::Dark, FULL, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    });
    assert!(!window.has("Folder workflows, 1 workflow"));
    assert_eq!(titles(&window), ["Daily sales report"]);
}

#[test]
fn the_order_is_chosen_and_stays() {
    let mut window = window(ThemeChoice::Dark, FULL, |world| {
        folders(world);
        world.files.retain(|path, _| !path.contains("/team/") && !path.contains("/srv/"));
        let nightly = put(world, "nightly.json", "Nightly backup");
        world.pass(1_000);
        let run = world.begin(&nightly);
        world.succeed(run, "fetch_exports", 9_000);
        world.finish(run, RunState::Failed, Some("fetch_exports"));
    });
    assert_eq!(titles(&window), ["Daily sales report", "Nightly backup"]);
    for order in ["Last run", "State", "Slowest"] {
        window.push("Order");
        window.push(order);
        assert_eq!(titles(&window), ["Nightly backup", "Daily sales report"], "{order}");
        window.push("Order");
        window.push("Name");
    }
    window.push("Order");
    window.push("State");
    window.did(&["Library::Order"]);
    let mut window = window.again(None);
    wait(&mut window);
    assert_eq!(titles(&window), ["Nightly backup", "Daily sales report"]);
}

#[test]
fn graphs_that_could_not_be_read_are_asked_for_again_when_the_engine_is_back() {
    let mut window = window(ThemeChoice::Dark, FULL, |world| {
        put(world, "one.json", "One");
        let away = ApiError::new(Code::Unreachable, "no answer");
        world.refuse.insert("read_document", away);
    });
    window.push("Show cards");
    wait(&mut window);
    let asked = window.world.borrow().asked("read_document");
    wait(&mut window);
    assert_eq!(window.world.borrow().asked("read_document"), asked, "not again and again");
    window.leave();
    window.world.borrow_mut().refuse.clear();
    window.come_back();
    assert!(window.world.borrow().asked("read_document") > asked);
}

#[test]
fn cards_show_graphs_of_what_is_in_view_alone() {
    let mut window = window(ThemeChoice::Dark, FULL, |world| {
        for number in 0..500 {
            put(world, &format!("a_{number:03}.json"), &format!("Number {number:03}"));
        }
    });
    window.push("Show cards");
    for _ in 0..12 {
        wait(&mut window);
    }
    let asked = window.world.borrow().asked("read_document");
    assert!((8..=24).contains(&asked), "{asked} documents were read for a screen of cards");
    window.harness.get_by_label("Number 000");
    assert!(!window.has("Number 100"));
    for _ in 0..4 {
        wait(&mut window);
    }
    assert_eq!(window.world.borrow().asked("read_document"), asked, "they are kept");
    window.harness.get_by_label("Run Number 001").click();
    wait(&mut window);
    assert_eq!(window.probe()["place"], "run");
    let mut window = window.again(None);
    wait(&mut window);
    window.push("Show a table");
    assert!(!window.harness.state().settings().library_cards);
    window.did(&["Library::ShowCards"]);
}

#[test]
fn folders_are_made_renamed_and_removed() {
    let mut window = window(ThemeChoice::Dark, FULL, folders);
    window.push("More about the folder team");
    window.push("New folder…");
    window.fill("Name", ".git");
    window.harness.get_by_label("A folder whose name begins with a dot is not looked into");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.world.borrow().asked("make_folder"), 0);
    window.fill("Name", "每日");
    window.press(Modifiers::NONE, Key::Enter);
    wait(&mut window);
    window.harness.get_by_label("Folder 每日, 0 workflows");
    window.push("More about the folder 每日");
    window.push("Remove the folder");
    wait(&mut window);
    assert!(!window.has("Folder 每日, 0 workflows"));

    window.push("Stock");
    wait(&mut window);
    window.press(Modifiers::COMMAND, Key::Num1);
    window.push("Folder deep, 1 workflow");
    window.push("More about the folder team");
    window.push("Rename folder…");
    assert_eq!(window.value("Name"), "team");
    window.fill("Name", "sales");
    window.push("Rename");
    wait(&mut window);
    let moved = format!("{ROOT}/sales/deep/stock.json");
    assert!(window.world.borrow().files.contains_key(&moved));
    assert_eq!(window.probe()["tabs"][0]["path"], moved.as_str());
    assert!(!window.has("Run Stock"), "what was folded stays so");
    window.harness.get_by_label("Folder sales, 2 workflows");
    assert_eq!(window.harness.state().settings().recent_documents, [moved]);
    window.did(&[
        "Library::MakeFolder",
        "Library::AskFolderName",
        "Library::RenameFolder",
        "Library::RemoveFolder",
    ]);
}

#[test]
fn a_folder_with_changes_in_open_tabs_is_not_renamed_under_them() {
    let mut window = window(ThemeChoice::Dark, FULL, folders);
    window.push("Stock");
    wait(&mut window);
    let at = window.spot("build_report", None);
    window.drag(at, at + egui::vec2(64.0, 64.0));
    window.press(Modifiers::COMMAND, Key::Num1);
    window.push("More about the folder team");
    window.push("Rename folder…");
    window.fill("Name", "sales");
    window.push("Rename");
    assert_eq!(window.world.borrow().asked("rename_folder"), 0);
    let toasts = window.probe()["toasts"].to_string();
    assert!(toasts.contains("have changes that are not saved"), "{toasts}");
}

#[test]
fn a_workflow_is_moved_by_its_menu_and_by_hand() {
    let mut window = window(ThemeChoice::Dark, FULL, folders);
    window.push("More about Nightly backup");
    window.push("Move to folder…");
    window.fill("Find a folder", "arch");
    assert!(!window.has("Into team"));
    window.push("Into archive");
    wait(&mut window);
    let moved = format!("{ROOT}/archive/nightly.json");
    assert!(window.world.borrow().files.contains_key(&moved));
    let from = window.harness.get_by_label("Daily sales report").rect();
    let to = window.harness.get_by_label("Folder deep, 1 workflow").rect().center();
    window.drag(from.left_center() + egui::vec2(300.0, 0.0), to);
    wait(&mut window);
    let moved = format!("{ROOT}/team/deep/daily_sales.json");
    assert!(window.world.borrow().files.contains_key(&moved), "{:?}", window.probe()["toasts"]);
    assert_eq!(window.probe()["place"], "workflows", "nothing was opened");
    window.did(&["Library::AskMove", "Library::MoveInto"]);
}

#[test]
fn words_are_found_in_tasks_and_lead_there() {
    let mut window = window(ThemeChoice::Dark, FULL, folders);
    window.fill("Search workflows", "warehouse");
    wait(&mut window);
    let hits = window.harness.query_all_by_label_contains("Load warehouse, ").count();
    assert!(hits >= 3, "{hits}");
    let hit = window.harness.query_all_by_label_contains("Load warehouse, ").next().unwrap();
    hit.click();
    wait(&mut window);
    let probe = window.probe();
    assert_eq!(
        (&probe["place"], &probe["document"]["name"]),
        (&"editor".into(), &"daily_sales".into())
    );
    assert_eq!(probe["canvas"]["selected"], serde_json::json!(["load_warehouse"]));
    assert_eq!(window.value("Find in workflow"), "warehouse");
    window.did(&["Library::OpenHit"]);
}

#[test]
fn tasks_that_read_the_same_are_found_apart() {
    let text = r#"{ "millrace": 1, "name": "twins", "tasks": [
        { "name": "one", "title": "Copy", "kind": "shell", "spec": { "script": "cp lamp" } },
        { "name": "two", "title": "Copy", "kind": "shell", "spec": { "script": "cp lamp" } }
    ] }"#;
    let mut window = window(ThemeChoice::Dark, FULL, |world| {
        world.files.insert(format!("{ROOT}/twins.json"), text.to_owned());
    });
    window.fill("Search workflows", "lamp");
    wait(&mut window);
    let hits = window.harness.query_all_by_label_contains("Copy, script: ");
    let second = hits.last().unwrap().rect().center();
    window.click(second);
    wait(&mut window);
    assert_eq!(window.selected(), ["two"]);
}

#[test]
fn the_box_that_finds_everything_looks_into_documents_too() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::K);
    window.harness.get_by_label("Find anything").type_text("on conflict");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    wait(&mut window);
    assert_eq!(window.probe()["place"], "workflows");
    assert_eq!(window.value("Search workflows"), "on conflict");
    window.harness.get_by_label_contains("Load warehouse, script: ");
    window.did(&["Library::SearchFor"]);
}

#[test]
fn kinds_of_tasks_can_be_asked_for() {
    let mut window = window(ThemeChoice::Dark, FULL, folders);
    window.fill("Search workflows", "kind:shell");
    wait(&mut window);
    let asked = window.world.borrow();
    let is_it = |request: &&Request| matches!(request, Request::SearchWorkflows(search) if search.text == "kind:shell");
    assert_eq!(asked.requests.iter().filter(is_it).count(), 1, "once for what stands there");
}

#[test]
fn a_tab_says_how_its_file_stands_in_git() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, FULL, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            in_git(world);
        });
        wait(&mut window);
        window.harness.get_by_label("Other than in the last commit, branch main");
        check(&mut window, &format!("editor_git_{word}"));
        // Another look says something else.
        window.world.borrow_mut().git.documents[0].state = GitState::Unchanged;
        wait(&mut window);
        assert!(!window.has("Other than in the last commit, branch main"));
        window.world.borrow_mut().refuse.insert("read_git", ApiError::new(Code::Internal, "no"));
        wait(&mut window);
        assert_eq!(window.probe()["toasts"], serde_json::json!([]));
    }
}

#[test]
fn how_files_stand_in_git_is_said() {
    let mut window = window(ThemeChoice::Dark, FULL, |world| {
        folders(world);
        in_git(world);
    });
    for words in [
        "Other than in the last commit, branch main",
        "New: not in git yet, branch main",
        "A merge left a conflict in it, branch main",
    ] {
        window.harness.get_by_label(words);
    }
    // It is asked for after the list, which waits for nothing of it.
    window.world.borrow_mut().refuse.insert("read_git", ApiError::new(Code::Internal, "no"));
    window.push("Order");
    window.push("Name");
    window.press(Modifiers::COMMAND, Key::Num2);
    window.world.borrow_mut().begin(SALES_TEXT);
    wait(&mut window);
    window.press(Modifiers::COMMAND, Key::Num1);
    wait(&mut window);
    assert!(!window.has("New: not in git yet, branch main"));
    assert_eq!(titles(&window).len(), 5);
    assert_eq!(window.probe()["toasts"], serde_json::json!([]));
}

#[test]
fn where_nothing_can_be_shown_it_says_why() {
    let mut shown = window(ThemeChoice::Dark, SMALL, |world| {
        world.held = Some("list_workflows");
    });
    shown.harness.get_by_label("Loading");
    check(&mut shown, "workflows_loading");

    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    let mut shown = window(ThemeChoice::Dark, SMALL, |world| {
        folders(world);
        world.refuse.insert("list_workflows", gone.clone());
    });
    shown.harness.get_by_label("The library cannot be read");
    check(&mut shown, "workflows_error");
    shown.world.borrow_mut().refuse.clear();
    shown.push("Try again");
    wait(&mut shown);
    assert_eq!(titles(&shown).len(), 5);

    shown.world.borrow_mut().refuse.insert("list_workflows", gone.clone());
    crate::commands::choose(&mut shown, "Refresh");
    wait(&mut shown);
    shown.harness.get_by_label_contains("These are the workflows as they were known before");
    assert_eq!(titles(&shown).len(), 5);
    check(&mut shown, "workflows_disconnected");

    shown.world.borrow_mut().refuse.clear();
    shown.world.borrow_mut().refuse.insert("search_workflows", gone);
    crate::commands::choose(&mut shown, "Refresh");
    wait(&mut shown);
    shown.fill("Search workflows", "nightly");
    wait(&mut shown);
    shown.harness.get_by_label_contains("Only names and titles are looked through");
    assert_eq!(titles(&shown), ["Nightly backup"]);

    shown.world.borrow_mut().refuse.clear();
    shown.fill("Search workflows", "nowhere at all");
    wait(&mut shown);
    shown.harness.get_by_label("Nothing found");
}

#[test]
fn pictures_of_the_library() {
    for (theme, name) in themes() {
        let mut shown = window(theme, FULL, |world| {
            folders(world);
            in_git(world);
        });
        check(&mut shown, &format!("workflows_folders_{name}"));
        shown.fill("Search workflows", "warehouse");
        wait(&mut shown);
        check(&mut shown, &format!("workflows_search_{name}"));
        shown.press(Modifiers::COMMAND, Key::A);
        shown.press(Modifiers::NONE, Key::Backspace);
        wait(&mut shown);
        shown.push("More about Nightly backup");
        shown.push("Move to folder…");
        check(&mut shown, &format!("workflows_move_{name}"));
        shown.push("Cancel");
        shown.push("Show cards");
        for _ in 0..6 {
            wait(&mut shown);
        }
        check(&mut shown, &format!("workflows_cards_{name}"));
    }
    let mut shown = window(ThemeChoice::Dark, FULL, |world| {
        for number in 0..3_000 {
            let name = format!("team_{:02}/task_{number:04}.json", number % 40);
            let text = r#"{"millrace": 1, "name": "NAME", "tasks": []}"#;
            let text = text.replace("NAME", &format!("task_{number:04}"));
            world.files.insert(format!("{ROOT}/{name}"), text);
        }
    });
    check(&mut shown, "workflows_huge");
    let han: &[u8] = include_bytes!("../fonts/han.otf");
    let mut shown = window(ThemeChoice::Light, SMALL, |world| {
        world.fonts.push(("每日销售报告中文清理数据运行", han));
        put(world, "每日/sales.json", "每日销售报告 中文");
        let text = put(world, "a.json", "清理数据运行");
        world.begin(&text);
    });
    check(&mut shown, "workflows_han");
}

#[test]
fn what_was_chosen_before_there_were_folders_is_kept() {
    let old = serde_json::json!({ "theme": "dark", "recent_documents": ["/a.json"] });
    let settings: Settings = serde_json::from_value(old).unwrap();
    assert_eq!((settings.recent_documents.len(), settings.folded_folders.len()), (1, 0));
}
