//! `report.html`: the run on one page without scripts or links to elsewhere.
//!
//! It is for a look in the morning; the card says the same in more words.

use super::Card;
use super::markdown::{count, number, percentage, share};
use crate::config::ProjectKind;
use crate::manifest::Audit;
use crate::publish::SPLITS;

const STYLE: &str = "\
    :root{color-scheme:light dark}\
    body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
    h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin:2rem 0 .3rem}\
    p.when{margin-top:0;opacity:.7}\
    table{border-collapse:collapse;width:100%}\
    th{font-weight:600;text-align:left;opacity:.7}\
    td,th{padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}\
    td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
    .figures{display:flex;flex-wrap:wrap;gap:.8rem;margin:1.2rem 0}\
    .figures div{border:1px solid #8884;border-radius:.5rem;padding:.6rem 1rem;min-width:7rem}\
    .figures b{display:block;font-size:1.4rem;font-variant-numeric:tabular-nums}\
    .bar{background:#4a7ebb;height:.7rem;border-radius:.2rem;min-width:1px}\
    td.b{width:30%}\
    .warning{border-left:.3rem solid #d08a1d;padding:.3rem .8rem;margin:.4rem 0}";

/// The snapshot's report.html; `audits` are those of what is stored.
pub(in crate::job) fn report_html(
    card: &Card<'_>,
    warnings: &[String],
    audits: &[&Audit],
) -> String {
    let mut page = Page::begin(card);
    page.figures(&headline(card));
    page.warnings(warnings);
    page.answers(card);
    match card.config.project.kind {
        ProjectKind::SideBySide => {
            page.label_mix(card);
            page.sides(card);
        }
        ProjectKind::Classification => page.labels(card),
    }
    page.bans(card);
    page.relabel(card);
    page.audits(audits);
    page.add("</body></html>\n");
    page.text
}

/// The figures on top, each with its words.
fn headline(card: &Card<'_>) -> Vec<(String, &'static str)> {
    let totals = &card.figures.totals;
    let whole = |value: u64| count(value);
    let people = [
        (whole(totals.n_voters), "workers with kept answers"),
        (whole(totals.n_banned), "workers banned"),
    ];
    let agreement = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percentage);
    let mut figures = match card.config.project.kind {
        ProjectKind::SideBySide => vec![
            (whole(totals.n_queries), "queries"),
            (whole(totals.n_items), "ranked candidates"),
            (whole(totals.n_pairs), "compared pairs"),
            (whole(totals.n_votes), "kept answers"),
            (
                agreement(totals.pair_agreement),
                "agree with their pair's majority",
            ),
            (
                card.figures.fits.n_not_converged.to_string(),
                "rankings not converged",
            ),
        ],
        ProjectKind::Classification => vec![
            (whole(totals.n_tasks), "labelled tasks"),
            (whole(totals.n_label_votes), "kept answers"),
            (
                agreement(totals.task_agreement),
                "agree with their task's majority",
            ),
        ],
    };
    figures.extend(people);
    figures
}

/// The page as far as it is written.
struct Page {
    text: String,
}

/// A column of a table: what it is called, and whether it holds numbers.
#[derive(Debug, Clone, Copy)]
enum Heading {
    Words(&'static str),
    Number(&'static str),
    /// A share in 0..=1, drawn.
    Bar,
}

use Heading::{Bar, Number, Words};

impl Page {
    fn begin(card: &Card<'_>) -> Self {
        let title = escaped(&card.title());
        Self {
            text: format!(
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
                 <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body>\
                 <h1>{title}</h1><p class=\"when\">snapshot {}, stands for {}</p>",
                escaped(card.snapshot_id),
                card.as_of
            ),
        }
    }

    fn add(&mut self, html: &str) {
        self.text.push_str(html);
    }

    fn figures(&mut self, figures: &[(String, &str)]) {
        self.add("<div class=\"figures\">");
        for (value, words) in figures {
            self.add(&format!("<div><b>{}</b>{words}</div>", escaped(value)));
        }
        self.add("</div>");
    }

    fn warnings(&mut self, warnings: &[String]) {
        self.add("<h2>Warnings</h2>");
        if warnings.is_empty() {
            self.add("<p>none</p>");
        }
        for warning in warnings {
            self.add(&format!("<p class=\"warning\">{}</p>", escaped(warning)));
        }
    }

    fn answers(&mut self, card: &Card<'_>) {
        let rows_in = card.ledger.first().map_or(0, |line| line.rows_in);
        let part = |n_rows: u64| n_rows as f64 / rows_in.max(1) as f64;
        let mut rows = Vec::new();
        for line in card.ledger {
            for (reason, n_rows) in &line.dropped {
                let meaning = super::ledger::reason_meaning(reason);
                rows.push(vec![
                    line.stage.clone(),
                    reason.clone(),
                    meaning.to_owned(),
                    count(*n_rows),
                    share(*n_rows, rows_in),
                    part(*n_rows).to_string(),
                ]);
            }
        }
        let kept = card.ledger.last().map_or(0, |line| line.rows_out);
        rows.push(vec![
            String::new(),
            "kept".to_owned(),
            "It stands behind the published tables.".to_owned(),
            count(kept),
            share(kept, rows_in),
            part(kept).to_string(),
        ]);
        let headings = [
            Words("stage"),
            Words("reason"),
            Words(""),
            Number("answers"),
            Number("share"),
            Bar,
        ];
        self.table("What became of every answer", &headings, &rows);
    }

    fn label_mix(&mut self, card: &Card<'_>) {
        let headings = [
            Words("split"),
            Number("queries"),
            Number("rows"),
            Number("label 0"),
            Number("label 1"),
            Number("label 2"),
            Number("label 3"),
            Number("label 4"),
        ];
        let mut rows = Vec::new();
        for split in SPLITS {
            let Some(mix) = card.figures.label_mix.get(split) else {
                continue;
            };
            let mut cells = vec![split.to_owned(), count(mix.n_queries), count(mix.n_rows)];
            cells.extend(
                mix.n_by_label
                    .iter()
                    .map(|n_rows| share(*n_rows, mix.n_rows)),
            );
            rows.push(cells);
        }
        self.table("Splits and labels", &headings, &rows);
    }

    fn sides(&mut self, card: &Card<'_>) {
        let headings = [
            Number("share of left, %"),
            Number("z"),
            Number("in log strength"),
            Number("standard error"),
            Words("in the scores"),
        ];
        self.table(
            "Favour of the left side",
            &headings,
            &[card.figures.fits.side_in_words()],
        );
    }

    fn labels(&mut self, card: &Card<'_>) {
        let labels = card.figures.labels.iter().map(|line| {
            vec![
                line.label.clone(),
                count(line.n_tasks),
                number(line.confidence, 3),
                count(line.n_ties),
            ]
        });
        let headings = [
            Words("label"),
            Number("tasks"),
            Number("mean confidence"),
            Number("ties"),
        ];
        self.table("Labels", &headings, &labels.collect::<Vec<_>>());
        let agreement = card.figures.agreement.iter().map(|line| {
            vec![
                line.project_id.clone(),
                number(line.krippendorff_alpha, 3),
                count(line.n_answers),
            ]
        });
        let headings = [
            Words("project"),
            Number("Krippendorff's alpha"),
            Number("answers"),
        ];
        self.table(
            "Agreement of workers",
            &headings,
            &agreement.collect::<Vec<_>>(),
        );
    }

    fn bans(&mut self, card: &Card<'_>) {
        let bans = card.figures.bans.iter().map(|line| {
            vec![
                line.rule.clone(),
                line.source.clone(),
                line.scope.clone(),
                count(line.n_bans),
                count(line.n_workers),
            ]
        });
        let headings = [
            Words("rule"),
            Words("source"),
            Words("scope"),
            Number("bans"),
            Number("workers"),
        ];
        self.table("Bans", &headings, &bans.collect::<Vec<_>>());
    }

    fn relabel(&mut self, card: &Card<'_>) {
        let relabel = card.figures.relabel.iter().map(|line| {
            vec![
                line.reason.clone(),
                count(line.n_tasks),
                count(line.n_answers),
                number(line.cost_usd, 2),
            ]
        });
        let headings = [
            Words("reason"),
            Number("tasks"),
            Number("answers"),
            Number("US dollars"),
        ];
        self.table("To answer again", &headings, &relabel.collect::<Vec<_>>());
    }

    fn audits(&mut self, audits: &[&Audit]) {
        let rows = audits.iter().map(|audit| {
            let verdict = if audit.passed { "held" } else { "warned" };
            vec![
                audit.code.clone(),
                verdict.to_owned(),
                audit.observed.clone(),
            ]
        });
        let headings = [Words("audit"), Words("verdict"), Words("what was seen")];
        let title = "Audits of the stored files";
        self.table(title, &headings, &rows.collect::<Vec<_>>());
    }

    fn table(&mut self, title: &str, headings: &[Heading], rows: &[Vec<String>]) {
        self.add(&format!("<h2>{title}</h2>"));
        if rows.is_empty() {
            self.add("<p>none</p>");
            return;
        }
        self.add("<table><tr>");
        for heading in headings {
            self.add(&match heading {
                Words(words) => format!("<th>{}</th>", escaped(words)),
                Number(words) => format!("<th class=\"n\">{}</th>", escaped(words)),
                Bar => "<th></th>".to_owned(),
            });
        }
        self.add("</tr>");
        for row in rows {
            let cells: Vec<String> = headings
                .iter()
                .zip(row)
                .map(|(heading, text)| cell(*heading, text))
                .collect();
            self.add(&format!("<tr>{}</tr>", cells.concat()));
        }
        self.add("</table>");
    }
}

fn cell(heading: Heading, text: &str) -> String {
    match heading {
        Words(_) => format!("<td>{}</td>", escaped(text)),
        Number(_) => format!("<td class=\"n\">{}</td>", escaped(text)),
        Bar => {
            let width = 100.0 * text.parse::<f64>().unwrap_or(0.0);
            format!("<td class=\"b\"><div class=\"bar\" style=\"width:{width:.1}%\"></div></td>")
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_shows_marks_and_runs_none() {
        assert_eq!(cell(Words(""), "<b>\"&"), "<td>&lt;b&gt;&quot;&amp;</td>");
        assert!(cell(Bar, "0.5").contains("width:50.0%"));
        assert!(cell(Bar, "<script>").contains("width:0.0%"));
    }
}
