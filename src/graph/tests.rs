//! The graph's edges, rings and plans, on small manifests made by hand.

use serde_json::{Value, json};

use super::selection::tests::manifest;
use super::*;

/// A manifest of `child: parent parent` lines.
fn shop(lines: &[&str]) -> Manifest {
    let node = |line: &&str| {
        let (id, parents) = line.split_once(':').unwrap();
        let parents: Vec<&str> = parents.split_whitespace().collect();
        json!({"id": full(id), "path": format!("models/{id}.sql"), "depends_on": parents.iter().map(|it| full(it)).collect::<Vec<_>>()})
    };
    manifest(&json!({"nodes": lines.iter().map(node).collect::<Vec<Value>>()}))
}

/// `t1` is a test, everything else a model.
fn full(name: &str) -> String {
    let kind = if name.starts_with('t') { "test" } else { "model" };
    format!("{kind}.shop.{name}")
}

fn chosen(names: &str) -> BTreeSet<UniqueId> {
    names.split_whitespace().map(|name| UniqueId::new(full(name))).collect()
}

fn short(id: &UniqueId) -> &str {
    id.as_str().rsplit('.').next().unwrap()
}

fn told(steps: &[Step]) -> Vec<String> {
    let step = |step: &Step| {
        let waits: Vec<&str> = step.waits_for.iter().map(|position| short(&steps[*position].id)).collect();
        format!("{} {} {}", step.depth, short(&step.id), waits.join(","))
    };
    steps.iter().map(|it| step(it).trim().to_owned()).collect()
}

#[test]
fn ancestors_and_descendants_are_found_up_to_a_depth() {
    let manifest = shop(&["a:", "b:a", "c:b", "d:c a"]);
    let graph = Graph::new(&manifest).unwrap();
    let id = UniqueId::new("model.shop.d");
    assert_eq!(graph.ancestors(&id, None), chosen("a b c"));
    assert_eq!(graph.ancestors(&id, Some(1)), chosen("a c"));
    assert_eq!(graph.descendants(&UniqueId::new("model.shop.a"), Some(1)), chosen("b d"));
    assert_eq!(graph.descendants(&UniqueId::new("model.shop.unknown"), None), BTreeSet::new());
}

#[test]
fn a_ring_is_refused_with_its_members_and_their_files() {
    let manifest = shop(&["x:", "c:b x", "a:c", "b:a", "y:a"]);
    let error = Graph::new(&manifest).err().unwrap();
    insta::assert_snapshot!(error, @"found a cycle: model.shop.a --> model.shop.c --> model.shop.b --> model.shop.a");
    let files: Vec<&str> = error.details().iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(files, ["models/a.sql (model.shop.a)", "models/c.sql (model.shop.c)", "models/b.sql (model.shop.b)"]);
    assert_eq!(error.place().unwrap().to_string(), "models/a.sql");
    let own = Graph::new(&shop(&["a:a"])).err().unwrap();
    insta::assert_snapshot!(own, @"found a cycle: model.shop.a --> model.shop.a");
}

#[test]
fn a_plan_waits_for_the_nearest_chosen_ancestors() {
    let manifest = shop(&["a:", "b:a", "c:b", "d:c a", "e:"]);
    let graph = Graph::new(&manifest).unwrap();
    assert_eq!(told(&graph.plan(&chosen("a b c d e"))), ["0 a", "0 e", "1 b a", "2 c b", "3 d a,c"]);
    assert_eq!(told(&graph.plan(&chosen("a d"))), ["0 a", "1 d a"]);
    assert_eq!(told(&graph.plan(&chosen("c d"))), ["0 c", "1 d c"]);
}

#[test]
fn children_wait_for_the_tests_of_their_parents() {
    let manifest = shop(&["a:", "b:a", "c:b", "t1:a", "t2:b a", "t3:a c"]);
    let graph = Graph::new(&manifest).unwrap();
    let all = chosen("a b c t1 t2 t3");
    let expected = ["0 a", "1 t1 a", "2 b a,t1", "3 t2 a,b", "4 c b,t2", "5 t3 a,c"];
    assert_eq!(told(&graph.plan_with_tests(&manifest, &all)), expected);
    assert_eq!(told(&graph.plan_with_tests(&manifest, &chosen("a c t1"))), ["0 a", "1 t1 a", "2 c a,t1"]);
    assert_eq!(told(&graph.plan(&all))[1], "1 b a");
}
