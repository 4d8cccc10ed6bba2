//! A rule for physical plans: an aggregate that keeps all rows is computed in one phase.
//!
//! The engine's two phases let partial results shrink before they travel. Ours do not shrink: the rows
//! themselves travel once, to where their group is. Where they are known to be too many for the memory,
//! they wait in files by the hash of their group, and one file is aggregated after the other: what the
//! engine does instead, sorting and merging partial results, costs twice as much. Sorted input stays as
//! planned: its groups end early.

mod deal;
mod in_turn;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{
    ExecutionPlan, ExecutionPlanProperties, InputOrderMode, Partitioning,
};

use super::GroupAggregate;
use deal::DealExec;
use in_turn::InTurnExec;

/// See the module.
#[derive(Debug)]
pub(crate) struct OnePhase {
    /// What the engine's memory pool has.
    pub(crate) pool_bytes: usize,
}

/// What a row needs until its group is done: the row itself, kept by the aggregate, and what stands for
/// the group. A rough figure, and on the safe side for short texts.
const BYTES_PER_ROW: usize = 128;

/// No more files than that are open at once.
const FILES_MAX: usize = 256;

impl PhysicalOptimizerRule for OnePhase {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rewritten = plan.transform_up(|node| {
            Ok(match self.in_one_phase(&node)? {
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

impl OnePhase {
    /// The same aggregate in one phase; none where the plan has another shape.
    fn in_one_phase(
        &self,
        node: &Arc<dyn ExecutionPlan>,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
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
        let input = Arc::clone(without_dealing(first.input()));
        let single = match last.mode() {
            AggregateMode::FinalPartitioned if exchange.is::<RepartitionExec>() => {
                let n_partitions = exchange.output_partitioning().partition_count();
                self.by_group(first, input, n_partitions)?
            }
            AggregateMode::Final if exchange.is::<CoalescePartitionsExec>() => {
                let joined = CoalescePartitionsExec::new(input);
                aggregate(first, AggregateMode::Single, Arc::new(joined))?
            }
            _ => return Ok(None),
        };
        Ok((single.schema() == last.schema()).then_some(single))
    }

    /// Brings the rows of a group together, in memory or in a file, and aggregates them.
    fn by_group(
        &self,
        first: &AggregateExec,
        input: Arc<dyn ExecutionPlan>,
        n_partitions: usize,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mode = AggregateMode::SinglePartitioned;
        let groups = first.group_expr().input_exprs();
        let statistics = StatisticsContext::new().compute(&*input, &StatisticsArgs::new())?;
        let n_rows = statistics.num_rows.get_value().copied().unwrap_or(0);
        let n_bytes = n_rows.saturating_mul(BYTES_PER_ROW);
        if n_bytes <= self.pool_bytes {
            let by_group = Partitioning::Hash(groups, n_partitions);
            let dealt = RepartitionExec::try_new(input, by_group)?;
            return aggregate(first, mode, Arc::new(dealt));
        }
        // All partitions together may use a quarter of the pool: groups differ in size.
        let n_bytes_of_file = self.pool_bytes / (4 * n_partitions) + 1;
        let n_turns = n_bytes
            .div_ceil(n_bytes_of_file)
            .div_ceil(n_partitions)
            .min(FILES_MAX.div_ceil(n_partitions));
        let dealt = DealExec::new(input, groups, n_turns * n_partitions);
        let aggregates = aggregate(first, mode, Arc::new(dealt))?;
        Ok(Arc::new(InTurnExec::new(aggregates, n_partitions)))
    }
}

/// What `first` begins, done at once over `input`.
fn aggregate(
    first: &AggregateExec,
    mode: AggregateMode,
    input: Arc<dyn ExecutionPlan>,
) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(Arc::new(AggregateExec::try_new(
        mode,
        first.group_expr().clone(),
        first.aggr_expr().to_vec(),
        first.filter_expr().to_vec(),
        input,
        first.input_schema(),
    )?))
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
