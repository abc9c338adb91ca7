//! Tests of every type of parameter.

use serde_json::{Value, json};

use super::*;
use crate::document::{Json, ParamKind};
use crate::ident::Ident;

fn param(kind: ParamKind) -> Param {
    Param::new(Ident::new("x").unwrap(), kind)
}

fn named(name: &str, kind: ParamKind) -> Param {
    Param { name: Ident::new(name).unwrap(), ..param(kind) }
}

fn json(value: &Value) -> Json {
    Json::from_value(value)
}

fn values(value: &Value) -> Values {
    value.as_object().unwrap().clone()
}

#[test]
fn every_type_takes_its_values() {
    for (kind, given, taken) in [
        (ParamKind::String, json!("a ${params.y}"), json!("a ${params.y}")),
        (ParamKind::String, json!(""), json!("")),
        (ParamKind::Int, json!(-3), json!(-3)),
        (ParamKind::Int, json!(3.0), json!(3)),
        (ParamKind::Float, json!(3), json!(3.0)),
        (ParamKind::Float, json!(1.5), json!(1.5)),
        (ParamKind::Bool, json!(false), json!(false)),
        (ParamKind::Date, json!("2026-11-23"), json!("2026-11-23")),
        (
            ParamKind::Datetime,
            json!("2026-11-23T06:00:00+01:00"),
            json!("2026-11-23T06:00:00+01:00"),
        ),
        (ParamKind::File, json!("a/b c.csv"), json!("a/b c.csv")),
        (ParamKind::Directory, json!("/data"), json!("/data")),
        (ParamKind::List, json!([1, "a"]), json!([1, "a"])),
        (ParamKind::Json, json!({"a": [null]}), json!({"a": [null]})),
        (ParamKind::Secret, json!("sales_api"), json!("sales_api")),
    ] {
        assert_eq!(check_value(&param(kind), &given), Ok(taken), "{kind:?} {given}");
    }
}

