//! A scope as CEL sees it: names are looked up, and JSON turned to CEL values, only when an expression asks.

use std::collections::HashMap;

use cel::ExecutionError;
use cel::common::traits::Indexer;
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelTimestamp,
    CelUInt, MAP_TYPE, Type,
};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use serde_json::Value;

use super::budget::{Budget, BudgetVal};
use super::scope::{RUN_FIELDS, Scope, TaskScope};
use crate::Values;
use crate::time::Timestamp;

/// The key that asks a [`Lazy`] value for all of itself as a plain map. No source can spell it.
pub(super) const WHOLE: &str = "@whole";
/// The variable that holds the evaluation's [`Budget`]. No source can spell it.
pub(super) const BUDGET: &str = "@budget";

/// The scope's names, for one evaluation.
pub(super) struct Roots<'v> {
    scope: &'v Scope,
    budget: BudgetVal,
}

impl<'v> Roots<'v> {
    pub(super) fn new(scope: &'v Scope, budget: BudgetVal) -> Self {
        Self { scope, budget }
    }

    fn lazy(&self, place: Place<'v>) -> Lazy<'v> {
        Lazy { scope: self.scope, place, budget: self.budget.clone() }
    }
}

impl VariableResolver for Roots<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let place = match name {
            BUDGET => return Some(CowVal::Borrowed(&self.budget)),
            "params" => Place::Object(&self.scope.params),
            "run" => Place::Run,
            "tasks" => Place::Tasks,
            "env" => Place::Env,
            "outputs" => Place::Object(self.scope.outputs.as_deref()?),
            "hook" => Place::Object(self.scope.hook.as_deref()?),
            "item" => {
                return to_cel(self.scope.item.as_ref()?, &self.budget).ok().map(CowVal::Owned);
            }
            "index" => {
                return self.scope.index.map(|index| CowVal::owned(CelInt::from(i64::from(index))));
            }
            _ => return None,
        };
        Some(CowVal::owned(self.lazy(place)))
    }
}

/// A map of which only the entries that are asked for become CEL values.
#[derive(Debug, Clone)]
struct Lazy<'v> {
    scope: &'v Scope,
    place: Place<'v>,
    budget: BudgetVal,
}

#[derive(Debug, Clone, Copy)]
enum Place<'v> {
    Object(&'v Values),
    Empty,
    Run,
    Tasks,
    Task(&'v TaskScope),
    Env,
}

impl<'v> Lazy<'v> {
    /// The value of one key; none = there is none.
    fn entry(&self, key: &str) -> Result<Option<Box<dyn Val + 'v>>, ExecutionError> {
        let inner = |place| Ok(Some(Box::new(Self { place, ..self.clone() }) as Box<dyn Val + 'v>));
        match self.place {
            Place::Object(values) => {
                values.get(key).map(|value| to_cel(value, &self.budget)).transpose()
            }
            Place::Empty => Ok(None),
            Place::Tasks => match self.scope.tasks.get(key) {
                Some(task) => inner(Place::Task(task)),
                None => Ok(None),
            },
            Place::Task(task) => match key {
                "state" => Ok(Some(Box::new(CelString::from(task.state.word())))),
                "outputs" => inner(task.outputs.as_deref().map_or(Place::Empty, Place::Object)),
                _ => Ok(None),
            },
            Place::Env => Ok(self.scope.env.get(key).map(|text| text_value(text))),
            Place::Run => Ok(run_field(&self.scope.run, key)),
        }
    }

    fn keys(&self) -> Vec<&'v str> {
        match self.place {
            Place::Object(values) => values.keys().map(String::as_str).collect(),
            Place::Empty => Vec::new(),
            Place::Tasks => self.scope.tasks.keys().map(|name| name.as_str()).collect(),
            Place::Task(_) => super::scope::TASK_FIELDS.to_vec(),
            Place::Env => self.scope.env.keys().map(String::as_str).collect(),
            Place::Run => RUN_FIELDS.to_vec(),
        }
    }

    /// All of it, with everything within.
    fn whole(&self) -> Result<CelMap<'v>, ExecutionError> {
        let mut map: HashMap<CelMapKey<'v>, Box<dyn Val + 'v>> = HashMap::new();
        for key in self.keys() {
            self.budget.charge(1)?;
            let nested = match self.place {
                Place::Tasks => self.scope.tasks.get(key).map(Place::Task),
                Place::Task(task) if key == "outputs" => {
                    Some(task.outputs.as_deref().map_or(Place::Empty, Place::Object))
                }
                _ => None,
            };
            let value = match nested {
                Some(place) => {
                    Some(Box::new(Self { place, ..self.clone() }.whole()?) as Box<dyn Val + 'v>)
                }
                None => self.entry(key)?,
            };
            if let Some(value) = value {
                map.insert(CelMapKey::from(key), value);
            }
        }
        Ok(CelMap::from(map))
    }
}

impl Val for Lazy<'_> {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(self.clone())
    }
}

