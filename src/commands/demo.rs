//! `demo`: a seeded shop with good and bad workers, the whole job on it, and how well the truth was found.

use std::path::Path;

use crate::args::{DemoArguments, OutputFormat};
use crate::commands::nightly;
use crate::commands::sql::Prompt;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::generate::{Shop, write_shop};
use crate::job::{Done, RunRequest};
use crate::report;

const CONFIG: &str = r#"# The demo's configuration. Point the urls at your own files to use it on your data.

[inputs.responses]
urls = ["data/responses/"]
[inputs.products]
urls = ["data/products/"]
[inputs.pools]
urls = ["data/pools/"]
[inputs.captcha_events]
urls = ["data/captcha_events/"]
[inputs.review_events]
urls = ["data/review_events/"]
[inputs.restrictions]
urls = ["data/restrictions/"]
[inputs.truth]
urls = ["data/truth/"]

[quality]
rules = "rules.json"

# What the training rows tell of the products; without these lines price, brand and category.
[[training.features]]
column = "price_usd"
kind = "number"
[[training.features]]
column = "rating"
kind = "number"
[[training.features]]
column = "brand"
kind = "category"
[[training.features]]
column = "category"
kind = "levels"
[[training.features]]
column = "title"
kind = "length"

[output]
url = "published"
publish_worker_ids = true             # the workers are invented
"#;

const RULES: &str = include_str!("../../data/rules/default.json");

const CAME_IN: &str = "
select task_kind, count(*) as answers, count(distinct worker_id) as workers, count(distinct query_id) as products
from ingest.responses group by task_kind order by task_kind";

const BANNED: &str = "
with planted as (select worker_id, kind from read_parquet('{data}/workers_truth/*.parquet')),
banned as (
    select worker_id, min(rule) as rule, min(source) as source
    from quality.bans where scope <> 'POOL' group by worker_id
)
select
    planted.kind,
    count(*) as workers,
    count(banned.worker_id) as banned,
    count(*) filter (where banned.source = 'replay') as by_rule,
    count(*) filter (where banned.source = 'input') as by_platform,
    round(avg(workers.golden_accuracy), 2) as golden_accuracy,
    round(avg(workers.weight), 2) as mean_weight
from planted
left join banned on planted.worker_id = banned.worker_id
left join skills.workers on planted.worker_id = workers.worker_id
group by planted.kind order by workers desc, planted.kind";

/// A bad worker is one that a good set of rules should ban; a pause of a pool is no ban.
const FOUND: &str = "
with planted as (select worker_id, kind, is_bad from read_parquet('{data}/workers_truth/*.parquet')),
banned as (select distinct worker_id from quality.bans where scope <> 'POOL')
select
    count(*) filter (where is_bad) as bad_workers,
    count(banned.worker_id) filter (where is_bad) as of_them_banned,
    round(cast(count(banned.worker_id) filter (where is_bad) as double) / count(*) filter (where is_bad), 3) as recall,
    round(cast(count(banned.worker_id) filter (where is_bad) as double) / nullif(count(banned.worker_id), 0), 3) as precision,
    count(*) filter (where kind = 'honest') as honest_workers,
    count(banned.worker_id) filter (where kind = 'honest') as honest_banned
from planted
left join banned on planted.worker_id = banned.worker_id";

const WHY: &str = "
select worker_id, rule, started_at, statistics
from quality.bans where source = 'replay' order by started_at limit 3";