#[test]
fn every_type_refuses_others() {
    let mut text = Vec::new();
    for (kind, given) in [
        (ParamKind::String, json!(1)),
        (ParamKind::Int, json!("3")),
        (ParamKind::Int, json!(1.5)),
        (ParamKind::Int, json!(18_446_744_073_709_551_615_u64)),
        (ParamKind::Float, json!("1")),
        (ParamKind::Bool, json!("yes")),
        (ParamKind::Date, json!("2026-02-30")),
        (ParamKind::Date, json!("2026-11-23T00:00:00Z")),
        (ParamKind::Datetime, json!("2026-11-23")),
        (ParamKind::File, json!("")),
        (ParamKind::Directory, json!("a\0b")),
        (ParamKind::List, json!({"a": 1})),
        (ParamKind::Secret, json!({"secret": "x"})),
        (
            ParamKind::String,
            json!(["a very long list", "of texts", "that would fill", "the whole of a message"]),
        ),
    ] {
        text.push(format!(
            "{} {given}: {}",
            kind.word(),
            check_value(&param(kind), &given).unwrap_err()
        ));
    }
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn text_is_read_by_type() {
    for (kind, text, value) in [
        (ParamKind::String, " 12 ", json!(" 12 ")),
        (ParamKind::String, "\"quoted\" ${x}", json!("\"quoted\" ${x}")),
        (ParamKind::Int, " 12 ", json!(12)),
        (ParamKind::Int, "-9223372036854775808", json!(i64::MIN)),
        (ParamKind::Float, "1e3", json!(1000.0)),
        (ParamKind::Bool, "Yes", json!(true)),
        (ParamKind::Bool, "0", json!(false)),
        (ParamKind::Date, "2026-11-23", json!("2026-11-23")),
        (ParamKind::Datetime, "2026-11-23T06:00:00Z", json!("2026-11-23T06:00:00Z")),
        (ParamKind::File, "a b", json!("a b")),
        (ParamKind::List, "a, b,", json!(["a", "b", ""])),
        (ParamKind::List, "[1, \"b\"]", json!([1, "b"])),
        (ParamKind::List, "", json!([])),
        (ParamKind::Json, "{\"a\": 1}", json!({"a": 1})),
        (ParamKind::Secret, "sales_api", json!("sales_api")),
    ] {
        assert_eq!(parse_text(&param(kind), text), Ok(value), "{kind:?} {text}");
    }
    let refused: Vec<String> = [
        (ParamKind::Int, "12a"),
        (ParamKind::Int, "9223372036854775808"),
        (ParamKind::Float, "nan"),
        (ParamKind::Float, "1e999"),
        (ParamKind::Bool, "maybe"),
        (ParamKind::Date, "today"),
        (ParamKind::List, "[1"),
        (ParamKind::Json, "a"),
        (ParamKind::Secret, ""),
    ]
    .into_iter()
    .map(|(kind, text)| parse_text(&param(kind), text).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn choices_bounds_and_patterns_hold() {
    let mut mode = param(ParamKind::Choice);
    mode.choices = vec![json(&json!("full")), json(&json!("delta")), json(&json!(7))];
    assert_eq!(check_value(&mode, &json!("full")), Ok(json!("full")));
    assert_eq!(parse_text(&mode, "7"), Ok(json!(7)));
    let mut number = param(ParamKind::Int);
    (number.min, number.max) = (Some(json(&json!(1))), Some(json(&json!(9))));
    assert_eq!(check_value(&number, &json!(9)), Ok(json!(9)));
    let mut day = param(ParamKind::Date);
    day.min = Some(json(&json!("2026-01-01")));
    let mut list = param(ParamKind::List);
    list.max = Some(json(&json!(2)));
    let mut name = param(ParamKind::String);
    (name.min, name.pattern) = (Some(json(&json!(2))), Some("[a-z]+|x1".to_owned()));
    assert_eq!(check_value(&name, &json!("x1")), Ok(json!("x1")));
    let refused: Vec<String> = [
        (&mode, json!("ful")),
        (&mode, json!(8)),
        (&number, json!(0)),
        (&number, json!(10)),
        (&day, json!("2025-12-31")),
        (&list, json!([1, 2, 3])),
        (&name, json!("a")),
        (&name, json!("abc1")),
    ]
    .into_iter()
    .map(|(param, value)| check_value(param, &value).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn resolve_fills_in_defaults() {
    let scope = Scope {
        run: crate::expr::RunScope {
            logical_time: crate::time::Timestamp(1_795_413_600_000_000),
            ..Default::default()
        },
        ..Scope::default()
    };
    let mut params = vec![
        named("day", ParamKind::Date),
        named("copies", ParamKind::Int),
        named("file", ParamKind::File),
        named("tags", ParamKind::List),
        named("nothing", ParamKind::String),
    ];
    params[0].default = Some("${date(run.logical_time)}".into());
    params[1].default = Some("${run.try}0".into());
    params[2].default = Some("sales-${params.day}-${params.copies}.csv".into());
    params[3].default = Some(json(&json!(["a"])));
    let resolved = resolve(&params, &Values::new(), &scope).unwrap();
    let expected = json!({"day": "2026-11-23", "copies": 0, "file": "sales-2026-11-23-0.csv", "tags": ["a"], "nothing": null});
    assert_eq!(Value::Object(resolved), expected);
    let given = values(&json!({"day": "2020-01-01", "tags": [], "nothing": "${params.day}"}));
    let resolved = resolve(&params, &given, &scope).unwrap();
    assert_eq!(resolved["file"], "sales-2020-01-01-0.csv");
    assert_eq!((&resolved["tags"], &resolved["nothing"]), (&json!([]), &json!("${params.day}")));
}

#[test]
fn resolve_names_all_problems() {
    let mut params = vec![
        named("day", ParamKind::Date),
        named("mode", ParamKind::Int),
        named("file", ParamKind::File),
    ];
    params[0].required = true;
    params[0].description = Some("the day to load".to_owned());
    params[2].default = Some("${params.dya}".into());
    let given = values(&json!({"mode": "x", "dya": 1, "zebra": 2}));
    let problems = resolve(&params, &given, &Scope::default()).unwrap_err();
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(text.join("\n"));
    let none = resolve(&[], &values(&json!({"a": 1})), &Scope::default()).unwrap_err();
    assert!(none[0].message.contains("has none"));
}

#[test]
fn declarations_are_checked() {
    let mut cases: Vec<Param> = Vec::new();
    let mut add = |kind: ParamKind, change: &dyn Fn(&mut Param)| {
        let mut param = param(kind);
        change(&mut param);
        cases.push(param);
    };
    add(ParamKind::Choice, &|_| {});
    add(ParamKind::Int, &|p| {
        p.choices = vec![json(&json!(1)), json(&json!("2")), json(&json!(1.0))];
    });
    add(ParamKind::Int, &|p| (p.min, p.max) = (Some(json(&json!(3))), Some(json(&json!(1)))));
    add(ParamKind::Bool, &|p| p.min = Some(json(&json!(3))));
    add(ParamKind::Date, &|p| p.max = Some(json(&json!("soon"))));
    add(ParamKind::String, &|p| p.pattern = Some("(".to_owned()));
    add(ParamKind::Int, &|p| p.pattern = Some("3".to_owned()));
    add(ParamKind::Int, &|p| p.default = Some(json(&json!("x"))));
    add(ParamKind::Int, &|p| (p.default, p.max) = (Some(json(&json!(5))), Some(json(&json!(4)))));
    add(ParamKind::Int, &|p| (p.default, p.required) = (Some(json(&json!(5))), true));
    add(ParamKind::String, &|p| p.default = Some("${tasks.a.outputs.b} ${item}".into()));
    add(ParamKind::String, &|p| p.default = Some("ab ${1 +}".into()));
    let text: Vec<String> = cases
        .iter()
        .map(|param| {
            let problems = check_declaration(param);
            let texts = problems
                .iter()
                .map(|p| format!("{} {:?}: {}", p.member.key(), p.column, p.message));
            format!("{}: {}", param.kind.word(), texts.collect::<Vec<_>>().join(" / "))
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
    let mut good = param(ParamKind::Date);
    good.default = Some("${date(run.logical_time)}".into());
    good.min = Some("2020-01-01".into());
    assert_eq!(check_declaration(&good), []);
}

fn kinds() -> impl proptest::strategy::Strategy<Value = ParamKind> {
    proptest::sample::select(ParamKind::ALL.to_vec())
}

proptest::proptest! {
    /// Whatever text is taken is of the type, and given back as text it is taken as the same value.
    #[test]
    fn any_text_is_taken_or_refused(kind in kinds(), text in "\\PC{0,20}|-?[0-9.e]{1,8}|\\[[0-9,\"]{0,8}\\]|2026-[01][0-9]-[0-3][0-9]") {
        let param = param(kind);
        if let Ok(value) = parse_text(&param, &text) {
            proptest::prop_assert_eq!(check_value(&param, &value), Ok(value.clone()));
            let again = parse_text(&param, &crate::expr::to_text(&value));
            proptest::prop_assert_eq!(again, Ok(value));
        }
    }
}
