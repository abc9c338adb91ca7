//! The workflow document and its meaning: types, parser, validation, expressions, events.
