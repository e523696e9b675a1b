//! The way from a payload to a difference. Ways of findings share their ends: what is found in a type is found in everything around it.

use std::rc::Rc;

use super::side::Step;

/// Steps, the first of which is the outermost.
#[derive(Clone, Debug, Default)]
pub(super) struct Way(Option<Rc<Node>>);

#[derive(Debug)]
struct Node {
    step: Step,
    rest: Way,
    /// How many steps there are from here on.
    length: usize,
}

impl Way {
    /// The way that begins with these steps.
    pub(super) fn after(&self, steps: &[Step]) -> Self {
        steps.iter().rev().fold(self.clone(), |rest, step| {
            Self(Some(Rc::new(Node {
                step: step.clone(),
                length: rest.len() + 1,
                rest,
            })))
        })
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |node| node.length)
    }

    /// All steps.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.len());
        let mut way = self;
        while let Some(node) = &way.0 {
            steps.push(node.step.clone());
            way = &node.rest;
        }
        steps
    }
}

impl From<&[Step]> for Way {
    fn from(steps: &[Step]) -> Self {
        Self::default().after(steps)
    }
}
