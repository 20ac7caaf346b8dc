//! The dispatcher: which node may start now, on which worker, and who is skipped.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use crate::error::{Error, Result};
use crate::graph::Step;
use crate::manifest::{Node, NodeKind};
use crate::name::{Relation, UniqueId};
use crate::report::{DebugEvent, Event, Facts, Outcome, STOPPED_EARLY, Status, Turn};
use crate::template::Behind;

use super::execute::Order;
use super::session::{MAIN, SharedSession, open_for};
use super::{Run, facts};

/// What is done with each node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Its text is rendered and written.
    Compile,
    /// It is built, loaded or checked.
    Execute,
    /// It is made from its relation in another environment.
    Clone,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
    /// It failed or was skipped: what waits for it is skipped too.
    Lost,
}

struct Finished {
    step: usize,
    outcome: Outcome,
    worker: usize,
}

struct Worker {
    orders: Sender<(usize, Turn, Order)>,
    is_free: bool,
}

struct Dispatcher<'a> {
    steps: &'a [Step],
    facts: Vec<Arc<Facts>>,
    states: Vec<State>,
    /// Steps that wait for each step.
    children: Vec<Vec<usize>>,
    /// How many steps each still waits for.
    missing: Vec<usize>,
    /// Steps that wait for nothing, in order.
    ready: BTreeSet<usize>,
    running: usize,
    started: usize,
    outcomes: Vec<Outcome>,
    is_stopped: bool,
    run: &'a Run,
    task: Task,
}

/// Runs all steps, parents first, and gives back what became of each in the order of their ends.
///
/// `first` is the session that is open already; the other workers open theirs when they get their first node.
///
/// # Errors
///
/// None of a node's own: those are outcomes.
pub fn run(run: &Arc<Run>, steps: &[Step], task: Task, first: &SharedSession) -> Result<Vec<Outcome>> {
    let manifest = &run.answers.manifest;
    let facts: Vec<Arc<Facts>> = steps.iter().filter_map(|step| facts(manifest, &step.id)).collect();
    let (sender, receiver) = channel();
    let count = run.workers(steps.len());
    std::thread::scope(|scope| {
        let workers = (0..count)
            .map(|number| {
                let (orders, inbox) = channel();
                let (sender, session) = (sender.clone(), (number == 0).then(|| Arc::clone(first)));
                let work = move || work(run, task, number, session, &inbox, &sender);
                let name = thread_name(number);
                std::thread::Builder::new()
                    .name(name)
                    .spawn_scoped(scope, work)
                    .map_err(|cause| Error::internal("could not start a worker").because(cause))?;
                Ok(Worker { orders, is_free: true })
            })
            .collect::<Result<Vec<Worker>>>()?;
        drop(sender);
        let mut dispatcher = Dispatcher {
            steps,
            facts,
            states: vec![State::Waiting; steps.len()],
            children: children(steps),
            missing: steps.iter().map(|step| step.waits_for.len()).collect(),
            ready: (0..steps.len()).filter(|step| steps[*step].waits_for.is_empty()).collect(),
            running: 0,
            started: 0,
            outcomes: Vec::with_capacity(steps.len()),
            is_stopped: false,
            run,
            task,
        };
        dispatcher.go(workers, &receiver);
        Ok(dispatcher.outcomes)
    })
}

/// The outcomes of steps none of which may start, told one by one.
pub fn skip_all(run: &Run, steps: &[Step]) -> Vec<Outcome> {
    let all = steps.iter().enumerate().filter_map(|(index, step)| {
        let facts = facts(&run.answers.manifest, &step.id)?;
        let turn = Turn { index: index + 1, total: steps.len() };
        run.reporter.tell(Event::NodeSkip { turn, facts: Arc::clone(&facts) });
        Some(run.skipped(&facts))
    });
    all.collect()
}

fn children(steps: &[Step]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); steps.len()];
    for (index, step) in steps.iter().enumerate() {
        for parent in &step.waits_for {
            children[*parent].push(index);
        }
    }
    children
}

/// dbt's name for the worker with this number, counted from 0.
pub fn thread_name(number: usize) -> String {
    format!("Thread-{} (worker)", number + 1)
}

