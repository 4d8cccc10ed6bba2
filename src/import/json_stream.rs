//! Reads the objects of a JSON file one by one: a list, an object with `items`, or one object per line.
//!
//! It holds one object at a time and does not know what it means.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// What is done with each object; its number counts from 1.
type Each<'a> = dyn FnMut(u64, Value) -> Result<()> + 'a;

/// Shows every object of `file` to `each`; says whether the file is one of several pages of an answer.
pub(super) fn read_objects(file: &Path, each: &mut Each) -> Result<IsCutOff> {
    let failed = |error: std::io::Error| Error::Storage {
        action: "read",
        location: file.display().to_string(),
        source: Box::new(error),
    };
    let mut reader = BufReader::new(super::open(file)?);
    if reader
        .fill_buf()
        .map_err(failed)?
        .starts_with(b"\xef\xbb\xbf")
    {
        reader.consume(3);
    }
    let mut stream = Stream {
        each,
        n_objects: 0,
        is_cut_off: false,
        stopped_by: None,
    };
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    while deserializer.end().is_err() {
        let Err(error) = stream.value().deserialize(&mut deserializer) else {
            continue;
        };
        return Err(stream.stopped_by.take().unwrap_or_else(|| Error::Corrupt {
            location: file.display().to_string(),
            problem: format!(
                "after {} objects: {error}; expected a list of objects, an object with items, or one object per line",
                stream.n_objects
            ),
        }));
    }
    Ok(if stream.is_cut_off {
        IsCutOff::Yes
    } else {
        IsCutOff::No
    })
}

/// Whether the platform said that there is more than this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IsCutOff {
    Yes,
    No,
}

struct Stream<'a, 'e> {
    each: &'a mut Each<'e>,
    n_objects: u64,
    is_cut_off: bool,
    /// The caller's error, which the parser cannot carry.
    stopped_by: Option<Error>,
}

impl<'a, 'e> Stream<'a, 'e> {
    /// A value that is an object, a list of objects, or an object with `items`.
    fn value<'s>(&'s mut self) -> Objects<'s, 'a, 'e> {
        Objects { stream: self }
    }

    fn show(&mut self, object: Value) -> std::result::Result<(), &'static str> {
        self.n_objects += 1;
        (self.each)(self.n_objects, object).map_err(|error| {
            self.stopped_by = Some(error);
            "stopped"
        })
    }
}

struct Objects<'s, 'a, 'e> {
    stream: &'s mut Stream<'a, 'e>,
}

impl<'de> DeserializeSeed<'de> for Objects<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Objects<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<(), A::Error> {
        while let Some(object) = list.next_element::<Map<String, Value>>()? {
            self.stream
                .show(Value::Object(object))
                .map_err(A::Error::custom)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        let mut object = Map::new();
        let mut has_items = false;
        while let Some(name) = map.next_key::<String>()? {
            if name == "items" {
                has_items = true;
                map.next_value_seed(Items {
                    stream: self.stream,
                })?;
            } else if has_items && name != "has_more" {
                map.next_value::<IgnoredAny>()?;
            } else {
                object.insert(name, map.next_value()?);
            }
        }
        if has_items {
            self.stream.is_cut_off |= object.get("has_more") == Some(&Value::Bool(true));
            return Ok(());
        }
        self.stream
            .show(Value::Object(object))
            .map_err(A::Error::custom)
    }
}

/// The list under `items`.
struct Items<'s, 'a, 'e> {
    stream: &'s mut Stream<'a, 'e>,
}

impl<'de> DeserializeSeed<'de> for Items<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_seq(Objects {
            stream: self.stream,
        })
    }
}
