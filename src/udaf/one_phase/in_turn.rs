//! Computes many partitions by few, each of them one after the other: only one's groups are in memory.
//!
//! It changes no row.

use std::fmt::{Formatter, Result as FormatResult};
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PlanProperties, ReplaceChildrenOptions,
};
use futures::{StreamExt, TryStreamExt, stream};

/// See the module.
#[derive(Debug)]
pub(super) struct InTurnExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl InTurnExec {
    /// Partition p of `n_partitions` is p, p + n, p + 2n ... of the input: a hash mod kn is also known mod n.
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, n_partitions: usize) -> Self {
        let partitioning = match input.output_partitioning() {
            Partitioning::Hash(by, n) if n % n_partitions == 0 => {
                Partitioning::Hash(by.clone(), n_partitions)
            }
            _ => Partitioning::UnknownPartitioning(n_partitions),
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            partitioning,
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self {
            input,
            properties: Arc::new(properties),
        }
    }

    fn n_partitions(&self) -> usize {
        self.properties.partitioning.partition_count()
    }

    fn over(&self, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let Ok([input]) = <[_; 1]>::try_from(children) else {
            return internal_err!("partitions in turn are of one input");
        };
        Ok(Arc::new(Self::new(input, self.n_partitions())))
    }
}

impl DisplayAs for InTurnExec {
    fn fmt_as(&self, _format: DisplayFormatType, formatter: &mut Formatter<'_>) -> FormatResult {
        write!(formatter, "InTurnExec: {} partitions", self.n_partitions())
    }
}

impl ExecutionPlan for InTurnExec {
    fn name(&self) -> &'static str {
        "InTurnExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.over(children)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.over(children)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let n_inputs = self.input.output_partitioning().partition_count();
        let input = Arc::clone(&self.input);
        let in_turn = stream::iter((partition..n_inputs).step_by(self.n_partitions()))
            .map(move |input_idx| input.execute(input_idx, Arc::clone(&context)))
            .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            in_turn,
        )))
    }
}
