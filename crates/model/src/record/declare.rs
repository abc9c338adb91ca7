//! The declaration itself: `record!`.
//!
//! A field is declared by its mode, its place in the struct, its key and what it means:
//! `need` has to be there and names the thing; `should` has to be there too, but without it there is still
//! something to show; `maybe` is an `Option`; `or` has a default, which is left out when written;
//! `case` is one variant of an enum that is spread over several keys.

/// The schema of a field's type, found through a projection to it.
pub(super) fn schema_of<R, T: super::Member>(
    _: fn(&R) -> &T,
    definitions: &mut super::Definitions,
) -> serde_json::Value {
    T::schema(definitions)
}

/// The same for an optional field.
pub(super) fn schema_of_option<R, T: super::Member>(
    _: fn(&R) -> &Option<T>,
    definitions: &mut super::Definitions,
) -> serde_json::Value {
    T::schema(definitions)
}

/// A default as it would be written.
pub(super) fn default_json<R, T: super::Member>(
    _: fn(&R) -> &T,
    default: &T,
) -> crate::document::Json {
    default.write()
}

/// Puts a value that could be read into `slot`.
pub(super) fn fill<'a, T: super::Member>(
    slot: &mut T,
    json: &'a crate::document::Json,
    reader: &mut super::Reader<'a>,
) -> bool {
    T::read(json, reader).map(|value| *slot = value).is_some()
}

/// The same for an optional field.
pub(super) fn fill_option<'a, T: super::Member>(
    slot: &mut Option<T>,
    json: &'a crate::document::Json,
    reader: &mut super::Reader<'a>,
) -> bool {
    T::read(json, reader).map(|value| *slot = Some(value)).is_some()
}

macro_rules! field {
    ($ty:ident need $field:ident $key:literal $doc:literal) => {
        $crate::record::Field::<$ty> {
            key: $key,
            doc: $doc,
            is_required: true,
            is_named_by: true,
            read: |it, json, reader| $crate::record::declare::fill(&mut it.$field, json, reader),
            write: |it| Some($crate::record::Member::write(&it.$field)),
            settle: |before, after| $crate::record::Member::settle(&before.$field, &mut after.$field),
            schema: |definitions| {
                $crate::record::declare::schema_of(|it: &$ty| &it.$field, definitions)
            },
            default: None,
        }
    };
    ($ty:ident should $field:ident $key:literal $doc:literal) => {
        $crate::record::Field::<$ty> {
            is_named_by: false,
            ..$crate::record::declare::field!($ty need $field $key $doc)
        }
    };
    ($ty:ident maybe $field:ident $key:literal $doc:literal) => {
        $crate::record::Field::<$ty> {
            key: $key,
            doc: $doc,
            is_required: false,
            is_named_by: false,
            read: |it, json, reader| $crate::record::declare::fill_option(&mut it.$field, json, reader),
            write: |it| it.$field.as_ref().map($crate::record::Member::write),
            settle: |before, after| {
                if let (Some(before), Some(after)) = (&before.$field, &mut after.$field) {
                    $crate::record::Member::settle(before, after);
                }
            },
            schema: |definitions| {
                $crate::record::declare::schema_of_option(|it: &$ty| &it.$field, definitions)
            },
            default: None,
        }
    };
    ($ty:ident or ($default:expr) $field:ident $key:literal $doc:literal) => {
        $crate::record::Field::<$ty> {
            key: $key,
            doc: $doc,
            is_required: false,
            is_named_by: false,
            read: |it, json, reader| $crate::record::declare::fill(&mut it.$field, json, reader),
            write: |it| {
                (it.$field != $default).then(|| $crate::record::Member::write(&it.$field))
            },
            settle: |before, after| $crate::record::Member::settle(&before.$field, &mut after.$field),
            schema: |definitions| {
                $crate::record::declare::schema_of(|it: &$ty| &it.$field, definitions)
            },
            default: Some(|| {
                $crate::record::declare::default_json(|it: &$ty| &it.$field, &$default)
            }),
        }
    };
    ($ty:ident case ($inner:ty, $enum:ident :: $variant:ident) $field:ident $key:literal $doc:literal) => {
        $crate::record::Field::<$ty> {
            key: $key,
            doc: $doc,
            is_required: false,
            is_named_by: false,
            read: |it, json, reader| {
                <$inner as $crate::record::Member>::read(json, reader)
                    .map(|value| it.$field = $enum::$variant(value))
                    .is_some()
            },
            write: |it| match &it.$field {
                $enum::$variant(value) => Some($crate::record::Member::write(value)),
                _ => None,
            },
            settle: |before, after| {
                if let ($enum::$variant(before), $enum::$variant(after)) =
                    (&before.$field, &mut after.$field)
                {
                    <$inner as $crate::record::Member>::settle(before, after);
                }
            },
            schema: |definitions| <$inner as $crate::record::Member>::schema(definitions),
            default: None,
        }
    };
}

macro_rules! record {
    (
        $ty:ident, $name:literal, $record_doc:literal, blank: $blank:expr,
        $(one_of: $one_of:expr,)?
        { $( $mode:ident $(($($arg:tt)*))? $field:ident $key:literal : $doc:literal ; )* }
    ) => {
        impl $crate::record::Record for $ty {
            const NAME: &'static str = $name;
            const DOC: &'static str = $record_doc;
            const ONE_OF: &'static [&'static str] = $crate::record::declare::one_of!($($one_of)?);

            fn fields() -> &'static [$crate::record::Field<Self>] {
                const FIELDS: &[$crate::record::Field<$ty>] = &[
                    $( $crate::record::declare::field!($ty $mode $(($($arg)*))? $field $key $doc), )*
                ];
                FIELDS
            }

            fn blank() -> Self {
                $blank
            }

            fn extra(&self) -> &$crate::document::Extra {
                &self.extra
            }

            fn extra_mut(&mut self) -> &mut $crate::document::Extra {
                &mut self.extra
            }
        }

        impl $crate::record::Member for $ty {
            fn read<'a>(
                json: &'a $crate::document::Json,
                reader: &mut $crate::record::Reader<'a>,
            ) -> Option<Self> {
                $crate::record::read_record(json, reader)
            }

            fn write(&self) -> $crate::document::Json {
                $crate::record::write_record(self)
            }

            fn schema(definitions: &mut $crate::record::Definitions) -> serde_json::Value {
                definitions.record::<Self>()
            }

            fn settle(before: &Self, after: &mut Self) {
                $crate::record::settle(before, after);
            }
        }
    };
}

macro_rules! one_of {
    () => {
        &[]
    };
    ($keys:expr) => {
        $keys
    };
}

/// An enum that is written as one word.
macro_rules! words {
    ($ty:ident, $what:literal, [$($variant:ident = $word:literal),* $(,)?]) => {
        impl $crate::record::Member for $ty {
            fn read<'a>(
                json: &'a $crate::document::Json,
                reader: &mut $crate::record::Reader<'a>,
            ) -> Option<Self> {
                match $crate::record::scalars::read_word(json, reader, $what, &[$($word),*])? {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            fn write(&self) -> $crate::document::Json {
                $crate::document::Json::from(match self { $(Self::$variant => $word,)* })
            }

            fn schema(_: &mut $crate::record::Definitions) -> serde_json::Value {
                serde_json::json!({ "enum": [$($word),*] })
            }
        }
    };
}

pub(super) use {field, one_of, record, words};
