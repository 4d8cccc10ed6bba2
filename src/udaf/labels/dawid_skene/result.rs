//! What `dawid_skene` gives back: labels and workers of each project as columns.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, ListArray, StructArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;

use super::super::super::grouped_rows::fields_of;
use super::super::{Options, texts};
use crate::labels::{Fit, TaskLabel};

/// One project's labels and workers.
pub(super) struct ProjectFit<'a> {
    pub(super) fit: Fit,
    pub(super) task_ids: Vec<&'a str>,
    pub(super) worker_ids: Vec<&'a str>,
}

impl<'a> ProjectFit<'a> {
    /// The tasks that somebody answered, by id.
    fn tasks(&self) -> impl Iterator<Item = (&'a str, TaskLabel)> {
        let tasks = self.task_ids.iter().enumerate();
        tasks
            .map(|(task, task_id)| (*task_id, self.fit.label(task)))
            .filter(|(_, label)| label.n_answers > 0)
    }
}

fn list_of(item: DataType) -> DataType {
    DataType::new_list(item, true)
}

pub(super) fn fit_fields() -> Fields {
    fields_of(&[
        ("tasks", list_of(DataType::Struct(task_fields())), true),
        ("workers", list_of(DataType::Struct(worker_fields())), true),
        ("n_iterations", DataType::Int32, true),
        ("is_converged", DataType::Boolean, true),
    ])
}

fn task_fields() -> Fields {
    fields_of(&[
        ("task_id", DataType::Utf8, true),
        ("label", DataType::Utf8, true),
        ("confidence", DataType::Float64, true),
        ("n_answers", DataType::Int32, true),
        ("posterior_label", DataType::Utf8, true),
        ("is_tie", DataType::Boolean, true),
    ])
}

fn worker_fields() -> Fields {
    fields_of(&[
        ("worker_id", DataType::Utf8, true),
        ("accuracy", DataType::Float64, true),
        ("n_answers", DataType::Int32, true),
        ("confusion", list_of(DataType::Float64), true),
    ])
}

/// One row per project.
pub(super) fn fits_as_column(fits: &[ProjectFit<'_>], options: &Options) -> Result<ArrayRef> {
    let iterations = fits.iter().map(|project| project.fit.iterations as i32);
    let is_converged = fits.iter().map(|project| Some(project.fit.converged));
    let columns: Vec<ArrayRef> = vec![
        tasks_as_column(fits, options)?,
        workers_as_column(fits, options)?,
        Arc::new(Int32Array::from_iter_values(iterations)),
        Arc::new(is_converged.collect::<BooleanArray>()),
    ];
    Ok(Arc::new(StructArray::try_new(fit_fields(), columns, None)?))
}

fn tasks_as_column(fits: &[ProjectFit<'_>], options: &Options) -> Result<ArrayRef> {
    let tasks = || fits.iter().flat_map(ProjectFit::tasks);
    let labels = || tasks().map(|(_, label)| label);
    let columns: Vec<ArrayRef> = vec![
        texts(tasks().map(|(task_id, _)| Some(task_id))),
        texts(labels().map(|label| Some(options.text(label.label)))),
        Arc::new(Float64Array::from_iter_values(
            labels().map(|label| label.confidence),
        )),
        Arc::new(Int32Array::from_iter_values(
            labels().map(|label| label.n_answers as i32),
        )),
        texts(labels().map(|label| Some(options.text(label.posterior_label)))),
        Arc::new(
            labels()
                .map(|label| Some(label.is_tie))
                .collect::<BooleanArray>(),
        ),
    ];
    let rows = StructArray::try_new(task_fields(), columns, None)?;
    let lengths = fits.iter().map(|project| project.tasks().count());
    as_lists(Arc::new(rows), lengths)
}

/// A confusion matrix is row by row of true labels, both in the order in which the options are listed.
fn workers_as_column(fits: &[ProjectFit<'_>], options: &Options) -> Result<ArrayRef> {
    let workers = || {
        let of_project = |project: &'_ ProjectFit<'_>| project.worker_ids.len();
        fits.iter()
            .flat_map(move |project| (0..of_project(project)).map(move |worker| (project, worker)))
    };
    let listed = &options.numbers_as_listed;
    let mut confusions = Vec::new();
    for (project, worker) in workers() {
        let confusion = project.fit.confusion(worker);
        for truth in listed {
            let row = &confusion[*truth as usize * options.len()..][..options.len()];
            confusions.extend(listed.iter().map(|answer| row[*answer as usize]));
        }
    }
    let n_cells = options.len() * options.len();
    let matrices = as_lists(
        Arc::new(Float64Array::from(confusions)),
        workers().map(|_| n_cells),
    )?;
    let accuracies = workers().map(|(project, worker)| project.fit.accuracy(worker));
    let n_answers =
        workers().map(|(project, worker)| project.fit.n_answers_of_worker(worker) as i32);
    let columns: Vec<ArrayRef> = vec![
        texts(workers().map(|(project, worker)| Some(project.worker_ids[worker]))),
        Arc::new(Float64Array::from_iter_values(accuracies)),
        Arc::new(Int32Array::from_iter_values(n_answers)),
        matrices,
    ];
    let rows = StructArray::try_new(worker_fields(), columns, None)?;
    let lengths = fits.iter().map(|project| project.worker_ids.len());
    as_lists(Arc::new(rows), lengths)
}

fn as_lists(values: ArrayRef, lengths: impl Iterator<Item = usize>) -> Result<ArrayRef> {
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(field, offsets, values, None)?))
}