fn work(
    run: &Run,
    task: Task,
    number: usize,
    mut session: Option<SharedSession>,
    inbox: &Receiver<(usize, Turn, Order)>,
    done: &Sender<Finished>,
) {
    let thread = thread_name(number);
    session = session.filter(|session| !super::session::is_broken(session));
    let mut before = MAIN.to_owned();
    for (step, turn, order) in inbox {
        let started = Instant::now();
        let connection = order.facts.unique_id.to_string();
        let opened = match &session {
            Some(session) => {
                let taken = DebugEvent::SessionTaken { connection: connection.clone(), before };
                run.reporter.tell(Event::Debug(taken));
                Ok(Arc::clone(session))
            }
            None => open_for(run, &connection),
        };
        before = connection;
        let mut outcome = match opened {
            Ok(opened) => {
                session = Some(Arc::clone(&opened));
                run.execute(&order, task, &opened)
            }
            Err(error) => run.failed(&order.facts.unique_id, &error, &order.facts, None),
        };
        outcome.thread_id.clone_from(&thread);
        outcome.seconds = started.elapsed().as_secs_f64();
        let (facts, ended) = (order.facts, Arc::new(outcome.clone()));
        run.reporter.tell(match task {
            Task::Execute => Event::NodeEnd { turn, facts, outcome: ended },
            Task::Compile | Task::Clone => Event::Debug(DebugEvent::Done { facts, outcome: ended }),
        });
        if session.as_ref().is_some_and(super::session::is_broken) {
            session = None;
        }
        if done.send(Finished { step, outcome, worker: number }).is_err() {
            break;
        }
    }
    if session.is_some() && number > 0 {
        run.reporter.tell(Event::Debug(DebugEvent::SessionClosed { connection: before }));
    }
}

impl Dispatcher<'_> {
    fn go(&mut self, mut workers: Vec<Worker>, done: &Receiver<Finished>) {
        loop {
            self.start(&mut workers);
            if self.running == 0 {
                break;
            }
            let Ok(finished) = done.recv() else { break };
            workers[finished.worker].is_free = true;
            self.finish(finished);
        }
        for step in 0..self.steps.len() {
            if self.states[step] == State::Waiting {
                self.skip(step);
            }
        }
    }

    fn finish(&mut self, finished: Finished) {
        self.running -= 1;
        let holds_up = finished.outcome.is_lost() && !self.goes_on(finished.step);
        if holds_up {
            let outcome = Arc::new(finished.outcome.clone());
            self.run.reporter.tell(Event::Debug(DebugEvent::SkipsChildren(outcome)));
        }
        self.outcomes.push(finished.outcome);
        if !holds_up {
            self.states[finished.step] = State::Done;
            self.release_children(finished.step);
            return;
        }
        self.states[finished.step] = State::Lost;
        if self.run.flags.fail_fast && !self.is_stopped {
            self.is_stopped = true;
            // What cannot be cancelled now ends by itself.
            let _ = self.run.server.canceller().cancel_all();
        }
        self.skip_children(finished.step);
    }

    /// Whether the children of a model that failed are tried all the same: `on_error: continue`, of dbt 1.12.
    fn goes_on(&self, step: usize) -> bool {
        let node = self.run.answers.manifest.nodes.get(&self.steps[step].id);
        node.is_some_and(|node| node.kind == NodeKind::Model && node.config.text("on_error") == Some("continue"))
    }

    fn release_children(&mut self, step: usize) {
        for child in &self.children[step] {
            self.missing[*child] -= 1;
            if self.missing[*child] == 0 && self.states[*child] == State::Waiting {
                self.ready.insert(*child);
            }
        }
    }

    /// Skips whatever waits for a lost step, directly or through others, in order.
    fn skip_children(&mut self, step: usize) {
        let mut lost: BTreeSet<usize> = self.children[step].iter().copied().collect();
        while let Some(child) = lost.pop_first() {
            if self.states[child] == State::Waiting {
                self.skip(child);
                lost.extend(self.children[child].iter().copied());
            }
        }
    }

    fn is_stopping(&self) -> bool {
        self.is_stopped || self.run.cancelled.load(Ordering::SeqCst)
    }

    /// Gives each free worker the next node whose parents are done.
    fn start(&mut self, workers: &mut [Worker]) {
        for worker in workers.iter_mut().filter(|worker| worker.is_free) {
            if self.is_stopping() {
                return;
            }
            let Some(step) = self.ready.pop_first() else { return };
            self.states[step] = State::Running;
            let turn = self.turn();
            let facts = Arc::clone(&self.facts[step]);
            let (begun, at) = (Arc::clone(&facts), chrono::Utc::now());
            self.run.reporter.tell(match self.task {
                Task::Execute => Event::NodeStart { turn, facts: begun, at },
                Task::Compile | Task::Clone => Event::Debug(DebugEvent::Begun { facts: begun, at }),
            });
            worker.is_free = false;
            self.running += 1;
            // A worker only ends when its orders do, so that it takes this one.
            let _ = worker.orders.send((step, turn, Order { facts, behind: self.behind(step) }));
        }
    }

    /// What stands behind a step; nothing where nothing can stand on its relation.
    fn behind(&self, step: usize) -> Behind {
        let node = self.run.answers.manifest.nodes.get(&self.steps[step].id);
        match node.filter(|node| self.task == Task::Execute && self.run.may_be_there(node)) {
            Some(node) => Behind { made_later: self.made_later(step), left_out: self.left_out(node) },
            None => Behind::default(),
        }
    }

    /// Relations of the models that wait for a step, through whatever lies between.
    fn made_later(&self, step: usize) -> Vec<Relation> {
        let nodes = &self.run.answers.manifest.nodes;
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut open = vec![step];
        while let Some(next) = open.pop() {
            open.extend(self.children[next].iter().filter(|child| seen.insert(**child)));
        }
        let models = seen.into_iter().filter_map(|later| nodes.get(&self.steps[later].id));
        models.filter(|node| node.kind == NodeKind::Model).filter_map(|node| node.relation.clone()).collect()
    }

    /// Relations behind a seed that is made anew which are no steps of this run.
    fn left_out(&self, seed: &Node) -> Vec<Relation> {
        let manifest = &self.run.answers.manifest;
        if seed.kind != NodeKind::Seed || !self.run.is_made_anew(seed) {
            return Vec::new();
        }
        let mut seen: BTreeSet<&UniqueId> = self.steps.iter().map(|step| &step.id).collect();
        let mut open = vec![&seed.unique_id];
        let mut found = Vec::new();
        while let Some(id) = open.pop() {
            let children = manifest.child_map.get(id).into_iter().flatten();
            let unseen: Vec<&UniqueId> = children.filter(|child| seen.insert(*child)).collect();
            found.extend(unseen.iter().filter_map(|id| manifest.nodes.get(*id)?.relation.clone()));
            open.extend(unseen);
        }
        found
    }

    fn turn(&mut self) -> Turn {
        self.started += 1;
        Turn { index: self.started, total: self.steps.len() }
    }

    fn skip(&mut self, step: usize) {
        self.states[step] = State::Lost;
        let turn = self.turn();
        let facts = Arc::clone(&self.facts[step]);
        let mut outcome = self.run.skipped(&facts);
        outcome.message = self.is_stopped.then(|| STOPPED_EARLY.to_owned());
        if self.task == Task::Execute {
            self.run.reporter.tell(Event::NodeSkip { turn, facts });
        }
        self.run.reporter.tell(Event::Debug(DebugEvent::SkipsChildren(Arc::new(outcome.clone()))));
        self.outcomes.push(outcome);
    }
}