/// Kendall's tau-b of each query against the planted truth, averaged; ties count for neither side.
const RECOVERED: &str = "
with plain as (
    select query_id, unnest(counting(left_item_id, right_item_id, answer)) as candidate
    from ingest.responses
    where task_kind = 'REAL' and answer in ('left', 'right', 'tie')
    group by query_id
),
unfiltered as (
    select query_id, unnest(bradley_terry(left_item_id, right_item_id, answer)) as candidate
    from ingest.responses
    where task_kind = 'REAL' and answer in ('left', 'right', 'tie')
    group by query_id
),
rankings as (
    select 'crowdrank' as ranking, query_id, item_id, cast(score as double) as score from published.pointwise
    union all
    select 'plain counting of all answers' as ranking, query_id, candidate['item_id'] as item_id, candidate['score'] as score
    from plain
    left semi join published.lists on plain.query_id = lists.query_id
    union all
    select
        'the same method, no quality control' as ranking, query_id, candidate['item_id'] as item_id,
        candidate['score'] as score
    from unfiltered
    left semi join published.lists on unfiltered.query_id = lists.query_id
),
scored as (
    select rankings.*, truth.score as truth
    from rankings
    inner join source.truth on rankings.query_id = truth.query_id and rankings.item_id = truth.item_id
),
taus as (
    select
        earlier.ranking,
        earlier.query_id,
        sum(signum(earlier.score - later.score) * signum(earlier.truth - later.truth))
            / sqrt(sum(abs(signum(earlier.score - later.score))) * sum(abs(signum(earlier.truth - later.truth)))) as tau
    from scored as earlier
    inner join scored as later
        on earlier.ranking = later.ranking
        and earlier.query_id = later.query_id
        and earlier.item_id < later.item_id
    group by earlier.ranking, earlier.query_id
)
select ranking, round(avg(tau), 3) as kendall_tau, count(*) as products
from taus group by ranking order by kendall_tau desc";

const TOP: &str = "
with best as (
    select lists.query_id, pointwise.item_id, pointwise.rank, round(pointwise.score, 2) as score
    from published.pointwise
    inner join (select query_id from published.lists order by query_id limit 1) as lists
        on pointwise.query_id = lists.query_id
)
select queries.title as goes_with, items.title as candidate, items.category, best.rank, best.score
from best
inner join published.items on best.item_id = items.id
inner join published.queries on best.query_id = queries.id
order by best.rank limit 5";

pub(super) async fn run(arguments: &DemoArguments) -> Result<()> {
    let folder = &arguments.directory;
    clear_earlier_demo(folder)?;
    let data = folder.join("data");
    write_shop(&Shop::demo(arguments.seed), &data)?;
    let config_path = folder.join("crowdrank.toml");
    write(&config_path, CONFIG)?;
    write(&folder.join("rules.json"), RULES)?;
    let config = Config::load(&config_path, &[])?;
    let done = nightly::execute(config.clone(), &RunRequest::default()).await?;
    let mut prompt = Prompt::open(config, None).await?;
    let found = FOUND.replace("{data}", &data.display().to_string());
    let banned = BANNED.replace("{data}", &data.display().to_string());
    for (title, sql) in [
        ("What came in", CAME_IN),
        ("Who was planted, and who was banned", banned.as_str()),
        ("How many of the bad were found", found.as_str()),
        ("Why: the first three bans by rule", WHY),
        ("How well the true order was recovered", RECOVERED),
        ("The best companions of one product", TOP),
    ] {
        report::line(&format!("\n{title}"));
        prompt.run(sql, OutputFormat::Table).await?;
    }
    report::line("");
    report::done(&done);
    if let Done::Published(published) = &done {
        report::line(&format!(
            "report: {}",
            published.snapshot.join("report.html")
        ));
    }
    let config = config_path.display();
    report::line(&format!(
        "\nNext:\n  crowdrank run --config {config}\n  crowdrank sql --config {config} -c \"select drop_reason, count(*) from quality.decisions group by 1 order by 2 desc\"\n  crowdrank sql -c \"select * from read_parquet('{}/published/snapshots/*/pointwise/train/*.parquet') limit 5\"",
        folder.display()
    ));
    Ok(())
}

/// A demo may replace an earlier demo, and nothing else.
fn clear_earlier_demo(folder: &Path) -> Result<()> {
    let failed = |error: std::io::Error| Error::Storage {
        action: "prepare",
        location: folder.display().to_string(),
        source: Box::new(error),
    };
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(failed(error)),
    };
    if !is_empty {
        let is_demo = std::fs::read_to_string(folder.join("crowdrank.toml"))
            .is_ok_and(|text| text.starts_with("# The demo's configuration."));
        if !is_demo {
            return Err(Error::Usage(format!(
                "{} is not empty and no earlier demo; name another folder",
                folder.display()
            )));
        }
        for part in ["data", "published"] {
            let path = folder.join(part);
            if path.exists() {
                std::fs::remove_dir_all(path).map_err(failed)?;
            }
        }
    }
    std::fs::create_dir_all(folder).map_err(failed)
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|error| Error::Storage {
        action: "write",
        location: path.display().to_string(),
        source: Box::new(error),
    })
}
