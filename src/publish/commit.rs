//! Creates the next commit file: one winner per number, whoever else tries and whatever gets lost.
//!
//! It does not look into the snapshot: by now every byte of it is stored and audited.

use std::time::Duration;

use super::{Dataset, Follows, Head, RunPlan, check_order, clock, clock_text, layout};
use crate::error::{Error, Result};
use crate::manifest::{Commit, FORMAT_VERSION, to_json};
use crate::storage::Created;

/// How often a run steps behind another commit before it gives up.
const N_ROUNDS_MAX: usize = 5;

/// Waits between the attempts to read a commit of unknown fate: half a minute in all, on top of the
/// storage's own retries.
pub(super) const READ_WAITS: &[Duration] = &[
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// What the new commit says, apart from its number and parent.
#[derive(Debug)]
pub(super) struct Proposal<'a> {
    pub(super) plan: &'a RunPlan,
    pub(super) run_id: &'a str,
    pub(super) snapshot_id: &'a str,
    pub(super) op: &'a str,
    pub(super) manifest_sha256: &'a str,
    /// The commit that was current when the run began.
    pub(super) parent: Option<u64>,
}

/// How the dataset stands after a try.
#[derive(Debug)]
pub(super) enum Landed {
    /// Our commit is in the chain.
    Ours(Commit),
    /// Another run published the same.
    Same(Commit),
}

/// The creates so far.
#[derive(Debug, Default)]
struct Tried {
    first_number: Option<u64>,
    is_unanswered: bool,
}

impl Dataset {
    /// Commits the proposal behind whatever is current.
    ///
    /// # Errors
    /// [`Error::Race`] when a later moment is current, or after five lost rounds;
    /// [`Error::Unknown`] when the store cannot say whether the commit landed.
    pub(super) async fn land(&self, proposal: &Proposal<'_>) -> Result<Landed> {
        let mut tried = Tried::default();
        for _ in 0..N_ROUNDS_MAX {
            let round = self.round(proposal, &mut tried).await;
            match round {
                Ok(Some(landed)) => return Ok(landed),
                Ok(None) => {}
                Err(error) if tried.is_unanswered => return Err(self.unknown(&error.to_string())),
                Err(error) => return Err(error),
            }
        }
        if tried.is_unanswered {
            return Err(self.unknown("the store did not answer clearly in any round"));
        }
        Err(Error::Race(format!(
            "{}: other runs committed {N_ROUNDS_MAX} times in between; run again",
            self.output
        )))
    }

    /// Looks at the chain, then tries one create; `None` when somebody else, or nobody, got it.
    async fn round(&self, proposal: &Proposal<'_>, tried: &mut Tried) -> Result<Option<Landed>> {
        let head = self.current().await?;
        if let Some(head) = &head {
            // A create without an answer may have landed late, below other commits.
            let first = tried.first_number.unwrap_or(head.commit.commit);
            for number in first..head.commit.commit {
                let below = self.commit(number).await?;
                if let Some(landed) = recognised(proposal, &below.commit) {
                    return Ok(Some(landed));
                }
            }
            if let Some(landed) = recognised(proposal, &head.commit) {
                return Ok(Some(landed));
            }
            check_order(proposal.plan, head)?;
        }
        let current = head.as_ref().map(|head| head.commit.commit);
        if proposal.plan.follows == Follows::Parent && current != proposal.parent {
            return Err(Error::Race(format!(
                "{}: another run committed meanwhile and gave new numbers to items; run again to continue them",
                self.output
            )));
        }
        let commit = next_commit(proposal, head.as_ref());
        let number = commit.commit;
        tried.first_number.get_or_insert(number);
        let location = self.output.join(&layout::commit_path(number));
        match self.storage.create(&location, to_json(&commit)?).await {
            Ok(Created::New) => return Ok(Some(Landed::Ours(commit))),
            Ok(Created::AlreadyExists) => {}
            Err(Error::Unknown(_)) => tried.is_unanswered = true,
            Err(error) => return Err(error),
        }
        let found = self.read_until_known(number).await?;
        Ok(found.and_then(|found| recognised(proposal, &found.commit)))
    }

    fn unknown(&self, problem: &str) -> Error {
        Error::Unknown(format!(
            "{}: nobody knows whether the commit landed ({problem}); nothing was deleted, run \
             again when the store answers",
            self.output
        ))
    }

    /// The commit of that number, or `None` when the store says that there is none.
    async fn read_until_known(&self, number: u64) -> Result<Option<Head>> {
        let mut last = String::new();
        for wait in self.read_waits {
            tokio::time::sleep(*wait).await;
            match self.commit(number).await {
                Ok(head) => return Ok(Some(head)),
                Err(Error::Missing { .. }) => return Ok(None),
                Err(error @ Error::Corrupt { .. }) => return Err(error),
                Err(error) => last = error.to_string(),
            }
        }
        Err(self.unknown(&last))
    }
}

fn recognised(proposal: &Proposal<'_>, found: &Commit) -> Option<Landed> {
    if found.run_id == proposal.run_id {
        return Some(Landed::Ours(found.clone()));
    }
    (found.run_key == proposal.plan.run_key).then(|| Landed::Same(found.clone()))
}

fn next_commit(proposal: &Proposal<'_>, head: Option<&Head>) -> Commit {
    let parent = head.map(|head| head.commit.commit);
    Commit {
        format_version: FORMAT_VERSION,
        commit: parent.unwrap_or(0) + 1,
        snapshot_id: proposal.snapshot_id.to_owned(),
        snapshot: layout::snapshot_path(proposal.snapshot_id),
        parent,
        parent_sha256: head.map(|head| head.sha256.clone()),
        run_id: proposal.run_id.to_owned(),
        run_key: proposal.plan.run_key.clone(),
        as_of: proposal.plan.as_of,
        op: proposal.op.to_owned(),
        manifest_sha256: proposal.manifest_sha256.to_owned(),
        committed_at: clock_text(clock()),
    }
}
