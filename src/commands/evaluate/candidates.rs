//! The methods that are compared, each with what the nightly job would let it learn from all queries first.

use crate::config::{Config, PositionBias as Sought, method_of};
use crate::error::{Error, Result};
use crate::ranking::{Candidate, Learn, Learnt};
use crate::ranking::{
    GoldenEvidence, METHODS, Method, Panel, Parameters, PositionBias, Prior, WorkerModel,
    WorkerParameters, choose_prior, fit_workers, position_bias, tie_parameter, worker_model,
};
use crate::udaf::parse_options;

/// The method that makes scores once workers are weighed.
const AFTER_WORKERS: &str = "bradley_terry";

/// The methods to compare; the configured one first, if it is among them.
pub(super) struct Candidates {
    all: Vec<Chosen>,
}

struct Chosen {
    name: &'static str,
    method: &'static dyn Method,
    parameters: Parameters,
    learn: Option<Box<Learn<'static>>>,
}

impl Candidates {
    /// Those of these names; without names all.
    ///
    /// # Errors
    /// [`Error::Usage`] with the nearest name for one that is unknown.
    pub(super) fn choose(config: &Config, names: &[String]) -> Result<Self> {
        let mut wanted: Vec<&'static dyn Method> = if names.is_empty() {
            METHODS.to_vec()
        } else {
            names
                .iter()
                .map(|name| known(name))
                .collect::<Result<_>>()?
        };
        wanted.sort_by_key(|method| method.name() != config.ranking.method);
        let options = parse_options(&config.ranking.options())
            .map_err(|error| Error::Bug(format!("the ranking's own options: {error}")))?;
        let all = wanted
            .into_iter()
            .map(|method| Chosen::new(config, method, options))
            .collect::<Result<_>>()?;
        Ok(Self { all })
    }

    /// As the evaluation takes them.
    pub(super) fn all(&self) -> Vec<Candidate<'_>> {
        self.all.iter().map(Chosen::candidate).collect()
    }
}

fn known(name: &str) -> Result<&'static dyn Method> {
    method_of(name).map_err(|problem| Error::Usage(format!("--methods: {problem}")))
}

impl Chosen {
    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            name: self.name,
            method: self.method,
            parameters: self.parameters,
            learn: self.learn.as_deref(),
        }
    }

    fn new(config: &Config, chosen: &'static dyn Method, parameters: Parameters) -> Result<Self> {
        let name = chosen.name();
        if let Some(model) = worker_model(name) {
            return Ok(Self {
                name,
                method: known(AFTER_WORKERS)?,
                parameters,
                learn: Some(Box::new(move |panel, parameters| {
                    learn_workers(panel, model, parameters)
                })),
            });
        }
        let sought = match config.ranking.position_bias {
            _ if !chosen.corrects_position_bias() => None,
            Sought::Off => None,
            Sought::Auto => Some(PositionBias::Auto),
            Sought::On => Some(PositionBias::On),
        };
        let wants_prior = config.ranking.is_prior_found();
        let learn: Box<Learn<'static>> = Box::new(move |panel, parameters| {
            // Each by itself, as the nightly job does.
            let mut learnt = *parameters;
            if wants_prior {
                learnt.prior = Some(Prior::Wins(choose_prior(panel, parameters).wins));
            }
            let side =
                sought.and_then(|sought| position_bias(panel, parameters).correction(sought));
            learnt.position_bias = side.map_or(PositionBias::Off, PositionBias::Known);
            if let Some(model) = chosen.tie_model() {
                let ties = tie_parameter(panel, model, parameters);
                learnt.tie_parameter = ties.map(|ties| ties.value);
            }
            Learnt {
                parameters: learnt,
                worker_weights: None,
            }
        });
        let learns = wants_prior || sought.is_some() || chosen.tie_model().is_some();
        Ok(Self {
            name,
            method: chosen,
            parameters,
            learn: learns.then_some(learn),
        })
    }
}

/// Weights of workers in place of those that the answers bring with them.
fn learn_workers(panel: &Panel, model: &dyn WorkerModel, parameters: &Parameters) -> Learnt {
    let nothing = GoldenEvidence { n: 0, n_correct: 0 };
    let evidence = vec![nothing; panel.n_workers()];
    let fit = fit_workers(panel, model, &evidence, &WorkerParameters::default());
    let mut known_weights = vec![1.0; panel.n_workers()];
    for comparison in panel.comparisons() {
        known_weights[comparison.worker as usize] = comparison.weight;
    }
    let weights = fit.workers.iter().zip(&known_weights);
    Learnt {
        parameters: *parameters,
        worker_weights: Some(
            weights
                .map(|(worker, known)| model.weight_of_reliability(worker.reliability) / known)
                .collect(),
        ),
    }
}
