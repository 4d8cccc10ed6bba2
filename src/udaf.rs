//! Ranking, labels and the quality replay as SQL aggregates; the only bridge between Arrow and their cores.
//!
//! An aggregate is known by its name and arguments alone, so that a plan that names it runs on any node.
//! Neither scores nor labels nor rules are computed here.

mod columns;
mod components;
mod grouped_rows;
mod labels;
mod learning;
mod majority;
mod numbering;
mod one_phase;
mod options;
mod panels;
mod rank;
mod replay;

use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, DocSection, Documentation, GroupsAccumulator,
    Signature, TypeSignature, Volatility,
};
use datafusion::physical_expr::expressions::Literal;
use datafusion::prelude::SessionContext;

pub(crate) use one_phase::OnePhase;

use grouped_rows::{GroupFunction, GroupedRows, OneGroup, state_type};

use crate::ranking::METHODS;

pub(crate) use options::parse_options;
pub(crate) use panels::{Ids, NamedKeyedPanel, NamedPanel};

/// Adds every aggregate of this module to `session`.
pub(crate) fn register(session: &SessionContext) {
    let named = METHODS
        .iter()
        .map(|method| rank::aggregate(Some(*method)).described(method.summary()));
    let general = rank::aggregate(None).described("scores by the method that the last text names");
    let ranking = named.chain(std::iter::once(general));
    let quality = replay::aggregates().chain(majority::aggregates());
    let learning = learning::aggregates();
    for aggregate in ranking
        .chain(learning)
        .chain(quality)
        .chain(labels::aggregates())
        .chain(std::iter::once(components::aggregate()))
    {
        session.register_udaf(AggregateUDF::new_from_impl(aggregate));
    }
}

/// One aggregate over whole groups.
#[derive(Debug)]
struct GroupAggregate {
    name: &'static str,
    /// The types that arguments are cast to, in order; calls may end after any argument that is optional.
    argument_types: Vec<DataType>,
    n_required: usize,
    usage: &'static str,
    result_type: DataType,
    make: Box<dyn MakeAccumulator>,
    signature: Signature,
    documentation: Documentation,
}

/// Makes the function of one call, which may look at the call's constants.
trait Make: Debug + Send + Sync {
    /// The function when the call has `n_arguments`.
    fn function(&self, arguments: Call<'_>) -> Result<Arc<dyn GroupFunction>>;
}

/// Makes the accumulator of one call, which may look at the call's constants.
trait MakeAccumulator: Debug + Send + Sync {
    fn accumulator(&self, call: Call<'_>) -> Result<Box<dyn GroupsAccumulator + Sync>>;

    /// The type of the accumulator's one state column.
    fn state_type(&self, call: Call<'_>) -> Result<DataType>;
}

impl<M: Make> MakeAccumulator for M {
    fn accumulator(&self, call: Call<'_>) -> Result<Box<dyn GroupsAccumulator + Sync>> {
        Ok(Box::new(GroupedRows::new(self.function(call)?)))
    }

    fn state_type(&self, call: Call<'_>) -> Result<DataType> {
        Ok(state_type(self.function(call)?.row_fields()))
    }
}

/// What is known of a call.
enum Call<'a> {
    /// Only the number of its arguments: enough for the type of the state.
    Planned(usize),
    /// Everything.
    Bound(&'a AccumulatorArgs<'a>),
}

impl Call<'_> {
    fn n_arguments(&self) -> usize {
        match self {
            Self::Planned(n_arguments) => *n_arguments,
            Self::Bound(arguments) => arguments.exprs.len(),
        }
    }

    /// Whether the argument at `idx` is the constant null.
    fn is_null_constant(&self, idx: usize) -> bool {
        match self {
            Self::Planned(_) => false,
            Self::Bound(arguments) => arguments
                .exprs
                .get(idx)
                .and_then(|expression| expression.downcast_ref::<Literal>())
                .is_some_and(|literal| literal.value().is_null()),
        }
    }

    /// The constant text argument at `idx`, where it is known.
    fn constant_text(&self, idx: usize, what: &str) -> Result<Option<String>> {
        match self {
            Self::Planned(_) => Ok(None),
            Self::Bound(arguments) => grouped_rows::constant_text(arguments, idx, what),
        }
    }
}

impl GroupAggregate {
    fn new(
        name: &'static str,
        usage: &'static str,
        argument_types: Vec<DataType>,
        n_required: usize,
        result_type: DataType,
        make: impl MakeAccumulator + 'static,
    ) -> Self {
        Self {
            name,
            n_required,
            usage,
            result_type,
            make: Box::new(make),
            // The first is for `show functions`, the second casts whatever comes.
            signature: Signature::one_of(
                vec![
                    TypeSignature::Exact(argument_types.clone()),
                    TypeSignature::UserDefined,
                ],
                Volatility::Immutable,
            ),
            argument_types,
            documentation: documentation(name, usage, ""),
        }
    }

    /// The same with a sentence on what it does.
    fn described(mut self, description: &str) -> Self {
        self.documentation = documentation(self.name, self.usage, description);
        self
    }
}

/// What `show functions` tells.
fn documentation(name: &str, usage: &str, description: &str) -> Documentation {
    let section = DocSection {
        include: true,
        label: "Crowd Answers",
        description: None,
    };
    let syntax = format!("{name}({usage})");
    let names = usage.split([',', '[', ']', ' ']);
    names
        .filter(|argument| !argument.is_empty())
        .fold(
            Documentation::builder(section, description, syntax),
            |builder, argument| builder.with_argument(argument, ""),
        )
        .build()
}

impl PartialEq for GroupAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for GroupAggregate {}

impl Hash for GroupAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for GroupAggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.result_type.clone())
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let n_arguments = arg_types.len();
        if n_arguments < self.n_required || n_arguments > self.argument_types.len() {
            return plan_err!(
                "{} takes {} to {} arguments, found {n_arguments}: {}",
                self.name,
                self.n_required,
                self.argument_types.len(),
                self.usage
            );
        }
        Ok(self.argument_types[..n_arguments].to_vec())
    }

    fn accumulator(&self, acc_args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let rows = self.make.accumulator(Call::Bound(&acc_args))?;
        Ok(Box::new(OneGroup::new(rows)))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(self.make.accumulator(Call::Bound(&args))?)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let call = Call::Planned(args.input_fields.len());
        let data_type = self.make.state_type(call)?;
        let name = format!("{}[rows]", args.name);
        Ok(vec![Arc::new(Field::new(name, data_type, true))])
    }
}