impl Run {
    /// How many things are done at a time where there are `count` of them.
    pub(super) fn workers(&self, count: usize) -> usize {
        let most = self.server.max_sessions().unwrap_or(usize::MAX);
        self.threads.clamp(1, most).min(count.max(1))
    }

    fn skipped(&self, facts: &Facts) -> Outcome {
        Outcome {
            relation_name: facts.relation_name.clone(),
            compiled: self.compiled_flag(&facts.unique_id, false),
            ..Outcome::new(facts.unique_id.clone(), Status::Skipped)
        }
    }

    /// Whether a node was rendered; seeds never are, and say nothing of it.
    pub(super) fn compiled_flag(&self, id: &UniqueId, is_compiled: bool) -> Option<bool> {
        if self.answers.manifest.unit_tests.contains_key(id) {
            return is_compiled.then_some(true);
        }
        let node = self.answers.manifest.nodes.get(id)?;
        (node.kind != NodeKind::Seed).then_some(is_compiled)
    }

    /// Whether the node's relation is built from nothing although there is one.
    pub(super) fn is_made_anew(&self, node: &Node) -> bool {
        node.config.flag("full_refresh").unwrap_or(self.flags.full_refresh)
    }

    /// Whether the node has a relation in the database, as far as is known.
    fn may_be_there(&self, node: &Node) -> bool {
        let Some(relation) = &node.relation else { return false };
        let (schema, name) = (relation.schema.as_deref(), relation.identifier.as_deref());
        schema
            .zip(name)
            .is_some_and(|(schema, name)| !self.cache.knows(schema) || self.cache.get(schema, name).is_some())
    }

    /// The chosen ids that become steps: ephemeral models and sources never do.
    pub fn is_runnable(&self, id: &UniqueId) -> bool {
        let manifest = &self.answers.manifest;
        manifest.unit_tests.contains_key(id) || manifest.nodes.get(id).is_some_and(|node| !node.is_ephemeral())
    }

    /// The chosen ids of this kind of run.
    pub fn runnable(&self, chosen: &BTreeSet<UniqueId>) -> BTreeSet<UniqueId> {
        chosen.iter().filter(|id| self.is_runnable(id)).cloned().collect()
    }
}
