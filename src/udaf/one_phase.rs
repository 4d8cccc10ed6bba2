//! A rule for physical plans: an aggregate that keeps all rows is computed in one phase.
//!
//! The engine's two phases let partial results shrink before they travel. Ours do not shrink: the rows
//! themselves travel once, to where their group is. Sorted input stays as planned: its groups end early.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{
    ExecutionPlan, ExecutionPlanProperties, InputOrderMode, Partitioning,
};

use super::GroupAggregate;

/// See the module.
#[derive(Debug)]
pub(crate) struct OnePhase;

impl PhysicalOptimizerRule for OnePhase {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rewritten = plan.transform_up(|node| {
            Ok(match in_one_phase(&node)? {
                Some(single) => Transformed::yes(single),
                None => Transformed::no(node),
            })
        });
        rewritten.data()
    }

    fn name(&self) -> &'static str {
        "one_phase"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The same aggregate in one phase; none where the plan has another shape.
fn in_one_phase(node: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(last) = node.downcast_ref::<AggregateExec>() else {
        return Ok(None);
    };
    let exchange = last.input();
    let [below] = exchange.children()[..] else {
        return Ok(None);
    };
    let Some(first) = below.downcast_ref::<AggregateExec>() else {
        return Ok(None);
    };
    if *first.mode() != AggregateMode::Partial || !keeps_rows_unsorted(first) {
        return Ok(None);
    }
    let input = without_dealing(first.input());
    let groups = first.group_expr();
    let (mode, input): (_, Arc<dyn ExecutionPlan>) = match last.mode() {
        AggregateMode::FinalPartitioned if exchange.is::<RepartitionExec>() => {
            let n_partitions = exchange.output_partitioning().partition_count();
            let by_group = Partitioning::Hash(groups.input_exprs(), n_partitions);
            let dealt = RepartitionExec::try_new(Arc::clone(input), by_group)?;
            (AggregateMode::SinglePartitioned, Arc::new(dealt))
        }
        AggregateMode::Final if exchange.is::<CoalescePartitionsExec>() => {
            let joined = CoalescePartitionsExec::new(Arc::clone(input));
            (AggregateMode::Single, Arc::new(joined))
        }
        _ => return Ok(None),
    };
    let single = AggregateExec::try_new(
        mode,
        groups.clone(),
        first.aggr_expr().to_vec(),
        first.filter_expr().to_vec(),
        input,
        first.input_schema(),
    )?;
    Ok((single.schema() == last.schema()).then(|| Arc::new(single) as Arc<dyn ExecutionPlan>))
}

/// Whether one of ours is among the aggregates, and neither side of them asks for an order.
fn keeps_rows_unsorted(first: &AggregateExec) -> bool {
    let is_ours = |function: &datafusion::logical_expr::AggregateUDF| {
        function.inner().downcast_ref::<GroupAggregate>().is_some()
    };
    let aggregates = first.aggr_expr();
    *first.input_order_mode() == InputOrderMode::Linear
        && first.limit_options().is_none()
        && !first.group_expr().has_grouping_set()
        && aggregates.iter().any(|aggregate| is_ours(aggregate.fun()))
        && aggregates
            .iter()
            .all(|aggregate| aggregate.order_bys().is_empty())
}

/// What lies below an exchange that only spreads rows over partitions: another exchange follows anyway.
fn without_dealing(plan: &Arc<dyn ExecutionPlan>) -> &Arc<dyn ExecutionPlan> {
    match plan.downcast_ref::<RepartitionExec>() {
        Some(dealing) if matches!(dealing.partitioning(), Partitioning::RoundRobinBatch(_)) => {
            dealing.input()
        }
        _ => plan,
    }
}
