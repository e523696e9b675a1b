//! Dependency order and recursion of named types, for all generators.

use std::collections::HashMap;

use crate::model::{Api, TypeDef};

/// The named types in groups: a type comes after the types that it mentions, and types that mention one another
/// in a circle stand together in one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups<'a> {
    groups: Vec<Vec<&'a TypeDef>>,
    /// Only looked up: it has no order.
    group_of: HashMap<&'a str, usize>,
    recursive: Vec<bool>,
}

impl<'a> Groups<'a> {
    /// The groups, dependencies first; within a group types are sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &[&'a TypeDef]> {
        self.groups.iter().map(Vec::as_slice)
    }

    /// True when a value of the type can contain another value of it, at any depth.
    pub fn is_recursive(&self, name: &str) -> bool {
        self.group_of.get(name).is_some_and(|&group| self.recursive[group])
    }

    /// True when the two types are members of one circle.
    pub fn same_group(&self, a: &str, b: &str) -> bool {
        match (self.group_of.get(a), self.group_of.get(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
    }
}

/// Groups the types of `api`, whose references must all resolve: dangling ones are passed over.
///
/// The order depends on the types' names and references alone. Tarjan's algorithm, written with a stack of its own
/// because a chain of types may be as long as a file.
pub fn groups(api: &Api) -> Groups<'_> {
    let by_name: HashMap<&str, usize> = api
        .types
        .iter()
        .enumerate()
        .map(|(i, t)| (t.name.as_str(), i))
        .collect();
    let edges: Vec<Vec<usize>> = api.types.iter().map(|def| mentions(def, &by_name)).collect();
    let mut order: Vec<usize> = (0..api.types.len()).collect();
    order.sort_by_key(|&i| &api.types[i].name);

    const UNSEEN: usize = usize::MAX;
    let mut index = vec![UNSEEN; api.types.len()];
    let mut low = vec![0; api.types.len()];
    let mut on_stack = vec![false; api.types.len()];
    let (mut stack, mut next) = (Vec::new(), 0);
    let mut result = Groups {
        groups: Vec::new(),
        group_of: HashMap::new(),
        recursive: Vec::new(),
    };
    for root in order {
        if index[root] != UNSEEN {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((node, edge)) = work.pop() {
            if edge == 0 {
                index[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if let Some(&child) = edges[node].get(edge) {
                work.push((node, edge + 1));
                if index[child] == UNSEEN {
                    work.push((child, 0));
                } else if on_stack[child] {
                    low[node] = low[node].min(index[child]);
                }
                continue;
            }
            if low[node] == index[node] {
                let from = stack.iter().rposition(|&n| n == node).unwrap_or(0);
                let mut members = stack.split_off(from);
                members.sort_by_key(|&i| &api.types[i].name);
                for &member in &members {
                    on_stack[member] = false;
                    result.group_of.insert(&api.types[member].name, result.groups.len());
                }
                result.recursive.push(members.len() > 1 || edges[node].contains(&node));
                result.groups.push(members.iter().map(|&i| &api.types[i]).collect());
            }
            if let Some(&(parent, _)) = work.last() {
                low[parent] = low[parent].min(low[node]);
            }
        }
    }
    result
}

fn mentions(def: &TypeDef, by_name: &HashMap<&str, usize>) -> Vec<usize> {
    let mut found = Vec::new();
    for ty in def.field_types() {
        ty.for_each_name(&mut |name| found.extend(by_name.get(name)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use crate::fixtures::{api, boxed, named, structure};
    use crate::model::TypeRef::{List, Option, U32};
    use crate::order::groups;

    #[test]
    fn dependencies_come_first_and_circles_stand_together() {
        let api = api([
            structure("Author", &[("books", List(boxed(named("Book"))))]),
            structure(
                "Book",
                &[("author", Option(boxed(named("Author")))), ("price", named("Money"))],
            ),
            structure("Money", &[("amount", U32)]),
            structure("Shop", &[("stock", List(boxed(named("Book"))))]),
            structure("Tree", &[("children", List(boxed(named("Tree"))))]),
        ]);
        let groups = groups(&api);
        let names: Vec<Vec<&str>> = groups
            .iter()
            .map(|group| group.iter().map(|def| def.name.as_str()).collect())
            .collect();
        assert_eq!(
            names,
            [vec!["Money"], vec!["Author", "Book"], vec!["Shop"], vec!["Tree"]]
        );
        assert!(groups.is_recursive("Author") && groups.is_recursive("Book") && groups.is_recursive("Tree"));
        assert!(!groups.is_recursive("Shop") && !groups.is_recursive("Money"));
        assert!(groups.same_group("Author", "Book") && !groups.same_group("Shop", "Book"));
    }

    #[test]
    fn a_chain_of_100_000_types_does_not_overflow_the_stack() {
        let types = (0..100_000).map(|i| {
            let next = if i == 0 { U32 } else { named(&format!("T{}", i - 1)) };
            structure(&format!("T{i}"), &[("next", next)])
        });
        let api = api(types);
        assert_eq!(groups(&api).iter().next().unwrap()[0].name, "T0");
    }
}
