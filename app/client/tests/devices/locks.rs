//! The Web Locks of one browser: granted in the order of the requests; a thief is served first.

use std::collections::{BTreeMap, VecDeque};

use client::{Lock, LockMode, LockSignal};

/// A request of a tab; its number tells it from the same tab's earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub tab: usize,
    pub lock: Lock,
    pub number: u64,
}

#[derive(Default)]
struct Queue {
    holder: Option<Claim>,
    waiting: VecDeque<Claim>,
}

#[derive(Default)]
pub struct Locks(BTreeMap<String, Queue>);

impl Locks {
    /// Returns the signals that it leads to.
    pub fn request(
        &mut self,
        name: &str,
        claim: Claim,
        mode: LockMode,
    ) -> Vec<(Claim, LockSignal)> {
        let queue = self.0.entry(name.to_owned()).or_default();
        match mode {
            LockMode::Steal => {
                let robbed = queue.holder.replace(claim);
                let lost = robbed.map(|robbed| (robbed, LockSignal::Lost));
                lost.into_iter().chain([(claim, LockSignal::Granted)]).collect()
            }
            LockMode::IfAvailable if queue.holder.is_some() || !queue.waiting.is_empty() => {
                vec![(claim, LockSignal::Denied)]
            }
            LockMode::Queue | LockMode::IfAvailable => {
                queue.waiting.push_back(claim);
                queue.grant()
            }
        }
    }

    pub fn release(&mut self, number: u64) -> Vec<(Claim, LockSignal)> {
        self.release_where(|claim| claim.number == number)
    }

    pub fn release_all_of(&mut self, tab: usize) -> Vec<(Claim, LockSignal)> {
        self.release_where(|claim| claim.tab == tab)
    }

    fn release_where(&mut self, is_it: impl Fn(&Claim) -> bool) -> Vec<(Claim, LockSignal)> {
        let mut signals = Vec::new();
        for queue in self.0.values_mut() {
            queue.waiting.retain(|claim| !is_it(claim));
            queue.holder = queue.holder.filter(|claim| !is_it(claim));
            signals.extend(queue.grant());
        }
        signals
    }

    pub fn holds(&self, number: u64) -> bool {
        self.0.values().any(|queue| queue.holder.is_some_and(|holder| holder.number == number))
    }
}

impl Queue {
    fn grant(&mut self) -> Vec<(Claim, LockSignal)> {
        if self.holder.is_some() {
            return vec![];
        }
        self.holder = self.waiting.pop_front();
        self.holder.map(|holder| (holder, LockSignal::Granted)).into_iter().collect()
    }
}
