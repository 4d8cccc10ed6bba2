//! The configuration that an import leaves beside its tables, to be completed by hand.
//!
//! It says what stands where; every value that it leaves out has its default.

use super::Request;
use super::roles::Roles;
use crate::config::ProjectKind;

/// The text of `crowdrank.toml`, for these tables.
pub(super) fn text(request: &Request, roles: &Roles, tables: &[&str]) -> String {
    let files: Vec<String> = request
        .files
        .iter()
        .map(|f| f.display().to_string())
        .collect();
    let mut sections = vec![
        format!(
            "# Made by `crowdrank import` from {}.\n# Name the catalogue below, then: crowdrank check --config crowdrank.toml",
            // A line break in a file's name would end the comment.
            files.join(", ").replace(char::is_control, "?")
        ),
        "[inputs.responses]\nurls = [\"responses/\"]\n\
         # The canonical columns are filled. Every field of the export is there as well, so that one can be read\n\
         # otherwise: a column's name, or SQL over the columns.\n\
         # [inputs.responses.columns]\n\
         # query_id = \"INPUT:initial_product\""
            .to_owned(),
    ];
    if let Some(sides) = &roles.sides {
        let query = match &sides.query {
            Some(field) => format!("INPUT:{field}, "),
            None => String::new(),
        };
        sections.push(format!(
            "[inputs.products]\n# The catalogue as Parquet; its product_id are the values of {query}INPUT:{} and INPUT:{}.\nurls = []",
            one_line(&sides.left),
            one_line(&sides.right)
        ));
    }
    for table in tables.iter().filter(|table| **table != "responses") {
        sections.push(format!("[inputs.{table}]\nurls = [\"{table}/\"]"));
    }
    let kind = match roles.kind() {
        ProjectKind::SideBySide => "side_by_side",
        ProjectKind::Classification => "classification",
    };
    sections.push(format!("[project]\nkind = \"{kind}\""));
    sections.push(
        "[quality]\n# The platform's quality_control as JSON, for every pool without rules of its own.\n# rules = \"rules.json\""
            .to_owned(),
    );
    sections.push("[output]\nurl = \"published/\"".to_owned());
    sections.join("\n\n") + "\n"
}

fn one_line(name: &str) -> String {
    name.replace(char::is_control, "?")
}
