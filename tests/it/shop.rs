//! Small generated shops, the configurations that read them, and damaged copies of their answers.
//!
//! It judges nothing.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{Ran, crowdrank, text};

/// A folder with `data/…`, `crowdrank.toml` and, after a run, `published`.
#[derive(Debug)]
pub(crate) struct Shop {
    folder: TempDir,
}

impl Shop {
    /// Generates a shop; `scale` 0.005 is about 5,000 answers.
    pub(crate) fn generate(scale: &str, seed: &str) -> Self {
        let shop = Self {
            folder: TempDir::new().expect("a temporary folder"),
        };
        let data = shop.path("data");
        crowdrank(&["generate", "--scale", scale, "--seed", seed, text(&data)]).succeeded();
        shop.configure("data/responses", "");
        shop
    }

    /// A path below the folder.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The configuration's path.
    pub(crate) fn config(&self) -> PathBuf {
        self.path("crowdrank.toml")
    }

    /// Writes the configuration: answers from `responses`, `more` after the inputs and the output.
    pub(crate) fn configure(&self, responses: &str, more: &str) {
        let toml = format!(
            r#"[inputs.responses]
urls = ["{responses}"]
[inputs.products]
urls = ["data/products"]
[inputs.pools]
urls = ["data/pools"]
[inputs.restrictions]
urls = ["data/restrictions"]
[output]
url = "published"
publish_worker_ids = true
{more}"#
        );
        std::fs::write(self.config(), toml).expect("the configuration is written");
    }

    /// The rows of a query over the stage tables, with these further arguments.
    pub(crate) fn query(&self, arguments: &[&str], sql: &str) -> Vec<Value> {
        let config = self.config();
        let mut all = vec!["-q", "sql", "--config", text(&config), "--format", "json"];
        all.extend(arguments);
        all.extend(["-c", sql]);
        let ran = crowdrank(&all).succeeded();
        serde_json::from_str(&ran.stdout).expect("rows as JSON")
    }

    /// `crowdrank run` with these further arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let config = self.config();
        let mut all = vec!["run", "--config", text(&config)];
        all.extend(arguments);
        crowdrank(&all)
    }

    /// Publishes into the folder of this name, a new dataset.
    pub(crate) fn publish_into(&self, output: &str, arguments: &[&str]) -> PathBuf {
        let path = self.path(output);
        let setting = format!("output.url={}", text(&path));
        let mut all = vec!["--set", &setting];
        all.extend(arguments);
        self.run(&all).succeeded();
        path
    }
}

/// Every file below `folder`, sorted, with its size and time of change.
pub(crate) fn listing(folder: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for path in files_below(folder) {
        let metadata = path.metadata().expect("a listed file has metadata");
        let changed = metadata.modified().expect("a time of change");
        let length = metadata.len();
        lines.push(format!("{} {length} {changed:?}", path.display()));
    }
    lines
}

/// Every file below `folder`, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
