//! The JSON Schema says what the parser does.

use millrace_model::schema::schema;

/// A snapshot, so that a change of the schema is seen in review.
#[test]
fn the_schema_is_as_reviewed() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema()).unwrap());
}
