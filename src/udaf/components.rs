//! `connected_components(node, link)`: which nodes hang together by common links, all rows of a group being one graph.
//!
//! Each different node comes out once, with the smallest node of its component. Nodes and links are numbers of their
//! own; rows with a null do not count.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{DataType, Fields, Int64Type};
use datafusion::common::{Result, exec_err};
use hashbrown::HashMap;

use super::columns::{list_of, lists};
use super::grouped_rows::{GroupFunction, fields_of};
use super::{Call, GroupAggregate, Make};

/// `connected_components`.
pub(super) fn aggregate() -> GroupAggregate {
    GroupAggregate::new(
        "connected_components",
        "node, link",
        vec![DataType::Int64; 2],
        2,
        list_of(member_fields()),
        MakeComponents,
    )
    .described(
        "which nodes hang together by common links: each node with the smallest of its component",
    )
}

#[derive(Debug)]
struct MakeComponents;

impl Make for MakeComponents {
    fn function(&self, _call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        Ok(Arc::new(Components))
    }
}

#[derive(Debug)]
struct Components;

fn member_fields() -> Fields {
    fields_of(&[
        ("node", DataType::Int64, false),
        ("leader", DataType::Int64, false),
    ])
}

impl GroupFunction for Components {
    fn row_fields(&self) -> Fields {
        fields_of(&[
            ("node", DataType::Int64, true),
            ("link", DataType::Int64, true),
        ])
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let [nodes, links] = columns else {
            return exec_err!("connected_components needs nodes and links");
        };
        let (nodes, links) = (
            nodes.as_primitive::<Int64Type>(),
            links.as_primitive::<Int64Type>(),
        );
        let components: Vec<Vec<(i64, i64)>> = groups
            .iter()
            .map(|rows| {
                let is_whole = |row: &usize| nodes.is_valid(*row) && links.is_valid(*row);
                let edges = rows.clone().filter(is_whole);
                members(edges.map(|row| (nodes.value(row), links.value(row))))
            })
            .collect();
        let all = || components.iter().flatten();
        let node = Int64Array::from_iter_values(all().map(|(node, _)| *node));
        let leader = Int64Array::from_iter_values(all().map(|(_, leader)| *leader));
        let lengths = components.iter().map(Vec::len).collect();
        lists(
            member_fields(),
            vec![Arc::new(node), Arc::new(leader)],
            lengths,
        )
    }
}

/// Each node with the smallest node of its component, ascending.
fn members(edges: impl Iterator<Item = (i64, i64)>) -> Vec<(i64, i64)> {
    let mut place_of_node: HashMap<i64, usize> = HashMap::new();
    let mut nodes: Vec<i64> = Vec::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut first_at_link: HashMap<i64, usize> = HashMap::new();
    for (node, link) in edges {
        let place = *place_of_node.entry(node).or_insert_with(|| {
            nodes.push(node);
            parents.push(parents.len());
            parents.len() - 1
        });
        let first = *first_at_link.entry(link).or_insert(place);
        join(&mut parents, &nodes, place, first);
    }
    let mut members: Vec<(i64, i64)> = (0..nodes.len())
        .map(|place| (nodes[place], nodes[root(&mut parents, place)]))
        .collect();
    members.sort_unstable();
    members
}

/// Makes one component of two; its root is the smaller of their smallest nodes.
fn join(parents: &mut [usize], nodes: &[i64], left: usize, right: usize) {
    let (left, right) = (root(parents, left), root(parents, right));
    if nodes[left] < nodes[right] {
        parents[right] = left;
    } else {
        parents[left] = right;
    }
}

/// The root of a node's tree, which becomes flatter by half on the way (Tarjan & van Leeuwen 1984).
fn root(parents: &mut [usize], mut place: usize) -> usize {
    while parents[place] != place {
        parents[place] = parents[parents[place]];
        place = parents[place];
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_hang_together_by_links_of_links() {
        let edges = [(5, 1), (3, 2), (9, 1), (9, 7), (4, 7), (8, 8)];
        let expected = vec![(3, 3), (4, 4), (5, 4), (8, 8), (9, 4)];
        assert_eq!(members(edges.into_iter()), expected);
        assert_eq!(members(edges.into_iter().rev()), expected);
        assert_eq!(members(std::iter::empty()), Vec::new());
    }
}
