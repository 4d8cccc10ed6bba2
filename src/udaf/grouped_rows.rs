//! Keeps all rows of every group, so that a function of whole groups can be a SQL aggregate.
//!
//! One flat store for all groups (13 times cheaper than an accumulator per group): batches are kept as
//! they come, beside the group of each row, and put in group order only when the engine asks for results.
//! The state is one list of rows per group, so that partial results spill and travel. It knows nothing of
//! what the function does.

use std::fmt::{Debug, Formatter};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListArray, StructArray, new_empty_array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{filter, interleave, take};
use datafusion::arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, internal_datafusion_err};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

/// A function of all rows of a group.
pub(crate) trait GroupFunction: Debug + Send + Sync {
    /// The columns it needs, in argument order; constant arguments are not among them.
    fn row_fields(&self) -> Fields;

    /// One result per range; `columns` hold the rows of all groups, `groups` the rows of each.
    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef>;
}

/// The type of the intermediate state: the rows themselves.
pub(crate) fn state_type(row_fields: Fields) -> DataType {
    DataType::new_list(DataType::Struct(row_fields), false)
}

/// Rows of one arrival and the group of each.
#[derive(Debug)]
struct Arrival {
    groups: Vec<usize>,
    columns: Vec<ArrayRef>,
}

/// The flat accumulator around a [`GroupFunction`].
#[derive(Debug)]
pub(crate) struct GroupedRows {
    function: Arc<dyn GroupFunction>,
    fields: Fields,
    arrivals: Vec<Arrival>,
    n_groups: usize,
    n_bytes: usize,
}

impl GroupedRows {
    pub(crate) fn new(function: Arc<dyn GroupFunction>) -> Self {
        let fields = function.row_fields();
        Self {
            function,
            fields,
            arrivals: Vec::new(),
            n_groups: 0,
            n_bytes: 0,
        }
    }

    /// Only what the function reads; a batch cut from a larger one is copied out of it, so that `size` is
    /// honest and the larger one can go.
    fn keep(&mut self, columns: &[ArrayRef], groups: Vec<usize>) -> Result<()> {
        if groups.is_empty() {
            return Ok(());
        }
        let columns = columns.iter().map(compact).collect::<Result<Vec<_>>>()?;
        let n_column_bytes: usize = columns.iter().map(Array::get_array_memory_size).sum();
        self.n_bytes += n_column_bytes + groups.capacity() * size_of::<usize>();
        self.arrivals.push(Arrival { groups, columns });
        Ok(())
    }

    /// Takes out the rows of the groups to emit, in group order, and the range of each group.
    fn emit(&mut self, emit_to: EmitTo) -> Result<(Vec<ArrayRef>, Vec<Range<usize>>)> {
        let n_emitted = match emit_to {
            EmitTo::All => self.n_groups,
            EmitTo::First(n) => n,
        };
        let mut n_rows = vec![0_usize; n_emitted];
        let mut remaining = Vec::new();
        for (arrival_idx, arrival) in self.arrivals.iter().enumerate() {
            for (row_idx, &group) in arrival.groups.iter().enumerate() {
                match n_rows.get_mut(group) {
                    Some(count) => *count += 1,
                    None => remaining.push((group - n_emitted, (arrival_idx, row_idx))),
                }
            }
        }
        let mut ranges = Vec::with_capacity(n_emitted);
        let mut end = 0;
        for count in &n_rows {
            ranges.push(end..end + count);
            end += count;
        }
        let mut places = vec![(0, 0); end];
        let mut next: Vec<usize> = ranges.iter().map(|range| range.start).collect();
        for (arrival_idx, arrival) in self.arrivals.iter().enumerate() {
            for (row_idx, &group) in arrival.groups.iter().enumerate() {
                if let Some(position) = next.get_mut(group) {
                    places[*position] = (arrival_idx, row_idx);
                    *position += 1;
                }
            }
        }
        let emitted = self.gather(&places)?;
        let kept = if remaining.is_empty() {
            Vec::new()
        } else {
            let kept_places: Vec<_> = remaining.iter().map(|(_, place)| *place).collect();
            self.gather(&kept_places)?
        };
        self.arrivals.clear();
        self.n_bytes = 0;
        self.n_groups = self.n_groups.saturating_sub(n_emitted);
        if !remaining.is_empty() {
            let groups = remaining.into_iter().map(|(group, _)| group).collect();
            self.keep(&kept, groups)?;
        }
        Ok((emitted, ranges))
    }

    fn gather(&self, places: &[(usize, usize)]) -> Result<Vec<ArrayRef>> {
        (0..self.fields.len())
            .map(|column_idx| {
                if places.is_empty() {
                    return Ok(new_empty_array(self.fields[column_idx].data_type()));
                }
                let parts: Vec<&dyn Array> = self
                    .arrivals
                    .iter()
                    .map(|arrival| arrival.columns[column_idx].as_ref())
                    .collect();
                Ok(interleave(&parts, places)?)
            })
            .collect()
    }

    fn rows_as_lists(&self, columns: Vec<ArrayRef>, lengths: Vec<usize>) -> Result<ArrayRef> {
        let rows = StructArray::try_new(self.fields.clone(), columns, None)?;
        let DataType::List(item) = state_type(self.fields.clone()) else {
            return Err(internal_datafusion_err!("the state is a list"));
        };
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(Arc::new(ListArray::try_new(
            item,
            offsets,
            Arc::new(rows),
            None,
        )?))
    }
}

