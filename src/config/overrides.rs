//! Lays environment variables and `--set` over the configuration's TOML, and words its mistakes.

use crate::error::{Error, Result};

/// `CROWDRANK_RANKING__METHOD=elo` sets `ranking.method`; names without `__` mean other things.
pub(super) fn apply_variables(
    table: &mut toml::Table,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<()> {
    let mut named: Vec<(String, String)> = variables
        .filter_map(|(name, value)| {
            let key = name.strip_prefix("CROWDRANK_")?;
            key.contains("__")
                .then(|| (key.to_ascii_lowercase().replace("__", "."), value))
        })
        .collect();
    named.sort();
    for (key, value) in named {
        set(table, &key, &value)?;
    }
    Ok(())
}

/// Each of `settings` is `section.key=value`.
pub(super) fn apply_settings(table: &mut toml::Table, settings: &[String]) -> Result<()> {
    for setting in settings {
        let Some((key, value)) = setting.split_once('=') else {
            return Err(Error::Usage(format!(
                "--set {setting}: write section.key=value, such as ranking.method=win_rate"
            )));
        };
        set(table, key.trim(), value.trim())?;
    }
    Ok(())
}

fn set(table: &mut toml::Table, key: &str, text: &str) -> Result<()> {
    let value = format!("v = {text}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut parsed| parsed.remove("v"))
        .unwrap_or_else(|| toml::Value::String(text.to_owned()));
    let mut parts: Vec<&str> = key.split('.').collect();
    let Some(last) = parts.pop() else {
        return Err(Error::Usage(format!("\"{key}\" names no setting")));
    };
    let mut section = table;
    for part in parts {
        let entry = section
            .entry(part)
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let Some(inner) = entry.as_table_mut() else {
            return Err(Error::Usage(format!("{key}: {part} is not a section")));
        };
        section = inner;
    }
    section.insert(last.to_owned(), value);
    Ok(())
}

/// Words a mistake of the file: where, what, and the nearest known key.
pub(super) fn explain(error: &serde_path_to_error::Error<toml::de::Error>) -> String {
    let message = error.inner().message().to_owned();
    let path = error.path().to_string();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let hint = match (message.starts_with("unknown "), quoted.next()) {
        (true, Some(found)) => did_you_mean(found, quoted),
        _ => String::new(),
    };
    if path == "." {
        return format!("{message}{hint}");
    }
    format!("{path}: {message}{hint}")
}

/// "; did you mean …?" where a known word is near.
pub(crate) fn did_you_mean<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|word| (strsim::damerau_levenshtein(found, word), word))
        .filter(|(distance, word)| *distance <= 2.max(word.len() / 3))
        .min()
        .map_or_else(String::new, |(_, word)| {
            format!("; did you mean \"{word}\"?")
        })
}