impl Indexer for Lazy<'_> {
    fn get<'b, 'w>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        let Some(key) = key.downcast_ref::<CelString<'_>>() else {
            return Err(ExecutionError::UnexpectedType {
                got: key.get_type().name().to_owned(),
                want: "string".to_owned(),
            });
        };
        if key.inner() == WHOLE {
            return Ok(CowVal::owned(self.whole()?));
        }
        match self.entry(key.inner())? {
            Some(value) => Ok(CowVal::Owned(value)),
            None => Err(ExecutionError::no_such_key(key.inner())),
        }
    }

    fn steal<'w>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

fn text_value(text: &str) -> Box<dyn Val + '_> {
    Box::new(CelString::from(text))
}

fn run_field<'v>(run: &'v super::RunScope, key: &str) -> Option<Box<dyn Val + 'v>> {
    Some(match key {
        "id" => text_value(&run.run),
        "trigger" => text_value(&run.trigger),
        "event" => text_value(&run.event),
        "try" => Box::new(CelInt::from(i64::from(run.try_number))),
        "logical_time" => Box::new(timestamp(run.logical_time)),
        _ => return None,
    })
}

/// The instant as CEL's timestamp; an instant beyond what a calendar can show is its first or last one.
fn timestamp(at: Timestamp) -> CelTimestamp {
    let instant = chrono::DateTime::from_timestamp_micros(at.0).unwrap_or(if at.0 < 0 {
        chrono::DateTime::<chrono::Utc>::MIN_UTC
    } else {
        chrono::DateTime::<chrono::Utc>::MAX_UTC
    });
    CelTimestamp::from(instant.fixed_offset())
}

/// JSON as a CEL value that borrows its texts. Whole numbers are `int`, or `uint` above the largest `int`.
pub(super) fn to_cel<'v>(
    value: &'v Value,
    budget: &Budget,
) -> Result<Box<dyn Val + 'v>, ExecutionError> {
    budget.charge(1)?;
    Ok(match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        Value::Number(number) => number_to_cel(number),
        Value::String(text) => {
            budget.charge_bytes(text.len())?;
            text_value(text)
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| to_cel(item, budget));
            Box::new(CelList::from(items.collect::<Result<Vec<_>, _>>()?))
        }
        Value::Object(entries) => {
            let mut map: HashMap<CelMapKey<'v>, Box<dyn Val + 'v>> =
                HashMap::with_capacity(entries.len());
            for (key, value) in entries {
                map.insert(CelMapKey::from(key.as_str()), to_cel(value, budget)?);
            }
            Box::new(CelMap::from(map))
        }
    })
}

/// JSON as a CEL value that owns its texts.
pub(super) fn owned_to_cel<'v>(
    value: Value,
    budget: &Budget,
) -> Result<Box<dyn Val + 'v>, ExecutionError> {
    budget.charge(1)?;
    Ok(match value {
        Value::String(text) => {
            budget.charge_bytes(text.len())?;
            Box::new(CelString::from(text))
        }
        Value::Array(items) => {
            let items = items.into_iter().map(|item| owned_to_cel(item, budget));
            Box::new(CelList::from(items.collect::<Result<Vec<_>, _>>()?))
        }
        Value::Object(entries) => {
            let mut map: HashMap<CelMapKey<'v>, Box<dyn Val + 'v>> =
                HashMap::with_capacity(entries.len());
            for (key, value) in entries {
                map.insert(CelMapKey::from(key), owned_to_cel(value, budget)?);
            }
            Box::new(CelMap::from(map))
        }
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => Box::new(CelBool::from(value)),
        Value::Number(number) => number_to_cel(&number),
    })
}

fn number_to_cel<'v>(number: &serde_json::Number) -> Box<dyn Val + 'v> {
    match (number.as_i64(), number.as_u64()) {
        (Some(number), _) => Box::new(CelInt::from(number)),
        (None, Some(number)) => Box::new(CelUInt::from(number)),
        (None, None) => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
    }
}