/// Rows that `predicate` selects.
pub(super) fn filtered(columns: &[ArrayRef], predicate: &BooleanArray) -> Result<Vec<ArrayRef>> {
    let selected = columns.iter().map(|column| filter(column, predicate));
    Ok(selected.collect::<std::result::Result<_, _>>()?)
}

/// The groups of these rows.
pub(super) fn selected_groups(group_indices: &[usize], predicate: &BooleanArray) -> Vec<usize> {
    let rows = group_indices.iter().enumerate();
    rows.filter(|(row_idx, _)| is_selected(predicate, *row_idx))
        .map(|(_, group)| *group)
        .collect()
}

/// A null selects nothing.
fn is_selected(predicate: &BooleanArray, row_idx: usize) -> bool {
    predicate.is_valid(row_idx) && predicate.value(row_idx)
}

/// Copies a slice out of a larger array; leaves a whole array as it is.
fn compact(column: &ArrayRef) -> Result<ArrayRef> {
    let is_slice =
        column.get_array_memory_size() > 2 * column.to_data().get_slice_memory_size()? + 1024;
    if !is_slice {
        return Ok(Arc::clone(column));
    }
    let all = datafusion::arrow::array::UInt64Array::from_iter_values(0..column.len() as u64);
    Ok(take(column, &all, None)?)
}

impl GroupsAccumulator for GroupedRows {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.n_groups = total_num_groups;
        let columns = &values[..self.fields.len()];
        let Some(predicate) = opt_filter else {
            return self.keep(columns, group_indices.to_vec());
        };
        let groups = selected_groups(group_indices, predicate);
        self.keep(&filtered(columns, predicate)?, groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let (columns, groups) = self.emit(emit_to)?;
        self.function.evaluate(&columns, &groups)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let (columns, groups) = self.emit(emit_to)?;
        let lengths = groups.iter().map(ExactSizeIterator::len).collect();
        Ok(vec![self.rows_as_lists(columns, lengths)?])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.n_groups = total_num_groups;
        let lists = values[0].as_list::<i32>();
        let first = lists.value_offsets()[0];
        let last = lists.value_offsets()[lists.len()];
        let mut groups = Vec::with_capacity((last - first) as usize);
        for (list_idx, &group) in group_indices.iter().enumerate() {
            let length = lists.value_length(list_idx) as usize;
            groups.extend(std::iter::repeat_n(group, length));
        }
        let rows = lists.values().slice(first as usize, groups.len());
        self.keep(rows.as_struct().columns(), groups)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let columns = &values[..self.fields.len()];
        let n_rows = columns.first().map_or(0, Array::len);
        let Some(predicate) = opt_filter else {
            return Ok(vec![self.rows_as_lists(columns.to_vec(), vec![1; n_rows])?]);
        };
        let lengths = (0..n_rows)
            .map(|row_idx| usize::from(is_selected(predicate, row_idx)))
            .collect();
        let selected = filtered(columns, predicate)?;
        Ok(vec![self.rows_as_lists(selected, lengths)?])
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.n_bytes + self.arrivals.capacity() * size_of::<Arrival>()
    }
}

/// One accumulator for a query without `group by`: all rows are one group.
pub(crate) struct OneGroup(Box<dyn GroupsAccumulator + Sync>);

impl OneGroup {
    pub(crate) fn new(rows: Box<dyn GroupsAccumulator + Sync>) -> Self {
        Self(rows)
    }
}

impl Debug for OneGroup {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OneGroup").finish_non_exhaustive()
    }
}

/// The group is there even when no row came: the engine asks for its result all the same.
const THE_GROUP: EmitTo = EmitTo::First(1);

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let n_rows = values.first().map_or(0, Array::len);
        self.0.update_batch(values, &vec![0; n_rows], None, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let result = self.0.evaluate(THE_GROUP)?;
        ScalarValue::try_from_array(&result, 0)
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let state = self.0.state(THE_GROUP)?;
        state
            .iter()
            .map(|column| ScalarValue::try_from_array(column, 0))
            .collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let n_lists = states.first().map_or(0, Array::len);
        self.0.merge_batch(states, &vec![0; n_lists], 1)
    }
}

/// The constant text argument at `idx`; none where the call has fewer arguments.
pub(crate) fn constant_text(
    arguments: &datafusion::logical_expr::function::AccumulatorArgs,
    idx: usize,
    what: &str,
) -> Result<Option<String>> {
    let Some(expression) = arguments.exprs.get(idx) else {
        return Ok(None);
    };
    let literal = expression
        .downcast_ref::<datafusion::physical_expr::expressions::Literal>()
        .ok_or_else(|| exec_datafusion_err!("{what} must be a constant"))?;
    match literal.value() {
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => {
            Ok(text.clone())
        }
        other => Err(exec_datafusion_err!("{what} must be text, found {other}")),
    }
}

/// The fields of a row, by name, type and nullability.
pub(crate) fn fields_of(columns: &[(&str, DataType, bool)]) -> Fields {
    columns
        .iter()
        .map(|(name, data_type, is_nullable)| {
            FieldRef::new(datafusion::arrow::datatypes::Field::new(
                *name,
                data_type.clone(),
                *is_nullable,
            ))
        })
        .collect()
}
